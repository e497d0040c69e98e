/** F9: a file that was damaged after its process was killed: every command refuses it, says what to do, changes nothing. */
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { expect, test } from 'vitest';
import { type World, waitFor, weirWorld } from '../support/weir.ts';

const STUCK = `
  import { flow, task } from 'weir';
  const wait = task({ name: 'wait' }, async () => {
    console.log('entered');
    await new Promise((done) => setTimeout(done, 1e8));
  });
  export default flow({ name: 'stuck' }, async () => { await wait(); });`;

const COMMANDS = [['run', 'flow.ts'], ['runs'], ['show'], ['logs'], ['resume'], ['up', '.', '--port', '0']];

const PAGE = 8192;

/** What is done to the file of a killed run, and what every command then says. */
const DAMAGES: Readonly<Record<string, readonly [damage: (db: string) => void, says: readonly string[]]>> = {
  'its header overwritten': [(db) => overwrite(db, 0, 100), ['is damaged or no Weir database', 'restore a backup']],
  'pages in the middle overwritten': [
    (db) => overwrite(db, 4 * PAGE, 20 * PAGE),
    ['is damaged or no Weir database', 'restore a backup', '.recover'],
  ],
  'its tail cut off': [
    (db) => cut(db, Math.floor(statSync(db).size / 2)),
    ['is damaged or no Weir database', 'restore a backup', '.recover'],
  ],
  'its log taken away': [(db) => rmSync(`${db}-wal`), ['lacks its newest rows', 'put weir.db-wal back']],
  'its log and shared memory taken away': [
    (db) => {
      rmSync(`${db}-wal`);
      rmSync(`${db}-shm`);
    },
    ['lacks its newest rows', 'put weir.db-wal back'],
  ],
  'its log emptied': [(db) => cut(`${db}-wal`, 0), ['lacks its newest rows', 'restore a backup']],
  'its log overwritten': [(db) => overwrite(`${db}-wal`, 0, 100), ['lacks its newest rows', 'restore a backup']],
  'nothing left of it but its log': [(db) => cut(db, 0), ['is empty, but its write-ahead log lies there']],
  'only its log left': [(db) => rmSync(db), ['is missing, but its write-ahead log lies there']],
};

test.each(Object.entries(DAMAGES))(
  'F9 a killed database with %s is refused by every command, and left as it is',
  async (_, [damage, says]) => {
    const world = await killedWorld();
    damage(world.db);
    const before = contents(world.db);
    for (const args of COMMANDS) await expectRefused(world, args, says);
    expect(contents(world.db)).toEqual(before);
  },
);

test('F9 a log that was put back, or is said to be lost, lets the file be used again', async () => {
  const world = await killedWorld();
  renameSync(`${world.db}-wal`, join(world.folder, 'kept'));
  await expectRefused(world, ['runs'], ['put weir.db-wal back']);
  renameSync(join(world.folder, 'kept'), `${world.db}-wal`);
  expect((await world.runs())[0]).toMatchObject({ id: 1, state: { name: 'AwaitingResume' } });

  const again = await killedWorld();
  rmSync(`${again.db}-wal`);
  const { stderr } = await again.weir(['runs']);
  const [, statement = ''] = /sqlite3 \S+ "(delete .*)"/.exec(stderr) ?? [];
  const database = new SqliteDatabase(again.db);
  database.exec(statement);
  database.close();
  expect(await again.weir(['runs'])).toMatchObject({ code: 0 });
});

test('F9 a killed database that another program read and closed is as good as before', async () => {
  const world = await killedWorld();
  const database = new SqliteDatabase(world.db);
  expect(database.prepare('select count(*) from flow_runs').pluck().get()).toBe(1);
  database.close();
  expect(existsSync(`${world.db}-wal`)).toBe(false);
  expect((await world.runs())[0]).toMatchObject({ id: 1, state: { name: 'AwaitingResume' } });
});

test('F9 an emptied file is not taken for a new one, and the copy from before an upgrade is named', async () => {
  const world = weirWorld();
  world.write('flow.ts', STUCK.replace('1e8', '1'));
  expect(await world.weir(['run', 'flow.ts'])).toMatchObject({ code: 0 });
  world.write('data/weir.db.before-schema-2', 'a copy');
  world.write('data/weir.db.before-schema-10', 'a newer copy');
  cut(world.db, 0);
  for (const args of COMMANDS)
    await expectRefused(world, args, ['is empty, but was in use before', `${world.db}.before-schema-10`]);
  expect(statSync(world.db).size).toBe(0);
  // Whoever wants a new one says so.
  rmSync(world.db);
  expect(await world.weir(['run', 'flow.ts'])).toMatchObject({ code: 0 });
});

