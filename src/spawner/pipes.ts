/**
 * Real pipes for output. Node's own "pipes" are sockets, which cannot be opened by name, so that
 * `echo oops > /dev/stderr` and `tee /dev/stderr` fail in a script. A FIFO is a pipe; it is unlinked at once and
 * opened again through /proc/self/fd for each command (20 us). Where that cannot be had, Node's sockets serve.
 */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { makeFifos } from './fifos.ts';
import type { Posix } from './posix.ts';

export interface Pipe {
  /** The writing end, for the child; `closeChildEnd` once it is spawned. */
  readonly childEnd: number;
  closeChildEnd(): void;
  /** Hands out what is in it. True: nobody can write any more, and it is given back; else it has to be `read`. */
  readNow(): boolean;
  /** From now on what comes is handed out as it comes. */
  read(): Socket;
  /** Nobody was given its end. */
  discard(): void;
}

/** Gets what was read; the bytes are its own only until it returns. False: no more until `resume()`. */
export type PipeReader = (data: Buffer) => boolean;

/** Each takes one for either stream. Many more commands follow where a second one does. */
const ONE_COMMAND = 2;
const MANY_COMMANDS = 8;

/** All pipes are read into it, one after the other: memory of its own for each read would be a flood's garbage. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

export class PipePool {
  readonly #idle: number[] = [];
  readonly #posix: Posix | null;

  constructor(posix: Posix | null) {
    this.#posix = posix;
  }

  /** Makes the first pipes before a command waits for them. */
  prepare(): void {
    if (this.#idle.length === 0) this.#idle.push(...makeFifos(ONE_COMMAND, this.#posix));
  }

  /** A pipe with nobody at its ends; undefined where FIFOs cannot be made. */
  take(onData: PipeReader): Pipe | undefined {
    if (this.#idle.length === 0) this.#idle.push(...makeFifos(MANY_COMMANDS, this.#posix));
    const fifo = this.#idle.pop();
    if (fifo === undefined) return undefined;
    const path = `/proc/self/fd/${fifo}`;
    const childEnd = openSync(path, constants.O_WRONLY);
    let isOpen = true;
    return {
      childEnd,
      closeChildEnd() {
        if (isOpen) closeSync(childEnd);
        isOpen = false;
      },
      readNow: () => {
        const isEmpty = readAll(fifo, onData);
        if (isEmpty) this.#idle.push(fifo);
        return isEmpty;
      },
      read: () => this.#read(fifo, path, onData),
      discard: () => closeSync(fifo),
    };
  }

  #read(fifo: number, path: string, onData: PipeReader): Socket {
    const reader = new Socket({
      fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
      readable: true,
      writable: false,
      onread: { buffer: READ_BUFFER, callback: (length) => onData(READ_BUFFER.subarray(0, length)) },
    });
    let isEmpty = false;
    reader.once('end', () => {
      isEmpty = true;
    });
    reader.once('close', () => {
      // Somebody may still hold the other end of a pipe that was left early.
      if (isEmpty) this.#idle.push(fifo);
      else closeSync(fifo);
    });
    return reader;
  }
}

/** True at its end; false while somebody may still write, or when no more is wanted for now. */
function readAll(fifo: number, onData: PipeReader): boolean {
  try {
    for (;;) {
      const length = readSync(fifo, READ_BUFFER);
      if (length === 0) return true;
      if (!onData(READ_BUFFER.subarray(0, length))) return false;
    }
  } catch {
    // nothing in it, but its other end is open; whatever else is wrong, reading it tells
    return false;
  }
}
