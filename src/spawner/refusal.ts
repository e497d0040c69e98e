/**
 * Why a command could not be started, in a sentence that names what is wrong and where it was looked for.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '../model/command.ts';
import { interpreterProblem, notExecutable } from './unstartable.ts';

export interface Refusal {
  readonly code: string;
  readonly sentence: string;
}

/** The reason, found by looking again at what the command names. */
export function refusalOf(command: Command, error: unknown): Refusal {
  const { code = 'EINVAL', message = String(error) } = (error ?? {}) as NodeJS.ErrnoException;
  const program = command.argv[0] ?? '';
  if (program === '') return { code: 'EINVAL', sentence: 'The command is empty: it names no program.' };
  if (code === 'E2BIG') {
    return {
      code,
      sentence: `"${program}" was not started: an argument or the environment is too large. ${largest(command)}`,
    };
  }
  if (code === 'EAGAIN' || code === 'ENOMEM') {
    return { code, sentence: `"${program}" was not started: this machine allows no further process now (${code}).` };
  }
  if (code === 'EMFILE' || code === 'ENFILE') {
    return { code, sentence: `"${program}" was not started: too many files are open (${code}).` };
  }
  if (code === 'ERR_INVALID_ARG_VALUE') {
    return {
      code: 'EINVAL',
      sentence: `"${program}" was not started: an argument, a variable or the folder holds a NUL character.`,
    };
  }
  const folder = folderProblem(command.cwd);
  if (folder !== undefined) return folder;
  if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR') return programProblem(command, program, code);
  return { code, sentence: `"${program}" was not started: ${message}.` };
}

function folderProblem(cwd: string): Refusal | undefined {
  try {
    if (!statSync(cwd).isDirectory()) {
      return { code: 'ENOTDIR', sentence: `The working directory ${cwd} is a file, not a folder.` };
    }
    accessSync(cwd, constants.X_OK);
    return undefined;
  } catch (error) {
    const { code = 'ENOENT' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { code, sentence: `The working directory ${cwd} does not exist.` };
    return { code, sentence: `The working directory ${cwd} cannot be entered (${code}).` };
  }
}

function programProblem(command: Command, program: string, code: string): Refusal {
  const hasSlash = program.includes('/');
  // A PATH that is not set is looked up as the C library does.
  const path = command.env.PATH ?? '/bin:/usr/bin';
  const places = hasSlash
    ? [program.startsWith('/') ? program : join(command.cwd, program)]
    : path.split(':').map((folder) => join(folder === '' ? command.cwd : folder, program));
  const file = places.find(isFile);
  if (file === undefined) {
    const sentence = hasSlash
      ? `There is no program ${places[0]}.`
      : `There is no program "${program}" in PATH (${path}).`;
    return { code: 'ENOENT', sentence };
  }
  if (code === 'EACCES') return { code, sentence: `${notExecutable(file)}.` };
  return { code, sentence: `${file} was not started: ${interpreterProblem(file)}.` };
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function largest(command: Command): string {
  let name = '';
  let size = 0;
  let total = 0;
  const weigh = (what: string, text: string) => {
    const bytes = Buffer.byteLength(text);
    total += bytes;
    if (bytes > size) [name, size] = [what, bytes];
  };
  command.argv.forEach((text, index) => void weigh(`argument ${index}`, text));
  for (const [key, text] of Object.entries(command.env)) weigh(`the variable ${key}`, text);
  return `Together they have ${total} bytes; the largest is ${name} with ${size} bytes (the limit for one is 131071). Pass a file instead.`;
}
