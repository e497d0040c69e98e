/**
 * Starts a script that is one plain program without a shell: bash's start takes longer than all else that Weir does for a
 * short command. The program gets the arguments and the environment that it would get from bash; wherever that is not
 * certain, bash is given the script.
 */
import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute } from 'node:path';
import { changesBash, simpleCommand } from '../../model/simple-command.ts';
import { findProgram, hasBash } from './programs.ts';
import type { ShellEnvironment } from './shell-environment.ts';

export interface DirectProgram {
  /** `file`: where it was found. */
  readonly program: { readonly argv: readonly string[]; readonly file: string };
  /** What bash itself would have set. */
  readonly env: Readonly<Record<string, string>>;
}

/** How files begin that the kernel runs by itself. Others without a first line that names an interpreter bash would read. */
const FIRST_BYTES = Buffer.from('\x7fELF', 'latin1');

/** `values`: the variables of the script's interpolated values. `secrets`: names that are added to `env` later. */
export function directProgram(
  script: string,
  values: Readonly<Record<string, string>>,
  { env, cwd, secrets }: { readonly env: ShellEnvironment; readonly cwd: string; readonly secrets: readonly string[] },
): DirectProgram | null {
  const argv = simpleCommand(script, values);
  if (argv === null || changesBash(env) || secrets.some((name) => name === 'PATH' || changesBash({ [name]: '' })))
    return null;
  // Bash reads folders of a PATH that begin with a tilde, or with nothing, in its own way.
  if (!env.PATH.split(delimiter).every(isAbsolute) || !hasBash(env.PATH, cwd)) return null;
  const [program = ''] = argv;
  const path = findProgram(program, env.PATH, cwd);
  if (path === null || !isForTheKernel(path)) return null;
  const told = program.includes('/') ? program : path;
  return { program: { argv, file: path }, env: { PWD: folderAsTold(env.PWD, cwd), SHLVL: env.SHLVL ?? '0', _: told } };
}

/** The program that was looked at last, as its file was then. */
let last: { readonly id: string; readonly isForTheKernel: boolean } | null = null;

function isForTheKernel(path: string): boolean {
  let file: number | undefined;
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = statSync(path);
    const id = [dev, ino, size, mtimeMs, ctimeMs].join();
    if (last?.id === id) return last.isForTheKernel;
    file = openSync(path, 'r');
    const first = Buffer.alloc(FIRST_BYTES.length);
    const isBinary = readSync(file, first) === first.length && first.equals(FIRST_BYTES);
    last = { id, isForTheKernel: isBinary };
    return isBinary;
  } catch {
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** As it was inherited where that leads here, links included. */
function folderAsTold(inherited: string | undefined, cwd: string): string {
  if (inherited === cwd) return cwd;
  const here = statSync(cwd);
  const there = inherited?.startsWith('/') ? statSync(inherited, { throwIfNoEntry: false }) : undefined;
  return inherited !== undefined && there?.ino === here.ino && there.dev === here.dev ? inherited : realpathSync(cwd);
}
