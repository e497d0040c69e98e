/**
 * The environment of a command, layer by layer; what stands later wins:
 *   inherited < PYTHONUNBUFFERED < conda, venv < env_file, in their order < env < Weir's own variables < secrets
 * A venv's programs come first in whatever PATH these make. Weir's variables are added by shell.ts, secrets by the engine.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type EnvFileFault, parseEnvFile } from '../../model/env-file.ts';
import { WeirError } from '../../model/errors.ts';
import type { Variables } from './own-environment.ts';
import { ownFolder } from './own-folder.ts';
import { hasBash, USUAL_PATH } from './programs.ts';
import { enterConda, enterVenv, type PythonEnvironment, withActivation } from './python-environment.ts';
import type { ShellCommand } from './shell-command.ts';

export type ShellEnvironment = Readonly<Record<string, string>> & { readonly PATH: string };

export interface Surroundings {
  readonly env: ShellEnvironment;
  /** What must be started so that `argv` runs in these surroundings. */
  readonly enter: (argv: readonly string[]) => readonly string[];
  /** They are made by scripts, which only a shell reads. */
  readonly needsShell: boolean;
}

/** `dir`: the flow's folder. `own`: the variables of this process. @throws WeirError for what is missing or unreadable */
export function surroundingsOf(command: ShellCommand, dir: string, own: Variables): Surroundings {
  if (!isPlain(command) || own === process.env) return madeOf(command, dir, own);
  if (plain?.own !== own) plain = { own, surroundings: madeOf(command, dir, own) };
  return plain.surroundings;
}

/** Those of a command that asks for nothing, in variables that do not change: most commands have them. */
let plain: { readonly own: Variables; readonly surroundings: Surroundings } | null = null;

function isPlain({ env = {}, envFiles = [], inheritEnv = 'all', venv, conda }: ShellCommand): boolean {
  return inheritEnv === 'all' && !venv && !conda && envFiles.length === 0 && Object.keys(env).length === 0;
}

function madeOf(command: ShellCommand, dir: string, own: Variables): Surroundings {
  const env: Record<string, string> = { ...inherited(command.inheritEnv ?? 'all', own), PYTHONUNBUFFERED: '1' };
  const entered: PythonEnvironment[] = [];
  if (command.venv) entered.push(enterVenv(command.venv, dir));
  // Conda is found where the process that executes the flow finds it, even if its tasks inherit nothing.
  if (command.conda) entered.push(enterConda(command.conda, dir, own));
  // It would lead the environment's Python to the modules of another.
  if (entered.length > 0) delete env.PYTHONHOME;
  for (const { variables } of entered) Object.assign(env, variables);
  for (const file of command.envFiles ?? []) for (const [name, value] of readEnvFile(file, dir)) env[name] = value;
  for (const [name, value] of Object.entries(command.env ?? {})) env[name] = String(value);
  const PATH = [...entered.flatMap(({ bins }) => bins), env.PATH || USUAL_PATH, ...OWN_FOLDERS].join(':');
  const hasScripts = entered.some((each) => each.hasScripts);
  return {
    env: { ...env, PATH },
    enter: (argv) => (hasScripts ? withActivation(argv, hasBash(PATH, dir) ? 'bash' : 'sh') : argv),
    needsShell: hasScripts,
  };
}

/** `weir model register` is found in a task wherever the executable lies; another one in PATH comes first. */
const OWN_FOLDERS = [ownFolder(process.execPath, process.argv0)].filter((folder) => folder !== null);

/** What even a command that inherits nothing cannot do without: cron gives these, too. */
const ALWAYS = ['HOME', 'LOGNAME', 'USER'];
/** Of a run around this one: the command would take them for its own. */
const OF_ANOTHER_RUN =
  /^WEIR_(?:RUN|RUN_DIR|FLOW|TASK|ATTEMPT|OUTPUT|METRICS|SUMMARY|PROGRESS|ARTIFACTS|INPUTS|STATE|ERROR|FAILED_TASK|URL|MODEL|MARK|(?:SLOT|PARAM|VALUE)_.*)$/;

function inherited(rule: NonNullable<ShellCommand['inheritEnv']>, own: Variables): Record<string, string> {
  const env: Record<string, string> = {};
  const names = rule === 'all' ? Object.keys(own) : rule === 'none' ? ALWAYS : [...ALWAYS, ...rule];
  for (const name of names) {
    const value = own[name];
    if (value !== undefined && !(name.startsWith('WEIR_') && OF_ANOTHER_RUN.test(name))) env[name] = value;
  }
  return env;
}

function readEnvFile(file: string, dir: string): ReadonlyMap<string, string> {
  const path = resolve(dir, file);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    const isMissing = (cause as { code?: string }).code === 'ENOENT';
    throw new WeirError(
      isMissing ? 'not-found' : 'file-system',
      isMissing
        ? `the env_file ${file} does not exist: ${path}`
        : `the env_file ${path} cannot be read: ${(cause as Error).message}`,
      {
        hint: isMissing
          ? 'make it, with lines of NAME=value; its path counts from the folder of the flow'
          : 'check its rights',
        cause,
      },
    );
  }
  const { variables, faults } = parseEnvFile(textOf(bytes, path));
  if (faults.length > 0) throw unreadable(path, faults);
  return variables;
}

function textOf(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new WeirError('invalid-value', `the env_file ${path} is not UTF-8 text`, { hint: 'save it as UTF-8', cause });
  }
}

function unreadable(path: string, faults: readonly EnvFileFault[]): WeirError {
  const told = faults.slice(0, 5).map(({ line, sentence }) => `${path}:${line}: ${sentence}`);
  const more = faults.length > told.length ? [`and ${faults.length - told.length} more`] : [];
  return new WeirError('invalid-value', [...told, ...more].join('; '), {
    hint: 'a line is NAME=value, with quotes around a value that needs them',
  });
}
