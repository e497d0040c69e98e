/**
 * Lines of a log as HTML: numbers that are links but are not copied, colours, links, marks. Made as text, because a page
 * may have fifty thousand of them; so every text of users must pass through `visibleHtml` here.
 */
import { raw } from 'hono/html';
import { type Clock, secondsTime } from '../time.tsx';
import { type Piece, piecesOf } from './terminal-style.ts';
import { parseCommand, type ToolCommand } from './tool-command.ts';
import { escapeHtml, lastDrawing, visibleHtml } from './visible-text.ts';

export interface LogLine {
  /** Within its run, from 1. */
  readonly number: number;
  /** The run of a subflow, whose numbers are its own; left out for lines of the page's run. */
  readonly runId?: number;
  readonly at: number;
  /** Whose line it is; null for the flow itself. */
  readonly task: string | null;
  /** Of the task, or of the run; left out for the first. */
  readonly attempt?: number;
  readonly isError: boolean;
  /** Logged as a warning, or as an error. */
  readonly level?: 'warn' | 'error';
  /** As it was printed, codes for terminals included. */
  readonly text: string;
}

export interface LineOptions {
  readonly clock: Clock;
  /** Of text that is seen, in characters. */
  readonly longest: number;
  /** Marked where they stand in the text: a global expression that never matches nothing. */
  readonly find?: RegExp | null;
  /** Whether a line is one of those that the address points out. */
  readonly isPicked?: (line: LogLine) => boolean;
  /** Every drawing of a progress bar instead of the last. */
  readonly withDrawings?: boolean;
  /** Where the whole of a line is, that is too long to be shown. */
  readonly wholeLine?: (line: LogLine) => string;
  /** In very long pages the time of each line is left out: it is a fifth of their size. */
  readonly withoutTimes?: boolean;
  /** Of numbers, in characters. */
  readonly width?: number;
}

/** Where nothing else is said: the style sheet of all pages counts on it. */
export const NUMBER_WIDTH = 5;

/** `12`, or `57.12` for line 12 of the subflow's run 57: what its number says, and its place in an address. */
export function lineAddress({ number, runId }: Pick<LogLine, 'number' | 'runId'>): string {
  return runId === undefined ? String(number) : `${runId}.${number}`;
}

/** Lines in order. */
export function LogLines({ lines, clock, longest }: { lines: readonly LogLine[]; clock: Clock; longest: number }) {
  const width = widthOf(lines);
  const options = { clock, longest, width };
  return raw(
    `<div style="--w:${width}ch">${lines.map((line, index) => lineHtml(line, options, lines[index - 1])).join('')}</div>`,
  );
}

/** Of the longest number, in characters. */
export function widthOf(lines: readonly LogLine[], least = 2): number {
  return lines.reduce((widest, line) => Math.max(widest, lineAddress(line).length), least);
}

/** No paragraph: browsers put an empty line after each that is copied. `previous`: the line before it on the page. */
export function lineHtml(line: LogLine, options: LineOptions, previous?: LogLine): string {
  const text = who(line, previous) + textHtml(line, options);
  return `<div${attributes(line, options)}>${numberHtml(line, options, text.trim() !== '')}${text}</div>`;
}

/** What a line's element carries besides its content: numbers need no quotes, of which there would be thousands. */
export function attributes(line: LogLine, { isPicked }: LineOptions, more = ''): string {
  const classes = [
    more,
    line.isError || parseCommand(line.text)?.word === 'error' ? 'e' : line.level === 'warn' ? 'w' : '',
    isPicked?.(line) === true ? 'h' : '',
  ].filter((name) => name !== '');
  return ` id=L${lineAddress(line)}${classes.length === 0 ? '' : ` class="${classes.join(' ')}"`}`;
}

/**
 * The number, of the width of all others, so that lines begin below each other. It stands in the text as a word does: an
 * element beside the text would leave an empty line in what is copied. Without a link where there is no text to stand in.
 */
export function numberHtml(line: LogLine, { clock, withoutTimes, width = NUMBER_WIDTH }: LineOptions, isLink: boolean) {
  const address = lineAddress(line);
  const kind = line.level ?? (line.isError ? 'stderr' : null);
  const title = withoutTimes ? '' : ` title="${secondsTime(line.at, clock.zone)}${kind === null ? '' : `, ${kind}`}"`;
  const number = address.padStart(width);
  return isLink ? `<a href=#L${address}${title}>${number}</a>` : `<span${title}>${number}</span>`;
}

