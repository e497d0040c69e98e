/**
 * FIFOs for commands to write to, in a folder that is gone again at once. Made by the C library; where that cannot be
 * asked, by a program, which takes as long as a command.
 */
import { spawnSync } from 'node:child_process';
import { constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Posix } from './posix.ts';

/** Descriptors of so many FIFOs that nobody else knows; none where they cannot be made. */
export function makeFifos(count: number, posix: Posix | null): readonly number[] {
  for (const root of process.platform === 'linux' ? [tmpdir(), '/dev/shm', '/var/tmp'] : []) {
    const made = makeIn(root, count, posix);
    if (made.length > 0) return made;
  }
  return [];
}

function makeIn(root: string, count: number, posix: Posix | null): readonly number[] {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(root, 'weir-pipes-'));
    const place = folder;
    const paths = Array.from({ length: count }, (_, index) => join(place, String(index)));
    const areMade = posix?.makeFifos(paths) === true || spawnSync('mkfifo', paths, { stdio: 'ignore' }).status === 0;
    return areMade ? paths.map((path) => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)) : [];
  } catch {
    // The next place.
    return [];
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}
