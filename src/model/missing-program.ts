/**
 * What a shell says of a program that it did not find (exit code 127), read from its last lines; and the question to a
 * login shell whether it would find it. Pure.
 */

/** `bash: line 1: conda: command not found`, `sh: 1: conda: not found`, `env: 'conda': No such file...`, any language. */
const NAME_THEN_REASON = /(?:^|: )['‘"]?([\w][\w.+@-]*)['’"]?: [^:]+$/;
/** `zsh:1: command not found: conda`, `fish: Unknown command: conda`. */
const REASON_THEN_NAME = /: (?:command not found|Unknown command): ['‘"]?([\w][\w.+@-]*)['’"]?$/;
const PATH_LINE = 'weir-path=';

/** Names that may be the missing program's, the likeliest first. */
export function missingPrograms(lastLines: readonly string[]): string[] {
  const names = lastLines.toReversed().map((line) => {
    const text = line.trimEnd();
    return (REASON_THEN_NAME.exec(text) ?? NAME_THEN_REASON.exec(text))?.[1];
  });
  return [...new Set(names.filter((name) => name !== undefined && !/^\d+$/.test(name)))] as string[];
}

/** They change the shell that runs them, or ask it: no program could. What is a program as well, as `echo`, is none of them. */
const OF_SH = `alias bg break cd command continue eval exec exit export fc fg getopts hash jobs read readonly return set
  shift times trap type ulimit umask unalias unset wait`;
const OF_BASH = `bind builtin caller compgen complete declare dirs disown enable let local logout mapfile popd pushd
  readarray shopt source suspend typeset`;
const PARTS = { sh: new Set(OF_SH.split(/\s+/)), bash: new Set(OF_BASH.split(/\s+/)) };

/** The shell of whose language the name is a word: `sh` where any will do. null: it is no such word. */
export function shellOf(name: string): 'sh' | 'bash' | null {
  if (PARTS.sh.has(name)) return 'sh';
  return PARTS.bash.has(name) ? 'bash' : null;
}

/** `bash: line 1: ./train.sh: Permission denied`, `... /bin/sh^M: bad interpreter: No such file...`, `sh: 1: ./x: not found`. */
const PATH_THEN_REASON =
  /(?:^|: )['‘"]?([^:'‘’"]*\/[^:'‘’"]*)['’"]?: (?:Permission denied|cannot execute|.*bad interpreter|(?:command )?not found|No such file or directory)/;

/** The file that a shell named when it could not start it (exit code 126 or 127); null when it named none. */
export function unstartablePath(lastLines: readonly string[]): string | null {
  return PATH_THEN_REASON.exec(lastLines.at(-1) ?? '')?.[1] ?? null;
}

/** A script for any login shell. `name` holds nothing that a shell would understand (`missingPrograms`). */
export function loginQuestion(name: string): string {
  return `command -v '${name}'; printf '\\n${PATH_LINE}%s\\n' "$PATH"`;
}

export interface LoginAnswer {
  /** Folders in which the login shell looks. */
  readonly path: readonly string[];
  /** It knows the name as a function or an alias, which a script does not see. */
  readonly isFunction: boolean;
}

/** null when the shell did not get as far as telling its PATH. */
export function loginAnswer(name: string, output: string): LoginAnswer | null {
  const lines = output.split('\n').map((line) => line.trim());
  const told = lines.findLast((line) => line.startsWith(PATH_LINE));
  if (told === undefined) return null;
  const isFunction = lines.some((line) => line === name || line.startsWith(`alias ${name}`));
  return {
    path: told
      .slice(PATH_LINE.length)
      .split(':')
      .filter((folder) => folder !== ''),
    isFunction,
  };
}
