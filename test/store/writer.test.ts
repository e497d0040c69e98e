import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { createWriter } from '../../src/store/writer.ts';

let folder: string;
let database: Database;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-writer-'));
  database = openDatabase(join(folder, 'weir.db'));
  database.exec('create table noted (n integer primary key) strict');
});

afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const note = (n: number) => () => database.prepare('insert into noted (n) values (?)').run(n).changes;
const noted = () => database.prepare('select n from noted order by n').pluck().all();

describe('the writer', () => {
  test('commits what arrives in one turn together', async () => {
    const writer = createWriter(database);
    const other = openSqlite(join(folder, 'weir.db'));
    const before = other.pragma('data_version', { simple: true }) as number;
    await Promise.all([writer.write(note(1)), writer.write(note(2)), writer.write(note(3))]);
    // data_version grows by one for each commit of another connection.
    expect((other.pragma('data_version', { simple: true }) as number) - before).toBe(1);
    other.close();
    expect(noted()).toEqual([1, 2, 3]);
  });

  test('gives what the work gave, and only after its commit', async () => {
    const writer = createWriter(database);
    const other = openSqlite(join(folder, 'weir.db'));
    const seen = writer
      .write(note(1))
      .then((changes) => [changes, other.prepare('select count(*) from noted').pluck().get()]);
    expect(await seen).toEqual([1, 1]);
    other.close();
  });

  test('rejects only the guilty promise of a batch, and keeps nothing of its work', async () => {
    const writer = createWriter(database);
    const guilty = writer.write(() => {
      note(2)();
      throw new Error('half done');
    });
    const outcomes = await Promise.allSettled([writer.write(note(1)), guilty, writer.write(note(3))]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(noted()).toEqual([1, 3]);
  });

  test('waits for a lock of another process without stopping the event loop', async () => {
    const writer = createWriter(database);
    const other = openSqlite(join(folder, 'weir.db'));
    other.exec('begin immediate');
    let turns = 0;
    const counting = setInterval(() => turns++, 1);
    let done = false;
    const written = writer.write(note(1)).then(() => {
      done = true;
    });
    while (turns < 20) await new Promise((resolve) => setImmediate(resolve));
    expect(done).toBe(false);
    other.exec('rollback');
    await written;
    clearInterval(counting);
    other.close();
    expect(noted()).toEqual([1]);
  });

  test('tells every caller of a batch that could not be committed, and nothing of it stays', async () => {
    const writer = createWriter(database);
    // As many pages as there are: the next one is "disk full".
    database.pragma(`max_page_count = ${database.pragma('page_count', { simple: true })}`);
    const large = () => {
      database.exec('create table if not exists large (text text)');
      return database.prepare('insert into large (text) values (?)').run('x'.repeat(200_000)).changes;
    };
    const outcomes = await Promise.allSettled([writer.write(note(1)), writer.write(large), writer.write(note(2))]);
    expect(outcomes[1]?.status).toBe('rejected');
    const kept = outcomes.flatMap((outcome, position) =>
      outcome.status === 'fulfilled' && position !== 1 ? [position === 0 ? 1 : 2] : [],
    );
    expect(noted()).toEqual(kept);
    database.pragma('max_page_count = 1000000');
    await writer.write(note(9));
    expect(noted()).toContain(9);
  });

  test('commits what is left when it stops, and refuses what comes later', async () => {
    const writer = createWriter(database);
    const last = writer.write(note(1));
    await writer.stop();
    await last;
    await expect(writer.write(note(2))).rejects.toThrow('stopped');
    expect(noted()).toEqual([1]);
  });

  test('writes with every page of a commit on the disk before it says so', () => {
    expect(database.pragma('synchronous', { simple: true })).toBe(2);
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
  });
});
