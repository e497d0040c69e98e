/** The executable as its user knows it: from arguments to the exit of the process. */
import type { ChildProcess } from 'node:child_process';
import { adoptSpawner } from '../pool/spawner-process.ts';
import { endProcess } from './end-process.ts';
import { runCommandLine } from './program.ts';

/** Carries out what the arguments say and ends this process. `spawner`: one that was started ahead. */
export async function serveCommandLine(args: readonly string[], spawner: ChildProcess | null): Promise<void> {
  // A reader that has gone away (`weir runs | head -1`) is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  if (spawner !== null) adoptSpawner(spawner);
  const code = await runCommandLine(args);
  process.exitCode = code;
  // Nothing may keep a command alive that has done its work; what it printed is out first.
  process.stdout.write('', () => process.stderr.write('', () => endProcess(code)));
}
