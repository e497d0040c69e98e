/**
 * The spawner's process: how it is started, and the one that was started ahead, before anything else is loaded.
 * Its start takes longer than all that `weir run` has to do until its first command, so nothing may come before it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

export interface SpawnerProcess {
  readonly child: ChildProcess;
  /** What it has written to its standard error, the end of it. To be asked once, when it is gone. */
  lastWords(): string;
}

const LAST_WORDS_BYTES = 2000;

let ahead: SpawnerProcess | null = null;
let wordFiles = 0;

/** `spawner` was started before anything else was loaded, for whoever asks first; it ends by itself when nobody does. */
export function adoptSpawner(spawner: SpawnerProcess): void {
  const { child } = spawner;
  // Whoever needs one then finds none, starts another, and is told what is wrong.
  if (child.pid === undefined) return;
  const forget = () => {
    if (ahead === spawner) ahead = null;
  };
  child.once('exit', forget);
  child.unref();
  child.channel?.unref();
  ahead = spawner;
}

/**
 * The one that was started ahead, or a new one. `argv`: node or the executable, in its third role. `hasStreams`: with the
 * streams of this process, for commands that have them as well.
 */
export function takeSpawner(argv: readonly string[], env: Environment, hasStreams: boolean): SpawnerProcess {
  const spawner = ahead ?? startSpawner(argv, env, hasStreams);
  ahead = null;
  return spawner;
}

export function startSpawner(
  [program = '', ...args]: readonly string[],
  env: Environment,
  hasStreams = false,
): SpawnerProcess {
  const words = openWords();
  const child = spawn(program, args, {
    env,
    // Ctrl-C in the owner's terminal is the owner's affair.
    detached: true,
    serialization: 'advanced',
    // Their places are OWN_STREAMS.
    stdio: hasStreams
      ? ['inherit', 'ignore', words ?? 'ignore', 'ipc', 1, 2]
      : ['ignore', 'ignore', words ?? 'ignore', 'ipc'],
  });
  return { child, lastWords: () => (words === null ? '' : readAndClose(words)) };
}

/**
 * A file without a name. A pipe would be read through streams that take a short run 2 ms to make, for words that hardly
 * a spawner ever says. Null: there is no place for one, and what it says is lost.
 */
function openWords(): number | null {
  try {
    const path = join(tmpdir(), `weir-spawner-${process.pid}-${++wordFiles}`);
    const file = openSync(path, 'wx+', 0o600);
    rmSync(path);
    return file;
  } catch {
    return null;
  }
}

function readAndClose(file: number): string {
  try {
    const { size } = fstatSync(file);
    const words = Buffer.alloc(Math.min(size, LAST_WORDS_BYTES));
    const length = readSync(file, words, 0, words.length, size - words.length);
    return words.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}
