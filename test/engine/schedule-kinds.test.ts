/** Jitter, @reboot and pauses, as the scheduler acts on them. */
import { describe, expect, test } from 'vitest';
import { pause, resume } from '../../src/engine/schedule/pausing.ts';
import { jitterMs, nextSlots, wakeAt } from '../../src/model/schedule.ts';
import { resolveSchedule } from '../../src/model/schedule-spec.ts';
import { instant, scheduleWorld } from '../support/schedule-world.ts';

const MIN = 60_000;
const HOUR = 60 * MIN;

describe('jitter', () => {
  test('holds every slot back by the same delay, and the slot is not late for it', async () => {
    const world = scheduleWorld();
    await world.deploy('etl', { cron: '0 * * * *', jitter: '10m' });
    const wakes = (world.scheduleOf('etl').schedule.wakeAt ?? 0) - instant('2026-01-01T01:00');
    expect(wakes).toBeGreaterThan(0);
    expect(wakes).toBeLessThanOrEqual(10 * MIN);
    await world.passTo(instant('2026-01-01T01:00') + wakes - 1);
    expect(world.told('etl')).toEqual([]);
    await world.pass(1);
    expect(world.told('etl')).toEqual(['01-01T01:00 ran 1']);
    expect((world.scheduleOf('etl').schedule.wakeAt ?? 0) - instant('2026-01-01T02:00')).toBe(wakes);
    await world.restart(MIN);
    await world.deploy('etl', { cron: '0 * * * *', jitter: '10m' });
    expect((world.scheduleOf('etl').schedule.wakeAt ?? 0) - instant('2026-01-01T02:00')).toBe(wakes);
  });

  test('loses no slot that it still holds back when the schedule changes', async () => {
    const world = scheduleWorld();
    await world.deploy('etl', { cron: '0 * * * *', jitter: '10m' });
    await world.passTo(instant('2026-01-01T01:00') + 1);
    const { id } = world.scheduleOf('etl').schedule;
    expect(world.store.deployments.ledgerOf(id, 10)).toEqual([]);
    await world.deploy('etl', { cron: '30 * * * *' });
    await world.passTo('2026-01-01T01:31');
    const former = world.store.deployments.ledgerOf(id, 10);
    expect(former).toMatchObject([{ at: instant('2026-01-01T01:00'), outcome: 'ran' }]);
    expect(world.told('etl')).toHaveLength(1);
  });

  test('spreads many machines over the whole of it, each of which keeps its own', () => {
    const spec = resolveSchedule({ cron: '0 * * * *', jitter: '10m' }, { machineZone: 'UTC', seed: 's', createdAt: 0 });
    const delays = Array.from({ length: 400 }, (_, machine) => jitterMs(spec, `machine-${machine}`, 0));
    expect(Math.min(...delays)).toBeLessThan(MIN);
    expect(Math.max(...delays)).toBeGreaterThan(9 * MIN);
    expect(jitterMs(spec, 'machine-7', HOUR)).toBe(delays[7]);
  });

  test('drawn for each slot differs, is the same when drawn again, and never passes the next slot', () => {
    const written = { cron: '*/2 * * * *', jitter: { max: '10m', each: true } };
    const spec = resolveSchedule(written, { machineZone: 'UTC', seed: 's', createdAt: 0 });
    const slots = nextSlots(spec, 0, 50);
    const wakes = slots.map((slot) => wakeAt(spec, 'm', slot));
    expect(wakes).toEqual(slots.map((slot) => wakeAt(spec, 'm', slot)));
    expect(new Set(wakes.map((at, index) => at - (slots[index]?.at ?? 0))).size).toBeGreaterThan(40);
    for (const [index, at] of wakes.entries()) expect(at).toBeLessThan(slots[index + 1]?.at ?? Infinity);
  });

  test('drawn for each slot answers every slot, in order', async () => {
    const world = scheduleWorld();
    await world.deploy('etl', { cron: '*/10 * * * *', jitter: { max: '9m', each: true }, overlap: 'allow_all' });
    await world.passTo('2026-01-01T03:00');
    const slots = world.slots('etl');
    expect(slots.length).toBeGreaterThanOrEqual(16);
    expect(
      slots.every(({ at, outcome }, index) => outcome === 'ran' && at === (slots[0]?.at ?? 0) + index * 10 * MIN),
    ).toBe(true);
  });
});

describe('@reboot', () => {
  test('is due once for each boot of the machine, not when it is deployed and not at each start', async () => {
    const world = scheduleWorld();
    await world.deploy('mount', '@reboot');
    await world.passTo('2026-01-01T01:00');
    await world.restart(MIN);
    await world.deploy('mount', '@reboot');
    expect(world.told('mount')).toEqual([]);
    await world.restart(HOUR, { reboot: true });
    expect(world.told('mount')).toEqual(['01-01T02:01 ran 1']);
    expect(world.slots('mount')[0]?.reason).toBe('the machine was booted');
    await world.pass(HOUR / 100);
    await world.restart(MIN);
    expect(world.slots('mount')).toHaveLength(1);
    for (const id of await world.claim()) await world.end(id);
    await world.restart(MIN, { reboot: true });
    expect(world.slots('mount').map(({ outcome }) => outcome)).toEqual(['ran', 'ran']);
  });

  test('a boot while it is paused is in the ledger as skipped', async () => {
    const world = scheduleWorld();
    await world.deploy('mount', '@reboot');
    const { deployment } = world.scheduleOf('mount');
    await pause(world.engine, { deployment, schedule: null }, { by: 'ada', reason: 'disk', until: null });
    await world.restart(HOUR, { reboot: true });
    expect(world.slots('mount')).toMatchObject([{ outcome: 'skipped', reason: 'paused by ada: disk' }]);
  });
});

