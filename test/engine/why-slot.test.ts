/** `weir why DEPLOYMENT@TIME`: what became of any time, or will, in a sentence, and what stands around it. */
import { describe, expect, test } from 'vitest';
import { carryOutBackfill, planBackfill } from '../../src/engine/schedule/backfill.ts';
import { whySlot } from '../../src/engine/tell/why-slot.ts';
import { parseAskedTime } from '../../src/model/asked-time.ts';
import { instant, type ScheduleWorld, scheduleWorld } from '../support/schedule-world.ts';

const HOUR = 3_600_000;
const MIN = 60_000;

function why(world: ScheduleWorld, at: string | null) {
  const deployment = world.store.deployments.all().find(({ flow }) => flow === 'etl') ?? expect.fail('no deployment');
  return whySlot(world.store, deployment, at, world.clock.wall);
}

async function afterANight(): Promise<ScheduleWorld> {
  const world = scheduleWorld();
  await world.deploy('etl', '0 * * * *');
  await world.pass(30 * MIN);
  await world.restart(3 * HOUR);
  return world;
}

describe('a time that is past', () => {
  test('is told with its outcome, its reason, its run and its neighbours', async () => {
    const world = await afterANight();
    expect(why(world, '2026-01-01T03:00')).toMatchObject([
      {
        slot: instant('2026-01-01T03:00'),
        outcome: 'caught_up',
        run: 1,
        why: expect.stringMatching(
          /^Due at 2026-01-01 03:00: a run was started later, .*the server was down.* Run 1 is Scheduled/,
        ),
        facts: ['before it: 2026-01-01 02:00 missed', 'after it: 2026-01-01 04:00'],
        next: ['weir why 1'],
      },
    ]);
    expect(why(world, '02:00')[0]).toMatchObject({
      outcome: 'missed',
      facts: ['before it: 2026-01-01 01:00 missed', 'after it: 2026-01-01 03:00 caught up, run 1'],
    });
  });

  test('with a run of a backfill says so', async () => {
    const world = await afterANight();
    const { deployment } = world.scheduleOf('etl');
    const at = instant('2026-01-01T02:00');
    const wish = { deployment, schedule: null, from: at, to: at, newestFirst: false, max: 1 };
    const plan = planBackfill(world.store, wish, world.clock.wall) ?? expect.fail('too many');
    await carryOutBackfill(world.store, wish, plan, world.clock.wall);
    expect(why(world, '02:00')[0]?.why).toMatch(/it was missed .*, and a backfill gave it a run\. Run 2 is Scheduled/);
  });

  test('at which nothing was due is told with the due times around it', async () => {
    const world = await afterANight();
    expect(why(world, '02:17')).toMatchObject([
      {
        slot: null,
        outcome: 'not_due',
        why: 'Nothing is due at 2026-01-01 02:17 (UTC): the due time before is 2026-01-01 02:00, the one after 2026-01-01 03:00.',
        facts: ['schedule: 0 * * * *', 'answered last before: 2026-01-01 02:00 missed'],
      },
    ]);
  });

  test('before the first deploy is told so, with the command that makes up for it', async () => {
    const world = await afterANight();
    expect(why(world, '2025-12-31T12:00')[0]).toMatchObject({
      outcome: 'before',
      why: 'At 2025-12-31 12:00 this schedule did not exist: it was deployed at 2026-01-01 00:00.',
      next: [expect.stringContaining('weir deployment backfill etl/default --from 2025-12-31T12:00')],
    });
  });

  test('that nobody has answered yet is told so', async () => {
    const world = await afterANight();
    world.clock.wall += HOUR;
    expect(why(world, '04:00')[0]?.why).toBe(
      'It was due at 2026-01-01 04:00 and nobody has judged it yet: no server has run since.',
    );
  });

  test('is judged by the schedule that counted then, also when it has been changed or removed since', async () => {
    const world = await afterANight();
    await world.deploy('etl', '15 * * * *');
    expect(why(world, '02:00')[0]).toMatchObject({ outcome: 'missed', schedule: '0 * * * *' });
    expect(why(world, '02:15')[0]).toMatchObject({ outcome: 'before' });
    await world.deploy('etl', []);
    // No schedule is left whose zone such a time could be read in: it is that of the machine.
    expect(why(world, '2026-01-01T02:00Z')[0]).toMatchObject({ outcome: 'missed' });
    expect(why(world, '2026-01-02T02:00Z')[0]).toMatchObject({ outcome: 'not_due' });
  });
});

test('of a schedule that is due every few seconds the second that was asked for is meant', async () => {
  const world = scheduleWorld();
  await world.deploy('etl', { interval: '10s', overlap: 'allow_all' });
  await world.passTo('2026-01-01T00:02', 10_000);
  expect(why(world, '2026-01-01T00:01:20')[0]).toMatchObject({ slot: instant('2026-01-01T00:01:20'), run: 8 });
  expect(why(world, '2026-01-01T00:01')[0]).toMatchObject({ slot: instant('2026-01-01T00:01'), run: 6 });
  expect(why(world, '2026-01-01T00:01:15')[0]).toMatchObject({ slot: instant('2026-01-01T00:01:20') });
});

