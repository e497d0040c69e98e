/**
 * The built executable in a fresh world: a folder with its own database, cache and temporary folder, and an environment
 * that holds nothing else. All processes of a world are ended with its test, and a test fails that leaves one behind.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import SqliteDatabase from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import type { runJson, runSummaryJson } from '../../src/engine/tell/run-json.ts';
import { isAlive } from './marked-processes.ts';

/** Another one than dist/weir where WEIR_TEST_EXECUTABLE names it. */
export const EXECUTABLE =
  process.env.WEIR_TEST_EXECUTABLE ?? fileURLToPath(new URL('../../dist/weir', import.meta.url));

export type RunJson = ReturnType<typeof runJson>;
export type RunItemJson = ReturnType<typeof runSummaryJson>;

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  /** Added to the world's environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: the world's folder. */
  readonly cwd?: string;
  /** Another executable than the built one, or one with arguments before Weir's own. */
  readonly argv?: readonly string[];
  readonly uid?: number;
}

export interface Running {
  readonly pid: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Resolves with the match when stdout or stderr shows the pattern; rejects when the process ends, or time passes, without it. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Outcome>;
}

/** How long a condition may take to come true: far more than a busy machine needs, and less than a test may take. */
const PATIENCE_MS = 90_000;
const LOOK_EVERY_MS = 15;

/** A world of its own for the test that calls this. */
export function weirWorld() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'weir-test-')));
  const db = join(folder, 'data', 'weir.db');
  const mark = randomUUID();
  const children = new Set<ChildProcess>();
  mkdirSync(join(folder, 'tmp'));
  const environment: Record<string, string> = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TMPDIR: join(folder, 'tmp'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    WEIR_DB: db,
    WEIR_TEST_MARK: mark,
  };

  onTestFinished(async () => {
    for (const child of children) child.kill('SIGKILL');
    // What they had started must go by itself, without being looked for.
    const left = await goneWithin(PATIENCE_MS);
    const names = left.map((pid) => `${pid} (${commandLine(pid)})`);
    for (const pid of left) endProcess(pid);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    if (left.length > 0) throw new Error(`processes are left behind: ${names.join(', ')}`);
  });

  /** Living processes of this world: those that inherited its mark, or run an executable that lies in it. */
  function processes(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => isAlive(pid) && isOfThisWorld(pid));
  }

  function isOfThisWorld(pid: number): boolean {
    try {
      if (readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`WEIR_TEST_MARK=${mark}`)) return true;
      return readlinkSync(`/proc/${pid}/exe`).startsWith(`${folder}/`);
    } catch {
      return false;
    }
  }

  async function goneWithin(patienceMs: number): Promise<number[]> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const left = processes();
      if (left.length === 0 || Date.now() > deadline) return left;
      await sleep(LOOK_EVERY_MS);
    }
  }

  function start(args: readonly string[], options: StartOptions = {}): Running {
    const [program = '', ...before] = options.argv ?? [EXECUTABLE];
    const env = Object.fromEntries(
      Object.entries({ ...environment, ...options.env }).filter(([, value]) => value !== undefined),
    );
    const child = spawn(program, [...before, ...args], {
      cwd: options.cwd ?? folder,
      env: env as Record<string, string>,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    });
    children.add(child);
    return follow(child);
  }

  async function weir(args: readonly string[], options: StartOptions = {}): Promise<Outcome> {
    return start(args, options).ended;
  }

  /** What a command prints as JSON; the command must succeed. */
  async function json<T>(args: readonly string[], options: StartOptions = {}): Promise<T> {
    const { code, stdout, stderr } = await weir([...args, '--json'], options);
    if (code !== 0) throw new Error(`weir ${args.join(' ')} --json ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  return {
    folder,
    db,
    environment,
    start,
    weir,
    json,
    processes,
    /** Command lines of its living processes. */
    commands: () => processes().map(commandLine),
    /** Writes a file into the world; gives its path. */
    write(name: string, text: string): string {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    /** Lines of a file of the world; none when there is no such file. */
    lines(name: string): string[] {
      const path = join(folder, name);
      return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
    },
    show: (run?: number | string) => json<RunJson>(['show', ...(run === undefined ? [] : [String(run)])]),
    async runs(): Promise<RunItemJson[]> {
      return (await json<{ items: RunItemJson[] }>(['runs'])).items;
    },
    /** Rows straight from the file, read-only: settles nothing and disturbs nobody. None when there is no file yet. */
    rows<T = Record<string, unknown>>(sql: string, ...bindings: unknown[]): T[] {
      return readDatabase(db, (database) => database.prepare(sql).all(...bindings) as T[]) ?? [];
    },
    /** SQLite's own word on the file's health. */
    quickCheck: () => readDatabase(db, (database) => database.pragma('quick_check', { simple: true }) as string),
  };
}

export type World = ReturnType<typeof weirWorld>;

/** Looks again and again until the condition gives something; never waits for a time. */
export async function waitFor<T>(
  what: string,
  condition: () => T | Promise<T>,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== null && value !== undefined) return value as NonNullable<Exclude<T, false>>;
    if (Date.now() > deadline) throw new Error(`waited for ${PATIENCE_MS / 1000} s in vain: ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}

function follow(child: ChildProcess): Running {
  const texts = { stdout: '', stderr: '' };
  const lookers = new Set<() => void>();
  let isOver = false;
  const look = () => {
    for (const looker of [...lookers]) looker();
  };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      texts[stream] += text;
      look();
    });
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject);
    void once(child, 'close').then(
      ([code, signal]) => {
        isOver = true;
        resolve({ code: code as number | null, signal: signal as NodeJS.Signals | null, ...texts });
        look();
      },
      () => {},
    );
  });
  ended.catch(() => {});
  return {
    pid: child.pid ?? 0,
    ended,
    get stdout() {
      return texts.stdout;
    },
    get stderr() {
      return texts.stderr;
    },
    until: (pattern) =>
      new Promise((resolve, reject) => {
        let isLate = false;
        const looker = () => {
          const match = pattern.exec(texts.stdout) ?? pattern.exec(texts.stderr);
          if (match === null && !isOver && !isLate) return;
          lookers.delete(looker);
          clearTimeout(timer);
          const why = isOver ? 'the process ended and never printed' : `in ${PATIENCE_MS / 1000} s it never printed`;
          if (match !== null) resolve(match);
          else reject(new Error(`${why} ${pattern}: ${texts.stdout}${texts.stderr}`));
        };
        const timer = setTimeout(() => {
          isLate = true;
          looker();
        }, PATIENCE_MS);
        lookers.add(looker);
        looker();
      }),
    kill: (signal) => void child.kill(signal),
  };
}

function readDatabase<T>(path: string, read: (database: SqliteDatabase.Database) => T): T | null {
  if (!existsSync(path)) return null;
  const database = new SqliteDatabase(path, { readonly: true, timeout: 5000 });
  try {
    return read(database);
  } catch (error) {
    // Made at this moment: the tables are not there yet.
    if (/no such table/.test((error as Error).message)) return null;
    throw error;
  } finally {
    database.close();
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean).join(' ');
  } catch {
    return '';
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone meanwhile
  }
}
