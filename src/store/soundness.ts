/**
 * Refuses a file that is damaged, cut off, or somebody else's, before anything is written: never starts empty over it.
 * Looks by read-only connections where a log lies beside the file: only those leave everything as it is.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { WeirError } from '../model/errors.ts';
import { completeMark, lacksLog, MARK_KEY } from './log-mark.ts';
import { createProcesses } from './processes.ts';
import { type Database, openSqlite } from './sqlite.ts';

/** Where a whole check would be felt it is left out: reading 256 MB takes some 150 ms, from a slow disk a second or two. */
const LARGEST_CHECKED = 256 * 1024 * 1024;

/**
 * Before the file is opened. SQLite takes an empty file for a new one, and throws away the log that lies beside it.
 * @param filesFolder what Weir keeps beside the database
 */
export function refuseCutOff(path: string, filesFolder: string): void {
  // The log first: whoever makes the file at this moment makes its log after its first page.
  const hasLog = sizeOf(`${path}-wal`) > 0;
  const hasFiles = existsSync(filesFolder);
  if (sizeOf(path) > 0) return;
  if (hasLog)
    throw new WeirError(
      'database-unusable',
      `${path} is ${existsSync(path) ? 'empty' : 'missing'}, but its write-ahead log lies there: it was cut off or taken away`,
      { hint: `nothing was changed; put the file back, or restore a backup and move ${basename(path)}-wal away` },
    );
  if (existsSync(path) && hasFiles)
    throw new WeirError('database-unusable', `${path} is empty, but was in use before: ${filesFolder} lies beside it`, {
      hint: `nothing was changed; ${restore(path)}, or remove the empty file to begin anew`,
    });
}

/** When others have the file open, or had and did not end well: whether it is sound. */
export function refuseUnsound(path: string, lockFolder: string): void {
  if (sizeOf(`${path}-wal`) === 0) return;
  const probe = openSqlite(path, { readonly: true, timeout: 5000 });
  try {
    if (!isOurs(probe)) return;
    if (lacksLog(probe)) throw lostLog(path);
    const processes = createProcesses(probe, lockFolder);
    const endedBadly = processes.believedAlive().some((row) => !processes.isAlive(row.bootId));
    const bytes =
      Number(probe.pragma('page_count', { simple: true })) * Number(probe.pragma('page_size', { simple: true }));
    if (!endedBadly || bytes > LARGEST_CHECKED) return;
    const verdict = String(probe.pragma('quick_check(1)', { simple: true }));
    if (verdict !== 'ok') throw damaged(path, verdict.replaceAll('\n', ' '));
  } finally {
    probe.close();
  }
}

/** Once it is open for writing, and before anything is written. */
export function refuseStranger(database: Database, path: string): void {
  const isEmpty = database.prepare('select 1 from sqlite_schema limit 1').pluck().get() === undefined;
  if (isEmpty) return;
  if (!isOurs(database))
    throw new WeirError('database-unusable', `${path} is a database of another program`, {
      hint: 'nothing was changed; choose another place with --db PATH or WEIR_DB',
    });
  if (lacksLog(database)) throw lostLog(path);
  completeMark(database);
}

/** What SQLite found wrong, with the next step. */
export function damaged(path: string, what: string, cause?: unknown): WeirError {
  return new WeirError('database-unusable', `${path} is damaged or no Weir database (${what})`, {
    hint: `nothing was changed; ${restore(path)}; or save what can be read: sqlite3 ${path} .recover | sqlite3 ${path}.saved; or move the file away to begin with an empty one`,
    cause,
  });
}

function lostLog(path: string): WeirError {
  const log = `${basename(path)}-wal`;
  return new WeirError(
    'database-unusable',
    `${path} lacks its newest rows: Weir did not end cleanly, and the write-ahead log ${log} that holds them is not beside it`,
    {
      hint: `nothing was changed; put ${log} back; or ${restore(path)}; or go on without those rows: sqlite3 ${path} "delete from meta where key = '${MARK_KEY}'"`,
    },
  );
}

/** Copies made before an upgrade are named: nobody knows of them otherwise. */
function restore(path: string): string {
  const folder = dirname(path);
  const start = `${basename(path)}.before-schema-`;
  const copies = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.startsWith(start) && /-\d+$/.test(name))
    : [];
  const newest = copies.sort((a, b) => Number(b.slice(start.length)) - Number(a.slice(start.length)))[0];
  return `restore a backup${newest === undefined ? '' : ` (one from before an upgrade is ${join(folder, newest)})`}`;
}

function isOurs(database: Database): boolean {
  const ours = "select count(*) from sqlite_schema where type = 'table' and name in ('meta', 'processes', 'flow_runs')";
  return database.prepare(ours).pluck().get() === 3;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
