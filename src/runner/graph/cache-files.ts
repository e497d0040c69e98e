/** Contents of the files that a task's cache depends on. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { WeirError } from '../../model/errors.ts';

/** `files` count from the folder of the flow at `path`. @throws WeirError `file-system` naming the file */
export function cacheFilesHash(path: string, files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) {
    const whole = resolve(dirname(path), file);
    try {
      hash.update(`${file}\0`).update(readFileSync(whole)).update('\0');
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
