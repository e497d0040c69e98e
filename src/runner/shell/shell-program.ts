/** Which program runs a script: the shell that was asked for with its own arguments, else `bash -eo pipefail`, else `sh -e`. */
import { findProgram, hasBash } from './programs.ts';

/** How interpreters other than `-c` are told that the next argument is the script. */
const FLAGS: Readonly<Record<string, string>> = {
  node: '-e',
  perl: '-e',
  ruby: '-e',
  Rscript: '-e',
  R: '-e',
  julia: '-e',
  lua: '-e',
  osascript: '-e',
  php: '-r',
};

/** Program and arguments that run `script`. A shell given by a path with a slash counts from `dir`, the flow's folder. */
export function shellArgv(shell: string | null | undefined, script: string, path: string, dir: string): string[] {
  if (shell === null || shell === undefined)
    return hasBash(path, dir) ? ['bash', '-eo', 'pipefail', '-c', script] : ['sh', '-e', '-c', script];
  const words = shell.trim().split(/\s+/);
  const [program = ''] = words;
  const flag = FLAGS[interpreterOf(words)] ?? '-c';
  return [
    program.includes('/') ? (findProgram(program, path, dir) ?? program) : program,
    ...words.slice(1),
    ...(words.at(-1) === flag ? [] : [flag]),
    script,
  ];
}

/** `python` of `/usr/bin/env python3.12 -u`. */
function interpreterOf(words: readonly string[]): string {
  const isEnv = /(^|\/)env$/.test(words[0] ?? '');
  const program = words[isEnv ? 1 : 0] ?? '';
  return program.slice(program.lastIndexOf('/') + 1).replace(/[\d.]+$/, '');
}
