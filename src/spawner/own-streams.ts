/**
 * The streams of the owner for a command that has them: what it writes is written on as it comes, what it reads is the
 * owner's input. Must never hold the spawner up, however slowly the owner's output is read: the command waits instead.
 */
import { closeSync, fstatSync, openSync, writev } from 'node:fs';
import { CREDIT_BYTES, type OutputStream, OWN_STREAMS, type OwnStreams } from '../model/command.ts';
import { passedOn } from './garbage.ts';

export interface OwnOutputListener {
  /** There was none, and is again. */
  onRoom(): void;
  /** Nothing more can be written to that stream. */
  onLost(stream: OutputStream): void;
}

interface Piece {
  readonly stream: OutputStream;
  /** What of it is not written yet. */
  rest: Buffer;
}

/** Written with one call, which costs a turn of another thread: as much as is there, but not all that may be held. */
const TOGETHER_BYTES = CREDIT_BYTES / 4;
const MOST_PIECES = 256;

/** A terminal or pipe that somebody else has set so may refuse for a moment. */
const AGAIN_MS = 5;
/** How long a reader that has stopped reading is waited for, once the command was ended. */
const PATIENCE_MS = 2000;

export class OwnOutput {
  readonly #listener: OwnOutputListener;
  /** One for each stream; the same one where both lead to one place, so that their order is kept. */
  readonly #queues: Readonly<Record<OutputStream, Piece[]>>;
  readonly #busy = new Set<Piece[]>();
  readonly #lost = new Set<OutputStream>();
  readonly #fds: Readonly<Record<OutputStream, number>>;
  #held = 0;
  #onEmpty: (() => void) | undefined;
  #patience: NodeJS.Timeout | undefined;

  constructor({ stdout }: OwnStreams, listener: OwnOutputListener) {
    this.#listener = listener;
    this.#fds = { stdout: OWN_STREAMS[stdout], stderr: OWN_STREAMS.stderr };
    const queue: Piece[] = [];
    this.#queues = { stdout: queue, stderr: areOnePlace(this.#fds) ? queue : [] };
  }

  /** The command has to wait until more was written. */
  get isFull(): boolean {
    return this.#held >= CREDIT_BYTES;
  }

  /** The bytes are the caller's again when this returns. */
  take(stream: OutputStream, data: Buffer): void {
    if (this.#lost.has(stream) || data.length === 0) return;
    this.#held += data.length;
    const queue = this.#queues[stream];
    queue.push({ stream, rest: Buffer.from(data) });
    if (!this.#busy.has(queue)) this.#write(queue);
  }

  /** `onEmpty` follows when everything is written. */
  end(onEmpty: () => void): void {
    this.#onEmpty = onEmpty;
    this.#settle();
  }

  /** The command was told to end and is gone: a reader that reads no more is not waited for much longer. */
  hurry(): void {
    this.#patience ??= setTimeout(() => {
      this.#lose('stdout');
      this.#lose('stderr');
      this.#held = 0;
      this.#settle();
    }, PATIENCE_MS).unref();
  }

  #write(queue: Piece[]): void {
    const pieces = beginningOf(queue);
    const [first] = pieces;
    if (first === undefined) {
      this.#busy.delete(queue);
      this.#settle();
      return;
    }
    this.#busy.add(queue);
    const { stream } = first;
    const all = pieces.map(({ rest }) => rest);
    writev(this.#fds[stream], all, null, (error, count) => {
      if (error?.code === 'EAGAIN') return void setTimeout(() => this.#write(queue), AGAIN_MS);
      if (error !== null) this.#lose(stream);
      else if (!this.#lost.has(stream)) {
        takeOff(queue, count);
        this.#letGo(count);
      }
      this.#write(queue);
    });
  }

  #letGo(bytes: number): void {
    const wasFull = this.isFull;
    this.#held = Math.max(0, this.#held - bytes);
    passedOn(bytes);
    if (wasFull && !this.isFull) this.#listener.onRoom();
  }

  #lose(stream: OutputStream): void {
    if (this.#lost.has(stream)) return;
    this.#lost.add(stream);
    const queue = this.#queues[stream];
    const lost = queue.filter((piece) => piece.stream === stream);
    queue.splice(0, queue.length, ...queue.filter((piece) => piece.stream !== stream));
    this.#listener.onLost(stream);
    this.#letGo(lost.reduce((sum, { rest }) => sum + rest.length, 0));
  }

  #settle(): void {
    const isDone = [...this.#busy].every((queue) => queue.length === 0);
    if (this.#onEmpty === undefined || !isDone) return;
    clearTimeout(this.#patience);
    const onEmpty = this.#onEmpty;
    this.#onEmpty = undefined;
    onEmpty();
  }
}

/** Pieces of one stream. */
function beginningOf(queue: readonly Piece[]): readonly Piece[] {
  let bytes = 0;
  let count = 0;
  for (const { stream, rest } of queue) {
    if (stream !== queue[0]?.stream || bytes >= TOGETHER_BYTES || count === MOST_PIECES) break;
    bytes += rest.length;
    count++;
  }
  return queue.slice(0, count);
}

function takeOff(queue: Piece[], written: number): void {
  let left = written;
  for (let piece = queue[0]; piece !== undefined && left > 0; piece = queue[0]) {
    if (left < piece.rest.length) {
      piece.rest = piece.rest.subarray(left);
      return;
    }
    left -= piece.rest.length;
    queue.shift();
  }
}

/** What a command reads; `close` once it is spawned. */
export interface CommandInput {
  readonly fd: number | 'ignore';
  close(): void;
}

export function openInput(streams: OwnStreams | undefined): CommandInput {
  const nothing = () => {};
  if (streams === undefined || streams.stdin === 'nothing') return { fd: 'ignore', close: nothing };
  if (streams.stdin === 'rest') return { fd: 0, close: nothing };
  const fd = openSync('/proc/self/fd/0', 'r');
  return { fd, close: () => closeSync(fd) };
}

function areOnePlace({ stdout, stderr }: Readonly<Record<OutputStream, number>>): boolean {
  try {
    const out = fstatSync(stdout);
    const err = fstatSync(stderr);
    return out.dev === err.dev && out.ino === err.ino;
  } catch {
    return false;
  }
}
