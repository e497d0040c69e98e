/**
 * Brings the schema of a file up to date: forward only, each migration in its own transaction, a copy made before.
 * Must never touch a file that a newer Weir has made, nor one that a process of an older Weir is using.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { assetText } from '../assets.ts';
import { crashPoint } from '../crash-points.ts';
import { WeirError } from '../model/errors.ts';
import { createProcesses } from './processes.ts';
import type { Database } from './sqlite.ts';

interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** The schema that this Weir makes. */
export function knownSchema(): number {
  return (JSON.parse(assetText('migrations.json')) as Migration[]).length;
}

/**
 * @param lockFolder where processes hold their life locks
 * @throws WeirError `newer-schema`, `version-mismatch`
 */
export function migrate(database: Database, path: string, lockFolder: string): void {
  const migrations = JSON.parse(assetText('migrations.json')) as Migration[];
  const applied = () => Number(database.pragma('user_version', { simple: true }));
  refuseNewerSchema(applied(), migrations.length, path);
  if (applied() === migrations.length) return;
  if (applied() > 0) {
    refuseWhileInUse(database, path, lockFolder);
    backUpBefore(database, path, applied());
  }
  for (;;) {
    // Each in its own transaction that looks again: another process may be migrating at this moment.
    database.exec('begin immediate');
    try {
      const next = migrations[applied()];
      if (next !== undefined) {
        database.exec(next.sql);
        database.pragma(`user_version = ${applied() + 1}`);
      }
      crashPoint('in-migration');
      database.exec('commit');
      crashPoint('after-migration');
      if (next === undefined) return;
    } catch (error) {
      if (database.inTransaction) database.exec('rollback');
      throw error;
    }
  }
}

/** Where the copy lies that was made before the file got this schema. */
function backupPath(path: string, schema: number): string {
  return `${path}.before-schema-${schema}`;
}

function refuseNewerSchema(applied: number, known: number, path: string): void {
  if (applied <= known) return;
  throw new WeirError(
    'newer-schema',
    `${path} was made by a newer Weir (its schema is ${applied}, this one knows ${known})`,
    { hint: 'use the newer executable, or another database with --db PATH' },
  );
}

/** Whoever uses the file knows its former schema only: it would go on writing by rules that are no more. */
function refuseWhileInUse(database: Database, path: string, lockFolder: string): void {
  const processes = createProcesses(database, lockFolder);
  const [user] = processes.living();
  if (user === undefined) return;
  const what = user.role === 'server' ? 'a server' : 'a run';
  throw new WeirError(
    'version-mismatch',
    `${path} is in use by ${what} of Weir ${user.version} (pid ${user.pid} on ${user.host}), and this Weir would have to change its schema`,
    { hint: `stop it first (kill ${user.pid}), or use another file with --db PATH` },
  );
}

function backUpBefore(database: Database, path: string, applied: number): void {
  const copy = backupPath(path, applied + 1);
  if (existsSync(copy)) return;
  // Half a copy must never pass for one; and `vacuum into` writes through SQLite, because copying the file with fs
  // would drop this process's locks on it.
  const half = `${copy}.${process.pid}`;
  rmSync(half, { force: true });
  database.prepare('vacuum into ?').run(half);
  renameSync(half, copy);
  crashPoint('after-backup');
}
