/**
 * Makes the file of a new database in one step: the empty one that the executable carries, written beside its place,
 * synced, and linked there. Making it by SQL instead takes ten syncs and 20 ms. It must never replace a file, and a
 * death or a power cut must leave a whole file or none.
 */
import { closeSync, fsyncSync, linkSync, openSync, rmSync, writeSync } from 'node:fs';
import { assetBytes } from '../assets.ts';
import { crashPoint } from '../crash-points.ts';

/** Leaves it to SQLite where it cannot: a full disk, no right to write, a file system without links. */
export function makeNewFile(path: string): void {
  const beside = `${path}.new-${process.pid}`;
  try {
    writeSynced(beside, assetBytes('empty.db'));
    crashPoint('before-new-file');
    // Fails where somebody else has made the file meanwhile: then it is theirs.
    linkSync(beside, path);
    crashPoint('after-new-file');
  } catch {
    // SQLite makes the file, or says in its words why that is impossible.
  } finally {
    removeIfThere(beside);
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

function writeSynced(path: string, bytes: Uint8Array): void {
  // With the rights that SQLite gives its files.
  const file = openSync(path, 'wx', 0o644);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