test("F9 another program's database is not written to", async () => {
  const world = weirWorld();
  world.write('flow.ts', STUCK);
  for (const version of [0, 1, 1000]) {
    rmSync(dirname(world.db), { recursive: true, force: true });
    world.write('data/weir.db', '');
    const database = new SqliteDatabase(world.db);
    database.exec(`create table notes (text); insert into notes values ('mine'); pragma user_version = ${version}`);
    database.close();
    const before = readFileSync(world.db);
    for (const args of COMMANDS) await expectRefused(world, args, ['is a database of another program', '--db PATH']);
    expect(readFileSync(world.db).equals(before)).toBe(true);
  }
});

test.each(['file', 'folder'])('F9 a database whose %s may not be written is told, with what to do', async (what) => {
  const world = weirWorld();
  world.write('flow.ts', STUCK.replace('1e8', '1'));
  // The superuser may write everything; others are somebody anyway.
  const user = process.getuid?.() === 0 ? { uid: 54_321 } : {};
  const options = { ...user, env: { HOME: '/' } };
  for (const folder of [world.folder, join(world.folder, 'tmp')]) chmodSync(folder, 0o777);
  rmSync(join(world.folder, 'cache'), { recursive: true, force: true });
  expect(await world.weir(['run', 'flow.ts'], options)).toMatchObject({ code: 0 });
  const place = what === 'file' ? world.db : dirname(world.db);
  chmodSync(place, what === 'file' ? 0o444 : 0o555);
  for (const args of COMMANDS) {
    const { code, stdout, stderr } = await world.weir(args, options);
    expect({ code, stdout }, `${args.join(' ')}: ${stderr}`).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`the database ${world.db} cannot be opened for writing`);
    expect(stderr).toContain('--db PATH');
  }
  chmodSync(place, 0o777);
  expect(await world.weir(['runs'], options)).toMatchObject({ code: 0 });
});

/** A world whose only run was killed in the middle: its file has a log beside it that holds what is newest, and says so. */
async function killedWorld(): Promise<World> {
  const world = weirWorld();
  world.write('flow.ts', STUCK);
  const running = world.start(['run', 'flow.ts']);
  await waitFor(
    'the task to run',
    () => world.rows("select 1 from task_runs where state_type = 'RUNNING'").length === 1,
  );
  // Whoever looked for the task may have kept it out of the file for a moment.
  await waitFor('the file to say that it relies on its log', () => markInFile(world) === 'relies');
  running.kill('SIGKILL');
  await running.ended;
  expect(statSync(`${world.db}-wal`).size).toBeGreaterThan(0);
  return world;
}

/** What the file says without its log. */
function markInFile(world: World): unknown {
  const copy = join(world.folder, 'without-log.db');
  copyFileSync(world.db, copy);
  const database = new SqliteDatabase(copy);
  try {
    return database.prepare("select value from meta where key = 'log'").pluck().get();
  } finally {
    database.close();
    for (const end of ['', '-wal', '-shm']) rmSync(`${copy}${end}`, { force: true });
  }
}

async function expectRefused(world: World, args: readonly string[], says: readonly string[]): Promise<void> {
  const { code, signal, stdout, stderr } = await world.weir(args);
  expect({ code, signal, stdout }, `${args.join(' ')}: ${stderr}`).toEqual({ code: 1, signal: null, stdout: '' });
  for (const part of [world.db, ...says]) expect(stderr).toContain(part);
  expect(stderr).not.toMatch(/entered|should not have happened|^\s+at .*:\d+:\d+\)?$/m);
  expect(stderr.trimEnd().split('\n').length, stderr).toBeLessThanOrEqual(4);
}

/** The file and its log, byte for byte. */
function contents(db: string): Record<string, string> {
  const names = readdirSync(dirname(db)).filter((name) => [basename(db), `${basename(db)}-wal`].includes(name));
  // An empty log is no log.
  const full = names.filter((name) => statSync(join(dirname(db), name)).size > 0);
  return Object.fromEntries(full.map((name) => [name, readFileSync(join(dirname(db), name), 'base64')]));
}

function overwrite(path: string, from: number, length: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(length, 'damage'), 0, length, from);
  closeSync(file);
}

function cut(path: string, size: number): void {
  if (!existsSync(path)) writeFileSync(path, '');
  const file = openSync(path, 'r+');
  ftruncateSync(file, size);
  closeSync(file);
}
