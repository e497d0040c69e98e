/** Lines of a log with a text in them, each with its neighbours: as many as a page holds, and how many there are. */

import { type LogLine, lineAddress } from '../../../web/log/log-line.ts';
import { isDriving, seenText } from '../../../web/log/terminal-style.ts';
import type { LogPosition, LogReader, ReadChunk } from './reader.ts';
import { inSlices } from './slices.ts';

export interface Found {
  /** Matches and their neighbours, each once, in order. */
  readonly lines: readonly LogLine[];
  /** Of lines that match: those among `lines`, and all. */
  readonly shown: number;
  readonly matches: number;
  /** The first match that is not shown. */
  readonly next: string | null;
  /** The search had to end before the log did: the last line that it looked at. */
  readonly lastLooked: string | null;
}

export interface SearchLimits {
  readonly matches: number;
  readonly characters: number;
  readonly longest: number;
  readonly signal: AbortSignal;
}

const CONTEXT = 2;
const MOST_MS = 3000;

/** What finds a text, whatever its case. */
export function finderOf(text: string): RegExp {
  return new RegExp(text.toWellFormed().replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'giu');
}

export async function searchLog(
  reader: LogReader,
  find: RegExp,
  from: LogPosition | null,
  limits: SearchLimits,
): Promise<Found> {
  const lines: LogLine[] = [];
  let before: LogLine[] = [];
  let behind = 0;
  let shown = 0;
  let matches = 0;
  let next: string | null = null;
  let characters = limits.characters;
  let last: ReadChunk | null = null;
  const keep = (line: LogLine) => {
    characters -= Math.min(line.text.length, limits.longest) + 1;
    lines.push(line);
  };
  const takeLine = (line: LogLine) => {
    if (isIn(line.text, find)) {
      matches++;
      if (next === null && (shown === 0 || (shown < limits.matches && characters > 0))) {
        for (const neighbour of before) keep(neighbour);
        before = [];
        keep(line);
        shown++;
        behind = CONTEXT;
        return;
      }
      next ??= lineAddress(line);
    } else if (behind > 0) {
      behind--;
      keep(line);
      return;
    }
    before.push(line);
    if (before.length > CONTEXT) before.shift();
  };
  const take = (read: ReadChunk): boolean => {
    last = read;
    const skipped = read.chunk.id === from?.chunkId ? from.offset : 0;
    const all = reader.lines(read);
    const some = skipped === 0 ? all : all.slice(skipped);
    // Most chunks hold nothing of it: their lines need not be looked at one by one.
    if (behind === 0 && isPlain(read) && !isIn(read.chunk.text, find)) before = [...before, ...some].slice(-CONTEXT);
    else for (const line of some) takeLine(line);
    return true;
  };
  const { isCutShort } = await inSlices(reader.forward(from?.chunkId ?? 0), take, { ...limits, mostMs: MOST_MS });
  const lastRead = last as ReadChunk | null;
  const lastLine = isCutShort && lastRead !== null ? reader.lines(lastRead).at(-1) : undefined;
  return { lines, shown, matches, next, lastLooked: lastLine === undefined ? null : lineAddress(lastLine) };
}

function isIn(text: string, find: RegExp): boolean {
  find.lastIndex = 0;
  return find.test(seenText(text));
}

/** What is seen of it is what it holds. */
function isPlain({ chunk }: ReadChunk): boolean {
  return chunk.fields === null && !isDriving(chunk.text);
}
