/**
 * Files of variables, as `env_file` names them: `NAME=value` lines, comments, quotes, `export` in front. Nothing in them is
 * ever expanded or executed: `$HOME` stays those five characters. Pure.
 */

export interface EnvFileFault {
  /** Counts from 1. */
  readonly line: number;
  /** What is wrong there, without the value: it may be a secret. */
  readonly sentence: string;
}

export interface EnvFile {
  /** The last of equal names wins. */
  readonly variables: ReadonlyMap<string, string>;
  readonly faults: readonly EnvFileFault[];
}

const NAME = /^(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*/;

/** Reads all lines; those at fault are told and left out. */
export function parseEnvFile(text: string): EnvFile {
  const variables = new Map<string, string>();
  const faults: EnvFileFault[] = [];
  const source = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  let line = 1;
  let at = 0;
  const fault = (sentence: string) => void faults.push({ line, sentence });
  while (at < source.length) {
    let end = endOfLine(source, at);
    const begins = at + (/^[ \t]*/.exec(source.slice(at, end))?.[0].length ?? 0);
    const text = source.slice(begins, end);
    const [head = '', name = ''] = NAME.exec(text) ?? [];
    if (text !== '' && !text.startsWith('#')) {
      if (head === '') fault(whatIsWrong(text));
      else {
        const read = readValue(source, begins + head.length, end);
        end = read.end;
        if ('fault' in read) fault(`the value of ${name} ${read.fault}`);
        else if (read.value.includes('\0')) fault(`the value of ${name} holds a NUL character`);
        else variables.set(name, read.value);
      }
    }
    line += source.slice(at, end).split('\n').length;
    at = end + 1;
  }
  return { variables, faults };
}

type Read = { readonly value: string; readonly end: number } | { readonly fault: string; readonly end: number };

/** A value that begins at `at`; one in quotes may end in a later line than `lineEnd`. */
function readValue(source: string, at: number, lineEnd: number): Read {
  const quote = source[at] ?? '';
  if (quote === '' || !`'"\``.includes(quote)) {
    const value = source.slice(at, lineEnd);
    return { value: value.startsWith('#') ? '' : value.replace(/[ \t]#.*$/, '').trimEnd(), end: lineEnd };
  }
  const close = closingQuote(source, at + 1, quote);
  if (close === -1) return { fault: `begins with ${quote} and has no second ${quote} that ends it`, end: lineEnd };
  const end = endOfLine(source, close);
  const rest = source.slice(close + 1, end).trim();
  if (rest !== '' && !rest.startsWith('#')) return { fault: `has text after the ${quote} that ends it`, end };
  const inner = source.slice(at + 1, close);
  return { value: quote === '"' ? unescaped(inner) : inner, end };
}

/** Only in double quotes a backslash keeps a quote from being the end. */
function closingQuote(source: string, from: number, quote: string): number {
  for (let at = from; at < source.length; at++) {
    if (source[at] === '\\' && quote === '"') at++;
    else if (source[at] === quote) return at;
  }
  return -1;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$' };

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (whole, letter: string) => ESCAPES[letter] ?? whole);
}

function whatIsWrong(text: string): string {
  const [before = ''] = text.split('=', 1);
  if (!text.includes('=')) return 'it has no "=": a line is NAME=value, or a comment that begins with #';
  return `${JSON.stringify(before.trim().slice(0, 40))} is no name of a variable: letters, digits and _, no digit first`;
}

function endOfLine(source: string, from: number): number {
  const at = source.indexOf('\n', from);
  return at === -1 ? source.length : at;
}
