/** A new database begins as the empty one that the executable carries, and is what the migrations make. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { makeNewFile, makeNewFileAhead } from '../../src/store/new-file.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-new-file-'));
  path = join(folder, 'weir.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a new file is the same as one that the migrations have made', () => {
  const placed = describeAndClose(openDatabase(path));
  const migratedPath = join(folder, 'migrated.db');
  // An empty file that is there already is filled by SQLite.
  writeFileSync(migratedPath, '');
  const migrated = describeAndClose(openDatabase(migratedPath));
  expect(placed).toEqual(migrated);
  expect(placed).toMatchObject({ page_size: 8192, auto_vacuum: 2, journal_mode: 'wal', quick_check: 'ok' });
  expect(readdirSync(folder).sort()).toEqual(['migrated.db', 'weir.db']);
});

test('a file that somebody else has made meanwhile stays theirs', () => {
  writeFileSync(path, 'theirs');
  makeNewFile(path);
  expect(readFileSync(path, 'utf8')).toBe('theirs');
  expect(readdirSync(folder)).toEqual(['weir.db']);
});

test('made ahead, it is the same, and replaces nothing', async () => {
  await makeNewFileAhead(path);
  const ahead = readFileSync(path);
  expect(readdirSync(folder)).toEqual(['weir.db']);
  await makeNewFileAhead(path);
  rmSync(path);
  makeNewFile(path);
  expect(readFileSync(path).equals(ahead)).toBe(true);
  const lost = join(folder, 'lost.db');
  writeFileSync(`${lost}-wal`, 'the log of a file that was taken away');
  await makeNewFileAhead(lost);
  await makeNewFileAhead(join(folder, 'nowhere', 'weir.db'));
  expect(readdirSync(folder).sort()).toEqual(['lost.db-wal', 'weir.db']);
});

test('where no file can be made, that is left to SQLite to say', () => {
  makeNewFile(join(folder, 'nowhere', 'weir.db'));
  expect(readdirSync(folder)).toEqual([]);
});

function describeAndClose(database: Database) {
  const pragmas = [
    'page_size',
    'auto_vacuum',
    'journal_mode',
    'user_version',
    'application_id',
    'encoding',
    'quick_check',
  ];
  const values = pragmas.map((name) => [name, database.pragma(name, { simple: true })]);
  const schema = database.prepare('select type, name, tbl_name, sql from sqlite_schema order by type, name').all();
  database.close();
  return { ...Object.fromEntries(values), schema };
}
