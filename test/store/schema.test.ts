/** The schema that all migrations together make, against the golden dump: a change of it is seen in every review. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';

const GOLDEN = join(import.meta.dirname, '..', 'schema.sql');

test('the schema is the one in test/schema.sql (WEIR_TEST_UPDATE=1 writes it anew)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-schema-'));
  try {
    const database = openDatabase(join(folder, 'weir.db'));
    const dump = database
      .prepare(
        "select sql from sqlite_schema where sql is not null and name not like 'sqlite_%' order by type desc, name",
      )
      .pluck()
      .all()
      .join(';\n\n');
    database.close();
    if (process.env.WEIR_TEST_UPDATE === '1') writeFileSync(GOLDEN, `${dump};\n`);
    expect(`${dump};\n`).toBe(readFileSync(GOLDEN, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('every table is STRICT, so that no column holds what it must not', () => {
  const tables = readFileSync(GOLDEN, 'utf8')
    .split(';\n\n')
    .filter((statement) => /^create table/i.test(statement));
  expect(tables.filter((statement) => !/\)\s*strict(\s*,\s*without rowid)?\s*;?\s*$/i.test(statement))).toEqual([]);
});
