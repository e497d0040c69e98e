/** SQLite itself: a bare connection by the addon that is carried along, and whether this SQLite may be used at all. */
import SqliteDatabase from 'better-sqlite3';
import { loadSqliteAddon } from '../assets.ts';
import { WeirError } from '../model/errors.ts';

export type Database = SqliteDatabase.Database;

/** SQLite before this can corrupt a WAL database that several connections write. */
const OLDEST_SQLITE = [3, 51, 3] as const;

let addon: object | undefined;

/** A bare connection; what `nativeBinding` takes as an object, its declarations only know as a string. */
export function openSqlite(path: string, options: SqliteDatabase.Options = {}): Database {
  addon ??= loadSqliteAddon();
  return new SqliteDatabase(path, { ...options, nativeBinding: addon as unknown as string });
}

/** @throws WeirError `database-unusable` when the version (as `sqlite_version()` gives it) is too old, or unreadable */
export function refuseOldSqlite(version: string): void {
  const parts = version.split('.').map(Number);
  for (const [position, least] of OLDEST_SQLITE.entries()) {
    const part = parts[position] ?? 0;
    if (part > least) return;
    if (part >= least) continue;
    throw new WeirError(
      'database-unusable',
      `SQLite ${version} is too old: before ${OLDEST_SQLITE.join('.')} it can damage a file that several processes write`,
      { hint: 'use the executable as it was built: it carries its own SQLite' },
    );
  }
}
