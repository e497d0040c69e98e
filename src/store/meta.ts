/** What is true of the file as a whole, by name. */
import type { Database } from './database.ts';

export function createMeta(database: Database) {
  const get = database.prepare('select value from meta where key = :key').pluck();
  const set = database.prepare(
    'insert into meta (key, value) values (:key, :value) on conflict (key) do update set value = excluded.value',
  );

  return {
    get: (key: string): string | null => (get.get({ key }) as string | undefined) ?? null,
    set(key: string, value: string): void {
      set.run({ key, value });
    },
  };
}
