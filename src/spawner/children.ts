/**
 * Starts programs without a copy of this process (posix.ts) and tells their ends. Says null wherever Node's spawn has more
 * to do or to explain: then that is asked.
 */
import { accessSync, constants, openSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Command } from '../model/command.ts';
import type { Posix } from './posix.ts';

export type OnExit = (exitCode: number | null, signal: string | null) => void;

/** The kernel tells each end; this is for one that was missed, and keeps the process while there are children. */
const LOOK_AGAIN_MS = 1000;

export class Children {
  readonly #posix: Posix | null;
  readonly #living = new Map<number, OnExit>();
  readonly #nothing: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(posix: Posix | null) {
    this.#posix = posix;
    this.#nothing = posix === null ? -1 : openSync('/dev/null', 'r');
    if (posix !== null) process.on('SIGCHLD', () => this.#look());
  }

  /** The pid of the command's program; `onExit` follows, never before this returns. */
  start(
    command: Command,
    env: Readonly<Record<string, string>>,
    out: number,
    err: number,
    onExit: OnExit,
  ): number | null {
    const [program = ''] = command.argv;
    const path = this.#posix === null ? null : (command.file ?? fileOf(program, env.PATH));
    if (this.#posix === null || path === null) return null;
    const pid = this.#posix.spawn({
      path,
      cwd: command.cwd,
      argv: command.argv,
      env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      stdio: [this.#nothing, out, err],
    });
    if (pid === null) return null;
    this.#living.set(pid, onExit);
    this.#timer ??= setInterval(() => this.#look(), LOOK_AGAIN_MS);
    return pid;
  }

  #look(): void {
    for (const [pid, onExit] of this.#living) {
      const end = this.#posix?.ended(pid);
      if (!end) continue;
      this.#living.delete(pid);
      onExit(end.exitCode, end.signal);
    }
    if (this.#living.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** As execvp would find it in the new process; null where that is not certain. */
function fileOf(program: string, path: string | undefined): string | null {
  if (program.includes('/')) return program;
  const folders = path?.split(':') ?? [];
  if (program === '' || !folders.every(isAbsolute)) return null;
  return folders.map((folder) => join(folder, program)).find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
