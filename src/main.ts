/**
 * The executable's first line: decides the role (CLI and server, runner, or spawner) and loads only that.
 * `--version` is answered before anything else is read: it is the measure of Weir's start.
 */
import { join } from 'node:path';
import { assetText, cacheFolder, version } from './assets.ts';

const SPAWNER_ROLE = '--role=spawner';
const RUNNER_ROLE = '--role=runner';

const args = process.argv.slice(2);
if (args[0] === SPAWNER_ROLE) {
  void import('./spawner/spawner.ts').then(({ serveSpawner }) => serveSpawner());
} else if (args[0] === RUNNER_ROLE) {
  void import('./runner/process.ts').then(({ serveRunnerProcess }) =>
    serveRunnerProcess({
      runnerSource: assetText('runner.cjs'),
      zodSource: assetText('zod.cjs'),
      compileCache: join(cacheFolder(), 'compiled'),
    }),
  );
} else if (args.length === 1 && (args[0] === '--version' || args[0] === 'version')) {
  console.log(version);
} else {
  void commandLine();
}

async function commandLine(): Promise<void> {
  // A reader that has gone away (`weir runs | head -1`) is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  if (args[0] === 'run') (await import('./cli/ahead.ts')).beginAhead(args.slice(1));
  const { endProcess } = await import('./cli/end-process.ts');
  const { runCommandLine } = await import('./cli/program.ts');
  const code = await runCommandLine(args);
  process.exitCode = code;
  // Nothing may keep a command alive that has done its work; what it printed is out first.
  process.stdout.write('', () => process.stderr.write('', () => endProcess(code)));
}
