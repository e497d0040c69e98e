/**
 * Which words of a command may name files of the project that are part of its code: `train.py` and `conf.yaml` in
 * `python train.py --config conf.yaml > log.txt`. Knows nothing of the disk: whoever asks looks which of them are there. Pure.
 *
 * What a command writes must not be taken for its code, or it would never be reused: redirections and the values of flags
 * such as `-o` and `--output` are left out, and arguments count only by the endings of sources. Words that hold expansions
 * are left out as well. This need not be a shell's grammar: a word too many is no file, a file too few can be given as `code`.
 */

export interface NamedWord {
  /** A path as written. */
  readonly word: string;
  /** `program`: whatever file it is, it is executed; `argument`: only a file with the ending of a source counts. */
  readonly as: 'program' | 'argument';
}

/** Stands in a script for a value that is known later. */
export const UNKNOWN = '\0';

/** What a task is known to be made of, before anything is evaluated; UNKNOWN stands for values. */
export interface CodeSources {
  readonly script?: string;
  readonly argv?: readonly string[];
  /** From the flow's folder. */
  readonly globs?: readonly string[];
  /** From the flow's folder, which is the default. */
  readonly cwd?: string | null;
  /** Paths, from the working directory, of what it hands on: they are made by it. */
  readonly handsOn?: readonly string[];
}

/** Of a script for a shell, in which `UNKNOWN` stands for values. */
export function wordsOfScript(script: string): NamedWord[] {
  return splitCommands(script).flatMap(wordsOfCommand);
}

/** Of a program and its arguments. */
export function wordsOfArguments(argv: readonly string[]): NamedWord[] {
  return wordsOfCommand(argv.map((text) => (text.includes(UNKNOWN) ? null : text)));
}

/** Whether a file of that name is a source, by its ending. */
export function isSourceName(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return SOURCES.test(name) || /^requirements.*\.txt$/.test(name);
}

const SOURCES =
  /\.(?:pyx?|pyi|r|rmd|qmd|jl|[cm]?[jt]sx?|sh|bash|zsh|fish|ps1|pl|pm|rb|php|lua|java|scala|kt|go|rs|c|cc|cpp|h|hpp|cs|sql|toml|ya?ml|ini|cfg|conf|j2|jinja2?|mk|awk|sed|stan|do|m)$/i;
/** They take the program that follows, or a part of it. */
const PREFIXES = /^(?:!|if|then|else|elif|while|until|do|time|exec|nohup|nice|env|sudo|command|builtin|xargs|\{)$/;
const INTERPRETERS =
  /^(?:\.|source|(?:.*\/)?(?:bash|sh|zsh|dash|ksh|fish|python[\d.]*|pypy3?|node|deno|bun|tsx|perl|ruby|Rscript|julia|php|lua))$/;
const OUTPUT_FLAG = /^(?:-o|--?(?:out|output|save|dest|target|log|write|export|result)[\w-]*)$/i;

/** The words of one simple command; null is one that is not known as it stands. */
function wordsOfCommand(words: readonly (string | null)[]): NamedWord[] {
  let at = 0;
  while (at < words.length && isBefore(words[at] ?? '')) at++;
  const program = words[at] ?? null;
  // Without a slash it is looked for in PATH, not in the project.
  const named: NamedWord[] = program?.includes('/') ? [{ word: program, as: 'program' }] : [];
  let awaitsScript = program !== null && INTERPRETERS.test(program);
  for (let index = at + 1; index < words.length; index++) {
    const word = words[index];
    const before = words[index - 1] ?? '';
    if (word === null || word === undefined || word === '') {
      awaitsScript = false;
      continue;
    }
    if (word.startsWith('-')) {
      const [flag = '', ...rest] = word.split('=');
      if (rest.length > 0 && !OUTPUT_FLAG.test(flag)) named.push({ word: rest.join('='), as: 'argument' });
      continue;
    }
    if (OUTPUT_FLAG.test(before)) continue;
    // What a flag such as `-c` is followed by is its value; an interpreter's own script comes without one.
    const isModule = awaitsScript && before === '-m';
    if (isModule) named.push(...moduleFiles(word));
    else named.push({ word, as: awaitsScript && !before.startsWith('-') ? 'program' : 'argument' });
    if (!before.startsWith('-') || isModule) awaitsScript = false;
  }
  return named;
}

function isBefore(word: string): boolean {
  return PREFIXES.test(word) || /^[A-Za-z_]\w*=/.test(word);
}

/** `python -m pipeline.train`. */
function moduleFiles(name: string): NamedWord[] {
  if (!/^[A-Za-z_][\w.]*$/.test(name)) return [];
  const path = name.replaceAll('.', '/');
  return [`${path}.py`, `${path}/__main__.py`, `${path}/__init__.py`].map((word) => ({ word, as: 'argument' }));
}

/** Simple commands as lists of words, without quotes, comments and the targets of redirections. */
function splitCommands(script: string): (string | null)[][] {
  const commands: (string | null)[][] = [];
  let words: (string | null)[] = [];
  let word = '';
  let isWord = false;
  let isKnown = true;
  let isTarget = false;
  const endWord = () => {
    if (isWord && !isTarget) words.push(isKnown ? word : null);
    if (isWord) isTarget = false;
    word = '';
    isWord = false;
    isKnown = true;
  };
  const endCommand = () => {
    endWord();
    if (words.length > 0) commands.push(words);
    words = [];
    isTarget = false;
  };
  for (let at = 0; at < script.length; at++) {
    const char = script[at] ?? '';
    if (char === '\\') {
      at++;
      // A line that goes on ends no word and no command.
      if (script[at] === '\n') continue;
      if (script[at] === UNKNOWN) isKnown = false;
      word += script[at] ?? '';
      isWord = true;
    } else if (char === "'" || char === '"') {
      const end = endOfQuote(script, at, char);
      const inner = script.slice(at + 1, end);
      if (inner.includes(UNKNOWN) || (char === '"' && /[$`]/.test(inner))) isKnown = false;
      word += inner;
      isWord = true;
      at = end;
    } else if (char === '#' && !isWord) {
      at = Math.max(at, endOfLine(script, at) - 1);
    } else if (/[;&|()`\n]/.test(char)) endCommand();
    else if (/\s/.test(char)) endWord();
    else if (char === '>' || char === '<') {
      // The number in front of it is no word.
      if (/^\d+$/.test(word)) isWord = false;
      endWord();
      isTarget = char === '>';
      while ('<>&|-'.includes(script[at + 1] ?? ' ')) at++;
    } else {
      if ('$*?[~'.includes(char) || char === UNKNOWN) isKnown = false;
      word += char;
      isWord = true;
    }
  }
  endCommand();
  return commands;
}

function endOfQuote(script: string, from: number, quote: string): number {
  for (let at = from + 1; at < script.length; at++) {
    if (script[at] === '\\' && quote === '"') at++;
    else if (script[at] === quote) return at;
  }
  return script.length;
}

function endOfLine(script: string, from: number): number {
  const end = script.indexOf('\n', from);
  return end === -1 ? script.length : end;
}
