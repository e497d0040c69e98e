/**
 * Makes the file of a new database in one step: the empty one that the executable carries, written beside its place,
 * synced, and linked there. Making it by SQL instead takes ten syncs and 20 ms. It must never replace a file, and a
 * death or a power cut must leave a whole file or none.
 */
import { closeSync, existsSync, fsync, fsyncSync, linkSync, openSync, rmSync, writeSync } from 'node:fs';
import { assetBytes } from '../assets.ts';
import { crashPoint } from '../crash-points.ts';

/** Leaves it to SQLite where it cannot: a full disk, no right to write, a file system without links. */
export function makeNewFile(path: string): void {
  const beside = besideOf(path);
  try {
    const file = write(beside);
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    place(beside, path);
  } catch {
    // SQLite makes the file, or says in its words why that is impossible.
  } finally {
    removeIfThere(beside);
  }
}

/**
 * The same where none is, ahead of opening it: the disk takes a millisecond, in which this thread does something else.
 * What opens the file says what is wrong with its place.
 */
export async function makeNewFileAhead(path: string): Promise<void> {
  // A log without its file is no place for a new one.
  if (existsSync(path) || existsSync(`${path}-wal`)) return;
  const beside = besideOf(path);
  try {
    const file = write(beside);
    try {
      await new Promise<void>((resolve, reject) => fsync(file, (error) => (error ? reject(error) : resolve())));
    } finally {
      closeSync(file);
    }
    place(beside, path);
  } catch {
    // left to whoever opens it
  } finally {
    removeIfThere(beside);
  }
}

function besideOf(path: string): string {
  return `${path}.new-${process.pid}`;
}

function write(beside: string): number {
  const bytes = assetBytes('empty.db');
  // With the rights that SQLite gives its files.
  const file = openSync(beside, 'wx', 0o644);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function place(beside: string, path: string): void {
  crashPoint('before-new-file');
  // Fails where somebody else has made the file meanwhile: then it is theirs.
  linkSync(beside, path);
  crashPoint('after-new-file');
}

/** Where a file stands in the place of the folder even this fails, and SQLite's words are to come. */
function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // it was never made
  }
}
