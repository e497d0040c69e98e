import { expect, test } from 'vitest';
import { openSqlite, refuseOldSqlite } from '../../src/store/sqlite.ts';

test.each(['3.51.2', '3.50.99', '3.8.11.1', '2.99.99', ''])('F10 SQLite %s is refused with a sentence', (version) => {
  expect(() => refuseOldSqlite(version)).toThrow(`SQLite ${version} is too old: before 3.51.3`);
});

test.each(['3.51.3', '3.51.10', '3.52.0', '3.54.1', '4.0.0'])('SQLite %s may be used', (version) => {
  expect(() => refuseOldSqlite(version)).not.toThrow();
});

test('the SQLite that is carried along may be used', () => {
  const database = openSqlite(':memory:');
  refuseOldSqlite(String(database.prepare('select sqlite_version()').pluck().get()));
  database.close();
});
