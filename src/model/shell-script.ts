/**
 * Interpolated values never become script text: each is passed as an environment variable, and the script refers to
 * it as its place requires, so that it arrives byte for byte and cannot execute, wherever it stands. Pure.
 *
 * For POSIX shells: sh, dash, bash, zsh. What no one can protect is a command that takes its arguments for code:
 * `eval`, `let`, `trap`, `sh -c`, `ssh host`, `python -c`, `awk`, and bash's `test -v`, `unset`, `printf -v`,
 * `declare x[...]`. A value given to them arrives whole, and they run what they are given.
 */
import { WeirError } from './errors.ts';
import { ShellLexer } from './shell-lexer.ts';
import type { Place } from './shell-place.ts';

export type ShellScalar = string | number | bigint | boolean;
export type ShellValue = ShellScalar | readonly ShellScalar[];

export interface BoundScript {
  readonly script: string;
  /** The variables that the script refers to. */
  readonly env: Record<string, string>;
}

export interface BindOptions {
  /** What the variables' names begin with; `WEIR_VALUE_` unless given. */
  readonly prefix?: string;
  /** The variable that holds the value anyway (its index counts from 0), for the message of a refusal. */
  readonly variableOf?: (index: number) => string | undefined;
}

/** Linux takes 128 KiB for one variable with its name. */
const MAX_BYTES = 120 * 1024;

/** The script that `parts`, with `values` between them, stands for. */
export function bindValues(
  parts: readonly string[],
  values: readonly ShellValue[],
  options: BindOptions = {},
): BoundScript {
  if (values.length === 0) return { script: parts.join(''), env: {} };
  const prefix = options.prefix ?? 'WEIR_VALUE_';
  const lexer = new ShellLexer();
  const env: Record<string, string> = {};
  let script = '';
  parts.forEach((part, index) => {
    script += lexer.read(part, index === parts.length - 1);
    const value = values[index];
    if (index === parts.length - 1 || value === undefined) return;
    const where = { line: lexer.line, name: `${prefix}${index + 1}`, variable: options.variableOf?.(index) };
    script += reference(lexer, lexer.value(parts[index + 1] ?? ''), value, where, env);
  });
  const open = lexer.unfinished();
  if (open !== undefined) throw unfinished(open);
  return { script, env };
}

/** A place where no value can stand, by the number of its value (from 0); null: the script itself never ends. */
export interface PlaceFault {
  readonly index: number | null;
  readonly error: WeirError;
}

/** All places where no value whatever can stand, known before there are values. What depends on a value is not told. */
export function placeFaults(parts: readonly string[], options: BindOptions = {}): PlaceFault[] {
  const lexer = new ShellLexer();
  const faults: PlaceFault[] = [];
  parts.forEach((part, index) => {
    const isLast = index === parts.length - 1;
    lexer.read(part, isLast);
    if (isLast) return;
    const where = {
      line: lexer.line,
      name: `${options.prefix ?? 'WEIR_VALUE_'}${index + 1}`,
      variable: options.variableOf?.(index),
    };
    try {
      // A plain number can stand wherever any value can.
      reference(lexer, lexer.value(parts[index + 1] ?? ''), 1, where, {});
    } catch (error) {
      faults.push({ index, error: error as WeirError });
    }
  });
  if (parts.length > 1 && faults.length === 0 && lexer.unfinished() !== undefined)
    faults.push({ index: null, error: unfinished(lexer.unfinished() ?? '') });
  return faults;
}

interface Where {
  readonly line: number;
  readonly name: string;
  readonly variable: string | undefined;
}