/** Said once for neighbours: less to read, and less to send. */
export function who(line: LogLine, previous: LogLine | undefined): string {
  if (previous !== undefined && previous.task === line.task && previous.attempt === line.attempt) return '';
  const words = [
    ...(line.task === null ? [] : [visibleHtml(line.task)]),
    ...(line.attempt === undefined ? [] : [`attempt ${line.attempt}`]),
  ];
  return words.length === 0 ? '' : `<i>${words.join(', ')} </i>`;
}

/** What a line says; `text` where something else of it is to be shown, as the name of a group. */
export function textHtml(line: LogLine, options: LineOptions, text = line.text): string {
  if (text.length <= options.longest && !options.find && HARMLESS.test(text)) return text;
  const command = parseCommand(text);
  if (command !== null) return commandHtml(command, line, options);
  if (options.withDrawings !== true || !text.includes('\r')) return styledHtml(lastDrawing(text), line, options);
  const drawings = text.replace(/\r+$/, '').split('\r');
  return drawings
    .slice(-MOST_DRAWINGS)
    .map((drawing) => styledHtml(drawing, line, options))
    .join('<u>CR</u><br>');
}

const MOST_DRAWINGS = 1000;
/** Nothing that would have to be looked at: most lines are so, and a page may have fifty thousand. */
const HARMLESS = /^(?!\s*::)[\t !$%(-;=?-~\u00a1-\u00ac\u00ae-\u024f]*$/;

function commandHtml({ word, place, message }: ToolCommand, line: LogLine, options: LineOptions): string {
  const look = word === 'error' ? 'c1' : word === 'warning' ? 'c3' : 'c4';
  const where = place === '' ? '' : ` <i>${visibleHtml(place)}</i>`;
  return `<b class="${look}">${word}</b> ${styledHtml(message, line, options)}${where}`;
}

/** Colours and marks, and of a long line its beginning. */
function styledHtml(text: string, line: LogLine, { longest, find, wholeLine }: LineOptions): string {
  const pieces = piecesOf(text);
  const marks = find ? marksIn(pieces, find, longest) : [];
  let start = 0;
  let hidden = 0;
  let html = '';
  for (const piece of pieces) {
    const { length } = piece.text;
    const room = Math.max(0, longest - start);
    const shown = length > room ? cut(piece.text, room) : piece.text;
    if (shown !== '') html += pieceHtml(piece, withMarks(shown, start, marks));
    hidden += length - shown.length;
    start += length;
  }
  if (hidden === 0) return html;
  const more = `... (${hidden} more characters)`;
  return wholeLine === undefined
    ? html + more
    : `${html}<a class="to" href="${escapeHtml(wholeLine(line))}">${more}</a>`;
}

/** Not through the middle of a character. */
function cut(text: string, length: number): string {
  if (length === 0) return '';
  const code = text.charCodeAt(length - 1);
  return text.slice(0, code >= 0xd800 && code <= 0xdbff ? length - 1 : length);
}

function pieceHtml({ look, colors, href }: Piece, html: string): string {
  const styled =
    look === '' ? html : `<span class="${look}"${colors === '' ? '' : ` style="${colors}"`}>${html}</span>`;
  return href === null
    ? styled
    : `<a class="to" href="${escapeHtml(href)}" rel="noopener noreferrer" target="_blank">${styled}</a>`;
}

type Range = readonly [from: number, to: number];

/** Nobody counts more of them in a line. */
const MOST_MARKS = 200;

function marksIn(pieces: readonly Piece[], find: RegExp, longest: number): Range[] {
  const text = pieces.map((piece) => piece.text).join('');
  const marks: Range[] = [];
  for (const match of text.slice(0, longest).matchAll(find)) {
    marks.push([match.index, match.index + match[0].length]);
    if (marks.length >= MOST_MARKS) break;
  }
  return marks;
}

/** `start`: where the text begins within its line. */
function withMarks(text: string, start: number, marks: readonly Range[]): string {
  if (marks.length === 0) return visibleHtml(text);
  let html = '';
  let at = 0;
  for (const [from, to] of marks) {
    const first = Math.max(at, from - start);
    const last = Math.min(text.length, to - start);
    if (last <= first) continue;
    html += `${visibleHtml(text.slice(at, first))}<mark>${visibleHtml(text.slice(first, last))}</mark>`;
    at = last;
  }
  return html + visibleHtml(text.slice(at));
}
