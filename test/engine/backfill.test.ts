/** Runs for due times of the past that have none: which, in which order, how many at once, and never two. */
import { describe, expect, test } from 'vitest';
import {
  type BackfillWish,
  backfillLimit,
  carryOutBackfill,
  planBackfill,
} from '../../src/engine/schedule/backfill.ts';
import { openStore } from '../../src/store/store.ts';
import { instant, type ScheduleWorld, scheduleWorld } from '../support/schedule-world.ts';

const HOUR = 3_600_000;
const MIN = 60_000;

function wishOf(world: ScheduleWorld, parts: Partial<BackfillWish> = {}): BackfillWish {
  const { deployment } = world.scheduleOf('etl');
  const range = { from: instant('2026-01-01T00:00'), to: world.clock.wall };
  return { deployment, schedule: null, ...range, newestFirst: false, max: 1, ...parts };
}

async function backfill(world: ScheduleWorld, parts: Partial<BackfillWish> = {}): Promise<string[]> {
  const wish = wishOf(world, parts);
  const plan = planBackfill(world.store, wish, world.clock.wall);
  if (plan === null) throw new Error('too many');
  const done = await carryOutBackfill(world.store, wish, plan, world.clock.wall);
  return done.map(({ at, runId }) => `${new Date(at).toISOString().slice(5, 16)} ${runId}`);
}

/** Deployed, and nobody there from half past midnight to half past five: one of five due times is caught up. */
async function afterANight(schedule: Parameters<ScheduleWorld['deploy']>[1] = '0 * * * *'): Promise<ScheduleWorld> {
  const world = scheduleWorld();
  await world.deploy('etl', schedule);
  await world.pass(30 * MIN);
  await world.restart(5 * HOUR);
  return world;
}

