/**
 * Output of one command as a log: whole lines, its first half sent as it comes, within the owner's credit.
 *
 *   first half of the quota -> sent at once; the command waits while the owner has not taken it in
 *   beyond it               -> kept here, at most half a quota, and sent a little at a time; the command never waits,
 *                              and what it writes faster than that is left out, oldest first, and counted
 *   the end                 -> what is kept here is sent, so that the last half is whole
 *
 * Must never hold more than half a quota, and never send more than the credit.
 */
import { CREDIT_BYTES, type LeftOut, LOG_QUOTA_BYTES, type LogPiece, type OutputStream } from '../model/command.ts';
import { type DrawnProgress, progressIn } from '../model/drawn-progress.ts';
import { decodeLines, OutputLines } from '../model/output-lines.ts';
import { ByteTail } from './byte-tail.ts';
import { passedOn } from './garbage.ts';

export interface OutputLogListener {
  onPiece(piece: LogPiece): void;
  onProgress(progress: DrawnProgress): void;
}

/** Lines of one stream that are sent together. */
interface Block {
  readonly stream: OutputStream;
  readonly at: number;
  readonly data: Buffer;
  length: number;
}

const HALF = LOG_QUOTA_BYTES / 2;
/** Beyond the first half: so much in so many milliseconds. Faster, it would only be written and thrown away again. */
const PACE_BYTES = 256 * 1024;
const PACE_MS = 250;
const BLOCK_BYTES = 64 * 1024;
/** So many blocks at once are kept only of what alternates between the streams. */
const DENSE = 64;
const PROGRESS_EVERY_MS = 200;
const STDOUT_KEPT = 1024 * 1024;
const NEWLINE = 10;

export class OutputLog {
  readonly #listener: OutputLogListener;
  readonly #lines: Readonly<Record<OutputStream, OutputLines>>;
  readonly #stdout = new ByteTail(STDOUT_KEPT);
  readonly #blocks: Block[] = [];
  #kept = 0;
  #sent = 0;
  #uncredited = 0;
  #leftOut: LeftOut | null = null;
  /** The memory of a block that was sent or left out, for the next one. */
  #spare: Buffer | null = null;
  #paceTimer: NodeJS.Timeout | undefined;
  #progressTimer: NodeJS.Timeout | undefined;
  #drawn: OutputStream | null = null;
  #progress = '';
  #onEmpty: (() => void) | undefined;

