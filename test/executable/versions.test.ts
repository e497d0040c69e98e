/**
 * F10: two versions of Weir on one file: nobody changes the schema under a living process that knows only the former, and
 * what an older version has left keeps its meaning.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { expect, test } from 'vitest';
import { root } from '../support/prepare.mjs';
import { type RunJson, weirWorld } from '../support/weir.ts';

const FLOW = "import { flow } from 'weir';\nexport default flow({ name: 'good' }, async () => 'done');\n";

test('F10 a file of an older schema is left as it is while a process of the older Weir lives (exit code 7), then upgraded', async () => {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  world.write('data/note', '');
  const database = firstSchema(world.db);
  database.exec(`insert into processes (boot_id, role, pid, host, version, started_at)
    values ('older', 'server', 4711, 'elsewhere', '0.0.9', 0)`);
  mkdirSync(`${world.db}.files/locks`, { recursive: true });
  const life = new SqliteDatabase(`${world.db}.files/locks/older.lock`);
  life.pragma('journal_mode = memory');
  life.exec('begin exclusive');

  for (const args of [['run', 'flow.ts'], ['runs'], ['resume'], ['up', '.', '--port', '0']]) {
    const { code, stdout, stderr } = await world.weir(args);
    expect({ code, stdout }, stderr).toEqual({ code: 7, stdout: '' });
    expect(stderr).toContain(`${world.db} is in use by a server of Weir 0.0.9 (pid 4711 on elsewhere)`);
    expect(stderr).toContain('kill 4711');
  }
  expect(database.pragma('user_version', { simple: true })).toBe(1);
  expect(existsSync(`${world.db}.before-schema-2`)).toBe(false);
  database.close();

  life.close();
  expect(await world.weir(['run', 'flow.ts'])).toMatchObject({ code: 0, stdout: 'done\n' });
  expect(world.rows<{ user_version: number }>('pragma user_version')[0]?.user_version).toBeGreaterThan(1);
  expect(existsSync(`${world.db}.before-schema-2`)).toBe(true);
  expect(world.rows("select ended_why as why from processes where boot_id = 'older'")).toEqual([{ why: 'died' }]);
});

/** What first-schema-rows.sql was made with: results of its tasks are reused only where their code is the same. */
const NIGHTLY = `import { existsSync } from 'node:fs';
import { artifact, flow, log, models, task, z } from 'weir';

const fetch = task({ name: 'fetch', occupies: { disk: 1 } }, async (n: number) => {
  log.info('fetching', { n });
  return { rows: n };
});
const measure = task({ name: 'measure', cache: { key: () => 'always' } }, async (n: number) => n);
const train = task({ name: 'train', retries: 1, retryDelay: 0 }, async (data: { rows: number }) => {
  if (existsSync('hangs')) await new Promise((done) => setTimeout(done, 600_000));
  if (existsSync('fails')) throw new Error('no luck');
  return data.rows * 2;
});

export default flow(
  { name: 'nightly', schedule: '0 2 * * *', tags: ['old'], concurrencyLimits: { disk: 1 }, params: z.object({ n: z.number().default(3) }) },
  async ({ n }) => {
    const data = fetch(n);
    await measure(n);
    artifact.table([{ n }], { key: 'made' });
    const twice = await train(data);
    await models.register('doubler', { twice }, { metrics: { twice } });
    return twice;
  },
);
`;

test('F10 rows of an older schema keep their meaning: finished tasks are reused, what failed or was interrupted goes on', async () => {
  const world = weirWorld();
  world.write('flow.ts', NIGHTLY);
  world.write('data/note', '');
  const database = firstSchema(world.db);
  const rows = readFileSync(join(import.meta.dirname, 'first-schema-rows.sql'), 'utf8');
  database.exec(rows.replaceAll('{folder}', world.folder));
  database.close();

  const show = async (id: number) => JSON.parse((await world.weir(['show', String(id), '--json'])).stdout) as RunJson;
  expect(await show(1)).toMatchObject({ state: { name: 'Completed' }, params: { n: 1 }, tags: ['old'], result: 2 });
  expect(await show(3)).toMatchObject({ state: { name: 'AwaitingResume' }, attempt: 1 });
  expect((await world.weir(['logs', '2', 'train'])).stdout).toContain('Error: no luck');
  expect((await world.weir(['artifact', 'get', '1', 'made'])).stdout).toBe('[{"n":1}]');
  expect((await world.weir(['concurrency-limit', 'ls'])).stdout).toMatch(/^disk +1 +0 +flow/m);

  expect(await world.weir(['resume', '3'])).toMatchObject({ code: 0, stdout: '6\n' });
  expect(await world.weir(['retry', '2'])).toMatchObject({ code: 0, stdout: '4\n' });
  const tasks = ['fetch', 'measure', 'train'];
  for (const id of [2, 3]) {
    const run = await show(id);
    expect(run).toMatchObject({ state: { name: 'Completed' }, attempt: 2 });
    // What the first attempt has finished was called again, and not executed again.
    expect((await world.weir(['logs', String(id)])).stdout.match(/fetching/g)).toHaveLength(1);
    expect(run.tasks.map(({ name }) => name)).toEqual(tasks);
  }
  // The cache of the older version still answers, and its model versions are counted on.
  expect(await world.weir(['run', 'flow.ts', '-p', 'n=9'])).toMatchObject({ code: 0, stdout: '18\n' });
  expect((await show(4)).tasks.map(({ state }) => state.name)).toEqual(['Completed', 'Cached', 'Completed']);
  expect(world.rows('select max(version) as newest from model_versions')).toEqual([{ newest: 4 }]);
});

function firstSchema(path: string): SqliteDatabase.Database {
  const database = new SqliteDatabase(path);
  database.pragma('journal_mode = wal');
  database.exec(readFileSync(join(root, 'migrations', '0001_initial.sql'), 'utf8'));
  database.pragma('user_version = 1');
  return database;
}
