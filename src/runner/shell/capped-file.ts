/**
 * Reads what a command has written, of which nothing is known: never more than a given number of bytes, never what is
 * no plain file (a pipe would be waited for, a device never ends).
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';

export type CappedFile =
  | { readonly kind: 'missing' }
  | { readonly kind: 'no-file' }
  | { readonly kind: 'unreadable'; readonly why: string }
  /** `size` is the file's; `bytes` may be fewer. */
  | { readonly kind: 'read'; readonly bytes: Buffer; readonly size: number };

/** The first `most` bytes, or the last ones. */
export function readCapped(path: string, most: number, from: 'start' | 'end' = 'start'): CappedFile {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return { kind: 'missing' };
  if (!stats.isFile()) return { kind: 'no-file' };
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    return { kind: 'unreadable', why: (error as Error).message };
  }
  try {
    const bytes = Buffer.alloc(Math.min(stats.size, most));
    const start = from === 'start' ? 0 : stats.size - bytes.length;
    return { kind: 'read', bytes: bytes.subarray(0, readSync(file, bytes, 0, bytes.length, start)), size: stats.size };
  } finally {
    closeSync(file);
  }
}

/** null: it is no UTF-8. */
export function utf8Of(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
