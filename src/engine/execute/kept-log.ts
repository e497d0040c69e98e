/**
 * The log of one attempt within its quota: the first half stays as it came, of everything after it the last half. What
 * had to go is told by a mark in its place. Runs inside the writer's transaction.
 *
 *   first half | mark: so much left out | last half, its oldest part going as newer lines come
 */

import { formatBytes } from '../../model/bytes.ts';
import { type LeftOut, LOG_QUOTA_BYTES } from '../../model/command.ts';
import type { LogChunk } from '../../store/logs.ts';
import type { Store } from '../../store/store.ts';

/** Neighbouring rows that go together. */
interface Part {
  readonly firstId: number;
  lastId: number;
  bytes: number;
  lines: number;
  /** It is a mark: what it says was left out. */
  readonly mark: LeftOut | null;
}

const HALF = LOG_QUOTA_BYTES / 2;
const PART_BYTES = 256 * 1024;

export class KeptLog {
  readonly attempt: number;
  #head = 0;
  #parts: Part[] = [];
  #tail = 0;

  constructor(attempt: number) {
    this.attempt = attempt;
  }

  /** Stores the chunk; gives the chunks to be told, which are this one and a mark before it where something is missing. */
  append({ logs }: Store, chunk: LogChunk, leftOut: LeftOut | undefined): LogChunk[] {
    const bytes = Buffer.byteLength(chunk.text) + 1;
    if (leftOut === undefined && this.#parts.length === 0 && this.#head < HALF) {
      logs.append(chunk);
      this.#head += bytes;
      return [chunk];
    }
    const told: LogChunk[] = [];
    if (leftOut !== undefined) {
      const mark: LogChunk = { ...chunk, stream: 'log', level: 'warn', text: markOf(leftOut), fields: null };
      const id = logs.append(mark);
      this.#parts.push({ firstId: id, lastId: id, bytes: 0, lines: 0, mark: leftOut });
      told.push(mark);
    }
    // A mark is a line of its own, which the lines it stands for make room for.
    const id = logs.append(chunk, leftOut === undefined ? 0 : leftOut.lines - 1);
    this.#addToTail(id, bytes, chunk);
    if (this.#tail > HALF) this.#shorten(logs, chunk);
    told.push(chunk);
    return told;
  }

  #addToTail(id: number, bytes: number, { text }: LogChunk): void {
    const last = this.#parts.at(-1);
    let lines = 1;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++;
    this.#tail += bytes;
    if (last === undefined || last.mark !== null || last.bytes + bytes > PART_BYTES) {
      this.#parts.push({ firstId: id, lastId: id, bytes, lines, mark: null });
      return;
    }
    last.lastId = id;
    last.bytes += bytes;
    last.lines += lines;
  }

  /** Lets the oldest parts go that the last half has no room for. The newest always stays. */
  #shorten(logs: Store['logs'], of: LogChunk): void {
    let going = 0;
    let left = this.#tail;
    for (const part of this.#parts.slice(0, -1)) {
      if (left - part.bytes < HALF && part.mark === null) break;
      left -= part.bytes;
      going++;
    }
    const gone = this.#parts.slice(0, going);
    const [first] = gone;
    const last = gone.at(-1);
    // The mark that stands there already need not be written again for nothing.
    if (first === undefined || last === undefined || (gone.length === 1 && first.mark !== null)) return;
    const leftOut = {
      bytes: gone.reduce((sum, part) => sum + (part.mark?.bytes ?? part.bytes), 0),
      lines: gone.reduce((sum, part) => sum + (part.mark?.lines ?? part.lines), 0),
    };
    logs.leaveOut(of, first.firstId, last.lastId, markOf(leftOut));
    const mark = { firstId: first.firstId, lastId: first.firstId, bytes: 0, lines: 0, mark: leftOut };
    this.#parts = [mark, ...this.#parts.slice(going)];
    this.#tail = left;
  }
}

/** `[123.4 MiB in 1234567 lines left out here: ...]` */
function markOf({ bytes, lines }: LeftOut): string {
  const what = `${formatBytes(bytes)} in ${lines} line${lines === 1 ? '' : 's'}`;
  return `[${what} left out here: of an attempt, the first and the last ${formatBytes(HALF)} are kept]`;
}
