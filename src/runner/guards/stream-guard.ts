/**
 * What a thread writes to the descriptors of standard output and standard error goes where `process.stdout` goes: into
 * the log of the run. The descriptors are the whole process's, and results are printed there.
 */
import type { WriteStream } from 'node:fs';

type Write = (...args: unknown[]) => unknown;

export function keepStreams(): void {
  const fs = process.getBuiltinModule('node:fs') as unknown as Record<'write' | 'writeSync', Write>;
  const { write, writeSync } = fs;

  fs.writeSync = (...args) => {
    const piece = pieceFor(args);
    return piece === null ? writeSync(...args) : put(piece);
  };
  fs.write = Object.defineProperties((...args: unknown[]) => {
    const piece = pieceFor(args);
    if (piece === null) return write(...args);
    const callback = args.at(-1);
    const length = put(piece);
    if (typeof callback === 'function') process.nextTick(callback, null, length, args[1]);
    return undefined;
  }, Object.getOwnPropertyDescriptors(write));
}

interface Piece {
  readonly stream: Pick<WriteStream, 'write'>;
  readonly bytes: Uint8Array;
}

/** What is written to one of the two descriptors; null for every other. */
function pieceFor([descriptor, data, second, third]: readonly unknown[]): Piece | null {
  if (descriptor !== 1 && descriptor !== 2) return null;
  const stream = (descriptor === 1 ? process.stdout : process.stderr) as Piece['stream'];
  if (!ArrayBuffer.isView(data)) return { stream, bytes: Buffer.from(String(data)) };
  const whole = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const { offset, length } = rangeOf(second, third);
  return { stream, bytes: whole.subarray(offset, length === undefined ? undefined : offset + length) };
}

/** Offset and length stand alone or in an object. */
function rangeOf(second: unknown, third: unknown): { readonly offset: number; readonly length: number | undefined } {
  if (typeof second === 'object' && second !== null) {
    const { offset = 0, length } = second as { offset?: number; length?: number };
    return { offset, length };
  }
  return {
    offset: typeof second === 'number' ? second : 0,
    length: typeof third === 'number' ? third : undefined,
  };
}

function put({ stream, bytes }: Piece): number {
  stream.write(bytes);
  return bytes.length;
}
