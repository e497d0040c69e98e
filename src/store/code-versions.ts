/**
 * Code versions: the files that runs were loaded from, kept once for each hash, as the runner packed them.
 * Nothing here looks into them.
 */
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

const PUT = `
  insert into code_versions (hash, files, created_at)
  values (:hash, :files, :now)
  on conflict (hash) do nothing`;

const HAS = 'select 1 from code_versions where hash = :hash';

const FILES = 'select files from code_versions where hash = :hash';

export function createCodeVersions(database: Database) {
  const statement = lazyStatements(database);

  return {
    put(hash: string, files: Uint8Array, now: number): void {
      statement(PUT).run({ hash, files, now });
    },
    has: (hash: string): boolean => statement(HAS).get({ hash }) !== undefined,
    /** The packed files; null when they were not kept. */
    filesOf: (hash: string): Uint8Array | null =>
      (statement(FILES).pluck().get({ hash }) as Uint8Array | undefined) ?? null,
  };
}
