/**
 * The spawner's process: how it is started, and the one that was started ahead, before anything else is loaded.
 * Its start takes longer than all that `weir run` has to do until its first command, so nothing may come before it.
 */
import { type ChildProcess, spawn } from 'node:child_process';

type Environment = Readonly<Record<string, string | undefined>>;

let ahead: ChildProcess | null = null;

/** `child` was started before anything else was loaded, for whoever asks first; it ends by itself when nobody does. */
export function adoptSpawner(child: ChildProcess): void {
  // Whoever needs one then finds none, starts another, and is told what is wrong.
  if (child.pid === undefined) return;
  const forget = () => {
    if (ahead === child) ahead = null;
  };
  child.once('exit', forget);
  child.unref();
  child.channel?.unref();
  ahead = child;
}

/**
 * The one that was started ahead, or a new one. `argv`: node or the executable, in its third role. `hasStreams`: with the
 * streams of this process, for commands that have them as well.
 */
export function takeSpawner(argv: readonly string[], env: Environment, hasStreams: boolean): ChildProcess {
  const child = ahead ?? startSpawner(argv, env, hasStreams);
  ahead = null;
  return child;
}

export function startSpawner(
  [program = '', ...args]: readonly string[],
  env: Environment,
  hasStreams = false,
): ChildProcess {
  return spawn(program, args, {
    env,
    // Ctrl-C in the owner's terminal is the owner's affair.
    detached: true,
    serialization: 'advanced',
    // Their places are OWN_STREAMS.
    stdio: hasStreams ? ['inherit', 'ignore', 'pipe', 'ipc', 1, 2] : ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}
