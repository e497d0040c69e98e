/** What lies ahead of deployments, in one list, and what is likely to keep it from running. */
import { describe, expect, test } from 'vitest';
import type { ScheduleInput } from '../../src/model/schedule-input.ts';
import { resolveSchedules, scheduleIdentity } from '../../src/model/schedule-spec.ts';
import { overlapForecast, type Timetable, upcoming } from '../../src/model/timetable.ts';

const NOW = Date.UTC(2026, 10, 23, 12);
const HOUR = 3_600_000;

function timetable(name: string, schedules: ScheduleInput | ScheduleInput[], rest: Partial<Timetable> = {}): Timetable {
  const specs = resolveSchedules(schedules, { machineZone: 'UTC', seed: name, createdAt: NOW });
  return {
    ...{ name, paused: null, broken: null, typicalMs: null, runningUntil: null },
    schedules: specs.map((spec) => ({ identity: scheduleIdentity(spec), spec, nextAt: null })),
    ...rest,
  };
}

function told(timetables: readonly Timetable[], limit: number, now = NOW): string[] {
  return upcoming(timetables, now, limit).map(({ timetable: { name }, slot, whyNot }) => {
    const at = new Date(slot.at).toISOString().slice(5, 16);
    return `${at} ${name}${whyNot === null ? '' : ' -'}`;
  });
}

describe('upcoming', () => {
  test('gives the due times of all deployments and all their schedules in one order', () => {
    const hourly = timetable('hourly', '0 * * * *');
    const twice = timetable('twice', ['30 13 * * *', { interval: '45m' }]);
    expect(told([hourly, twice], 6)).toEqual([
      '11-23T12:45 twice',
      '11-23T13:00 hourly',
      '11-23T13:30 twice',
      // Its run of the same moment has only begun.
      '11-23T13:30 twice -',
      '11-23T14:00 hourly',
      '11-23T14:15 twice',
    ]);
  });

  test('begins after now, also where a due time of the past has not been answered', () => {
    const late = timetable('late', '0 * * * *');
    const schedules = late.schedules.map((schedule) => ({ ...schedule, nextAt: NOW - 5 * HOUR }));
    expect(told([{ ...late, schedules }], 2)).toEqual(['11-23T13:00 late', '11-23T14:00 late']);
    expect(told([late], 1, Date.UTC(2026, 10, 23, 13))).toEqual(['11-23T14:00 late']);
  });

  test('ends with what is never due again, and with the limit', () => {
    const once = timetable('once', { cron: '0 0 0 1 1 * 2027', seconds: true });
    expect(told([once], 10)).toEqual(['01-01T00:00 once']);
    expect(told([once], 10, Date.UTC(2027, 0, 1))).toEqual([]);
    expect(told([], 10)).toEqual([]);
    expect(told([once], 0)).toEqual([]);
  });

  test('says what the clock change of a spring or autumn night does', () => {
    const spring = upcoming(
      [timetable('n', { cron: '30 2 * * *', timezone: 'America/New_York' })],
      Date.UTC(2027, 2, 13, 12),
      1,
    );
    expect(spring[0]).toMatchObject({
      slot: { at: Date.UTC(2027, 2, 14, 7) },
      whyNot: null,
      note: '03:00 instead of 02:30: the clocks go forward',
    });
    const autumn = upcoming(
      [timetable('n', { cron: '30 1 * * *', timezone: 'America/New_York' })],
      Date.UTC(2027, 10, 6, 12),
      3,
    );
    expect(autumn.map(({ whyNot }) => whyNot)).toEqual([
      null,
      '01:30 comes a second time: the clocks go back from 02:00 to 01:00, and it ran the first time',
      null,
    ]);
  });

  test('says of a paused deployment who paused it, of one whose file is broken that the version before runs', () => {
    const paused = timetable('p', '@hourly', { paused: { by: 'ann', reason: 'holidays', from: 0, until: null } });
    expect(upcoming([paused], NOW, 1)[0]?.whyNot).toBe('paused by ann: holidays');
    const broken = timetable('b', '@hourly', { broken: 'line 3' });
    expect(upcoming([broken], NOW, 1)[0]).toMatchObject({
      whyNot: null,
      note: 'its file is broken, so the version before it runs: line 3',
    });
  });

  test('begins with the due time that stands in the file, so that ten thousand schedules cost no ten thousand times', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => {
      const one = timetable(`d${index}`, '0 * * * *');
      return { ...one, schedules: one.schedules.map((each) => ({ ...each, nextAt: NOW + HOUR + index })) };
    });
    // Not on its grid: reckoning it anew would give another time, and begin with every one of them.
    expect(upcoming(many, NOW, 3).map(({ slot }) => slot.at - NOW)).toEqual([HOUR, 2 * HOUR, 2 * HOUR]);
  });
});

describe('overlap', () => {
  test.each([
    ['30m', 'skip', null],
    ['90m', 'skip', 'usually takes 1h 30m: every second slot will be skipped'],
    ['170m', 'skip', 'usually takes 2h 50m: 2 of 3 slots will be skipped'],
    ['90m', 'allow_all', null],
    ['61m', 'buffer_one', 'usually takes 1h 1m: 59 of the next 60 slots will wait for the one before'],
  ] as const)('of an hourly flow that takes %s with overlap %s is foretold', (takes, overlap, expected) => {
    const typicalMs = Number.parseInt(takes, 10) * 60_000;
    const hourly = timetable('hourly', { cron: '0 * * * *', overlap }, { typicalMs });
    expect(overlapForecast(hourly, NOW)).toBe(expected);
  });

  test('is foretold slot by slot, from the run that goes on now', () => {
    const rest = { typicalMs: 1.5 * HOUR, runningUntil: NOW + 1.2 * HOUR };
    const hourly = timetable('h', '0 * * * *', rest);
    expect(told([hourly], 4)).toEqual(['11-23T13:00 h -', '11-23T14:00 h', '11-23T15:00 h -', '11-23T16:00 h']);
    expect(upcoming([hourly], NOW, 1)[0]?.whyNot).toBe(
      'the run before it will probably still be running: it usually takes 1h 30m',
    );
  });

  test('is among all schedules of one deployment, not among deployments', () => {
    const rest = { typicalMs: 40 * 60_000 };
    const both = timetable('both', ['0 * * * *', '30 * * * *'], rest);
    expect(told([both, timetable('other', '30 * * * *', rest)], 3)).toEqual([
      '11-23T12:30 both',
      '11-23T12:30 other',
      '11-23T13:00 both -',
    ]);
  });
});
