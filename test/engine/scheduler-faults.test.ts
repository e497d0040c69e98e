/** Sleep, stops, set clocks and broken rows: no slot fires twice, each has its reason, and one bad schedule stops nobody. */
import { describe, expect, test } from 'vitest';
import { clockWarning } from '../../src/engine/schedule/clock-warning.ts';
import { scheduleWorld } from '../support/schedule-world.ts';

const SECOND = 1000;
const MIN = 60_000;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;

function rowsOf(world: ReturnType<typeof scheduleWorld>, flow: string) {
  return world.store.deployments.ledgerOf(world.scheduleOf(flow).schedule.id, 1000).reverse();
}

describe('F6 eight hours of sleep', () => {
  const deployAll = async () => {
    const world = scheduleWorld({ start: '2026-03-10T00:00' });
    await world.deploy('latest', '0 * * * *');
    await world.deploy('skip', { cron: '0 * * * *', catchup: 'skip' });
    await world.deploy('all', { cron: '0 * * * *', catchup: 'all' });
    await world.passTo('2026-03-10T01:00');
    for (const id of await world.claim()) await world.end(id);
    return world;
  };
  const outcomes = (world: ReturnType<typeof scheduleWorld>, flow: string) =>
    world
      .slots(flow)
      .slice(1)
      .map(({ outcome }) => outcome)
      .join(' ');
  const missed = (count: number) => Array.from({ length: count }, () => 'missed').join(' ');

  test('each schedule catches up once by its rule, and the ledger says asleep from when to when', async () => {
    const world = await deployAll();
    await world.sleep(8 * HOUR + 5 * MIN);
    expect(outcomes(world, 'latest')).toBe(`${missed(7)} caught_up`);
    expect(outcomes(world, 'skip')).toBe(missed(8));
    expect(outcomes(world, 'all')).toBe(Array.from({ length: 8 }, () => 'caught_up').join(' '));
    const asleep = 'the machine was asleep from 2026-03-10 01:00:00 to 2026-03-10 09:05:00';
    expect(world.slots('latest')[1]?.reason).toBe(
      `${asleep}; catchup is latest, which runs only the newest missed slot`,
    );
    expect(world.slots('all')[1]?.reason).toBe(asleep);
    // Equal neighbours are one row.
    expect(rowsOf(world, 'latest').map(({ outcome, count }) => `${outcome} ${count}`)).toEqual([
      'ran 1',
      'missed 7',
      'caught_up 1',
    ]);
  });

  test('is the same as a stop and a start, but for the words', async () => {
    const [slept, stopped, held] = [await deployAll(), await deployAll(), await deployAll()];
    await slept.sleep(8 * HOUR + 5 * MIN);
    await stopped.restart(8 * HOUR + 5 * MIN);
    await held.pass(8 * HOUR + 5 * MIN);
    for (const flow of ['latest', 'skip', 'all']) {
      expect(stopped.told(flow)).toEqual(slept.told(flow));
      expect(held.told(flow)).toEqual(slept.told(flow));
    }
    expect(stopped.slots('all')[1]?.reason).toMatch(/^the server was down from 2026-03-10 01:00:00 to/);
    expect(held.slots('all')[1]?.reason).toMatch(/^the server was stopped from 2026-03-10 01:00:00 to/);
  });

  test('a server that had nothing due for hours says down from its end, not from its last slot', async () => {
    const world = scheduleWorld({ start: '2026-03-10T09:30' });
    await world.deploy('daily', '0 12 * * *');
    await world.passTo('2026-03-10T10:00');
    await world.restart(3 * HOUR);
    expect(world.slots('daily')[0]).toMatchObject({
      outcome: 'caught_up',
      reason: 'the server was down from 2026-03-10 10:00:00 to 2026-03-10 13:00:00',
    });
  });
});

describe('F4 a clock that is set', () => {
  const hourly = async (catchup: 'latest' | 'all' = 'latest') => {
    const world = scheduleWorld({ start: '2026-03-10T00:00' });
    await world.deploy('etl', { cron: '*/10 * * * *', catchup, overlap: 'allow_all' });
    await world.passTo('2026-03-10T02:00');
    return world;
  };
  const times = (world: ReturnType<typeof scheduleWorld>) =>
    world.store.flowRuns.latest(10_000, null).map(({ slotAt }) => slotAt);

  test('forward by an hour is treated as sleep, and said to be the clock', async () => {
    const world = await hourly();
    await world.setClock(HOUR);
    const slots = world.slots('etl').slice(12);
    expect(slots.map(({ outcome }) => outcome)).toEqual(['missed', 'missed', 'missed', 'missed', 'caught_up', 'ran']);
    expect(slots[0]?.reason).toMatch(/^the clock was set forward from 2026-03-10 02:00:00 to 2026-03-10 03:00:00/);
    expect(clockWarning(world.store, world.clock.wall)).toEqual({ at: world.clock.wall, byMs: HOUR });
    await world.setClock(-2 * HOUR);
    expect(clockWarning(world.store, world.clock.wall)).toMatchObject({ byMs: -2 * HOUR });
    expect(clockWarning(world.store, world.clock.wall + 2 * DAY)).toBeNull();
  });

  test('back by an hour fires no slot twice, and goes on when the clock is there again', async () => {
    const world = await hourly();
    const before = times(world);
    await world.setClock(-HOUR);
    await world.passTo('2026-03-10T02:00');
    expect(times(world)).toEqual(before);
    await world.passTo('2026-03-10T02:10');
    expect(times(world)).toHaveLength(before.length + 1);
    expect(new Set(times(world)).size).toBe(times(world).length);
  });

  test('forward by a year keeps to the caps of catch-up and writes a few rows only', async () => {
    const world = await hourly('all');
    await world.setClock(365 * DAY);
    const caughtUp = world.store.flowRuns.latest(10_000, null).filter(({ trigger }) => trigger === 'catchup');
    expect(caughtUp).toHaveLength(1000);
    expect(rowsOf(world, 'etl').filter(({ outcome }) => outcome === 'missed').length).toBeLessThan(10);
    expect(new Set(times(world)).size).toBe(times(world).length);
  });

  test('forward by a year and back again does not silence a schedule for a year', async () => {
    const world = await hourly();
    await world.setClock(365 * DAY);
    const wrong = times(world);
    await world.setClock(-365 * DAY);
    await world.passTo('2026-03-10T03:00');
    const right = world.slots('etl').filter(({ at }) => at > Date.UTC(2026, 2, 10, 2) && at < Date.UTC(2026, 2, 11));
    expect(right.map(({ outcome }) => outcome)).toEqual(['ran', 'ran', 'ran', 'ran', 'ran', 'ran']);
    expect(times(world).filter((at) => wrong.includes(at))).toEqual(wrong);
    expect(new Set(times(world)).size).toBe(times(world).length);
  });
});

