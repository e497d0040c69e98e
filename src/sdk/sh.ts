/**
 * `sh`: a shell command as a task. Interpolated values never become script text: each arrives in an environment
 * variable, and the script refers to it as its place requires (see model/shell-script.ts).
 */
import type { Duration } from '../model/duration.ts';
import type { RetryDelayInput } from '../model/retry.ts';
import type { TaskFuture, TaskFutureList } from './future.ts';
import type { HookOptions } from './hooks.ts';
import { runtime } from './runtime.ts';
import { defineTask, type TaskOptions } from './task.ts';

export interface ShellOptions extends HookOptions {
  /** Default: the first words of the command. */
  name?: string;
  retries?: number;
  retryDelay?: RetryDelayInput;
  retryJitter?: number;
  timeout?: Duration;
  tags?: readonly string[];
  occupies?: Readonly<Record<string, number>>;
  cache?: { key: 'inputs'; expires?: Duration; refresh?: boolean };
  /** Default: the folder of the flow file. */
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  /** Default `bash -eo pipefail`, else `sh -e`. Only POSIX shells take interpolated values. */
  shell?: string;
  /** Calls to wait for without taking data from them. */
  waitFor?: readonly (TaskFuture<unknown> | TaskFutureList<unknown>)[];
  /** `merged` keeps the order between the two streams. Default `separate`. */
  stderr?: 'separate' | 'merged';
}

export interface ShellOutcome {
  readonly exitCode: number;
  /** What the command wrote to standard output, at most its last MiB. */
  readonly stdout: string;
  /** What it wrote to the file named by `WEIR_OUTPUT`: `name=value` lines, or one JSON object. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** What it handed on by `files`, by name. */
  readonly files: Readonly<Record<string, HandedFile>>;
}

/** A file that a task handed on: a copy that Weir keeps, with the name that the file had. */
export interface HandedFile {
  /** Where the copy lies; absolute. It is not to be changed. */
  readonly path: string;
  /** Of its bytes: 64 hexadecimal digits. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
}

export type ShellValue = string | number | bigint | boolean | readonly (string | number | bigint | boolean)[];
type Given = ShellValue | TaskFuture<ShellValue>;

export interface Sh {
  (parts: TemplateStringsArray, ...values: Given[]): TaskFuture<ShellOutcome>;
  (options: ShellOptions): (parts: TemplateStringsArray, ...values: Given[]) => TaskFuture<ShellOutcome>;
}

/**
 * Runs a shell command as a task. A command that does not exit with 0 fails it.
 *
 * @example
 * await sh`python train.py --week ${week}`;
 * const { outputs } = await sh({ name: 'train', retries: 2, timeout: '1h' })`./train.sh ${alphas}`;
 */
export const sh: Sh = ((first: TemplateStringsArray | ShellOptions, ...values: Given[]) => {
  if (isTemplate(first)) return callShell({}, first, values);
  return (parts: TemplateStringsArray, ...given: Given[]) => callShell(first, parts, given);
}) as Sh;

function callShell(
  options: ShellOptions,
  parts: TemplateStringsArray,
  values: readonly Given[],
): TaskFuture<ShellOutcome> {
  const script = [...parts];
  const definition = defineTask(
    'shell',
    { ...options, name: options.name ?? commandName(script[0] ?? '') } as TaskOptions<never[]>,
    ((...arrived: ShellValue[]) => runtime('sh').shell(script, arrived, options)) as (...args: never[]) => unknown,
    JSON.stringify([script, options.shell ?? null, options.cwd ?? null, options.env ?? null]),
  );
  return runtime('sh').call(definition, values) as TaskFuture<ShellOutcome>;
}

function commandName(start: string): string {
  const [first = ''] = start.trim().split(/[\n;|&]/);
  const words = first
    .replace(/["'`\\]/g, ' ')
    .trim()
    .split(/\s+/)
    .slice(0, 2)
    .join(' ')
    .slice(0, 60);
  return words === '' ? 'sh' : words;
}

function isTemplate(value: unknown): value is TemplateStringsArray {
  return Array.isArray(value) && 'raw' in value;
}
