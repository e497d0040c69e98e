/** Which part of a log a page shows, and what leads to the other parts: plain links, so that each part has an address. */
import { type LogLine, lineAddress } from './log-line.ts';

/** Addresses; null where there is nothing. */
export interface LogWays {
  readonly earlier: string | null;
  readonly later: string | null;
  readonly all: string | null;
  readonly raw: string;
  readonly zipped: string;
  /** As text that goes on, without a script. */
  readonly following: string | null;
  /** To the page with every drawing of progress bars, or back; null where none was drawn. */
  readonly drawings: { readonly to: string; readonly areShown: boolean } | null;
  /** Where the search form goes, and where all lines are. */
  readonly form: string;
  /** The address names a place of the log, which need not be one. */
  readonly isWithin: boolean;
}

export interface SearchView {
  readonly text: string;
  readonly shown: number;
  readonly matches: number;
  /** It began behind the beginning. */
  readonly isLater: boolean;
  readonly next: string | null;
  /** The log was too long: up to which line it was searched, and where to go on. */
  readonly cut: { readonly line: string; readonly to: string } | null;
}

/** What a page shows of a log. */
interface WindowView {
  readonly lines: readonly LogLine[];
  /** Of the whole run; null where counting would take long. */
  readonly total: number | null;
  readonly ways: LogWays;
  readonly search: object | null;
  readonly task: object | null;
  /** Below the lines only what leads to others. */
  readonly isBelow?: boolean;
}

const WINDOW = '1,000';

/** Which lines these are, and ways to the others. */
export function Ways({ lines, total, ways, search, task, isBelow = false }: WindowView) {
  const first = lines[0];
  const last = lines.at(-1);
  return (
    <nav class="pages" aria-label={isBelow ? 'Parts of the log, below it' : 'Parts of the log'}>
      {search !== null || first === undefined || last === undefined ? null : (
        <span class="dim">{wordsOf(lines, total !== null && task === null ? total : null)}</span>
      )}
      {ways.earlier === null ? null : <a href={ways.earlier}>Earlier {WINDOW}</a>}
      {ways.later === null ? null : <a href={ways.later}>Later {WINDOW}</a>}
      {ways.all === null ? null : <a href={ways.all}>All{total === null ? '' : ` (${formatCount(total)})`}</a>}
      {isBelow || ways.drawings === null ? null : (
        <a href={ways.drawings.to}>
          {ways.drawings.areShown ? 'Progress bars once' : 'Every drawing of progress bars'}
        </a>
      )}
      {isBelow ? null : (
        <>
          <a href={ways.raw}>Raw</a>
          <a href={ways.zipped} download>
            Download .gz
          </a>
        </>
      )}
    </nav>
  );
}

/** "lines 1 to 20 of 300"; where those of subflows stand among them a number is no place: "20 of 300 lines, 8.1 to 9.5". */
function wordsOf(lines: readonly LogLine[], total: number | null): string {
  const [first, last] = [lines[0], lines.at(-1)];
  if (first === undefined || last === undefined) return '';
  const of = total === null ? '' : ` of ${formatCount(total)}`;
  if (lines.some(({ runId }) => runId !== undefined)) {
    const count = formatCount(lines.length);
    const some = total === lines.length ? `${count} ${total === 1 ? 'line' : 'lines'}` : `${count}${of} lines`;
    return `${some}, ${formatAddress(first)} to ${formatAddress(last)}`;
  }
  return lines.length === 1
    ? `line ${formatAddress(first)}${of}`
    : `lines ${formatAddress(first)} to ${formatAddress(last)}${of}`;
}

function formatAddress(line: LogLine): string {
  return line.runId === undefined ? formatCount(line.number) : lineAddress(line);
}

function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** What a search found. */
export function SearchWords({ search, ways }: { search: SearchView; ways: LogWays }) {
  const { text, shown, matches, isLater, next, cut } = search;
  const lines = (count: number) => `${formatCount(count)} ${count === 1 ? 'line' : 'lines'}`;
  const where = isLater ? ' from here on' : '';
  return (
    <p class="pages" id="found" role="status">
      <span>
        {matches === 0
          ? `No line with "${text}"${where}`
          : shown === matches
            ? `${lines(matches)} with "${text}"${where}`
            : `${formatCount(shown)} of ${lines(matches)} with "${text}"${where}`}
        {cut === null ? '.' : `, searched up to line ${cut.line}.`}
      </span>
      {next === null ? null : <a href={next}>Next matches</a>}
      {cut === null ? null : <a href={cut.to}>Search on</a>}
      <a href={ways.form}>Show all lines</a>
    </p>
  );
}
