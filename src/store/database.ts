/**
 * Opens the one SQLite file, sets its pragmas, migrates it, closes it.
 * Must never start empty over a damaged file, and never touch a file that a newer Weir has made.
 */
import { accessSync, constants, existsSync, mkdirSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { WeirError } from '../model/errors.ts';
import { migrate } from './migrations.ts';
import { makeNewFile } from './new-file.ts';
import { damaged, refuseCutOff, refuseStranger, refuseUnsound } from './soundness.ts';
import { type Database, openSqlite, refuseOldSqlite } from './sqlite.ts';

export type { Database } from './sqlite.ts';

/**
 * Opens the database at `path`, making file and folder when they are missing, and brings its schema up to date.
 * @throws WeirError `database-unusable`, `newer-schema`, `file-system`
 */
export function openDatabase(path: string): Database {
  makeFolder(path);
  refuseCutOff(path, filesFolder(path));
  refuseFolder(path);
  try {
    refuseReadOnly(path);
    if (!existsSync(path)) makeNewFile(path);
    const isNew = !existsSync(path) || statSync(path).size === 0;
    refuseUnsound(path, lockFolder(path));
    const database = openSqlite(path, { timeout: 5000 });
    try {
      refuseOldSqlite(String(database.prepare('select sqlite_version()').pluck().get()));
      if (isNew) {
        database.pragma('page_size = 8192');
        database.pragma('auto_vacuum = incremental');
      }
      refuseStranger(database, path);
      database.pragma('journal_mode = wal');
      database.pragma('synchronous = full');
      if (process.platform === 'darwin') database.pragma('fullfsync = on');
      database.pragma('foreign_keys = on');
      database.pragma('trusted_schema = off');
      database.pragma('journal_size_limit = 67108864');
      migrate(database, path, lockFolder(path));
      // What a statement keeps aside would go to files of its own: an update of a run takes twice as long by them. Only
      // now, for a migration may sort millions of rows.
      database.pragma('temp_store = memory');
      // From here on nobody waits long for a lock on the event loop: the writer tries again a little later. Not 0,
      // because a reader meets a lock too, for a moment, when another connection recovers the file after a crash.
      database.pragma('busy_timeout = 5');
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    throw explainOpening(error, path);
  }
}

/** The folder beside the database that holds what is too large for it: content, locks, run folders. */
export function filesFolder(databasePath: string): string {
  return `${databasePath}.files`;
}

function makeFolder(path: string): void {
  try {
    makeWithParents(dirname(path));
  } catch (cause) {
    throw new WeirError(
      'file-system',
      `the folder ${dirname(path)} for the database cannot be made: ${(cause as Error).message}`,
      {
        hint: 'choose another place with --db PATH or WEIR_DB',
        cause,
      },
    );
  }
}

/** Folder by folder: `recursive: true` loops for ever where the kernel refuses to make any (in /proc). */
function makeWithParents(folder: string): void {
  if (existsSync(folder)) return;
  makeWithParents(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have made it at the same moment.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function refuseFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  throw new WeirError('file-system', `the database ${path} is a folder; it must be a file`, {
    hint: `choose a file with --db PATH or WEIR_DB, such as ${join(path, 'weir.db')}`,
  });
}

/** Before SQLite makes its log and shared memory with the rights of the file: they would stay unwritable with it. */
function refuseReadOnly(path: string): void {
  const needed = existsSync(path) ? [dirname(path), path] : [dirname(path)];
  for (const each of needed) accessSync(each, constants.W_OK);
}

/** While a file is opened, whatever SQLite says is about the file. */
function explainOpening(error: unknown, path: string): unknown {
  const explained = explainSqlite(error, path);
  const { code = '', message } = explained as { code?: string; message: string };
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return unwritable(path, error);
  if (!code.startsWith('SQLITE_')) return explained;
  return new WeirError('database-unusable', `the database ${path} cannot be used: ${message} (${code})`, {
    cause: error,
  });
}

/** SQLite's words for a broken or unreachable file, as a sentence with the next step; every other error as it is. */
export function explainSqlite(error: unknown, path: string): unknown {
  if (error instanceof WeirError) return error;
  const code = (error as { code?: string }).code ?? '';
  const text = (error as Error).message;
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') {
    return damaged(path, text, error);
  }
  if (isDiskFull(code, path))
    return new WeirError('database-unusable', `no space is left on the disk of the database ${path} (${code})`, {
      hint: 'nothing in it was lost; free some space there, or choose another place with --db PATH or WEIR_DB',
      cause: error,
    });
  return code === 'SQLITE_CANTOPEN' || code.startsWith('SQLITE_READONLY') ? unwritable(path, error) : error;
}

/** SQLite says "disk I/O error" where it could not make its shared memory larger. */
function isDiskFull(code: string, path: string): boolean {
  if (code === 'SQLITE_FULL') return true;
  if (!code.startsWith('SQLITE_IOERR')) return false;
  try {
    return statfsSync(dirname(path)).bavail === 0;
  } catch {
    return false;
  }
}

function unwritable(path: string, error: unknown): WeirError {
  return new WeirError(
    'file-system',
    `the database ${path} cannot be opened for writing (${(error as Error).message})`,
    {
      hint: 'check the rights of the file and its folder, or choose another place with --db PATH or WEIR_DB',
      cause: error,
    },
  );
}

export function lockFolder(databasePath: string): string {
  return join(filesFolder(databasePath), 'locks');
}
