/** What the mark tells: a file whose log was taken away is refused, one that was closed by any program is not. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import SqliteDatabase from 'better-sqlite3';
import { expect, onTestFinished, test, vi } from 'vitest';
import { awakeMs } from '../../src/model/awake-clock.ts';
import { openDatabase } from '../../src/store/database.ts';
import { createLogMark, MARKED_AFTER_MS } from '../../src/store/log-mark.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { openStore } from '../../src/store/store.ts';
import { createWriter } from '../../src/store/writer.ts';

const clock = vi.hoisted(() => ({ stoppedAt: null as number | null }));
vi.mock('../../src/model/awake-clock.ts', async (original) => {
  const real = await original<{ awakeMs(): number }>();
  return { awakeMs: () => clock.stoppedAt ?? real.awakeMs() };
});

function files() {
  const folder = mkdtempSync(join(tmpdir(), 'weir-log-mark-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return { path: join(folder, 'weir.db'), cut: join(folder, 'cut.db') };
}

/** As a kill leaves it: the file with its log, or without. */
function leave(from: string, to: string, withLog: boolean): void {
  copyFileSync(from, to);
  rmSync(`${to}-wal`, { force: true });
  if (withLog) copyFileSync(`${from}-wal`, `${to}-wal`);
}

/** Its next commit marks it. */
async function openForLong(path: string) {
  const opened = open(path);
  await setTimeout(MARKED_AFTER_MS + 1);
  return opened;
}

function open(path: string) {
  const database = openDatabase(path);
  const writer = createWriter(database);
  const note = (text: string) =>
    writer.write(() => database.prepare('insert or replace into meta values (?, ?)').run('noted', text));
  const noted = () =>
    database.prepare("select value from meta where key = 'noted'").pluck().get() as string | undefined;
  const mark = () => database.prepare("select value from meta where key = 'log'").pluck().get();
  return { database, writer, note, noted, mark };
}

test('a file whose log is gone is refused at every moment after the first commit, and opens at every moment with it', async () => {
  const { path, cut } = files();
  const { database, writer, note } = await openForLong(path);
  // The log is put into the file several times meanwhile.
  for (let round = 0; round < 60; round++) {
    await note(`${round} ${'x'.repeat(400_000)}`);
    leave(path, cut, true);
    const whole = open(cut);
    expect(whole.noted()?.split(' ')[0]).toBe(String(round));
    whole.database.close();
    leave(path, cut, false);
    expect(() => openDatabase(cut), `round ${round}`).toThrow(/lacks its newest rows/);
  }
  expect(statSync(`${path}-wal`).size).toBeLessThan(60 * 400_000);
  await writer.stop();
  database.close();
  expect(existsSync(`${path}-wal`)).toBe(false);
  leave(path, cut, false);
  openDatabase(cut).close();
});

test('somebody who reads while the log should go into the file only puts it off', async () => {
  const { path, cut } = files();
  const { database, writer, note } = await openForLong(path);
  // By the same library: another copy of it in this process would not see the reader's lock.
  const reader = openSqlite(path, { readonly: true });
  reader.exec('begin');
  reader.prepare('select count(*) from meta').get();
  await note('while somebody reads');
  const inFile = () => {
    leave(path, cut, false);
    const plain = new SqliteDatabase(cut);
    const mark = plain.prepare("select value from meta where key = 'log'").pluck().get();
    plain.close();
    return mark;
  };
  expect(inFile()).toBeUndefined();
  reader.exec('commit');
  reader.close();
  await vi.waitFor(() => expect(inFile()).toBe('relies'), 10_000);
  leave(path, cut, false);
  expect(() => openDatabase(cut)).toThrow(/lacks its newest rows/);
  await writer.stop();
  database.close();
  leave(path, cut, false);
  openDatabase(cut).close();
});

test('a log that was begun anew and holds no whole commit is none that was lost', async () => {
  const { path, cut } = files();
  const { note } = await openForLong(path);
  await note('one');
  // All of the log is in the file: this begins it anew.
  await note('two');
  leave(path, cut, true);
  const log = readFileSync(`${cut}-wal`);
  const page = log.readUInt32BE(8);
  // As its writer left it, killed behind the header, within the first page, or with that page and no commit.
  for (const length of [32, 32 + 24, 32 + 24 + page - 1]) {
    leave(path, cut, false);
    writeFileSync(`${cut}-wal`, log.subarray(0, length));
    const isCommitAlone = length > 32 && log.readUInt32BE(32 + 4) > 0;
    if (isCommitAlone) continue;
    const opened = open(cut);
    expect([length, opened.noted()]).toEqual([length, 'one']);
    opened.database.close();
  }
  // With a commit in it that cannot be read, rows are lost.
  leave(path, cut, false);
  const damaged = Buffer.from(log);
  damaged.fill(0xab, 32 + 24 + 100, 32 + 24 + 200);
  writeFileSync(`${cut}-wal`, damaged);
  expect(() => openDatabase(cut)).toThrow(/lacks its newest rows/);
});

