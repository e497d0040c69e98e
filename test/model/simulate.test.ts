/** A stretch of time as the scheduler would answer it, with sleeps and clock changes, and the words for such stretches. */
import { describe, expect, test } from 'vitest';
import type { ScheduleInput } from '../../src/model/schedule-input.ts';
import { resolveSchedules, scheduleIdentity } from '../../src/model/schedule-spec.ts';
import { mergedSleeps, type SimulationParts, simulate } from '../../src/model/simulate.ts';
import { parseFrom, parseSpan, parseTo } from '../../src/model/time-range.ts';
import type { Timetable } from '../../src/model/timetable.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FROM = Date.UTC(2026, 10, 24);

function timetable(schedules: ScheduleInput | ScheduleInput[], rest: Partial<Timetable> = {}): Timetable {
  const specs = resolveSchedules(schedules, { machineZone: 'UTC', seed: 'f/default', createdAt: FROM });
  return {
    ...{ name: 'f', paused: null, broken: null, typicalMs: null, runningUntil: null },
    schedules: specs.map((spec) => ({ identity: scheduleIdentity(spec), spec, nextAt: null })),
    ...rest,
  };
}

function run(schedules: ScheduleInput | ScheduleInput[], parts: Partial<SimulationParts> = {}, rest = {}) {
  const timetables = [timetable(schedules, rest)];
  return simulate({ timetables, from: FROM, to: FROM + 12 * HOUR, sleeps: [], durationMs: null, most: 1000, ...parts });
}

/** `05 caught_up 09:30-11:00`: hour of the slot, outcome, and when its run goes on. */
function told({ slots }: ReturnType<typeof simulate>): string[] {
  const clock = (at: number) => new Date(at).toISOString().slice(11, 16);
  return slots.map(({ at, outcome, startAt, endAt }) => {
    const span = startAt === null || startAt === at ? '' : ` ${clock(startAt)}-${endAt === null ? '' : clock(endAt)}`;
    return `${clock(at)} ${outcome}${span}`;
  });
}

describe('simulate', () => {
  test('gives every due time of the stretch, both ends included', () => {
    const { slots, stoppedAt } = run('0 * * * *');
    expect(slots).toHaveLength(13);
    expect(slots.every(({ outcome }) => outcome === 'ran')).toBe(true);
    expect(stoppedAt).toBeNull();
  });

  test('skips what is due while the run before goes on, and says so', () => {
    const simulation = run('0 * * * *', { to: FROM + 3 * HOUR, durationMs: 1.5 * HOUR });
    expect(told(simulation)).toEqual(['00:00 ran', '01:00 skipped', '02:00 ran', '03:00 skipped']);
    expect(simulation.slots[1]?.reason).toContain('still running');
    expect(simulation.slots[0]).toMatchObject({ startAt: FROM, endAt: FROM + 1.5 * HOUR });
  });

  test('buffers one, and no second', () => {
    const schedule = { cron: '*/20 0 * * *', overlap: 'buffer_one' } as const;
    expect(told(run(schedule, { durationMs: 50 * 60_000 }))).toEqual([
      '00:00 ran',
      '00:20 buffered 00:50-01:40',
      '00:40 skipped',
    ]);
    expect(told(run({ ...schedule, overlap: 'allow_all' }, { durationMs: 50 * 60_000 }))).toEqual([
      '00:00 ran',
      '00:20 ran',
      '00:40 ran',
    ]);
  });

  test.each([
    ['latest', ['02:00 missed', '03:00 missed', '04:00 caught_up 04:30-', '05:00 ran']],
    ['skip', ['02:00 missed', '03:00 missed', '04:00 missed', '05:00 ran']],
    ['all', ['02:00 caught_up 04:30-', '03:00 caught_up 04:30-', '04:00 caught_up 04:30-', '05:00 ran']],
  ] as const)('decides on waking by catchup %s, with the sleep as the reason', (catchup, expected) => {
    const sleeps = [{ from: FROM + 1.5 * HOUR, to: FROM + 4.5 * HOUR }];
    const simulation = run({ cron: '0 2-5 * * *', catchup }, { sleeps });
    expect(told(simulation)).toEqual(expected);
    expect(simulation.slots[0]?.reason).toContain('asleep from 2026-11-24 01:30:00 to 2026-11-24 04:30:00');
  });

  test('lets runs go on only while the machine is awake, and catches up one after another', () => {
    const sleeps = [{ from: FROM + 0.5 * HOUR, to: FROM + 4.5 * HOUR }];
    const simulation = run({ cron: '0 0-3 * * *', catchup: 'all' }, { sleeps, durationMs: HOUR });
    expect(simulation.slots[0]).toMatchObject({ startAt: FROM, endAt: FROM + 5 * HOUR });
    expect(told(simulation)).toEqual([
      '00:00 ran',
      '01:00 caught_up 05:00-06:00',
      '02:00 caught_up 06:00-07:00',
      '03:00 caught_up 07:00-08:00',
    ]);
  });

  test('catches up after a sleep that outlasts the stretch by the newest of all that was due meanwhile', () => {
    const sleeps = [{ from: FROM + 1.5 * HOUR, to: FROM + 6.5 * HOUR }];
    const simulation = run('0 * * * *', { sleeps, to: FROM + 3 * HOUR });
    expect(told(simulation).slice(1)).toEqual([
      '01:00 ran',
      '02:00 missed',
      '03:00 missed',
      '04:00 missed',
      '05:00 missed',
      '06:00 caught_up 06:30-',
    ]);
  });

  test('leaves what is older than the catch-up window', () => {
    const sleeps = [{ from: FROM - HOUR, to: FROM + 30 * HOUR }];
    const simulation = run({ cron: '0 0 * * *', catchupWindow: '1h' }, { sleeps, to: FROM + DAY });
    expect(told(simulation)).toEqual(['00:00 missed', '00:00 missed']);
    expect(simulation.slots[1]?.reason).toContain('older than the catch-up window of 1h');
  });

  test('tells what clock changes move and drop', () => {
    const schedule = { cron: '30 2 * * *', timezone: 'Europe/Berlin' };
    const spring = run(schedule, { from: Date.UTC(2027, 2, 28), to: Date.UTC(2027, 2, 28, 12) });
    expect(spring.slots).toMatchObject([{ outcome: 'ran', note: '03:00 instead of 02:30: the clocks go forward' }]);
    const autumn = run(schedule, { from: Date.UTC(2027, 9, 30, 12), to: Date.UTC(2027, 9, 31, 12) });
    expect(autumn.slots.map(({ outcome }) => outcome)).toEqual(['ran', 'suppressed']);
  });

  test('skips everything of a paused deployment, and says who paused it', () => {
    const { slots } = run('0 0 * * *', {}, { paused: { by: 'ann', reason: 'holidays', from: 0, until: null } });
    expect(slots).toMatchObject([{ outcome: 'skipped', reason: 'paused by ann: holidays', startAt: null }]);
  });

  test('takes as long as runs usually do, unless told otherwise', () => {
    expect(told(run('0 0-1 * * *', {}, { typicalMs: 90 * 60_000 }))).toEqual(['00:00 ran', '01:00 skipped']);
    expect(told(run('0 0-1 * * *', { durationMs: HOUR }, { typicalMs: 90 * 60_000 }))).toEqual([
      '00:00 ran',
      '01:00 ran',
    ]);
  });

  test('judges overlap among all schedules of a deployment', () => {
    const both = run(['0 0 * * *', '30 0 * * *'], { durationMs: HOUR });
    expect(told(both)).toEqual(['00:00 ran', '00:30 skipped']);
  });

  test('stops where there are too many, and says where', () => {
    const simulation = run('* * * * *', { most: 10 });
    expect(simulation.slots).toHaveLength(10);
    expect(simulation.stoppedAt).toBe(FROM + 10 * 60_000);
    expect(run('0 * * * *', { most: 13 }).stoppedAt).toBeNull();
  });
});

