/** A window of a log: so many lines from a place on, or up to one, with what lies before and behind it. */
import type { LogLine } from '../../../web/log/log-line.ts';
import type { LogPosition, LogReader, ReadChunk } from './reader.ts';
import { inSlices } from './slices.ts';

export interface LogWindow {
  readonly lines: readonly LogLine[];
  readonly hasEarlier: boolean;
  readonly hasLater: boolean;
  /** The newest chunk of it: a stream goes on after this one. */
  readonly lastChunkId: number;
}

export interface WindowLimits {
  readonly lines: number;
  /** Of text that a page would show. */
  readonly characters: number;
  /** What counts of one line. */
  readonly longest: number;
  readonly signal: AbortSignal;
}

/** A stream that hardly ever spoke is not looked for longer. */
const MOST_MS = 2000;

export async function readForward(reader: LogReader, from: LogPosition | null, limits: WindowLimits) {
  const lines: LogLine[] = [];
  const room = createRoom(limits);
  let lastChunkId = 0;
  let hasLater = false;
  const take = (read: ReadChunk): boolean => {
    const skipped = read.chunk.id === from?.chunkId ? from.offset : 0;
    for (const line of reader.lines(read).slice(skipped)) {
      if (!room.takes(line)) {
        hasLater = true;
        return false;
      }
      lines.push(line);
    }
    lastChunkId = read.chunk.id;
    return true;
  };
  const { isCutShort } = await inSlices(reader.forward(from?.chunkId ?? 0), take, { ...limits, mostMs: MOST_MS });
  const hasEarlier = from !== null && (from.offset > 0 || reader.hasBefore(from.chunkId));
  return { lines, hasEarlier, hasLater: hasLater || isCutShort, lastChunkId } satisfies LogWindow;
}

/** The last lines before a place, which is not part of them; of the whole log for null. */
export async function readBackward(reader: LogReader, before: LogPosition | null, limits: WindowLimits) {
  const lines: LogLine[] = [];
  const room = createRoom(limits);
  let lastChunkId = 0;
  let hasEarlier = false;
  const take = (read: ReadChunk): boolean => {
    if (lastChunkId === 0) lastChunkId = read.chunk.id;
    const all = reader.lines(read);
    const some = read.chunk.id === before?.chunkId ? all.slice(0, before.offset) : all;
    for (const line of some.reverse()) {
      if (!room.takes(line)) {
        hasEarlier = true;
        return false;
      }
      lines.push(line);
    }
    return true;
  };
  const { isCutShort } = await inSlices(reader.backward(before?.chunkId ?? LAST_ID), take, {
    ...limits,
    mostMs: MOST_MS,
  });
  return {
    lines: lines.reverse(),
    hasEarlier: hasEarlier || isCutShort,
    hasLater: before !== null,
    lastChunkId,
  } satisfies LogWindow;
}

const LAST_ID = Number.MAX_SAFE_INTEGER - 1;

function createRoom(limits: WindowLimits): { takes(line: LogLine): boolean } {
  let lines = limits.lines;
  let characters = limits.characters;
  return {
    takes(line) {
      const isFirst = lines === limits.lines;
      lines--;
      characters -= Math.min(line.text.length, limits.longest) + 1;
      return isFirst || (lines >= 0 && characters >= 0);
    },
  };
}
