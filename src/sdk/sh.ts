/**
 * `sh`: a shell command as a task. Interpolated values never become script text: each arrives in an environment
 * variable, and the script refers to it as its place requires (see model/shell-script.ts).
 */
import type { Duration } from '../model/duration.ts';
import { WeirError } from '../model/errors.ts';
import type { HandedFile } from '../model/handed-file.ts';
import { type CodeSources, UNKNOWN } from '../model/named-files.ts';
import type { RetryDelayInput } from '../model/retry.ts';
import type { TaskFuture, TaskFutureList } from './future.ts';
import type { HookOptions } from './hooks.ts';
import { refuseUnknownOptions } from './options.ts';
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
  /** Default: the folder of the flow file, from which it counts. */
  cwd?: string;
  /** Wins over what is inherited and over `envFile`. */
  env?: Readonly<Record<string, string>>;
  /** `'none'`, or names: what it gets of the environment that Weir runs in. Default `'all'`. */
  inheritEnv?: 'all' | 'none' | readonly string[];
  /** Files of `NAME=value` lines, from the folder of the flow file; later ones win. */
  envFile?: string | readonly string[];
  /** Folder of a Python environment: its programs come first in PATH. */
  venv?: string;
  /** Name or folder of a conda environment. */
  conda?: string;
  /** Globs, from the folder of the flow file, of files that are part of its code besides those that it names. */
  code?: readonly string[];
  /** Names of secrets that it gets as environment variables; masked in logs and pages. */
  secrets?: readonly string[];
  /** Files that it hands on, as `{ model: 'model.pkl' }`: each is kept, and is `files.model` of the outcome. */
  files?: Readonly<Record<string, string>>;
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

type ShellScalar = string | number | bigint | boolean | HandedFile;
/** What can stand in a command; a file that another task handed on stands for its path. */
export type ShellValue = ShellScalar | readonly ShellScalar[];
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
 * const { outputs, files } = await sh({ retries: 2, timeout: '1h', files: { model: 'model.pkl' } })`./train.sh ${alphas}`;
 * await sh`python evaluate.py ${files.model}`;
 */
export const sh: Sh = ((first: TemplateStringsArray | ShellOptions, ...values: Given[]) => {
  if (isTemplate(first)) return callShell({}, first, values);
  refuseUnknownOptions('sh', first, OPTIONS);
  const { inheritEnv } = first;
  if (typeof inheritEnv === 'string' && inheritEnv !== 'all' && inheritEnv !== 'none')
    throw new WeirError('invalid-value', `inheritEnv of sh is ${JSON.stringify(inheritEnv)}`, {
      hint: "it is 'all', 'none', or a list of names: ['PATH', 'HOME']",
    });
  return (parts: TemplateStringsArray, ...given: Given[]) => callShell(first, parts, given);
}) as Sh;

function callShell(
  options: ShellOptions,
  parts: TemplateStringsArray,
  values: readonly Given[],
): TaskFuture<ShellOutcome> {
  const script = [...parts];
  const definition = {
    ...defineTask(
      'shell',
      { ...options, name: options.name ?? commandName(script[0] ?? '') } as TaskOptions<never[]>,
      ((...arrived: ShellValue[]) => runtime('sh').shell(script, arrived, options)) as (...args: never[]) => unknown,
      codeOf(script, options),
    ),
    sources: sourcesOf(script, options),
  };
  return runtime('sh').call(definition, values) as TaskFuture<ShellOutcome>;
}

const OPTIONS: Readonly<Record<keyof ShellOptions, true>> = {
  name: true,
  retries: true,
  retryDelay: true,
  retryJitter: true,
  timeout: true,
  tags: true,
  occupies: true,
  cache: true,
  cwd: true,
  env: true,
  inheritEnv: true,
  envFile: true,
  venv: true,
  conda: true,
  code: true,
  secrets: true,
  files: true,
  shell: true,
  waitFor: true,
  stderr: true,
  onRunning: true,
  onCompletion: true,
  onFailure: true,
  onCancellation: true,
};

/** What a call of it is known again by: everything that decides what it does. */
function codeOf(script: readonly string[], { shell, cwd, env, ...more }: ShellOptions): string {
  const { inheritEnv, envFile, venv, conda, files } = more;
  const rest = { inheritEnv, envFile, venv, conda, files };
  const said = Object.values(rest).some((value) => value !== undefined) ? [rest] : [];
  return JSON.stringify([script, shell ?? null, cwd ?? null, env ?? null, ...said]);
}

/** Values are inputs: what they name is not looked for. */
function sourcesOf(script: readonly string[], { cwd, files, code }: ShellOptions): CodeSources {
  return {
    script: script.join(UNKNOWN),
    ...(cwd === undefined ? {} : { cwd }),
    ...(code === undefined ? {} : { globs: code }),
    ...(files === undefined ? {} : { handsOn: Object.values(files) }),
  };
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
