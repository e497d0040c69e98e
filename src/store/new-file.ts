/**
 * Makes the file of a new database in one step: the empty one that the executable carries, written beside its place,
 * synced, and linked there. Making it by SQL instead takes ten syncs and 20 ms. It must never replace a file, and a
 * death or a power cut must leave a whole file or none.
 */
import { closeSync, existsSync, fsync, fsyncSync, linkSync, openSync, rmSync, writeSync } from 'node:fs';
import { assetBytes } from '../assets.ts';
import { crashPoint } from '../crash-points.ts';

interface Beside {
  readonly file: number;
  readonly path: string;
}

/** Leaves it to SQLite where it cannot: a full disk, no right to write, a file system without links. */
export function makeNewFile(path: string): void {
  const beside = writeBeside(path);
  if (beside === null) return;
  let isSynced = true;
  try {
    fsyncSync(beside.file);
  } catch {
    isSynced = false;
  }
  place(beside, path, isSynced);
}

/**
 * The same where none is, ahead of opening it: the disk takes a millisecond, in which this thread does something else.
 * What opens the file says what is wrong with its place.
 */
export async function makeNewFileAhead(path: string): Promise<void> {
  // A log without its file is no place for a new one.
  if (existsSync(path) || existsSync(`${path}-wal`)) return;
  const beside = writeBeside(path);
  if (beside === null) return;
  const error = await new Promise((resolve) => fsync(beside.file, resolve));
  place(beside, path, error === null);
}

function writeBeside(path: string): Beside | null {
  const beside = `${path}.new-${process.pid}`;
  let file: number | undefined;
  try {
    const bytes = assetBytes('empty.db');
    // With the rights that SQLite gives its files.
    file = openSync(beside, 'wx', 0o644);
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    return { file, path: beside };
  } catch {
    // SQLite makes the file, or says in its words why that is impossible.
    if (file !== undefined) closeSync(file);
    removeIfThere(beside);
    return null;
  }
}

function place(beside: Beside, path: string, isSynced: boolean): void {
  closeSync(beside.file);
  try {
    if (!isSynced) return;
    crashPoint('before-new-file');
    // Fails where somebody else has made the file meanwhile: then it is theirs.
    linkSync(beside.path, path);
    crashPoint('after-new-file');
  } catch {
    // left to SQLite, as above
  } finally {
    removeIfThere(beside.path);
  }
}

/** Where a file stands in the place of the folder even this fails, and SQLite's words are to come. */
function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // it was never made
  }
}