/** What stands in the script for one value. */
function reference(
  lexer: ShellLexer,
  place: Place,
  value: ShellValue,
  where: Where,
  env: Record<string, string>,
): string {
  if (lexer.pending !== '' && lexer.isInBackticks)
    throw refused(where, `in backticks after "${lexer.pending}" (use $(...))`);
  if (place.calculates) requireInteger(value, where);
  switch (place.kind) {
    case 'comment':
      return lexer.pending;
    case 'bare':
      return bare(lexer, place, value, where, env);
    case 'quoted':
      if (Array.isArray(value)) throw refused(where, 'inside ${...}, where a list cannot become words');
      return `${lexer.pending === '$' ? '\\$' : ''}"${variable(where, value, env)}"`;
    case 'expanded':
      return (lexer.pending === '' ? '' : `\\${lexer.pending}`) + variable(where, value, env);
    case 'single':
      return `'"${variable(where, value, env)}"'`;
    case 'ansi':
      return `'"${variable(where, value, env)}"$'`;
    case 'arithmetic': {
      requireInteger(value, where);
      if (lexer.pending !== '') throw refused(where, `in arithmetic after "${lexer.pending}"`);
      const expanded = variable(where, value, env);
      return String(value).startsWith('-') ? `(${expanded})` : expanded;
    }
    case 'quoted-here-document': {
      const read = where.variable ?? where.name;
      const how =
        where.variable === undefined
          ? `Put export ${read}=... with the value before it and read ${read} there`
          : `Read the environment variable ${read} there`;
      throw refused(
        where,
        `in the here-document <<'${place.delimiter}', in which the shell expands nothing`,
        `${how}.`,
      );
    }
    case 'refused':
      throw refused(where, place.why);
  }
}

function requireInteger(value: ShellValue, where: Where): void {
  if (!Array.isArray(value) && /^-?(0|[1-9]\d*)$/.test(String(value))) return;
  throw refused(where, `in arithmetic, where it could execute, unless it is a plain integer: ${shortened(value)}`);
}

function bare(
  lexer: ShellLexer,
  place: Place & { kind: 'bare' },
  value: ShellValue,
  where: Where,
  env: Record<string, string>,
): string {
  // A bare backslash would only have made the next character literal, which all of them are.
  const before = lexer.pending === '$' ? '\\$' : '';
  if (!Array.isArray(value)) return `${before}"${variable(where, value, env)}"`;
  if (place.touchesWord) {
    throw refused(
      where,
      'as a list joined to other text',
      'Put spaces around it to get words, or quotes to get one text.',
    );
  }
  return value
    .map((element, index) => `"${variable({ ...where, name: `${where.name}_${index + 1}` }, element, env)}"`)
    .join(' ');
}

/** Sets the variable, and says how it is expanded. */
function variable(where: Where, value: ShellValue, env: Record<string, string>): string {
  const text = Array.isArray(value) ? value.map(String).join(' ') : String(value);
  if (text.includes('\0'))
    throw unfit(where, 'holds a NUL character, which no command can be given', 'Write it to a file.');
  if (!text.isWellFormed())
    throw unfit(where, 'holds half of a Unicode character (a lone surrogate)', 'Correct the text.');
  const bytes = text.length > MAX_BYTES / 4 ? new TextEncoder().encode(text).length : 0;
  if (bytes > MAX_BYTES) {
    throw unfit(
      where,
      `has ${bytes} bytes; a command can be given ${MAX_BYTES} in one value`,
      'Write it to a file and pass the file.',
    );
  }
  env[where.name] = text;
  return `\${${where.name}}`;
}

function unfinished(open: string): WeirError {
  return new WeirError(
    'invalid-flow',
    `The script ends inside ${open} that is not closed, so its values cannot be placed.`,
  );
}

function refused(where: Where, why: string, hint?: string): WeirError {
  const sentence = `Line ${where.line} of the script: a value cannot stand ${why}.`;
  return new WeirError('invalid-flow', hint === undefined ? sentence : `${sentence} ${hint}`, {
    hint: hint ?? 'Give it to a variable first, such as x=... with the value, and use "$x".',
  });
}

function unfit(where: Where, why: string, hint: string): WeirError {
  return new WeirError('invalid-value', `Line ${where.line} of the script: the value ${why}. ${hint}`, { hint });
}

function shortened(value: ShellValue): string {
  const text = JSON.stringify(typeof value === 'bigint' ? String(value) : value, (_, each) =>
    typeof each === 'bigint' ? String(each) : each,
  );
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
