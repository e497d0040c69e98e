/**
 * Files that tasks hand on: kept in the content folder, and reachable under the name they had, so that `model.pkl` stays
 * `model.pkl` for whoever loads it. One copy of the bytes: the name is a hard link to it where the file system has those.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, constants, copyFileSync, linkSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { WeirError } from '../model/errors.ts';
import type { HandedFile } from '../model/handed-file.ts';
import type { ContentStore } from './content.ts';
import { filesFolder } from './database.ts';

/** Keeps a copy of the file at `path`; its name lies beside the database, in a folder for each content. */
export async function keepHandedFile(content: ContentStore, databasePath: string, path: string): Promise<HandedFile> {
  refuseDatabase(path, databasePath);
  const { hash, size } = await content.putFile(path);
  const folder = join(filesFolder(databasePath), 'handed-on');
  const kept = content.pathOf(hash);
  const named = join(folder, hash, basename(path));
  const temporary = join(folder, hash, `.${randomUUID()}.tmp`);
  mkdirSync(join(folder, hash), { recursive: true, mode: 0o700 });
  try {
    // It is somebody's input: a program that opens it for writing is to fail, not to change it for everybody.
    chmodSync(kept, 0o400);
    linkOrCopy(kept, temporary);
    // Also where there is one: it may be a link to bytes that were altered, and have just been kept anew.
    renameSync(temporary, named);
  } finally {
    // Two names of the same bytes are left as they are by a rename.
    rmSync(temporary, { force: true });
  }
  return { path: named, sha256: hash, size };
}

/** To close another handle on it would drop SQLite's locks of this process. */
function refuseDatabase(path: string, databasePath: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  for (const suffix of ['', '-wal', '-shm', '-journal']) {
    const own = statSync(databasePath + suffix, { throwIfNoEntry: false });
    if (own !== undefined && own.ino === stats?.ino && own.dev === stats.dev)
      throw new WeirError('file-system', `${path} was not kept: it is a file of Weir's own database`, {
        hint: 'make a copy of it that is whole: weir db backup',
      });
  }
}

function linkOrCopy(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    copyFileSync(source, target, constants.COPYFILE_FICLONE);
    chmodSync(target, 0o400);
  }
}
