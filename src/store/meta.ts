/** What is true of the file as a whole, by name. */
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

const GET = 'select value from meta where key = :key';
const SET = `
  insert into meta (key, value)
  values (:key, :value)
  on conflict (key) do update set value = excluded.value`;

export function createMeta(database: Database) {
  const statement = lazyStatements(database);

  return {
    get: (key: string): string | null => (statement(GET).pluck().get({ key }) as string | undefined) ?? null,
    set(key: string, value: string): void {
      statement(SET).run({ key, value });
    },
  };
}
