/**
 * What is wrong in a YAML flow: each problem with its place, the line it stands in, and the way out. They are collected,
 * never thrown one by one, so that whoever mends a file sees all of them at once.
 */
import { nearest, WeirError } from '../../model/errors.ts';

export interface YamlProblem {
  readonly severity: 'error' | 'warning';
  /** Counted from 1; always inside the file. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** What to do about it. */
  readonly hint: string | null;
  /** The line of the file and, below it, a caret: two lines, or none where the file is empty. */
  readonly excerpt: string;
}

/** A stretch of the file, as offsets into its text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Longer words are no typing mistakes, and comparing them takes time. */
const LONGEST_WORD = 64;
/** So many comparisons are enough for anybody's file. */
const MOST_COMPARISONS = 200_000;
const WIDEST_EXCERPT = 110;

/** Collects what is found wrong in one text. */
export class Problems {
  readonly #text: string;
  readonly #lineStarts: readonly number[];
  readonly #found = new Map<string, YamlProblem & { readonly offset: number }>();
  #comparisons = 0;

  constructor(text: string) {
    this.#text = text;
    const starts = [0];
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
  }

  error(span: Span, message: string, hint: string | null = null): void {
    this.#add('error', span, message, hint);
  }

  warning(span: Span, message: string, hint: string | null = null): void {
    this.#add('warning', span, message, hint);
  }

  /** One that was found in the same text elsewhere. */
  take({ severity, line, column, message, hint }: YamlProblem): void {
    const start = (this.#lineStarts[line - 1] ?? 0) + column - 1;
    this.#add(severity, { start, end: start + 1 }, message, hint);
  }

  /** Sorted by place. */
  get all(): readonly YamlProblem[] {
    return [...this.#found.values()].sort((a, b) => a.offset - b.offset).map(({ offset: _, ...problem }) => problem);
  }

  get hasErrors(): boolean {
    return [...this.#found.values()].some((problem) => problem.severity === 'error');
  }

  /** Line and column of an offset; an offset outside the text counts as the nearest inside. */
  placeOf(offset: number): { line: number; column: number } {
    const inside = Math.max(0, Math.min(offset, this.#text.length));
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#lineStarts[middle] ?? 0) <= inside) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: inside - (this.#lineStarts[low] ?? 0) + 1 };
  }

  /** "did you mean ...?", or what there is. */
  suggest(word: string, names: readonly string[], otherwise: string | null = null): string | null {
    this.#comparisons += names.length;
    if (word.length > LONGEST_WORD || this.#comparisons > MOST_COMPARISONS) return otherwise;
    const near = nearest(
      word,
      names.filter((name) => name.length <= LONGEST_WORD),
    );
    return near === undefined ? otherwise : `did you mean ${near}?`;
  }

  #add(severity: YamlProblem['severity'], span: Span, message: string, hint: string | null): void {
    const { line, column } = this.placeOf(span.start);
    const key = `${line}:${column}:${message}`;
    if (this.#found.has(key)) return;
    const excerpt = this.#excerpt(line, column, span.end - span.start);
    this.#found.set(key, { severity, line, column, message, hint, excerpt, offset: span.start });
  }

  #excerpt(line: number, column: number, length: number): string {
    const from = this.#lineStarts[line - 1] ?? 0;
    const to = (this.#lineStarts[line] ?? this.#text.length + 1) - 1;
    const whole = this.#text.slice(from, Math.min(to, from + 10_000)).replace(/\r$/, '');
    if (whole.trim() === '') return '';
    const cut = column > WIDEST_EXCERPT - 20 ? Math.min(column - 30, whole.length) : 0;
    const shown = whole.slice(cut, cut + WIDEST_EXCERPT);
    const before = shown.slice(0, Math.max(0, column - 1 - cut));
    const marked = shown.slice(before.length, before.length + Math.max(1, length));
    const lead = cut > 0 ? '...' : '';
    const end = cut + WIDEST_EXCERPT < whole.length ? '...' : '';
    const carets = '^'.repeat(Math.max(1, widthOf(marked)));
    return `${lead}${shown}${end}\n${' '.repeat(lead.length)}${blank(before)}${carets}`;
  }
}

/** Every problem as people read it: `nightly.yaml:3:5: ...`, the line with its caret, the way out. */
export function renderProblem(file: string, { severity, line, column, message, hint, excerpt }: YamlProblem): string {
  const word = severity === 'warning' ? 'warning: ' : '';
  const [source = '', caret = ''] = excerpt.split('\n');
  const number = String(line).padStart(5);
  const shown = excerpt === '' ? [] : [`${number} | ${source}`, `${' '.repeat(number.length)} | ${caret}`];
  return [`${file}:${line}:${column}: ${word}${message}`, ...shown, ...(hint === null ? [] : [`        ${hint}`])].join(
    '\n',
  );
}

/** @throws WeirError `invalid-flow` that holds all errors; warnings alone do not throw */
export function refuseProblems(path: string, problems: readonly YamlProblem[]): void {
  const errors = problems.filter((problem) => problem.severity === 'error');
  if (errors.length === 0) return;
  const count = errors.length === 1 ? 'an error' : `${errors.length} errors`;
  const told = errors.map((problem) => renderProblem(path, problem)).join('\n');
  throw new WeirError('invalid-flow', `${path} has ${count}:\n${told}`);
}

/** What pushes a caret as far to the right as the text does. */
function blank(text: string): string {
  return [...text].map((character) => (character === '\t' ? '\t' : ' '.repeat(widthOf(character)))).join('');
}

/** Columns of a terminal, near enough: letters of the Far East and pictures take two. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text)
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/u.test(
        character,
      )
        ? 2
        : 1;
  return width;
}
