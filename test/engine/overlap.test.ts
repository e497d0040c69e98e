/** What a deployment's runs wait for before they begin: overlap, catch-up in turn, and concurrency. */
import { describe, expect, test } from 'vitest';
import { carryOutBackfill, planBackfill } from '../../src/engine/schedule/backfill.ts';
import { whyRun } from '../../src/engine/tell/why.ts';
import { RULES } from '../support/flow-rules.ts';
import { scheduleWorld } from '../support/schedule-world.ts';

const HOUR = 3_600_000;
const MIN = 60_000;

test('overlap skip leaves a slot out while a run goes on, and says which', async () => {
  const world = scheduleWorld();
  await world.deploy('etl', '0 * * * *');
  await world.passTo('2026-01-01T01:00');
  expect(await world.claim()).toEqual([1]);
  await world.passTo('2026-01-01T02:00');
  expect(await world.claim()).toEqual([]);
  await world.end(1);
  await world.passTo('2026-01-01T03:00');
  expect(world.told('etl')).toEqual(['01-01T01:00 ran 1', '01-01T02:00 skipped', '01-01T03:00 ran 2']);
  expect(world.slots('etl')[1]?.reason).toBe('run 1 is still running');
});

test('overlap buffer_one keeps one run that begins when the one before has ended, over a restart too', async () => {
  const world = scheduleWorld();
  await world.deploy('etl', { cron: '0 * * * *', overlap: 'buffer_one' });
  await world.passTo('2026-01-01T01:00');
  expect(await world.claim()).toEqual([1]);
  await world.passTo('2026-01-01T03:00');
  expect(world.told('etl')).toEqual(['01-01T01:00 ran 1', '01-01T02:00 buffered 2', '01-01T03:00 skipped']);
  expect(world.slots('etl')[2]?.reason).toBe('run 1 is still running and another run already waits for it');
  expect(await world.claim()).toEqual([]);
  const row = () => world.store.flowRuns.byId(2) ?? expect.fail('no run');
  expect(row().state.message).toBe('run 1 is still running');
  expect(whyRun(world.store, row(), world.clock.wall).why).toContain('waits for run 1 of etl/default to end');
  await world.end(1);
  await world.restart(MIN);
  expect(await world.claim()).toEqual([2]);
  expect(world.store.flowRuns.byId(2)).toMatchObject({ turn: 0, slotCoversFrom: Date.UTC(2026, 0, 1, 1) });
});

test('overlap allow_all starts every slot at its time', async () => {
  const world = scheduleWorld();
  await world.deploy('etl', { cron: '0 * * * *', overlap: 'allow_all' });
  await world.passTo('2026-01-01T03:00');
  expect(await world.claim()).toEqual([1, 2, 3]);
});

test('runs that are caught up begin one after another, the oldest first, and the regular one behind them', async () => {
  const world = scheduleWorld();
  await world.deploy('etl', { cron: '0 * * * *', catchup: 'all' });
  await world.restart(3 * HOUR);
  expect(world.told('etl')).toEqual(['01-01T01:00 caught_up 1', '01-01T02:00 caught_up 2', '01-01T03:00 ran 3']);
  for (const id of [1, 2, 3]) {
    expect(await world.claim()).toEqual([id]);
    expect(await world.claim()).toEqual([]);
    await world.end(id);
  }
});

test('a run that fails and is tried again keeps those behind it waiting until it is over', async () => {
  const world = scheduleWorld();
  await world.deploy('etl', { cron: '0 * * * *', overlap: 'buffer_one' });
  await world.passTo('2026-01-01T01:00');
  expect(await world.claim()).toEqual([1]);
  await world.passTo('2026-01-01T02:00');
  const { flowRuns } = world.store;
  const row = flowRuns.byId(1) ?? expect.fail('no run');
  const state = { type: 'SCHEDULED', name: 'AwaitingRetry', message: null, at: world.clock.wall } as const;
  flowRuns.move(1, row.state, { ...row, attempt: 1, state, scheduledAt: world.clock.wall + HOUR }, row);
  flowRuns.setOwner(1, row.ownerId, { ownerId: null, token: null });
  expect(await world.claim()).toEqual([]);
  await world.pass(HOUR);
  expect(await world.claim()).toEqual([1]);
  await world.end(1);
  expect(await world.claim()).toEqual([2]);
});

