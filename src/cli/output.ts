/** How the command line prints: results to stdout, everything else to stderr, colour only where a person looks. */
import { format, styleText } from 'node:util';
import { CATALOGUE, EXIT, WeirError } from '../model/errors.ts';
import type { StateType } from '../model/state.ts';
import { isTerminal } from './standard-streams.ts';

/** Characters: a line by itself would cost more to write than to make. */
const WRITTEN_AT_ONCE = 64 * 1024;

let quiet = false;
let verbose = false;
export let colors = palette(false);

export interface OutputFlags {
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly color?: boolean | undefined;
}

/** Before anything is printed. */
export function setUpOutput(options: OutputFlags): void {
  quiet = options.quiet === true;
  verbose = options.verbose === true;
  const wanted = options.color !== false && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  // One palette for both streams: whichever is no terminal gets the text without it (see `write`).
  colors = palette(wanted && (isTerminal('stderr') || isTerminal('stdout')));
}

function palette(isColorSupported: boolean) {
  const style = (name: 'blue' | 'bold' | 'cyan' | 'dim' | 'green' | 'red' | 'yellow') => (text: string) =>
    isColorSupported ? styleText(name, text, { validateStream: false }) : text;
  return {
    isColorSupported,
    ...{ blue: style('blue'), cyan: style('cyan'), green: style('green'), red: style('red'), yellow: style('yellow') },
    ...{ bold: style('bold'), dim: style('dim') },
  };
}

type Write = () => void;
/** How something is written while a drawing holds the bottom of the terminal; null while nothing is drawn. */
let aboveDrawing: ((write: Write) => void) | null = null;

/** Whoever draws in place is told of everything that is written meanwhile; gives the function that ends it. */
export function drawBelow(above: (write: Write) => void): () => void {
  aboveDrawing = above;
  return () => {
    aboveDrawing = null;
  };
}

/** Whether a person looks who can be shown more than plain lines: a terminal, with colours, and no CI. */
export function isWatched(): boolean {
  return (
    colors.isColorSupported &&
    process.stderr.isTTY === true &&
    !quiet &&
    (process.env.CI ?? '').replace('false', '') === ''
  );
}

function write(stream: NodeJS.WriteStream, text: string): void {
  if (!stream.isTTY) stream.write(`${withoutColors(text)}\n`);
  else if (aboveDrawing === null) stream.write(`${text}\n`);
  else aboveDrawing(() => stream.write(`${text}\n`));
}

/** Somebody else's text as it is, into a pipe byte for byte. */
export function printRaw(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A result: what somebody pipes on. */
export function print(text: string): void {
  write(process.stdout, text);
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, process.stdout.isTTY ? 2 : 0)}\n`);
}

/** One object a line, also on a terminal: what streams. */
export function printJsonLine(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Whether anything is remarked at all: then what would be said need not be put into words. */
export function isQuiet(): boolean {
  return quiet;
}

/** Whether `sayMore` says anything. */
export function isTalkative(): boolean {
  return verbose && !quiet;
}

/** A list as one object, however long it is: item by item, never as one text. On a terminal each has its line. */
export function printJsonList(schema: string, items: Iterable<unknown>): void {
  const end = process.stdout.isTTY ? '\n' : '';
  process.stdout.write(`{"schema":${JSON.stringify(schema)},"items":[`);
  let between = end;
  let text = '';
  for (const item of items) {
    text += `${between}${JSON.stringify(item)}`;
    between = `,${end}`;
    if (text.length < WRITTEN_AT_ONCE) continue;
    process.stdout.write(text);
    text = '';
  }
  process.stdout.write(`${text}${end}],"next":null}\n`);
}

/** A remark for the person at the terminal. */
export function say(text: string): void {
  if (!quiet) write(process.stderr, text);
}

/** What a flow file prints while it is only looked at, as it is. */
export function passOn(data: Uint8Array): void {
  if (!quiet) process.stderr.write(data);
}

/** What `--quiet` does not silence either: that something failed, and why. */
export function sayFailed(text: string): void {
  write(process.stderr, text);
}

/** A remark only for those who asked for more. */
export function sayMore(text: string): void {
  if (verbose) say(text);
}

/** Tells an error and gives its exit code. */
export function sayError(thrown: unknown): number {
  const error = isWithoutFolder(thrown) ? folderGone(thrown) : thrown;
  const { message, hint, code } = error as WeirError;
  const isWeir = (error as Error)?.name === 'WeirError' && code !== undefined;
  if (!isWeir) {
    process.stderr.write(
      `${colors.red('weir:')} this should not have happened: ${error instanceof Error ? (error.stack ?? error.message) : format(error)}\n`,
    );
    return EXIT.failed;
  }
  process.stderr.write(`${colors.red('weir:')} ${message}\n`);
  if (hint !== undefined) process.stderr.write(`      ${hint}\n`);
  if (verbose) process.stderr.write(`${format(error)}\n`);
  return CATALOGUE[code].exit;
}

/** Whatever makes a path from a relative one asks for the current folder, which somebody may have removed. */
function isWithoutFolder(error: unknown): boolean {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  return code === 'ENOENT' && syscall === 'uv_cwd';
}

export function folderGone(cause: unknown): WeirError {
  return new WeirError('file-system', 'the current folder does not exist any more', {
    hint: 'cd into one that is there; a folder that was made anew is another one: cd "$PWD"',
    cause,
  });
}

/** Word, glyph and colour of a state, in this order of weight. */
export function stateGlyph(type: StateType, name: string): string {
  switch (type) {
    case 'COMPLETED':
      return colors.green(name === 'Cached' ? '=' : '✓');
    case 'FAILED':
    case 'CRASHED':
      return colors.red('✗');
    case 'RUNNING':
      return colors.blue('▸');
    case 'SKIPPED':
      return colors.dim('-');
    case 'CANCELLED':
    case 'CANCELLING':
      return colors.dim('/');
    case 'SCHEDULED':
      return name === 'Scheduled' ? colors.dim('·') : colors.yellow('~');
    default:
      return colors.dim('·');
  }
}

/** Metrics for people: six digits tell apart what matters; `--json` has them all. */
export function showMetrics(metrics: Readonly<Record<string, number>>): string {
  const told = Object.entries(metrics).map(([name, value]) => `${name} ${Number(value.toPrecision(6))}`);
  return told.length === 0 ? '-' : told.join(', ');
}

/** Columns padded to their widest cell; colour codes do not count. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, visibleLength(cell));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === row.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - visibleLength(cell)),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Of what is printed: into a pipe a line may have any length. */
export function terminalWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY;
}

/** A table that is no wider than the terminal: one column is cut for it. Into a pipe it goes whole. */
export function fitTable(rows: readonly (readonly string[])[], shrinking: number): string {
  const columns = terminalWidth();
  const widest = Math.max(...table(rows).split('\n').map(visibleLength));
  if (widest <= columns) return table(rows);
  const now = Math.max(...rows.map((row) => visibleLength(row[shrinking] ?? '')));
  const room = Math.max(8, now - (widest - columns));
  return table(rows.map((row) => row.map((cell, column) => (column === shrinking ? shortened(cell, room) : cell))));
}

function shortened(cell: string, room: number): string {
  return visibleLength(cell) <= room ? cell : `${withoutColors(cell).slice(0, room - 1)}…`;
}

/** Without colour codes. */
export function visibleLength(text: string): number {
  return withoutColors(text).length;
}

function withoutColors(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with ESC
  return text.includes('\u001b') ? text.replace(/\u001b\[[0-9;]*m/g, '') : text;
}