test.each(['an empty log', 'a log of other bytes'])('%s is no log', async (what) => {
  const { path, cut } = files();
  const { database, note } = await openForLong(path);
  await note('one');
  await note('two');
  leave(path, cut, false);
  writeFileSync(`${cut}-wal`, what === 'an empty log' ? '' : 'damage'.repeat(10_000));
  expect(() => openDatabase(cut)).toThrow(/lacks its newest rows/);
  if (what !== 'an empty log') expect(statSync(`${cut}-wal`).size).toBe(60_000);
  database.close();
});

test('a file that was killed and then closed by another program opens with all its rows', async () => {
  const { path, cut } = files();
  const { database, note } = await openForLong(path);
  await note('one');
  await note('two');
  leave(path, cut, true);
  database.close();
  // It puts the log into the file and removes it, as every SQLite does that closes a file last.
  const other = new SqliteDatabase(cut);
  expect(other.prepare('select count(*) from meta').pluck().get()).toBeGreaterThan(0);
  other.close();
  expect(existsSync(`${cut}-wal`)).toBe(false);
  const again = open(cut);
  expect(again.noted()).toBe('two');
  again.database.close();
});

test('the mark is set soon after the file was opened, and says all that it has to say without another write', async () => {
  const { path, cut } = files();
  const { database, note, mark } = open(path);
  await note('one');
  await expect.poll(mark, { timeout: 90_000 }).toBe('whole');
  leave(path, cut, false);
  expect(() => openDatabase(cut)).toThrow(/lacks its newest rows/);
  leave(path, cut, true);
  database.close();
  const again = open(cut);
  expect(again.noted()).toBe('one');
  again.database.close();
});

test('who closes the file last says what a writer left unsaid that was killed', async () => {
  const { path } = files();
  const killed = await openForLong(path);
  const looker = openStore(path);
  await killed.note('one');
  expect(killed.mark()).toBe('relies');
  // Without its last words, as a kill would leave it; its log stays with the other.
  killed.database.close();
  expect(existsSync(`${path}-wal`)).toBe(true);
  looker.close();
  expect(existsSync(`${path}-wal`)).toBe(false);
  const again = open(path);
  expect(again.noted()).toBe('one');
  again.database.close();
});

test('a short run writes no mark: closing puts all that it wrote into the file', async () => {
  const { path, cut } = files();
  clock.stoppedAt = awakeMs();
  onTestFinished(() => {
    clock.stoppedAt = null;
  });
  const { database, writer, note, mark } = open(path);
  await note('one');
  expect(mark()).toBeUndefined();
  await writer.stop();
  database.close();
  leave(path, cut, false);
  const again = open(cut);
  expect([again.noted(), again.mark()]).toEqual(['one', undefined]);
  again.database.close();
});

test('one process opens the file again and again while another writes all along, and is never refused', async () => {
  const { path } = files();
  const { database, writer, note } = await openForLong(path);
  let over = false;
  const writing = (async () => {
    for (let round = 0; !over; round++) await note(`${round} ${'x'.repeat(400_000)}`);
  })();
  for (let round = 0; round < 100; round++) {
    openDatabase(path).close();
    await new Promise((resolve) => setImmediate(resolve));
  }
  over = true;
  await writing;
  await writer.stop();
  database.close();
});

test('a mark that cannot be written is not tried again at once', async () => {
  const { path } = files();
  const { database } = open(path);
  clock.stoppedAt = awakeMs();
  onTestFinished(() => {
    clock.stoppedAt = null;
    database.close();
  });
  const mark = createLogMark(database);
  expect(mark.owedWithinMs).toBeCloseTo(MARKED_AFTER_MS);
  clock.stoppedAt += MARKED_AFTER_MS;
  database.exec('drop table meta');
  expect(() => mark.beforeCommit()).toThrow('no such table');
  expect(mark.owedWithinMs).toBeGreaterThan(100);
});
