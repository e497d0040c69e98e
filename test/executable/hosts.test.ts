/** Code that takes its process down, keeps its thread, or writes where results belong: `weir up` and `weir run` live on. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Running, type World, waitFor, weirWorld } from '../support/weir.ts';

const EVERY_SECOND = "schedule: { cron: '* * * * * *', seconds: true }";

/** Its first run, and no other, kills the process that it is in, each time, once the bystander is aboard. */
const KILLER = `
  import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
  import { context, flow, task } from 'weir';
  const kill = task({ name: 'kill' }, async () => {
    const { dir, flowRun } = context();
    if (!existsSync(dir + '/killer')) writeFileSync(dir + '/killer', String(flowRun.id));
    if (readFileSync(dir + '/killer', 'utf8') !== String(flowRun.id)) return;
    while (!existsSync(dir + '/aboard')) await new Promise((done) => setTimeout(done, 5));
    appendFileSync(dir + '/kills', 'kill\\n');
    process.kill(process.pid, 'SIGKILL');
  });
  export default flow({ name: 'killer', ${EVERY_SECOND} }, async () => { await kill(); });`;

const BYSTANDER = `
  import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
  import { context, flow, task } from 'weir';
  const first = task({ name: 'first' }, () => appendFileSync(context().dir + '/firsts', 'first ' + context().flowRun.id + '\\n'));
  const wait = task({ name: 'wait' }, async () => {
    writeFileSync(context().dir + '/aboard', '');
    while (!existsSync(context().dir + '/go')) await new Promise((done) => setTimeout(done, 5));
  });
  export default flow({ name: 'bystander', ${EVERY_SECOND} }, async () => { await first(); await wait(); return 'safe'; });`;

interface RunRow {
  readonly id: number;
  readonly state: string;
  readonly crashes: number;
  readonly isolated: number;
}

test('F11 F16 a run that kills the server is Crashed in a process of its own; a bystander is not charged', async () => {
  const world = weirWorld();
  world.write('flows/killer.ts', KILLER);
  world.write('flows/bystander.ts', BYSTANDER);
  const first = await up(world);
  expect((await first.server.ended).signal).toBe('SIGKILL');

  const second = await up(world);
  const killer = await waitFor('the killer to be parked', () => firstRun(world, 'killer', 'Crashed'));
  // Together with the bystander it was not charged; alone it was, three times.
  expect(world.lines('flows/kills')).toHaveLength(4);
  expect(killer.crashes).toBe(3);
  world.write('flows/go', '');
  const bystander = await waitFor('the bystander to complete', () => firstRun(world, 'bystander', 'Completed'));
  expect(bystander).toMatchObject({ crashes: 0, isolated: 0 });
  expect(await world.show(bystander.id)).toMatchObject({ result: 'safe', attempt: 2 });
  expect(world.lines('flows/firsts').filter((line) => line === `first ${bystander.id}`)).toHaveLength(1);
  expect((await fetch(`${second.url}/health`)).status).toBe(200);
});

test('F11 a server answers while runs keep their threads, and ends them by their time limits', async () => {
  const world = weirWorld();
  world.write(
    'flows/loop.ts',
    `import { flow } from 'weir';
     export default flow({ name: 'loop', timeout: '2s', ${EVERY_SECOND} }, () => { for (;;); });`,
  );
  const { url } = await up(world);
  // Any of them: each runs for two seconds only.
  const running = "select 1 from flow_runs where flow = 'loop' and state_name = 'Running'";
  await waitFor('the loop to run', () => world.rows(running).length > 0);
  for (const path of ['/health', '/']) expect((await fetch(url + path)).status).toBe(200);
  await waitFor('the loop to be ended', () => firstRun(world, 'loop', 'TimedOut'));
});

test('a process host dies with weir run, whatever its code does', async () => {
  const world = weirWorld();
  world.write(
    'flow.ts',
    `import { flow } from 'weir';
     import { spawn } from 'node:child_process';
     export default flow({ name: 'loop' }, () => { spawn('sleep', ['1000'], { stdio: 'inherit' }); console.log('looping'); for (;;); });`,
  );
  const running = world.start(['run', 'flow.ts', '--infra', 'process']);
  await waitFor('the child of the child', () => world.commands().some((command) => command === 'sleep 1000'));
  running.kill('SIGKILL');
  await running.ended;
  await waitFor('everything to be gone', () => world.processes().length === 0);
  expect((await world.runs())[0]?.state.name).toBe('AwaitingResume');
});