test('F20 a schedule whose row cannot be read is off, says why, and stops nobody else', async () => {
  const world = scheduleWorld();
  for (const flow of ['good', 'no-json', 'no-zone', 'no-kind']) await world.deploy(flow, '0 * * * *');
  const spoil = (flow: string, spec: string) =>
    world.store.database
      .prepare('update schedules set spec = ? where id = ?')
      .run(spec, world.scheduleOf(flow).schedule.id);
  const { spec } = world.scheduleOf('good').schedule;
  spoil('no-json', '{"kind":"cr');
  spoil('no-zone', spec.replace('"timezone":"UTC"', '"timezone":"Mars/Olympus"'));
  spoil('no-kind', '{}');
  await world.passTo('2026-01-01T02:00');
  expect(world.told('good')).toEqual(['01-01T01:00 ran 1', '01-01T02:00 skipped']);
  for (const flow of ['no-json', 'no-zone', 'no-kind']) {
    expect(world.scheduleOf(flow).schedule.broken).toMatch(/^its stored form cannot be read: /);
    expect(world.slots(flow)).toEqual([]);
  }
  expect(world.faults.map(String)).toHaveLength(3);
  expect(String(world.faults[0])).toMatch(
    /^Error: schedule "0 \* \* \* \*" of no-\w+\/default is off: its stored form/,
  );
  // Deployed anew, it is on again, and what it had not answered is answered.
  await world.deploy('no-json', '0 * * * *');
  await world.passTo('2026-01-01T03:00');
  expect(world.scheduleOf('no-json').schedule.broken).toBeNull();
  expect(world.told('no-json').at(-1)).toMatch(/^01-01T03:00 ran/);
});

describe('a long gap', () => {
  test('of a schedule of every second is a few rows, told slot by slot, and keeps the loop free', async () => {
    const world = scheduleWorld({ start: '2026-03-05T00:00' });
    const zone = { timezone: 'America/New_York' };
    await world.deploy('interval', { interval: '1s' });
    await world.deploy('cron', { cron: '* * * * * *', seconds: true, ...zone });
    await world.deploy('fixed', { cron: '* * 1-2 * * *', seconds: true, ...zone });
    await world.pass(SECOND);
    for (const id of await world.claim()) await world.end(id);
    const began = process.cpuUsage();
    await world.sleep(7 * DAY);
    const { user, system } = process.cpuUsage(began);
    // A week slot by slot would take many seconds of the processor.
    expect((user + system) / 1000).toBeLessThan(3000);
    for (const flow of ['interval', 'cron', 'fixed']) expect(rowsOf(world, flow).length).toBeLessThan(20);
    const all = world.slots('interval');
    expect(all).toHaveLength(7 * 86_400 + 1);
    expect(all.every(({ at }, index) => at === (all[0]?.at ?? 0) + index * SECOND)).toBe(true);
    expect(all.filter(({ flowRunId }) => flowRunId !== null)).toHaveLength(3);
    expect(rowsOf(world, 'interval').find(({ count }) => count > 1)?.count).toBe(7 * 86_400 - 2);
    const page = world.store.deployments.slotsOf(world.scheduleOf('cron').schedule.id, 5, all[1000]?.at);
    expect(page.map(({ at }) => at)).toEqual([999, 998, 997, 996, 995].map((index) => all[index]?.at));
    const { deployments } = world.store;
    expect(deployments.slotAt(world.scheduleOf('cron').schedule.id, all[500]?.at ?? 0)?.outcome).toBe('missed');
    expect(deployments.slotAt(world.scheduleOf('cron').schedule.id, (all[500]?.at ?? 0) + 1)).toBeNull();
  });

  test('over both clock changes has every slot once, those that were dropped or moved with their notes', async () => {
    const world = scheduleWorld({ start: '2026-03-01T00:00' });
    await world.deploy('etl', { cron: '*/5 1,2 * * *', timezone: 'America/New_York' });
    await world.sleep(270 * DAY);
    const slots = world.slots('etl');
    const rows = rowsOf(world, 'etl');
    expect(rows.length).toBeLessThan(40);
    expect(new Set(slots.map(({ at }) => at)).size).toBe(slots.length);
    expect(slots.filter(({ outcome }) => outcome === 'suppressed')).toHaveLength(12);
    expect(slots.filter(({ note, outcome }) => note !== null && outcome === 'missed')).toHaveLength(1);
    expect(slots.length - 12).toBe(slots.filter(({ outcome }) => outcome !== 'suppressed').length);
  });
});
