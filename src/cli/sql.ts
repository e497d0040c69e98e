/**
 * `weir sql`: a question in SQL over documented views. Opens the file read-only, settles nothing, and is a process that
 * executes and serves nothing: however long the query takes, only its own terminal waits.
 */
import { EXIT, WeirError } from '../model/errors.ts';
import { type Answer, askInSql } from '../store/query.ts';
import { EXAMPLE, VIEWS } from '../store/views.ts';
import { colors, print, printJson, say, table } from './output.ts';
import type { GlobalFlags } from './program.ts';
import { settingsOf } from './session.ts';
import { plainText } from './terminal-text.ts';

/** A terminal shows the first of them; a pipe gets all. */
const MOST_SHOWN = 1000;
const WIDEST_CELL = 60;

interface SqlFlags extends GlobalFlags {
  readonly views?: boolean;
  readonly csv?: boolean;
}

export async function sql([query]: [string?], flags: SqlFlags): Promise<number> {
  if (flags.views) return showViews(flags);
  if (query === undefined || query.trim() === '')
    throw new WeirError('usage', 'there is no query', {
      hint: `weir sql "${EXAMPLE}"; weir sql --views says what there is`,
    });
  return askInSql(settingsOf(flags).db, query, (answer) => {
    if (flags.json) printJson(rowsJson(answer));
    else if (flags.csv) printLines(answer, csvCell, ',');
    else if (process.stdout.isTTY) printTable(answer);
    else printLines(answer, tsvCell, '\t');
    return EXIT.ok;
  });
}

function showViews(flags: GlobalFlags): number {
  if (flags.json) {
    const items = VIEWS.map(({ name, meaning, columns }) => ({ name, meaning, columns: Object.keys(columns) }));
    printJson({ schema: 'weir.views/1', items, next: null });
    return EXIT.ok;
  }
  for (const { name, meaning, columns } of VIEWS) {
    print(`${colors.bold(name)}  ${colors.dim(meaning)}`);
    for (const line of wrapped(Object.keys(columns))) print(`  ${line}`);
  }
  print('\nTimes are ISO 8601 in UTC; the same in ms stands in the column ending in _ms. Durations are ms.');
  print("tags, metrics, params and upstream are JSON:  metrics ->> '$.rmse'");
  return EXIT.ok;
}

function wrapped(words: readonly string[]): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line.length + word.length > 74) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : `, ${word}`;
  }
  return [...lines, line];
}

function rowsJson({ columns, rows }: Answer) {
  const names = uniqueNames(columns);
  const items = [...rows].map((row) => Object.fromEntries(names.map((name, place) => [name, jsonValue(row[place])])));
  return { schema: 'weir.rows/1', columns: names, items, next: null };
}

/** An object has each name once: of two columns `id`, as a join gives them, the second is `id_2`. */
function uniqueNames(columns: readonly string[]): string[] {
  const taken = new Set(columns);
  const given = new Set<string>();
  return columns.map((column) => {
    let name = column;
    for (let count = 2; given.has(name) || (name !== column && taken.has(name)); count++) name = `${column}_${count}`;
    given.add(name);
    return name;
  });
}

/** Bytes as base64, and as text what a JSON number would round, or has no word for: `9007199254740993`, `Infinity`. */
function jsonValue(value: unknown): unknown {
  if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}

function printTable({ columns, rows }: Answer): void {
  const lines: string[][] = [];
  let more = 0;
  for (const row of rows) {
    if (lines.length < MOST_SHOWN) lines.push(row.map(tableCell));
    else more++;
  }
  print(table([columns.map((column) => colors.dim(column)), ...lines]));
  if (more > 0) say(`... and ${more} more rows: a pipe gets all of them`);
}

function tableCell(value: unknown): string {
  const text = plainText(textOf(value));
  return text.length > WIDEST_CELL ? `${text.slice(0, WIDEST_CELL - 1)}…` : text;
}

function printLines({ columns, rows }: Answer, cell: (value: unknown) => string, separator: string): void {
  print(columns.map(cell).join(separator));
  for (const row of rows) process.stdout.write(`${row.map(cell).join(separator)}\n`);
}

/** A tab, a line end and a backslash are written as \\t, \\n and \\\\: every row stays a line. */
function tsvCell(value: unknown): string {
  return textOf(value).replace(/[\\\t\n\r]/g, (character) => TSV_ESCAPES[character] ?? character);
}

const TSV_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function csvCell(value: unknown): string {
  const text = textOf(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function textOf(value: unknown): string {
  if (value === null) return '';
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : String(value);
}
