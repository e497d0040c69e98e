/** What the query of a log's address asks for, and addresses with another query. Parsed at the edge, with the field named. */
import type { Context } from 'hono';
import { WeirError } from '../../../model/errors.ts';
import { logPage } from '../../../web/address.ts';
import type { LogLine } from '../../../web/log/log-line.ts';
import type { LineAddress } from './reader.ts';
import type { LogScope } from './scope.ts';

export interface LogQuery {
  /** Null where nothing is searched for. */
  readonly find: string | null;
  readonly from: LineAddress | null;
  readonly before: LineAddress | null;
  readonly picked: LineRange | null;
  readonly isAll: boolean;
  readonly withDrawings: boolean;
  readonly isFollowing: boolean;
}

/** Lines of one run, both ends included. */
export interface LineRange {
  readonly runId: number | null;
  readonly first: number;
  readonly last: number;
}

const LONGEST_TEXT = 500;

/** @throws WeirError `invalid-value` */
export function parseLogQuery(c: Context): LogQuery {
  // A line's end cannot be typed, and no line has one in it.
  const find = (c.req.query('q') ?? '').replace(/[\r\n]+/g, ' ');
  if (find.length > LONGEST_TEXT)
    throw new WeirError('invalid-value', `q has ${find.length} characters; at most ${LONGEST_TEXT} are searched for`);
  return {
    find: find.trim() === '' ? null : find,
    from: parseLine('from', c.req.query('from')),
    before: parseLine('before', c.req.query('before')),
    picked: parseRange(c.req.query('l')),
    isAll: c.req.query('all') !== undefined,
    withDrawings: c.req.query('drawings') !== undefined,
    isFollowing: c.req.query('follow') !== undefined,
  };
}

function parseLine(name: string, text: string | undefined): LineAddress | null {
  if (text === undefined || text === '') return null;
  const [, runId, number] = /^(?:(\d{1,15})\.)?(\d{1,15})$/.exec(text) ?? [];
  if (number !== undefined) return { runId: runId === undefined ? null : Number(runId), number: Number(number) };
  throw new WeirError('invalid-value', `${name} is "${text.slice(0, 50)}"; it must be the number of a line`);
}

function parseRange(text: string | undefined): LineRange | null {
  if (text === undefined || text === '') return null;
  const [, first, last] = /^([\d.]+)(?:-([\d.]+))?$/.exec(text) ?? [];
  if (first === undefined)
    throw new WeirError(
      'invalid-value',
      `l is "${text.slice(0, 50)}"; it must be a line or a range of them, as 120-140`,
    );
  const from = parseLine('l', first) as LineAddress;
  const to = parseLine('l', last) ?? from;
  const ends = [from.number, to.number].sort((a, b) => a - b) as [number, number];
  return { runId: from.runId, first: ends[0], last: ends[1] };
}

export function isPicked({ runId, first, last }: LineRange, line: LogLine): boolean {
  return (line.runId ?? null) === runId && line.number >= first && line.number <= last;
}

/** `more` behind the path, as `/stream` or `.txt`; of the query, what is not null. */
export function addressIn(
  { run, task, attempt, stream }: LogScope,
  query: Readonly<Record<string, string | number | null>> = {},
  more = '',
): string {
  const given = Object.entries({ stream, ...query }).filter(([, value]) => value !== null);
  const text = given.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&');
  return `${logPage(run.id, task?.id, attempt)}${more}${text === '' ? '' : `?${text}`}`;
}
