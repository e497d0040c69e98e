/** Files that `weir up` cannot deploy as they are now, and why. */
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

export interface BrokenFileRow {
  readonly path: string;
  readonly message: string;
  readonly hint: string | null;
  readonly sinceAt: number;
}

// Still broken, perhaps otherwise: it has been broken since the first time.
const PUT = `
  insert into broken_files (path, message, hint, since_at)
  values (:path, :message, :hint, :now)
  on conflict (path) do update set message = excluded.message, hint = excluded.hint`;
const REMOVE = 'delete from broken_files where path = :path';
const ALL = 'select path, message, hint, since_at as sinceAt from broken_files order by path';

export function createBrokenFiles(database: Database) {
  const statement = lazyStatements(database);

  return {
    put(path: string, message: string, hint: string | null, now: number): void {
      statement(PUT).run({ path, message, hint, now });
    },
    remove(path: string): void {
      statement(REMOVE).run({ path });
    },
    all: (): BrokenFileRow[] => statement(ALL).all({}) as BrokenFileRow[],
  };
}
