/** Several processes write one file at the same time: none sees an error, and nothing is lost. */
import { expect, test } from 'vitest';
import { type RunJson, type Running, waitFor, weirWorld } from '../support/weir.ts';

/** Of writing together: more when all tests are asked for. */
const SECONDS = process.env.WEIR_TEST_ALL === '1' ? 60 : 10;

/** Tiny tasks until the time is over; the result says how many. `tick` runs on the server's schedule all the while. */
const BUSY = (name: string, schedule: string) => `
  import { flow, log, task } from 'weir';
  const tiny = task({ name: 'tiny' }, async (n: number): Promise<number> => n + 1);
  export default flow({ name: '${name}'${schedule} }, async () => {
    const end = Date.now() + ${name === 'tick' ? 300 : SECONDS * 1000};
    let count = 0;
    while (Date.now() < end) {
      await tiny.map([count, count + 1, count + 2, count + 3]);
      count += 4;
      if (count % 100 === 0) log.info('so many', { count });
    }
    return count;
  });`;

test(`two weir run beside weir up on one file, ${SECONDS} s of tiny tasks in each: no error, every task recorded`, {
  timeout: SECONDS * 1000 + 150_000,
}, async () => {
  const world = weirWorld();
  world.write('flows/tick.ts', BUSY('tick', ", schedule: { cron: '* * * * * *', seconds: true }"));
  world.write('one.ts', BUSY('one', ''));
  world.write('two.ts', BUSY('two', ''));
  const server = world.start(['up', 'flows', '--port', '0']);
  await server.until(/http:\/\/\S+ shows what runs/);
  const both = [world.start(['run', 'one.ts', '--json']), world.start(['run', 'two.ts', '--json'])];
  let isOver = false;
  const reading = readAllTheWhile(() => isOver);
  const ended = await Promise.all(both.map((each) => each.ended));
  isOver = true;
  expect((await reading).filter(({ code }) => code !== 0)).toEqual([]);

  for (const { code, stdout, stderr } of ended) {
    expect(code, stderr).toBe(0);
    expect(stderr).not.toMatch(/^weir:/m);
    const run = JSON.parse(stdout) as RunJson;
    expect(run.state.name).toBe('Completed');
    expect(run.result).toBeGreaterThan(0);
  }
  await waitFor(
    'a scheduled run to be over',
    () =>
      world.rows("select 1 from flow_runs where trigger in ('schedule', 'catchup') and state_type = 'COMPLETED'")
        .length > 0,
  );
  await stop(server);

  const lost = world.rows<{ id: number }>("select id from flow_runs where state_type <> 'COMPLETED' or attempt <> 1");
  expect(lost).toEqual([]);
  const counts = world.rows<{ id: number; result: number }>(
    "select flow_run_id as id, count(*) as result from task_runs where state_type = 'COMPLETED' and attempt = 1 group by flow_run_id order by flow_run_id",
  );
  const { items } = await world.json<{ items: { id: number; result: number }[] }>(['runs', '--limit', '1000']);
  expect(items.map(({ id, result }) => ({ id, result })).sort((a, b) => a.id - b.id)).toEqual(counts);
  expect(items.length).toBeGreaterThan(2);
  // Every due second is in the ledger, and each that ran has its run.
  // Equal neighbours share a row: each begins where the one before it has ended.
  const slots = world.rows<{ at: number; until: number; outcome: string; run: number | null }>(
    'select at, coalesce(until_at, at) as until, outcome, flow_run_id as run from slots order by at',
  );
  expect(slots.slice(1).map((slot) => slot.at)).toEqual(slots.slice(0, -1).map((slot) => slot.until + 1000));
  // On a busy machine one may be late by more than a period.
  expect(slots.filter((slot) => /^(ran|caught_up)$/.test(slot.outcome) !== (slot.run !== null))).toEqual([]);
  expect(world.quickCheck()).toBe('ok');

  async function readAllTheWhile(isEnough: () => boolean) {
    const outcomes = [];
    while (!isEnough()) outcomes.push(await world.weir(['runs', '--json']));
    return outcomes;
  }
});

test('a run that waits for its retry beside a server is waited for, whoever executes it', async () => {
  const world = weirWorld();
  world.write('flows/other.ts', "import { flow } from 'weir';\nexport default flow(async () => 1);\n");
  world.write(
    'flow.ts',
    `import { flow, context } from 'weir';
     export default flow({ name: 'again', retries: 3, retryDelay: '20ms' }, async () => {
       if (context().flowRun.attempt < 4) throw new Error('not yet');
       return 'at last';
     });`,
  );
  const server = world.start(['up', 'flows', '--port', '0']);
  await server.until(/http:\/\/\S+ shows what runs/);
  const all = await Promise.all(Array.from({ length: 4 }, () => world.weir(['run', 'flow.ts'])));
  expect(all.map(({ code, stdout }) => ({ code, stdout }))).toEqual(all.map(() => ({ code: 0, stdout: 'at last\n' })));
  expect(world.rows('select distinct attempt, state_name as state from flow_runs')).toEqual([
    { attempt: 4, state: 'Completed' },
  ]);
  await stop(server);
});

async function stop(server: Running): Promise<void> {
  server.kill('SIGTERM');
  const { code, signal, stdout, stderr } = await server.ended;
  expect({ code, signal, stdout }, stderr).toEqual({ code: 0, signal: null, stdout: '' });
  expect(stderr).not.toMatch(/^weir:|BUSY|locked/m);
}