describe('a pause', () => {
  test('skips what is due, with who and why, and shares a row for all of it; resuming goes on with the next', async () => {
    const world = scheduleWorld();
    await world.deploy('etl', '* * * * *');
    const target = { deployment: world.scheduleOf('etl').deployment, schedule: null };
    await pause(world.engine, target, { by: 'ada', reason: 'migration', until: null });
    await world.passTo('2026-01-01T00:10');
    expect(world.slots('etl')).toHaveLength(10);
    expect(world.slots('etl')[0]).toMatchObject({ outcome: 'skipped', reason: 'paused by ada: migration' });
    expect(world.store.deployments.ledgerOf(world.scheduleOf('etl').schedule.id, 10)).toHaveLength(1);
    expect(await resume(world.engine, target)).toBe(true);
    expect(await resume(world.engine, target)).toBe(false);
    await world.passTo('2026-01-01T00:11');
    expect(world.told('etl').at(-1)).toBe('01-01T00:11 ran 1');
  });

  test('with an end resumes by itself, also when nobody looked meanwhile', async () => {
    const world = scheduleWorld();
    await world.deploy('etl', { cron: '0 * * * *', catchup: 'all' });
    const target = { deployment: world.scheduleOf('etl').deployment, schedule: null };
    const until = instant('2026-01-01T03:00');
    await expect(pause(world.engine, target, { by: 'ada', reason: null, until: 1 })).rejects.toThrow(
      'would be over already',
    );
    await pause(world.engine, target, { by: 'ada', reason: null, until });
    await world.restart(4 * HOUR + 2 * MIN);
    expect(world.told('etl')).toEqual([
      '01-01T01:00 skipped',
      '01-01T02:00 skipped',
      '01-01T03:00 caught_up 1',
      '01-01T04:00 caught_up 2',
    ]);
    expect(world.slots('etl')[0]?.reason).toBe('paused by ada until 2026-01-01 03:00:00');
    await world.pass(1000);
    expect(world.scheduleOf('etl').deployment.pausedAt).toBeNull();
  });

  test('of one schedule leaves the others of its deployment alone', async () => {
    const world = scheduleWorld();
    await world.deploy('etl', [
      { cron: '0 * * * *', name: 'hourly' },
      { cron: '30 * * * *', name: 'half' },
    ]);
    const { deployment, schedule } = world.scheduleOf('etl', 1);
    await pause(world.engine, { deployment, schedule }, { by: 'ada', reason: null, until: null });
    await world.passTo('2026-01-01T01:00');
    expect(world.told('etl', 0)).toEqual(['01-01T01:00 ran 1']);
    expect(world.told('etl', 1)).toEqual(['01-01T00:30 skipped']);
  });

  test('resumed while no server ran says of what was due that it was paused', async () => {
    const world = scheduleWorld();
    await world.deploy('etl', '0 * * * *');
    const target = { deployment: world.scheduleOf('etl').deployment, schedule: null };
    await pause(world.engine, target, { by: 'ada', reason: null, until: null });
    world.clock.wall += 3 * HOUR;
    await resume(world.engine, target);
    expect(world.slots('etl').map(({ outcome }) => outcome)).toEqual(['skipped', 'skipped', 'skipped']);
  });
});

describe('pauseAfterFailures', () => {
  test('pauses the deployment after so many failures in a row, and counts anew when it is resumed', async () => {
    const world = scheduleWorld();
    await world.deploy('etl', '* * * * *', { pauseAfterFailures: 3 });
    const next = async (type: 'COMPLETED' | 'FAILED') => {
      await world.pass(30_000);
      await world.pass(30_000);
      const ids = await world.claim();
      for (const id of ids) await world.end(id, type);
      return ids.length;
    };
    for (const type of ['FAILED', 'FAILED', 'COMPLETED', 'FAILED', 'FAILED', 'FAILED'] as const)
      expect(await next(type)).toBe(1);
    expect(await next('FAILED')).toBe(0);
    const { deployment } = world.scheduleOf('etl');
    expect(deployment).toMatchObject({
      pausedBy: 'weir',
      pausedReason: '3 runs in a row failed, run 6 the last: boom',
    });
    expect(world.slots('etl').at(-1)).toMatchObject({
      outcome: 'skipped',
      reason: 'paused by weir: 3 runs in a row failed, run 6 the last: boom',
    });
    await resume(world.engine, { deployment, schedule: null });
    expect([await next('FAILED'), await next('FAILED'), await next('FAILED'), await next('FAILED')]).toEqual([
      1, 1, 1, 0,
    ]);
  });
});