describe('concurrency of a deployment', () => {
  test('lets no more runs begin than it says, whoever started them, and hides nobody behind them', async () => {
    const world = scheduleWorld();
    await world.deploy('etl', { cron: '0 * * * *', overlap: 'allow_all' }, { concurrency: 2 });
    await world.deploy('other', '0 4 * * *');
    await world.passTo('2026-01-01T04:00');
    const etl = (ids: readonly number[]) => ids.filter((id) => world.store.flowRuns.byId(id)?.flow === 'etl');
    const claimed = await world.claim();
    expect(etl(claimed)).toHaveLength(2);
    expect(claimed).toHaveLength(3);
    expect(await world.claim()).toEqual([]);
    const [first = 0, second = 0] = etl(claimed);
    const waiting = world.store.flowRuns.latest(10, null).find(({ turn }) => turn === 1) ?? expect.fail('nobody waits');
    expect(whyRun(world.store, waiting, world.clock.wall).why).toContain(
      `waits for its turn: etl/default has 2 runs at once, and runs ${first}, ${second} are under way`,
    );
    await world.end(first);
    expect(await world.claim()).toHaveLength(1);
  });

  test('a changed number counts for those that wait already', async () => {
    const world = scheduleWorld();
    const schedule = { cron: '0 * * * *', overlap: 'allow_all' } as const;
    await world.deploy('etl', schedule, { concurrency: 1 });
    await world.passTo('2026-01-01T03:00');
    expect(await world.claim()).toEqual([1]);
    await world.deploy('etl', schedule);
    expect(await world.claim()).toEqual([2, 3]);
  });

  test('holds for runs that others enqueue, and not for a run that is claimed from its beginning', async () => {
    const world = scheduleWorld();
    await world.deploy('etl', '0 1 * * *', { concurrency: 1 });
    await world.passTo('2026-01-01T01:00');
    const scheduled = world.store.flowRuns.byId(1) ?? expect.fail('no run');
    const again = { ...scheduled, options: { ...RULES, concurrency: 1 }, scheduleId: null, idempotencyKey: null };
    const enqueue = (ownerId: number | null) =>
      world.store.flowRuns.insert({
        ...again,
        parentRunId: undefined,
        parentTaskId: undefined,
        turn: undefined,
        ownerId,
        token: null,
      } as never);
    expect(world.store.flowRuns.byId(enqueue(null))?.turn).toBe(1);
    expect(world.store.flowRuns.byId(enqueue(1))?.turn).toBe(0);
    expect(await world.claim()).toEqual([]);
  });
});

test('thousands of runs that wait for their turn hide nothing, and cost a claim next to nothing', async () => {
  const world = scheduleWorld();
  await world.deploy('busy', { interval: '1s', catchup: 'all', catchupWindow: '1h' });
  await world.deploy('other', { cron: '30 * * * *' });
  await world.restart(31 * MIN);
  const claimed = await world.claim();
  expect(claimed.map((id) => world.store.flowRuns.byId(id)?.flow).sort()).toEqual(['busy', 'other']);
  expect(world.store.flowRuns.goingOf(world.scheduleOf('busy').deployment.id)).toMatchObject({ count: 1001 });
});

test('what is due now does not wait behind a backfill whose runs wait for their turn', async () => {
  const world = scheduleWorld();
  await world.deploy('etl', { cron: '0 * * * *', catchup: 'skip', overlap: 'allow_all' }, { concurrency: 2 });
  await world.restart(5 * HOUR);
  expect(world.told('etl').filter((slot) => slot.includes('ran'))).toEqual(['01-01T05:00 ran 1']);
  expect(await world.claim()).toEqual([1]);
  const deployment = world.scheduleOf('etl').deployment;
  const wish = {
    deployment,
    schedule: null,
    from: world.clock.wall - 5 * HOUR,
    to: world.clock.wall,
    newestFirst: false,
    max: 1,
  };
  const plan = planBackfill(world.store, wish, world.clock.wall);
  if (plan === null) return expect.fail('no plan');
  const done = await carryOutBackfill(world.store, wish, plan, world.clock.wall);
  expect(done.map(({ runId }) => runId)).toEqual([2, 3, 4, 5]);
  // One of the backfill at once, and two of the deployment.
  expect(await world.claim()).toEqual([2]);
  await world.end(1);
  expect(await world.claim()).toEqual([]);
  const row = world.store.flowRuns.byId(3) ?? expect.fail('no run');
  expect(row.state.name).toBe('Scheduled');
  expect(whyRun(world.store, row, world.clock.wall).why).toMatch(
    /the backfill of etl\/default has 1 at once, now run 2/,
  );
  await world.pass(HOUR);
  expect(await world.claim()).toEqual([6]);
  await world.end(2);
  expect(await world.claim()).toEqual([3]);
  await world.pass(HOUR);
  expect(await world.claim()).toEqual([]);
  await world.end(3);
  // The one that is due now comes before those that make up for what was missed.
  expect(await world.claim()).toEqual([7]);
});
