/** Contents of the files that a task's cache depends on. */
import type { Hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { WeirError } from '../../model/errors.ts';
import { openSha256 } from '../../model/sha256.ts';

/** A data file may be larger than the memory. */
const PIECE = 1024 * 1024;

/** `files` count from `dir`, the flow's folder. @throws WeirError `file-system` naming the file */
export function cacheFilesHash(dir: string, files: readonly string[]): string {
  const hash = openSha256();
  for (const file of files) {
    const whole = resolve(dir, file);
    try {
      hash.update(`${file}\0`);
      readInto(hash, whole);
      hash.update('\0');
    } catch (cause) {
      throw new WeirError(
        'file-system',
        `the cache depends on ${whole}, which cannot be read: ${(cause as Error).message}`,
        {
          hint: 'make it before, or take it out of cache.files',
          cause,
        },
      );
    }
  }
  return hash.digest('hex');
}

function readInto(hash: Hash, path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    const piece = Buffer.allocUnsafe(PIECE);
    for (let size = readSync(descriptor, piece); size > 0; size = readSync(descriptor, piece))
      hash.update(piece.subarray(0, size));
  } finally {
    closeSync(descriptor);
  }
}