  constructor(listener: OutputLogListener) {
    this.#listener = listener;
    this.#lines = {
      stdout: new OutputLines((bytes) => this.#keep('stdout', bytes)),
      stderr: new OutputLines((bytes) => this.#keep('stderr', bytes)),
    };
  }

  /** The command has to wait until the owner has taken in more. */
  get isFull(): boolean {
    return this.#sent < HALF && this.#uncredited >= CREDIT_BYTES;
  }

  /** What it wrote to standard output, at most the last MiB. */
  get stdout(): Buffer {
    return this.#stdout.bytes();
  }

  /** The bytes are the caller's again when this returns. */
  take(stream: OutputStream, data: Buffer): void {
    if (stream === 'stdout') this.#stdout.take(data);
    this.#lines[stream].take(data);
    this.#pump();
    if (this.#lines[stream].drawing !== null) this.#noteProgress(stream);
  }

  credit(bytes: number): void {
    this.#uncredited -= bytes;
    if (this.#onEmpty === undefined) this.#pump();
    else this.#finish();
  }

  /** Both streams have ended: `onEmpty` follows when everything that is kept was sent. */
  end(onEmpty: () => void): void {
    clearTimeout(this.#paceTimer);
    clearTimeout(this.#progressTimer);
    this.#lines.stdout.end();
    this.#lines.stderr.end();
    this.#onEmpty = onEmpty;
    this.#finish();
  }

  #finish(): void {
    this.#send(Number.POSITIVE_INFINITY);
    if (this.#blocks.length > 0) return;
    const onEmpty = this.#onEmpty;
    this.#onEmpty = undefined;
    onEmpty?.();
  }

  #pump(): void {
    if (this.#sent < HALF) this.#send(Number.POSITIVE_INFINITY);
    if (this.#blocks.length === 0) return;
    this.#paceTimer ??= setTimeout(() => {
      this.#paceTimer = undefined;
      this.#send(PACE_BYTES);
      this.#pump();
    }, PACE_MS);
  }

  #keep(stream: OutputStream, lines: Buffer): void {
    let rest = lines;
    while (rest.length > 0) {
      const block = this.#openBlock(stream);
      const room = block === undefined ? 0 : block.data.length - block.length;
      // As many whole lines as there is room for: blocks half empty would be twice the memory.
      const fitting = rest.length <= room ? rest.length : room === 0 ? 0 : rest.lastIndexOf(NEWLINE, room - 1) + 1;
      if (block === undefined || fitting === 0) {
        const end = rest.lastIndexOf(NEWLINE, BLOCK_BYTES - 1) + 1 || rest.indexOf(NEWLINE) + 1;
        this.#blocks.push({ stream, at: Date.now(), data: this.#memory(Math.max(end, BLOCK_BYTES)), length: 0 });
        continue;
      }
      rest.copy(block.data, block.length, 0, fitting);
      block.length += fitting;
      this.#kept += fitting;
      rest = rest.subarray(fitting);
    }
    while (this.#kept > HALF + BLOCK_BYTES && this.#sent >= HALF && this.#blocks.length > 1) this.#leaveOut();
  }

  /** The last block, when it is of this stream. Where streams alternate fast, the last but one, or memory would run out. */
  #openBlock(stream: OutputStream): Block | undefined {
    const last = this.#blocks.at(-1);
    if (last?.stream === stream) return last;
    const before = this.#blocks.length < DENSE ? undefined : this.#blocks.at(-2);
    return before?.stream === stream ? before : undefined;
  }

  #memory(size: number): Buffer {
    const spare = this.#spare;
    if (spare === null || spare.length < size) return Buffer.allocUnsafeSlow(size);
    this.#spare = null;
    return spare;
  }

  #leaveOut(): void {
    const block = this.#shift();
    const { bytes, lines } = this.#leftOut ?? { bytes: 0, lines: 0 };
    this.#leftOut = { bytes: bytes + block.length, lines: lines + countLines(block.data, block.length) };
    this.#spare = block.data;
  }

  #send(most: number): void {
    let sent = 0;
    while (this.#blocks.length > 0 && sent < most && this.#uncredited < CREDIT_BYTES) {
      const { stream, at, data, length } = this.#shift();
      const leftOut = this.#leftOut;
      this.#leftOut = null;
      this.#uncredited += length;
      this.#sent += length;
      sent += length;
      this.#listener.onPiece({ stream, at, data: data.subarray(0, length), ...(leftOut === null ? {} : { leftOut }) });
      this.#spare = data;
      passedOn(length);
    }
  }

  #shift(): Block {
    const block = this.#blocks.shift() as Block;
    this.#kept -= block.length;
    return block;
  }

  /** At once for the first drawing, then seldom; the last one is never passed over. */
  #noteProgress(stream: OutputStream): void {
    const isWaiting = this.#progressTimer !== undefined;
    this.#drawn = stream;
    if (isWaiting) return;
    this.#tellProgress();
    this.#progressTimer = setTimeout(() => {
      this.#progressTimer = undefined;
      if (this.#drawn !== null) this.#noteProgress(this.#drawn);
    }, PROGRESS_EVERY_MS);
  }

  #tellProgress(): void {
    const drawing = this.#drawn === null ? null : this.#lines[this.#drawn].drawing;
    this.#drawn = null;
    const progress = drawing === null ? null : progressIn(decodeLines(drawing));
    const told = JSON.stringify(progress);
    if (progress === null || told === this.#progress) return;
    this.#progress = told;
    this.#listener.onProgress(progress);
  }
}

function countLines(data: Buffer, length: number): number {
  let lines = 0;
  for (let at = 0; at < length; at++) if (data[at] === NEWLINE) lines++;
  return lines;
}
