/** The executable as its user knows it: from arguments to the exit of the process. */
import { adoptSpawner, type SpawnerProcess } from '../pool/spawner-process.ts';
import { endProcess } from './end-process.ts';
import { runCommandLine } from './program.ts';
import { putOffStandardStreams, writtenOut } from './standard-streams.ts';

/** Carries out what the arguments say and ends this process. `spawner`: one that was started ahead. */
export async function serveCommandLine(args: readonly string[], spawner: SpawnerProcess | null): Promise<void> {
  putOffStandardStreams();
  if (spawner !== null) adoptSpawner(spawner);
  const code = await runCommandLine(args);
  process.exitCode = code;
  // Nothing may keep a command alive that has done its work; what it printed is out first.
  await writtenOut();
  endProcess(code);
}