test('sleeps that overlap or touch are one', () => {
  const sleeps = [
    { from: 50, to: 60 },
    { from: 10, to: 20 },
    { from: 15, to: 30 },
    { from: 30, to: 40 },
    { from: 31, to: 32 },
  ];
  expect(mergedSleeps(sleeps)).toEqual([
    { from: 10, to: 40 },
    { from: 50, to: 60 },
  ]);
});

describe('a stretch of time as people write it', () => {
  const now = Date.UTC(2026, 10, 23, 12);
  const iso = (at: number) => new Date(at).toISOString().slice(0, 19);
  test.each([
    ['2026-11-20', '2026-11-19T23:00:00'],
    ['2026-11-20T06:00', '2026-11-20T05:00:00'],
    ['2026-11-20T06:00Z', '2026-11-20T06:00:00'],
    ['7d', '2026-11-16T12:00:00'],
    ['6:05', '2026-11-23T05:05:00'],
    ['now', '2026-11-23T12:00:00'],
  ])('begins at %s', (text, expected) => {
    expect(iso(parseFrom(text, 'Europe/Berlin', '--from', now))).toBe(expected);
  });

  test.each([
    ['2026-11-20', '2026-11-20T22:59:59'],
    ['2026-10-25', '2026-10-25T22:59:59'],
    ['2026-11-20T06:00', '2026-11-20T05:00:00'],
    ['36h', '2026-11-21T12:00:00'],
    ['11:25', '2026-11-23T10:25:00'],
    ['now', '2026-11-23T12:00:00'],
  ])('ends at %s, a date with its whole day', (text, expected) => {
    expect(iso(parseTo(text, 'Europe/Berlin', '--to', { from: Date.UTC(2026, 10, 20), now }))).toBe(expected);
  });

  test.each([
    ['2026-03-08T01:00..2026-03-08T09:00', 8 * HOUR],
    ['2026-03-08T01:00..90m', 1.5 * HOUR],
    ['01:00..02:30', 1.5 * HOUR],
    ['2026-03-08..2026-03-09', 2 * DAY],
  ])('as %s has a begin and an end', (text, ms) => {
    const { from, to } = parseSpan(text, 'UTC', '--sleep', now);
    expect(to - from).toBe(ms);
  });

  test.each([
    ['2026-03-08', '--sleep: "2026-03-08" is no stretch of time'],
    ['2026-03-08..', 'is no stretch of time'],
    ['2026-03-08T09:00..2026-03-08T01:00', 'the end, 2026-03-08 01:00, lies before the begin, 2026-03-08 09:00'],
    ['2026-02-30..1h', 'is not a time'],
    ['2026-03-08..2026-02-30', 'is not a time'],
  ])('is refused as %s', (text, sentence) => {
    expect(() => parseSpan(text, 'UTC', '--sleep', now)).toThrow(sentence);
  });
});