describe('a time that lies ahead', () => {
  test('will run, if a server does', async () => {
    const world = await afterANight();
    expect(why(world, '2026-01-01T09:00')[0]).toMatchObject({
      outcome: 'due',
      why: 'It is due at 2026-01-01 09:00, in 5h 30m, if a server runs then: none does now.',
      next: ['weir up'],
    });
    expect(why(world, null)[0]).toMatchObject({ slot: instant('2026-01-01T04:00') });
  });

  test('will be skipped while it is paused, and not when the pause has ended by then', async () => {
    const world = await afterANight();
    const { deployment } = world.scheduleOf('etl');
    const until = instant('2026-01-01T08:30');
    await world.store.writer.write(() =>
      world.store.deployments.pause(deployment.id, { at: world.clock.wall, by: 'ann', reason: 'holidays', until }),
    );
    expect(why(world, '08:00')[0]?.why).toMatch(
      /, and will be skipped: paused by ann until 2026-01-01 08:30:00: holidays\.$/,
    );
    expect(why(world, '09:00')[0]?.why).toContain('if a server runs then');
  });

  test('will be skipped when runs usually take longer than the time between', async () => {
    const world = scheduleWorld();
    await world.deploy('etl', '0 * * * *');
    for (const id of [1, 2, 3]) {
      await world.passTo(instant('2026-01-01T00:00') + (2 * id - 1) * HOUR, HOUR);
      await world.claim();
      await world.pass(90 * MIN);
      await world.end(id, 'COMPLETED', 90 * MIN);
    }
    await world.passTo('2026-01-01T07:00', HOUR);
    await world.claim();
    expect(why(world, '08:00')[0]).toMatchObject({
      why: expect.stringContaining(
        'will be skipped: the run before it will probably still be running: it usually takes 1h 30m',
      ),
    });
    expect(why(world, '09:00')[0]?.facts).toContain('its runs usually take 1h 30m');
  });

  test('in the hour that a clock change drops or repeats is told by what becomes of it', async () => {
    const world = scheduleWorld({ start: '2027-03-27T12:00' });
    await world.deploy('etl', { cron: '30 2 * * *', timezone: 'Europe/Berlin' });
    const [spring] = why(world, '2027-03-28T02:30');
    expect(spring?.why).toContain('due at 2027-03-28 03:00, in 13h (03:00 instead of 02:30: the clocks go forward)');
    const [second] = why(world, '2027-10-31T02:30+01:00');
    expect(second?.why).toContain('and will not run: 02:30 comes a second time');
  });
});

test('what is due at the same time by two schedules is told of both', async () => {
  const world = scheduleWorld();
  await world.deploy('etl', ['0 6 * * *', { name: 'hourly', cron: '0 * * * *' }]);
  const answers = why(world, '06:00');
  expect(answers.map(({ schedule }) => schedule)).toEqual(['0 6 * * *', 'hourly']);
  expect(answers[1]?.facts[0]).toBe('the schedule: hourly');
  expect(why(world, '07:00')).toHaveLength(1);
});

test('a deployment without a schedule, and one that is never due again, say so', async () => {
  const world = scheduleWorld();
  await world.deploy('etl', []);
  expect(why(world, '06:00')[0]?.why).toBe('etl/default has no schedule.');
  await world.deploy('etl', { cron: '0 0 0 1 1 * 2026', seconds: true });
  await world.pass(MIN);
  expect(why(world, null)[0]?.why).toBe('etl/default is not due any more.');
});

test.each([
  ['2026-11-23', '2026-11-22T23:00'],
  ['2026-11-23T06:00', '2026-11-23T05:00'],
  ['2026-11-23 06:00', '2026-11-23T05:00'],
  ['2026-11-23T06:00Z', '2026-11-23T06:00'],
  ['2026-11-23T06:00+05:00', '2026-11-23T01:00'],
  ['6:00', '2026-07-01T04:00'],
  ['2027-03-28T02:30', '2027-03-28T01:00'],
  ['2027-10-31T02:30', '2027-10-31T00:30'],
  ['now', '2026-07-01T10:00'],
])('a time that is asked for as %s is %s UTC in Berlin', (text, expected) => {
  const at = parseAskedTime(text, 'Europe/Berlin', instant('2026-07-01T10:00'));
  expect(new Date(at).toISOString().slice(0, 16)).toBe(expected);
});

test.each(['tomorrow', '', '25:00', '2026-02-30', '06'])('"%s" is no time', (text) => {
  expect(() => parseAskedTime(text, 'UTC', 0)).toThrow('is no time');
});
