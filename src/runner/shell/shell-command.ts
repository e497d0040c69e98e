/**
 * A shell command as a task gives it to shell.ts: everything evaluated, nothing resolved. Both `sh` and the tasks of YAML
 * flows become one of these.
 */
import { isHandedFile } from '../../model/handed-file.ts';
import type { ShellValue } from '../../model/shell-script.ts';
import type { ShellOptions } from '../../sdk/sh.ts';

export interface ShellCommand {
  readonly work: ShellWork;
  /** Not given: `bash -eo pipefail`, else `sh -e`. */
  readonly shell?: string | null;
  /** Relative to the flow's folder, which is the default. */
  readonly cwd?: string | null;
  /** Wins over everything but Weir's own variables and secrets. */
  readonly env?: Readonly<Record<string, string>>;
  readonly inheritEnv?: 'all' | 'none' | readonly string[];
  /** Relative to the flow's folder; later ones win. */
  readonly envFiles?: readonly string[];
  /** Folder of a Python environment, relative to the flow's. */
  readonly venv?: string | null;
  /** Name or folder of a conda environment. */
  readonly conda?: string | null;
  /** Names; their values are the engine's to add. */
  readonly secrets?: readonly string[];
  /** Files that it hands on: path relative to the working directory, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** What the file named by WEIR_INPUTS holds besides params and slot, such as item and outputs. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Further variables of Weir's own, such as a handler's WEIR_STATE. */
  readonly extraEnv?: Readonly<Record<string, string>>;
  /** `merged` keeps the order between the two streams. Default `separate`. */
  readonly stderr?: 'separate' | 'merged';
}

export type ShellWork =
  /** For a POSIX shell: `values` stand between `parts`, each bound to an environment variable. */
  | { readonly kind: 'script'; readonly parts: readonly string[]; readonly values: readonly ShellValue[] }
  /** For any shell. Must hold no interpolated value. */
  | { readonly kind: 'plain-script'; readonly script: string }
  /** A program with its arguments, without a shell. */
  | { readonly kind: 'arguments'; readonly argv: readonly string[] };

/** What `sh` was asked for. */
export function commandOfSh(parts: readonly string[], values: readonly unknown[], options: ShellOptions): ShellCommand {
  const { cwd, env, shell, stderr, inheritEnv, envFile, venv, conda, secrets, files } = options;
  return {
    work: { kind: 'script', parts, values: values.map(toShellValue) },
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    ...(shell === undefined ? {} : { shell }),
    ...(stderr === undefined ? {} : { stderr }),
    ...(inheritEnv === undefined ? {} : { inheritEnv }),
    ...(envFile === undefined ? {} : { envFiles: typeof envFile === 'string' ? [envFile] : envFile }),
    ...(venv === undefined ? {} : { venv }),
    ...(conda === undefined ? {} : { conda }),
    ...(secrets === undefined ? {} : { secrets }),
    ...(files === undefined ? {} : { files }),
  };
}

/** A file that another task handed on stands for its path. */
export function toShellValue(value: unknown): ShellValue {
  if (isHandedFile(value)) return value.path;
  return Array.isArray(value) ? value.map((each) => toShellValue(each) as string) : (value as ShellValue);
}
