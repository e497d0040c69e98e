/**
 * Whether a script for bash is one program with plain arguments, so that it can be started without a shell, as make does:
 * bash would read its start-up, look the program up and replace itself by it. Pure.
 * Must never say so of anything that bash might read in another way: null, and bash reads it.
 */

/** Text that means itself, bare; a `=` in the first word would make it an assignment, a `%` a job. */
const BARE = /[A-Za-z0-9_./,:@%+=-]+/y;
const PROGRAM = /^[A-Za-z0-9_./][A-Za-z0-9_./+-]*$/;
/** Within double quotes; values of variables are never read again. */
const QUOTED = /[A-Za-z0-9_./,:@%+=\- \t\n;&|<>()'#*?[\]{}~^]+/y;
const VARIABLE = /\$\{([A-Za-z_]\w*)\}/y;
const SINGLE = /'([^'\0]*)'/y;

/** What bash does itself. `true` and `false` alone do what the programs of that name do. */
const BASH_OWN = new Set(
  `alias bg bind break builtin caller cd command compgen complete compopt continue declare dirs disown echo enable eval
  exec exit export fc fg getopts hash help history jobs kill let local logout mapfile popd printf pushd pwd read readarray
  readonly return set shift shopt source suspend test times trap type typeset ulimit umask unalias unset wait .
  case coproc do done elif else esac fi for function if in select then time until while`.split(/\s+/),
);
const DO_NOTHING = new Set(['true', 'false']);

/** Variables by which bash does something else than it is told: files read first, functions, options, programs passed over. */
const CHANGES_BASH =
  /^(?:BASH_ENV|ENV|BASHOPTS|SHELLOPTS|POSIXLY_CORRECT|POSIX_PEDANTIC|EXECIGNORE|BASH_COMPAT|BASH_FUNC_.*|BASH_LOADABLES_PATH)$/;
const LEVEL = /^(?:0|[1-9]\d{0,2})$/;
const BY_SSH = /^SSH2?_CLIENT$/;

/**
 * Program and arguments that bash would start for `script`; null where it has more to do than that. `values` are the
 * variables that hold its interpolated values (shell-script.ts): the only ones it may refer to.
 */
export function simpleCommand(script: string, values: Readonly<Record<string, string>>): readonly string[] | null {
  const words: string[] = [];
  const text = script.replace(/^\s+|\s+$/g, blankOnly);
  for (let at = 0; at < text.length; ) {
    const read = readWord(text, at, values);
    if (read === null) return null;
    words.push(read.word);
    at = afterBlanks(text, read.end);
  }
  const [program = ''] = words;
  // As it was written: a quoted name may be one that bash would not take for its own.
  if (!PROGRAM.test(program) || !text.startsWith(program) || BASH_OWN.has(program)) return null;
  return DO_NOTHING.has(program) && words.length > 1 ? null : words;
}

/** Whether one of these variables keeps bash from just starting what it is told. */
export function changesBash(env: Readonly<Record<string, string>>): boolean {
  const { SHLVL = '0' } = env;
  // It counts on from there, and the first shell on a machine that was entered by ssh reads ~/.bashrc.
  if (!LEVEL.test(SHLVL)) return true;
  return Object.keys(env).some((name) => CHANGES_BASH.test(name) || (SHLVL === '0' && BY_SSH.test(name)));
}

/** Other white space than bash's own is text. */
function blankOnly(space: string): string {
  return space.replace(/[ \t\n]/g, '');
}

function afterBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t') at++;
  return at;
}

function readWord(
  text: string,
  from: number,
  values: Readonly<Record<string, string>>,
): { readonly word: string; readonly end: number } | null {
  let word = '';
  let at = from;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at += found[0].length;
    return found;
  };
  while (at < text.length && text[at] !== ' ' && text[at] !== '\t') {
    if (text[at] === '"') {
      at++;
      while (text[at] !== '"') {
        const plain = take(QUOTED);
        const variable = plain === null ? take(VARIABLE) : null;
        const piece = plain?.[0] ?? (variable === null ? undefined : ownValue(values, variable[1]));
        if (piece === undefined) return null;
        word += piece;
      }
      at++;
      continue;
    }
    const single = take(SINGLE);
    const piece = single?.[1] ?? take(BARE)?.[0];
    if (piece === undefined) return null;
    word += piece;
  }
  return { word, end: at };
}

function ownValue(values: Readonly<Record<string, string>>, name = ''): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
