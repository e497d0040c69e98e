/**
 * Contents of the files that a task's cache depends on: each named by its path, or by a pattern that must match at least
 * one. Never takes a pattern for a name that a file really has.
 */
import type { Hash } from 'node:crypto';
import { closeSync, existsSync, globSync, openSync, readSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { WeirError } from '../../model/errors.ts';
import { openSha256 } from '../../model/sha256.ts';

/** A data file may be larger than the memory. */
const PIECE = 1024 * 1024;

/** `files` count from `dir`, the flow's folder. @throws WeirError `file-system` naming the file */
export function cacheFilesHash(dir: string, files: readonly string[]): string {
  const hash = openSha256();
  for (const file of files.flatMap((written) => matching(dir, written))) {
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

/** In their order by name, as `dir` sees them. */
function matching(dir: string, written: string): readonly string[] {
  const whole = resolve(dir, written);
  if (!/[*?[{]/.test(written) || existsSync(whole)) return [written];
  const found = globSync(written, { cwd: dir }).filter((file) =>
    statSync(resolve(dir, file), { throwIfNoEntry: false })?.isFile(),
  );
  if (found.length === 0)
    throw new WeirError('file-system', `the cache depends on ${whole}, and no file matches it`, {
      hint: 'a pattern counts from the folder of the flow file; make the files before, or take it out of cache.files',
    });
  return found.sort();
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
