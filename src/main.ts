/**
 * The executable's first line: decides the role (CLI and server, runner, or spawner) and loads only that.
 * `--version` is answered before anything else is read: it is the measure of Weir's start.
 */
import { join } from 'node:path';
import { cacheFolder, runnerScript, version } from './assets.ts';
import { loadPart } from './parts.ts';

const SPAWNER_ROLE = '--role=spawner';
const RUNNER_ROLE = '--role=runner';

const args = process.argv.slice(2);
if (args[0] === SPAWNER_ROLE) {
  loadPart('spawner').serveSpawner();
} else if (args[0] === RUNNER_ROLE) {
  void import('./runner/process.ts').then(({ serveRunnerProcess }) =>
    serveRunnerProcess({
      runner: runnerScript('runner'),
      zod: runnerScript('zod'),
      yaml: runnerScript('yaml'),
      compileCache: join(cacheFolder(), 'compiled'),
    }),
  );
} else if (args.length === 1 && (args[0] === '--version' || args[0] === 'version')) {
  console.log(version);
} else {
  void commandLine();
}

async function commandLine(): Promise<void> {
  const spawner = await spawnerAhead();
  await loadPart('command-line').serveCommandLine(args, spawner);
}

/** Its start takes longer than all that stands before a command. */
async function spawnerAhead() {
  const [command, ...rest] = args;
  if (command === 'run') return (await import('./cli/ahead.ts')).spawnerAhead(rest);
  if (command === 'exec') return (await import('./cli/ahead.ts')).spawnerForExec();
  return null;
}
