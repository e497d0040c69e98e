/**
 * F1 for servers: `weir up` is killed again and again while its schedule fires and shell tasks run with processes beside
 * them. Nothing that was acknowledged is missing, nothing recorded runs twice, and nothing survives its server.
 */
import { expect, test } from 'vitest';
import { seededFraction } from '../../src/model/seeded.ts';
import { type World, waitFor, weirWorld } from '../support/weir.ts';

const ROUNDS = Math.ceil(Number(process.env.WEIR_TEST_ROUNDS ?? (process.env.WEIR_TEST_ALL === '1' ? 100 : 40)) / 10);
const SEED = process.env.WEIR_TEST_SEED ?? 'server-kill-rounds';
/** Longer than the way from a server's start to the second slot that it fires. */
const LONGEST_MS = 2500;

/** Each run: a function, a command that leaves a sleeper beside it, a function. Each leaves a line per execution. */
const FLOW = `
  import { appendFileSync } from 'node:fs';
  import { context, flow, sh, task } from 'weir';
  const step = task({ name: 'step', key: (name: string) => name }, async (name: string): Promise<string> => {
    appendFileSync(context().dir + '/trace-' + context().flowRun.id, name + '\\n');
    return name;
  });
  export default flow({
    name: 'served', crashRetries: 1000,
    schedule: { cron: '* * * * * *', seconds: true, overlap: 'allow_all' },
  }, async () => {
    const first = await step('a');
    await sh({ name: 'b' })\`echo b >> trace-$WEIR_RUN; sleep 1001 & sleep 0.1; kill $!\`;
    return [first, await step('c')];
  });`;

test(`F1 servers that are killed at any moment lose no run and leave nothing behind (${ROUNDS} rounds, seed ${SEED})`, {
  timeout: 150_000 + ROUNDS * 30_000,
}, async () => {
  const world = weirWorld();
  world.write('flows/flow.ts', FLOW);
  const known = new Map<number, readonly string[]>();
  for (let round = 1; round <= ROUNDS; round++) {
    const what = `seed ${SEED}, round ${round}`;
    const server = world.start(['up', 'flows', '--port', '0']);
    await server.until(/shows what runs/);
    const span = seededFraction(`${SEED}/${round}`) * LONGEST_MS;
    await new Promise((done) => setTimeout(done, span));
    server.kill('SIGKILL');
    expect((await server.ended).signal, what).toBe('SIGKILL');
    // Its spawner goes by itself, and takes commands and what they started with it.
    await waitFor(`${what}: all processes to be gone`, () => world.processes().length === 0);
    expect(world.quickCheck(), what).toBe('ok');
    for (const [run, tasks] of completed(world)) {
      const before = known.get(run) ?? [];
      expect(tasks.slice(0, before.length), `${what}: run ${run}`).toEqual(before);
      // Recorded as completed, it has run: once more at most for each time it was in flight.
      known.set(run, tasks);
    }
    expect(
      [...known.keys()].every((run) => completed(world).has(run)),
      what,
    ).toBe(true);
  }
  const executions = new Map(
    [...known].map(([run, tasks]) => [run, tasks.map((name) => [name, times(world, run, name)])]),
  );

  const last = world.start(['up', 'flows', '--port', '0']);
  await last.until(/shows what runs/);
  const open = "select id from flow_runs where state_type not in ('COMPLETED')";
  await waitFor('every run that was there to be completed', () => {
    const ids = world.rows<{ id: number }>(open).map((row) => row.id);
    return ids.every((id) => id > Math.max(0, ...known.keys()));
  });
  last.kill('SIGTERM');
  expect(await last.ended).toMatchObject({ code: 0 });
  // What was recorded before the last server came has not run again.
  for (const [run, counts] of executions)
    for (const [name, count] of counts) expect(times(world, run, String(name)), `run ${run}, ${name}`).toBe(count);
  for (const { id } of world.rows<{ id: number }>("select id from flow_runs where state_type = 'COMPLETED'"))
    for (const name of ['a', 'b', 'c']) expect(times(world, id, name), `run ${id}, ${name}`).toBeGreaterThanOrEqual(1);

  // Equal neighbours share a row: each begins where the one before it has ended.
  const slots = world.rows<{ at: number; until: number; outcome: string; run: number | null }>(
    'select at, coalesce(until_at, at) as until, outcome, flow_run_id as run from slots order by at',
  );
  expect(slots.slice(1).map((slot) => slot.at)).toEqual(slots.slice(0, -1).map((slot) => slot.until + 1000));
  const fired = slots.filter((slot) => slot.run !== null).map((slot) => slot.at);
  expect(
    world.rows<{ at: number }>('select slot_at as at from flow_runs order by slot_at').map((row) => row.at),
  ).toEqual(fired);
  expect(world.rows('pragma foreign_key_check')).toEqual([]);
  expect(world.rows('select id from processes where ended_at is null')).toEqual([]);
});

/** Names of the completed tasks of each run, in the order of their calls. */
function completed(world: World): Map<number, readonly string[]> {
  const rows = world.rows<{ run: number; position: number | null }>(
    `select flow_runs.id as run, position from flow_runs
     left join task_runs on task_runs.flow_run_id = flow_runs.id and task_runs.state_type = 'COMPLETED'
     order by flow_runs.id, position`,
  );
  const found = new Map<number, string[]>();
  for (const { run, position } of rows) {
    const names = found.get(run) ?? [];
    if (position !== null) names.push('abc'[position - 1] ?? '');
    found.set(run, names);
  }
  return found;
}

function times(world: World, run: number, name: string): number {
  return world.lines(`flows/trace-${run}`).filter((line) => line === name).length;
}