test('a second Ctrl-C ends weir run at once, also when its thread sits in a query', async () => {
  const world = weirWorld();
  world.write(
    'flow.ts',
    `import { flow, task } from 'weir';
     import { writeFileSync } from 'node:fs';
     import { DatabaseSync } from 'node:sqlite';
     const query = task({ name: 'query' }, () => {
       writeFileSync('asking', '');
       new DatabaseSync(':memory:').prepare('with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c').get();
     });
     export default flow({ name: 'query' }, async () => { await query(); });`,
  );
  const running = world.start(['run', 'flow.ts']);
  await waitFor('the query', () => existsSync(join(world.folder, 'asking')));
  running.kill('SIGINT');
  await running.until(/press Ctrl-C again/);
  running.kill('SIGINT');
  expect((await running.ended).code).toBe(130);
});

test('F25 while user code tries to open the database, two processes write to it and nothing is lost', async () => {
  const world = weirWorld();
  world.write(
    'flows/prying.ts',
    `import { copyFileSync, readFileSync } from 'node:fs';
     import { DatabaseSync } from 'node:sqlite';
     import { flow, task } from 'weir';
     const db = ${JSON.stringify(world.db)};
     const tries = [() => readFileSync(db), () => readFileSync(db + '-shm'), () => copyFileSync(db, db + '.copy'), () => new DatabaseSync(db).close()];
     const pry = task({ name: 'pry' }, (n: number) => { try { tries[n % tries.length]?.(); return 'opened'; } catch (error) { return (error as Error).message; } });
     export default flow({ name: 'prying', ${EVERY_SECOND} }, async () => pry.map(Array.from({ length: 40 }, (_, n) => n)));`,
  );
  world.write(
    'quick.ts',
    `import { flow, task } from 'weir';
     const one = task({ name: 'one' }, (n: number) => n);
     export default flow({ name: 'quick' }, async () => (await one.map([...Array(50).keys()])).length);`,
  );
  await up(world);
  await waitFor(
    'the prying to begin',
    () => world.rows("select 1 from flow_runs where flow = 'prying' and state_type = 'COMPLETED'").length > 0,
  );
  const ids: number[] = [];
  for (let round = 0; round < 6; round++) ids.push((await world.json<{ id: number }>(['run', 'quick.ts'])).id);
  const kept = world.rows<{ id: number }>(
    "select r.id from flow_runs r where flow = 'quick' and state_type = 'COMPLETED' and 50 = (select count(*) from task_runs where flow_run_id = r.id and state_type = 'COMPLETED')",
  );
  expect(kept.map(({ id }) => id)).toEqual(ids);
  expect(world.quickCheck()).toBe('ok');
  const [pried] = world.rows<{ id: number }>(
    "select id from flow_runs where flow = 'prying' and state_type = 'COMPLETED'",
  );
  const { result } = await world.show(pried?.id);
  expect((result as string[]).filter((told) => !told.includes("a file of Weir's own"))).toEqual([]);
});

test.each(['thread', 'process'])(
  'with --json nothing but the run is on stdout, whatever a %s writes there',
  async (infra) => {
    const world = weirWorld();
    world.write(
      'flow.ts',
      `import { execFileSync, spawn, spawnSync } from 'node:child_process';
     import { createWriteStream, write, writeSync } from 'node:fs';
     import { once } from 'node:events';
     import { flow, task } from 'weir';
     process.stdout.write('while loading\\n');
     const loud = task({ name: 'loud' }, async () => {
       console.log('console');
       writeSync(1, 'sync\\n');
       write(1, Buffer.from('xasync\\nx'), 1, 6, () => {});
       createWriteStream('', { fd: 1, autoClose: false }).write('stream\\n');
       spawnSync('echo', ['spawnSync'], { stdio: 'inherit' });
       execFileSync('echo', ['execFileSync'], { stdio: ['ignore', 1, 2] });
       await once(spawn('echo', ['spawn'], { stdio: ['ignore', 'inherit', 'inherit'] }), 'exit');
     });
     export default flow({ name: 'loud' }, async () => { await loud(); return 7; });`,
    );
    const { code, stdout, stderr } = await world.weir(['run', 'flow.ts', '--infra', infra, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'weir.run/1', result: 7, infrastructure: infra });
    expect(code).toBe(0);
    for (const told of ['console', 'sync', 'async', 'stream', 'spawnSync', 'execFileSync', 'spawn'])
      expect(stderr).toMatch(new RegExp(`\\b${told}\\b`));
  },
);

async function up(world: World): Promise<{ server: Running; url: string }> {
  const server = world.start(['up', 'flows', '--port', '0']);
  const [url] = await server.until(/http:\/\/\S+/);
  return { server, url };
}

function firstRun(world: World, flow: string, state: string): RunRow | null {
  const sql = 'select id, state_name as state, crashes, isolated from flow_runs where flow = ? order by id limit 1';
  const [run] = world.rows<RunRow>(sql, flow);
  return run?.state === state ? run : null;
}