describe('a backfill', () => {
  test('gives every due time without a run one, and what became of it stays', async () => {
    const world = await afterANight();
    expect(world.told('etl').at(-1)).toBe('01-01T05:00 caught_up 1');
    expect(await backfill(world)).toEqual(['01-01T01:00 2', '01-01T02:00 3', '01-01T03:00 4', '01-01T04:00 5']);
    expect(world.told('etl')).toEqual([
      '01-01T01:00 missed 2',
      '01-01T02:00 missed 3',
      '01-01T03:00 missed 4',
      '01-01T04:00 missed 5',
      '01-01T05:00 caught_up 1',
    ]);
    const run = world.store.flowRuns.byId(3);
    expect(run).toMatchObject({
      trigger: 'backfill',
      slotAt: instant('2026-01-01T02:00'),
      slotStartAt: instant('2026-01-01T01:00'),
    });
  });

  test('asked twice makes nothing the second time', async () => {
    const world = await afterANight();
    expect(await backfill(world)).toHaveLength(4);
    expect(await backfill(world)).toEqual([]);
  });

  test('planned by two processes at the same moment makes one run for each due time', async () => {
    const world = await afterANight();
    const wish = wishOf(world);
    const other = openStore(world.store.path);
    const plans = [planBackfill(world.store, wish, world.clock.wall), planBackfill(other, wish, world.clock.wall)];
    const done = await Promise.all(
      [world.store, other].map((store, index) =>
        carryOutBackfill(store, wish, plans[index] ?? { slots: [], left: 0 }, world.clock.wall),
      ),
    );
    expect(done.map((each) => each.length).sort()).toEqual([0, 4]);
    expect(world.told('etl').map((line) => line.split(' ')[2])).toEqual(['2', '3', '4', '5', '1']);
    await other.writer.stop();
    other.close();
  });

  test('takes the newest first when asked, and only its stretch of time', async () => {
    const world = await afterANight();
    const range = { from: instant('2026-01-01T02:00'), to: instant('2026-01-01T03:00') };
    expect(await backfill(world, { ...range, newestFirst: true })).toEqual(['01-01T03:00 2', '01-01T02:00 3']);
  });

  test('lets no more of its runs begin than it was told, until one ends', async () => {
    const world = await afterANight();
    await world.claim();
    await world.end(1);
    await backfill(world, { max: 2 });
    expect(await world.claim()).toEqual([2, 3]);
    expect(await world.claim()).toEqual([]);
    expect(world.store.flowRuns.byId(4)?.state).toMatchObject({
      name: 'AwaitingLimit',
      message: expect.stringContaining('waits for "backfill:etl/default" (capacity 2), held by run 2, run 3'),
    });
    await world.end(2);
    expect(await world.claim()).toEqual([4]);
    await world.store.writer.write(() => world.store.limits.put(backfillLimit(wishOf(world).deployment), 3, 0));
    expect(await world.claim()).toEqual([5]);
  });

  test('holds up no regular run, and no regular run is skipped for it', async () => {
    const world = await afterANight();
    await world.claim();
    await world.end(1);
    await backfill(world);
    expect(await world.claim()).toEqual([2]);
    await world.passTo('2026-01-01T06:00');
    expect(world.told('etl').at(-1)).toBe('01-01T06:00 ran 6');
    expect(await world.claim()).toEqual([6]);
  });

  test('of due times before the first deploy makes rows that say so', async () => {
    const world = scheduleWorld();
    await world.deploy('etl', '0 * * * *');
    const range = { from: instant('2025-12-31T22:00'), to: instant('2025-12-31T23:59') };
    expect(await backfill(world, range)).toEqual(['12-31T22:00 1', '12-31T23:00 2']);
    expect(world.slots('etl')[0]).toMatchObject({ outcome: 'missed', reason: 'the schedule was not deployed yet' });
    expect(planBackfill(world.store, wishOf(world, range), world.clock.wall)?.slots).toEqual([]);
  });

  test('of due times that nobody has answered yet leaves the next server nothing to start twice', async () => {
    const world = scheduleWorld();
    await world.deploy('etl', { cron: '0 * * * *', catchup: 'all' });
    // Nobody looks: as if no server ran.
    world.clock.wall += 3.5 * HOUR;
    expect(await backfill(world)).toEqual(['01-01T01:00 1', '01-01T02:00 2', '01-01T03:00 3']);
    await world.restart(0);
    expect(world.told('etl')).toEqual(['01-01T01:00 missed 1', '01-01T02:00 missed 2', '01-01T03:00 missed 3']);
    expect(world.store.flowRuns.latest(10, null)).toHaveLength(3);
  });

  test('leaves the due time of this very minute to the scheduler', async () => {
    const world = scheduleWorld();
    await world.deploy('etl', '0 * * * *');
    world.clock.wall = instant('2026-01-01T01:00:30');
    expect(await backfill(world)).toEqual([]);
  });

  test('takes a range of the ledger apart where it gives runs, and the rest is told as before', async () => {
    const world = scheduleWorld();
    await world.deploy('etl', { interval: '1m', anchor: '2026-01-01T00:00Z' });
    await world.pass(30_000);
    await world.restart(10 * HOUR);
    const before = world.told('etl');
    const { schedule } = world.scheduleOf('etl');
    const rows = world.store.deployments.ledgerOf(schedule.id, 1000).length;
    expect(before.length).toBeGreaterThan(590);
    expect(rows).toBeLessThan(10);
    const range = { from: instant('2026-01-01T03:00'), to: instant('2026-01-01T03:01') };
    expect(await backfill(world, range)).toHaveLength(2);
    const after = world.told('etl');
    expect(after.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual(
      before.map((line) => line.split(' ').slice(0, 2).join(' ')),
    );
    expect(after.filter((line) => / missed \d/.test(line))).toEqual(['01-01T03:00 missed 3', '01-01T03:01 missed 4']);
    expect(world.store.deployments.ledgerOf(schedule.id, 1000)).toHaveLength(rows + 3);
  });

  test('gives no run to what a clock change dropped', async () => {
    const world = scheduleWorld({ start: '2026-10-24T12:00' });
    await world.deploy('etl', { cron: '30 2 * * *', timezone: 'Europe/Berlin' });
    await world.pass(MIN);
    await world.restart(48 * HOUR);
    expect(world.told('etl')).toEqual(['10-25T00:30 missed', '10-25T01:30 suppressed', '10-26T01:30 caught_up 1']);
    expect(await backfill(world, { from: instant('2026-10-24T00:00') })).toEqual(['10-24T00:30 2', '10-25T00:30 3']);
  });

  test('makes a thousand runs at most and says how many are left; of far too many it makes none', async () => {
    const world = scheduleWorld();
    await world.deploy('etl', '* * * * *');
    const plan = (from: string) => planBackfill(world.store, wishOf(world, { from: instant(from) }), world.clock.wall);
    expect(plan('2025-12-31T00:00')).toMatchObject({ left: 440 });
    expect(plan('2025-01-01T00:00')).toBeNull();
  });

  test('of one schedule leaves the others alone', async () => {
    const world = await afterANight([
      { name: 'a', cron: '0 * * * *' },
      { name: 'b', cron: '30 * * * *', catchup: 'skip' },
    ]);
    const done = await backfill(world, { schedule: 'b' });
    expect(done.map((line) => line.slice(0, 11))).toEqual(['01-01T01:30', '01-01T02:30', '01-01T03:30', '01-01T04:30']);
    expect(world.told('etl', 0).filter((line) => / missed \d/.test(line))).toEqual([]);
  });
});
