/** When schedules are due: the grammar, the table of clock changes, and the properties that must hold in every zone. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WeirError } from '../../src/model/errors.ts';
import { catchupWindowMs, jitterMs, nextSlot, nextSlots, previousSlot } from '../../src/model/schedule.ts';
import type { ScheduleInput } from '../../src/model/schedule-input.ts';
import {
  resolveSchedule,
  resolveSchedules,
  type ScheduleSpec,
  type ScheduleSurroundings,
  scheduleIdentity,
  scheduleWarnings,
} from '../../src/model/schedule-spec.ts';
import type { Slot } from '../../src/model/slot.ts';
import { dueMinutes } from './schedule-oracle.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SURROUNDINGS: ScheduleSurroundings = {
  machineZone: 'UTC',
  seed: 'retrain/default',
  createdAt: Date.UTC(2026, 0, 1),
};
const NEW_YORK = 'America/New_York';

function spec(input: ScheduleInput | string, timezone?: string): ScheduleSpec {
  const written = typeof input === 'string' ? { cron: input } : input;
  return resolveSchedule(timezone === undefined ? written : { ...written, timezone }, SURROUNDINGS);
}

function at(text: string): number {
  return Temporal.Instant.from(text.endsWith('Z') ? text : `${text}Z`).epochMilliseconds;
}

/** Slots from an instant on (inclusive) as `03-11T07:00`; a suppressed one in brackets. */
function utc(schedule: ScheduleSpec, from: string, count: number, withSuppressed = false): string[] {
  return nextSlots(schedule, at(from), count, { inclusive: true, withSuppressed }).map((slot) => {
    const text = new Date(slot.at).toISOString().slice(5, 16);
    return slot.suppressed ? `(${text})` : text;
  });
}

function error(input: unknown, surroundings: Partial<ScheduleSurroundings> = {}): string {
  try {
    resolveSchedules(input as ScheduleInput, { ...SURROUNDINGS, ...surroundings });
  } catch (caught) {
    if (caught instanceof WeirError && caught.code === 'invalid-value') return `${caught.message} | ${caught.hint}`;
    throw caught;
  }
  return 'accepted';
}

describe('cron grammar', () => {
  test.each([
    ['0 6 * * MON', '2026-01-05T06:00'],
    ['0 6 * * mon-fri', '2026-01-01T06:00'],
    ['0 6 1,15 JUL *', '2026-07-01T06:00'],
    ['10-50/20 3 * * *', '2026-01-01T03:10'],
    ['0 0 L * *', '2026-01-31T00:00'],
    ['0 0 * * FRI#2', '2026-01-09T00:00'],
    ['0 0 * * FRIL', '2026-01-30T00:00'],
    ['0 0 15W 2 *', '2026-02-16T00:00'],
    ['0 0 LW * *', '2026-01-30T00:00'],
    ['0 0 ? * 7', '2026-01-04T00:00'],
    ['0 0 29 2 *', '2028-02-29T00:00'],
    ['@hourly', '2026-01-01T01:00'],
    ['@daily', '2026-01-02T00:00'],
    ['@midnight', '2026-01-02T00:00'],
    ['@weekly', '2026-01-04T00:00'],
    ['@monthly', '2026-02-01T00:00'],
    ['@yearly', '2027-01-01T00:00'],
    ['@annually', '2027-01-01T00:00'],
    ['@every 90m', '2026-01-01T01:30'],
    ['CRON_TZ=Asia/Tokyo 0 6 * * *', '2026-01-01T21:00'],
  ])('"%s" is next due at %s', (cron, expected) => {
    const next = nextSlot(spec(cron), at('2026-01-01T00:00'));
    expect(new Date(next?.at ?? 0).toISOString().slice(0, 16)).toBe(expected);
  });

  test('six or seven fields are allowed only with seconds: true', () => {
    expect(error('*/15 * * * * *')).toBe(
      'schedule.cron: "*/15 * * * * *" has 6 fields; it needs five: minute, hour, day of month, month, weekday. | ' +
        'If the first field is meant to be seconds, say so with seconds: true.',
    );
    const every15s = spec({ cron: '*/15 * * * * *', seconds: true });
    expect(nextSlot(every15s, at('2026-01-01T00:00'))?.at).toBe(at('2026-01-01T00:00:15'));
    const once = spec({ cron: '0 0 0 1 1 * 2030', seconds: true });
    expect(nextSlot(once, at('2026-01-01T00:00'))?.at).toBe(at('2030-01-01T00:00'));
    expect(nextSlot(once, at('2030-01-01T00:00'))).toBeNull();
    expect(error({ cron: '0 6 * * *', seconds: true })).toContain('with seconds: true it needs six or seven');
  });

  test.each([
    ['60 * * * *', '"60" is not a valid minute in "60 * * * *". | A minute is 0-59'],
    ['0 25 * * *', '"25" is not a valid hour'],
    ['0 0 32 * *', '"32" is not a valid day of month'],
    ['0 0 * 13 *', '"13" is not a valid month'],
    ['0 0 * * 8', '"8" is not a valid weekday'],
    ['0 0 * * MOM', '"MOM" is not a valid weekday in "0 0 * * MOM". | Did you mean MON?'],
    ['0 0 * * FRI-MON', 'its range goes backwards. | Write two ranges: FRI-SAT,SUN-MON.'],
    ['5/15 * * * *', 'a step needs * or a range before it. | Write 5-59/15.'],
    ['*/0 * * * *', 'its step is out of range'],
    ['0 0 * * MON#6', 'after # comes 1 to 5'],
    ['0 6 * *', '"0 6 * *" has 4 fields; it needs five'],
    ['', '"" has 0 fields'],
    ['@dayly', 'schedule.cron: "@dayly" is not a nickname of a time. | Did you mean @daily?'],
    ['@reboot 5m', '"@reboot 5m" is not a nickname of a time.'],
    [
      '0 3 * * MON /usr/bin/python3 /opt/x.py --fast',
      `schedule.cron: "0 3 * * MON /usr/bin/python3 /opt/x.py --fast" is a crontab's line with its command; a schedule is the time alone. | The schedule is "0 3 * * MON"; a task of the flow has the command, run: /usr/bin/python3 /opt/x.py --fast`,
    ],
    ['*/5  *\t* * *   backup', 'a task of the flow has the command, run: backup'],
    ['@daily ./backup.sh', 'The schedule is "@daily"; a task of the flow has the command, run: ./backup.sh'],
    ['CRON_TZ=Asia/Tokyo 0 3 * * * backup', 'The schedule is "0 3 * * *"'],
    ['every monday at three in the morning', 'has 7 fields; it needs five'],
    ['0 3 * * 1 mon', 'has 6 fields; it needs five'],
    ['@every 10', 'schedule.cron: 10 what?'],
    ['0 0 30 2 *', '"0 0 30 2 *" never fires: no year has such a day.'],
    ['0 0 31 4,6 *', 'never fires'],
    [
      'CRON_TZ=Europe/Berln 0 6 * * *',
      'schedule.cron: "Europe/Berln" is not a known time zone. | Did you mean Europe/Berlin',
    ],
  ])('"%s" is refused with the field at fault', (cron, sentence) => {
    expect(error(cron)).toContain(sentence);
  });

  test.each([
    ['either, when both are restricted', '0 0 13 * FRI', true, ['01-02T00:00', '01-09T00:00', '01-13T00:00']],
    ['both, with dayOr: false', '0 0 13 * FRI', false, ['02-13T00:00', '03-13T00:00', '11-13T00:00']],
    ['both, when the day of month begins with *', '0 0 */2 * MON', true, ['01-05T00:00', '01-19T00:00', '02-09T00:00']],
    ['both, when the weekday begins with *', '0 0 1-9 * */6', true, ['01-03T00:00', '01-04T00:00', '02-01T00:00']],
  ])('day of month and weekday: %s', (_, cron, dayOr, expected) => {
    expect(utc(spec({ cron, dayOr }), '2026-01-01T00:01', 3)).toEqual(expected);
  });

  test('a step that does not divide its field is a warning that shows the gap', () => {
    expect(scheduleWarnings(spec('0 */7 * * *'))).toEqual([
      '"*/7" in the hour field does not divide 24: it starts again at 0 after 21, a gap of 3 hours instead of 7.',
    ]);
    expect(scheduleWarnings(spec('*/45 * * * *'))).toEqual([
      '"*/45" in the minute field does not divide 60: it starts again at 0 after 45, a gap of 15 minutes instead of 45.',
    ]);
    expect(scheduleWarnings(spec('0 0 */2 * *'))).toEqual([
      '"*/2" in the day of month field does not divide 31: it starts again at 1 after 31, ' +
        'a gap of 1 day instead of 2, fewer in shorter months.',
    ]);
    expect(scheduleWarnings(spec('*/15 */6 * * *'))).toEqual([]);
    expect(scheduleWarnings(spec({ interval: '7h' }))).toEqual([]);
  });
});

describe('a ~ in a cron expression', () => {
  test('is chosen once per schedule, the same after every start', () => {
    const chosen = spec('0~29 ~ * * *');
    expect(chosen).toEqual(spec('0~29 ~ * * *'));
    expect(chosen.kind === 'cron' && chosen.fields).toMatch(/^([12]?\d) (1?\d|2[0-3]) \* \* \*$/);
    expect(chosen.kind === 'cron' && chosen.cron).toBe('0~29 ~ * * *');
  });

  test('is spread over schedules', () => {
    const of = (seed: string) => resolveSchedule('~ * * * *', { ...SURROUNDINGS, seed });
    const minutes = new Set(Array.from({ length: 300 }, (_, index) => of(`flow-${index}/default`)).map(fieldsOf));
    expect(minutes.size).toBeGreaterThan(55);
  });

  test('keeps a lone ~ in the day of month below 29, so that no month is left out', () => {
    for (let index = 0; index < 200; index++) {
      const day = Number(fieldsOf(resolveSchedule('0 0 ~ * *', { ...SURROUNDINGS, seed: `${index}` })).split(' ')[2]);
      expect(day).toBeLessThanOrEqual(28);
    }
  });

  test('takes open ends, lists and names, and refuses what is no range', () => {
    expect(fieldsOf(spec('50~ ~3 * * MON~TUE'))).toMatch(/^5\d [0-3] \* \* [12]$/);
    expect(fieldsOf(spec('0~9,30~39 * * * *'))).toMatch(/^\d,3\d \* \* \* \*$/);
    expect(error('9~5 * * * *')).toContain('"9~5" is not a valid minute.');
    expect(error('0~90 * * * *')).toContain('"0~90" is not a valid minute.');
    expect(error('~/5 * * * *')).toContain('"~/5" is not a valid minute.');
  });

  test('in the hour field is a fixed hour at a clock change', () => {
    expect(utc(spec('30 2~2 * * *', NEW_YORK), '2018-03-11T05:00', 2)).toEqual(['03-11T07:00', '03-12T06:30']);
  });

  function fieldsOf(schedule: ScheduleSpec): string {
    return schedule.kind === 'cron' ? schedule.fields : '';
  }
});

describe('the table of clock changes', () => {
  test('09:00 in New York is 14:00 UTC before 2018-03-11 and 13:00 UTC from then on', () => {
    expect(utc(spec('0 9 * * *', NEW_YORK), '2018-03-09T00:00', 4)).toEqual([
      '03-09T14:00',
      '03-10T14:00',
      '03-11T13:00',
      '03-12T13:00',
    ]);
  });

  test('every hour goes on over the spring change: 04, 05, 06, 07, 08 UTC', () => {
    expect(utc(spec('0 * * * *', NEW_YORK), '2018-03-11T04:00', 5).map((text) => text.slice(6, 8))).toEqual([
      '04',
      '05',
      '06',
      '07',
      '08',
    ]);
  });

  test('a fixed hour that does not exist is moved to the end of the gap, with a note', () => {
    const daily = spec('30 2 * * *', NEW_YORK);
    expect(nextSlots(daily, at('2018-03-10T12:00'), 2)).toEqual([
      {
        at: at('2018-03-11T07:00'),
        note: '03:00 instead of 02:30: the clocks go forward',
        suppressed: false,
      },
      { at: at('2018-03-12T06:30'), note: null, suppressed: false },
    ]);
  });

  test('all slots of the gap merge into one, also with a regular slot at its end', () => {
    const [merged, next] = nextSlots(spec('*/15 2-3 * * *', NEW_YORK), at('2018-03-11T00:00'), 2);
    expect(merged).toEqual({
      at: at('2018-03-11T07:00'),
      note: '03:00 instead of 02:00, 02:15, 02:30 and 02:45: the clocks go forward',
      suppressed: false,
    });
    expect(next).toEqual({ at: at('2018-03-11T07:15'), note: null, suppressed: false });
  });

  test('a regular slot at the end of the gap has no note when nothing was moved to it', () => {
    expect(nextSlot(spec('0 3 * * *', NEW_YORK), at('2018-03-11T00:00'))).toEqual({
      at: at('2018-03-11T07:00'),
      note: null,
      suppressed: false,
    });
  });

  test('a fixed hour that comes twice runs the first time only', () => {
    expect(utc(spec('30 1 * * *', NEW_YORK), '2018-11-04T00:00', 2)).toEqual(['11-04T05:30', '11-05T06:30']);
    expect(utc(spec('*/30 1 * * *', NEW_YORK), '2018-11-04T00:00', 3)).toEqual([
      '11-04T05:00',
      '11-04T05:30',
      '11-05T06:00',
    ]);
  });

  test('the second time is told as suppressed when asked for', () => {
    const daily = spec('30 1 * * *', NEW_YORK);
    expect(utc(daily, '2018-11-04T00:00', 3, true)).toEqual(['11-04T05:30', '(11-04T06:30)', '11-05T06:30']);
    expect(nextSlot(daily, at('2018-11-04T05:30'), { withSuppressed: true })?.note).toBe(
      '01:30 comes a second time: the clocks go back from 02:00 to 01:00, and it ran the first time',
    );
  });

  test('an hour field that begins with * runs in both hours of autumn', () => {
    expect(utc(spec('*/30 * * * *', NEW_YORK), '2018-11-04T05:00', 5, true)).toEqual([
      '11-04T05:00',
      '11-04T05:30',
      '11-04T06:00',
      '11-04T06:30',
      '11-04T07:00',
    ]);
  });

  test('an hour field that begins with * has neither gap nor burst in spring', () => {
    expect(utc(spec('*/30 * * * *', NEW_YORK), '2018-03-11T06:00', 4)).toEqual([
      '03-11T06:00',
      '03-11T06:30',
      '03-11T07:00',
      '03-11T07:30',
    ]);
    expect(utc(spec('30 * * * *', NEW_YORK), '2018-03-11T06:00', 2)).toEqual(['03-11T06:30', '03-11T07:30']);
  });

  test('every two hours keeps the slot whose hour does not exist, by elapsed time', () => {
    const slots = nextSlots(spec('0 */2 * * *', NEW_YORK), at('2018-03-11T05:00'), 3, { inclusive: true });
    expect(slots.map((slot) => new Date(slot.at).toISOString().slice(11, 16))).toEqual(['05:00', '07:00', '08:00']);
    expect(slots[1]?.note).toBe('03:00 instead of 02:00: the clocks go forward, and it goes by elapsed time');
  });

  test('a change of half an hour follows the same rules (Lord Howe)', () => {
    expect(utc(spec('15 2 * * *', 'Australia/Lord_Howe'), '2018-10-06T00:00', 2)).toEqual([
      '10-06T15:30',
      '10-07T15:15',
    ]);
    expect(utc(spec('45 1 * * *', 'Australia/Lord_Howe'), '2018-03-31T00:00', 3, true)).toEqual([
      '03-31T14:45',
      '(03-31T15:15)',
      '04-01T15:15',
    ]);
  });

  test('midnight that does not exist is moved to 01:00 (Santiago)', () => {
    expect(utc(spec('0 0 * * *', 'America/Santiago'), '2018-08-11T04:00', 3)).toEqual([
      '08-11T04:00',
      '08-12T04:00',
      '08-13T03:00',
    ]);
  });

  test('a day that does not exist has its slots at the first moment of the next (Apia, 2011-12-30)', () => {
    expect(utc(spec('0 9 * * *', 'Pacific/Apia'), '2011-12-29T00:00', 3)).toEqual([
      '12-29T19:00',
      '12-30T10:00',
      '12-30T19:00',
    ]);
  });

  test('48h is elapsed time and 2d keeps the wall clock (Amsterdam 2023-03-26: 11:00 against 10:00)', () => {
    const local = (interval: string) => {
      const schedule = spec({ interval, anchor: '2023-03-25T10:00' }, 'Europe/Amsterdam');
      const next = nextSlot(schedule, at('2023-03-26T00:00'));
      return Temporal.Instant.fromEpochMilliseconds(next?.at ?? 0)
        .toZonedDateTimeISO('Europe/Amsterdam')
        .toPlainTime()
        .toString({ smallestUnit: 'minute' });
    };
    expect(local('48h')).toBe('11:00');
    expect(local('2d')).toBe('10:00');
  });

  test('an interval in days is moved and merged like a fixed hour', () => {
    const daily = spec({ interval: '1d', anchor: '2018-03-01T02:30' }, NEW_YORK);
    expect(utc(daily, '2018-03-11T00:00', 2)).toEqual(['03-11T07:00', '03-12T06:30']);
    const early = spec({ interval: '1d', anchor: '2018-11-01T01:30' }, NEW_YORK);
    expect(utc(early, '2018-11-04T00:00', 3, true)).toEqual(['11-04T05:30', '(11-04T06:30)', '11-05T06:30']);
  });
});

describe('intervals', () => {
  test('count from the anchor in both directions: 17h with an anchor in 2030, asked in 2021', () => {
    const schedule = spec({ interval: '17h', anchor: '2030-01-01T00:00Z' });
    const next = nextSlot(schedule, at('2021-06-01T00:00'))?.at ?? 0;
    expect((at('2030-01-01T00:00') - next) % (17 * HOUR)).toBe(0);
    expect(next - at('2021-06-01T00:00')).toBeGreaterThan(0);
    expect(next - at('2021-06-01T00:00')).toBeLessThanOrEqual(17 * HOUR);
  });

  test('an anchor defaults to the creation and is itself a slot', () => {
    const hourly = spec({ interval: '1h' });
    expect(nextSlot(hourly, SURROUNDINGS.createdAt, { inclusive: true })?.at).toBe(SURROUNDINGS.createdAt);
    expect(nextSlot(hourly, SURROUNDINGS.createdAt)?.at).toBe(SURROUNDINGS.createdAt + HOUR);
    expect(previousSlot(hourly, SURROUNDINGS.createdAt)?.at).toBe(SURROUNDINGS.createdAt - HOUR);
  });

  test('take milliseconds as a number, and an anchor as a date in the zone, an instant or a Date', () => {
    expect(nextSlot(spec({ interval: 90_000 }), SURROUNDINGS.createdAt)?.at).toBe(SURROUNDINGS.createdAt + 90_000);
    const anchors = [
      '2026-01-01',
      '2026-01-01T00:00+01:00',
      '2026-01-01T00:00[Europe/Berlin]',
      new Date('2025-12-31T23:00Z'),
    ];
    for (const anchor of anchors) {
      expect(spec({ interval: '1d', anchor }, 'Europe/Berlin')).toMatchObject({ anchorAt: at('2025-12-31T23:00') });
    }
  });

  test.each([
    [{ interval: '10' }, 'schedule.interval: 10 what?'],
    [{ interval: '0s' }, '"0s" is too short; the shortest interval is 1s.'],
    [{ interval: '250ms' }, 'too short'],
    [{ interval: -5 }, 'schedule.interval: -5 is not a duration'],
    [{ interval: '40000d' }, '"40000d" is too long; the longest interval is 36500d.'],
    [{ interval: '1d12h' }, '"1d12h" mixes days of the calendar with elapsed time.'],
    [{ interval: '1.5d' }, '"1.5d" is not a whole number of days. | Write it in hours: 36h.'],
    [{ interval: '1h', anchor: 'noon' }, 'schedule.anchor is "noon", which is not a time.'],
  ])('%j is refused', (input, sentence) => {
    expect(error(input)).toContain(sentence);
  });
});

describe('resolving a schedule', () => {
  test('fills every default, and a stored spec means the same after JSON', () => {
    const resolved = spec('0 6 * * mon');
    expect(resolved).toEqual({
      kind: 'cron',
      cron: '0 6 * * MON',
      fields: '0 6 * * MON',
      dayOr: true,
      seconds: false,
      name: null,
      timezone: 'UTC',
      isTimezoneWritten: false,
      catchup: 'latest',
      catchupWindowMs: null,
      overlap: 'skip',
      jitter: null,
    });
    expect(JSON.parse(JSON.stringify(resolved))).toEqual(resolved);
  });

  test('the schedule speaks before the flow, and the flow before the machine', () => {
    const defaults = { timezone: 'europe/berlin', overlap: 'allow_all', catchup: 'skip', catchupWindow: '1d' } as const;
    const flow = resolveSchedule('0 6 * * *', { ...SURROUNDINGS, defaults });
    expect(flow).toMatchObject({
      timezone: 'Europe/Berlin',
      overlap: 'allow_all',
      catchup: 'skip',
      catchupWindowMs: DAY,
    });
    const own = {
      cron: '0 6 * * *',
      timezone: 'Asia/Tokyo',
      overlap: 'skip',
      catchup: 'all',
      catchupWindow: '2d',
    } as const;
    expect(resolveSchedule(own, { ...SURROUNDINGS, defaults })).toMatchObject({
      timezone: 'Asia/Tokyo',
      overlap: 'skip',
      catchup: 'all',
      catchupWindowMs: 2 * DAY,
    });
  });

  test.each([
    [
      { cron: '0 6 * * *', timezone: 'Berlin' },
      'schedule.timezone: "Berlin" is not a known time zone. | Did you mean Europe/Berlin',
    ],
    [{ cron: '0 6 * * *', timezone: 'America/New York' }, 'America/New_York'],
    [{ cron: '0 6 * * *', timezone: 'Xyzzy' }, 'Write a region and a city'],
    [
      { cron: 'TZ=Asia/Tokyo 0 6 * * *', timezone: 'UTC' },
      'names two time zones, Asia/Tokyo in cron and UTC in timezone',
    ],
    [
      { cron: '0 6 * * *', catchup: 'lastest' },
      'schedule.catchup is "lastest"; it must be latest, skip or all. | Did you mean latest?',
    ],
    [{ cron: '0 6 * * *', overlap: 'queue' }, 'schedule.overlap is "queue"; it must be skip, buffer_one or allow_all.'],
    [
      { cron: '0 6 * * *', catchup_window: '1d' },
      '"catchup_window" is not a setting of a schedule by cron. | Did you mean catchupWindow?',
    ],
    [{ cron: '0 6 * * *', anchor: '2026-01-01' }, '"anchor" is not a setting of a schedule by cron.'],
    [{ cron: '0 6 * * *', interval: '1h' }, 'schedule has both cron and interval.'],
    [{ timezone: 'UTC' }, 'schedule has no time.'],
    [{ cron: 5 }, 'schedule.cron is 5; it must be a text.'],
    [{ cron: '0 6 * * *', jitter: '5' }, 'schedule.jitter: 5 what?'],
    [{ cron: '0 6 * * *', jitter: { max: '5m', echo: true } }, 'schedule.jitter: "echo" is not a setting of jitter.'],
    [{ rrule: 'FREQ=DAILY' }, 'schedule.rrule: it has no DTSTART, from which it is counted.'],
    [7, 'schedule is 7, which is not a schedule.'],
    [['0 6 * * *', '0 25 * * *'], 'schedule[1].cron: "25" is not a valid hour'],
    [['0 6 * * *', '0  6 * * *'], 'schedule[1]: "0 6 * * *" is also the identity of schedule[0].'],
  ])('%j is refused with the field, the value and the next step', (input, sentence) => {
    expect(error(input)).toContain(sentence);
  });

  test('the identity is the name, else the normalised text; what was pinned is no part of it', () => {
    expect(scheduleIdentity(spec({ cron: '0 6 * * *', name: 'early' }))).toBe('early');
    expect(scheduleIdentity(spec(' 0  6 * * mon '))).toBe('0 6 * * MON');
    expect(scheduleIdentity(spec('0 6 * * *', 'europe/berlin'))).toBe('0 6 * * * Europe/Berlin');
    expect(scheduleIdentity(spec({ interval: '60m' }))).toBe('every 1h');
    expect(scheduleIdentity(spec('@every 1h'))).toBe('every 1h');
    expect(scheduleIdentity(spec({ interval: '1w' }))).toBe('every 7d');
  });
});

describe('around a slot', () => {
  test('the previous slot is the newest before an instant, never the instant itself', () => {
    const daily = spec('0 9 * * *', NEW_YORK);
    expect(previousSlot(daily, at('2018-03-11T13:00'))?.at).toBe(at('2018-03-10T14:00'));
    expect(previousSlot(daily, at('2018-03-11T13:01'))?.at).toBe(at('2018-03-11T13:00'));
    expect(previousSlot(spec('30 2 * * *', NEW_YORK), at('2018-03-11T20:00'))).toMatchObject({
      at: at('2018-03-11T07:00'),
      note: expect.stringContaining('instead of 02:30'),
    });
    expect(previousSlot(spec('30 1 * * *', NEW_YORK), at('2018-11-04T07:00'))?.at).toBe(at('2018-11-04T05:30'));
    expect(previousSlot(spec({ cron: '0 0 0 1 1 * 2030', seconds: true }), at('2026-01-01T00:00'))).toBeNull();
  });

  test('missed slots are caught up for 7 days, or one period when that is longer, or as the schedule says', () => {
    expect(catchupWindowMs(spec('0 9 * * *'), at('2026-03-05T00:00'))).toBe(7 * DAY);
    expect(catchupWindowMs(spec('0 0 1 * *'), at('2026-03-05T00:00'))).toBe(31 * DAY);
    expect(catchupWindowMs(spec({ cron: '0 9 * * *', catchupWindow: '1h' }), at('2026-03-05T00:00'))).toBe(HOUR);
  });

  test('jitter is steady for one schedule, spread over schedules, and drawn anew per slot only when asked', () => {
    const steady = spec({ cron: '0 9 * * *', jitter: '5m' });
    const delay = jitterMs(steady, 'a/b', at('2026-03-05T09:00'));
    expect(delay).toBeGreaterThanOrEqual(0);
    expect(delay).toBeLessThanOrEqual(300_000);
    expect(jitterMs(steady, 'a/b', at('2026-03-06T09:00'))).toBe(delay);
    expect(jitterMs(steady, 'a/c', at('2026-03-05T09:00'))).not.toBe(delay);
    const each = spec({ cron: '0 9 * * *', jitter: { max: '5m', each: true } });
    const delays = new Set(
      Array.from({ length: 50 }, (_, day) => jitterMs(each, 'a/b', at('2026-03-05T09:00') + day * DAY)),
    );
    expect(delays.size).toBeGreaterThan(45);
    expect(jitterMs(spec('0 9 * * *'), 'a/b', 0)).toBe(0);
  });
});

const SAMPLE = [
  ...['America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/Santiago', 'Pacific/Apia', 'Europe/Dublin'],
  ...['Africa/Casablanca', 'Asia/Tehran', 'Asia/Kathmandu', 'UTC', 'Europe/London', 'Europe/Lisbon', 'Atlantic/Azores'],
  ...['America/St_Johns', 'America/Havana', 'America/Asuncion', 'America/Sao_Paulo', 'America/Caracas', 'America/Nuuk'],
  ...['America/Scoresbysund', 'America/Los_Angeles', 'America/Anchorage', 'America/Mexico_City', 'Asia/Beirut'],
  ...['Asia/Amman', 'Asia/Damascus', 'Asia/Gaza', 'Asia/Jerusalem', 'Asia/Pyongyang', 'Asia/Kolkata', 'Asia/Tokyo'],
  ...['Africa/Cairo', 'Africa/El_Aaiun', 'Africa/Tripoli', 'Australia/Sydney', 'Pacific/Auckland', 'Pacific/Chatham'],
  ...['Pacific/Fiji', 'Pacific/Kiritimati', 'Antarctica/Troll', 'Antarctica/Casey', 'Europe/Istanbul', 'Europe/Moscow'],
];

function transitionsOf(zone: string): number[] {
  const transitions: number[] = [];
  let next = Temporal.Instant.from('2000-01-01T00:00Z').toZonedDateTimeISO(zone).getTimeZoneTransition('next');
  while (next && next.year < 2038) {
    transitions.push(next.epochMilliseconds);
    next = next.getTimeZoneTransition('next');
  }
  return transitions;
}

// The longest takes 3 s alone; the machine may be shared.
describe('over every clock change from 2000 to 2037', { timeout: 60_000 }, () => {
  test('of every zone, the next slot is strictly later and the previous slot leads back', () => {
    const schedules = [spec('30 2 * * *'), spec('*/20 0-3 * * *'), spec('0 */2 * * *'), spec({ interval: '1d' })];
    let checked = 0;
    for (const zone of Intl.supportedValuesOf('timeZone')) {
      const local = schedules.map((schedule) => ({ ...schedule, timezone: zone }));
      for (const transition of transitionsOf(zone)) {
        for (const schedule of local) {
          let before = transition - 2 * HOUR;
          while (before < transition + 2 * HOUR) {
            const next = nextSlot(schedule, before);
            if (!next || next.at <= before) throw new Error(`${zone}: after ${before} came ${next?.at}`);
            const back = previousSlot(schedule, next.at + 1);
            if (back?.at !== next.at || back.note !== next.note) {
              throw new Error(`${zone}: ${JSON.stringify(next)}, back ${JSON.stringify(back)}`);
            }
            before = next.at;
            checked++;
          }
        }
      }
    }
    expect(checked).toBeGreaterThan(100_000);
  });

  const minute = fc.oneof(
    fc.constantFrom('*', '*/15', '*/20', '*/7', '0,30', '10-50/20', '0'),
    fc.integer({ min: 0, max: 59 }).map(String),
  );
  const hour = fc.oneof(
    fc.constantFrom('*', '*/2', '*/3', '*/12', '0-3', '1,2', '22-23', '0,1,2', '1-5/2'),
    fc.integer({ min: 0, max: 3 }).map(String),
  );
  const day = fc.constantFrom('*', '*', '*', '*/2', '1-15', '25-31', '30');
  const month = fc.constantFrom('*', '*', '*', '3,4,9-12', '*/2');
  const weekday = fc.constantFrom('*', '*', '*', '0', '1-5', '*/2', '6');
  const cron = fc.tuple(minute, hour, day, month, weekday).map((fields) => fields.join(' '));
  const change = fc
    .tuple(fc.constantFrom(...SAMPLE), fc.nat())
    .map(([zone, pick]) => ({ zone, transitions: transitionsOf(zone), pick }))
    .map(({ zone, transitions, pick }) => ({
      zone,
      transition: transitions[pick % transitions.length] ?? Date.UTC(2020, 5, 1),
    }));

  test('of a sample of zones, slots are those that looking at every minute finds', () => {
    fc.assert(
      fc.property(cron, change, (fields, { zone, transition }) => {
        const from = transition - 30 * HOUR;
        const to = transition + 30 * HOUR;
        const expected = dueMinutes(fields, zone, from, to);
        const schedule = spec(fields, zone);
        expect(walk(schedule, from, to).map(told)).toEqual(expected.map(told));
        expect(walkBack(schedule, from, to).map(told)).toEqual(expected.map(told));
      }),
      { numRuns: 400 },
    );
  });

  test('of a sample of zones, a suppressed slot has the wall clock of a slot before, and takes no slot away', () => {
    fc.assert(
      fc.property(cron, change, (fields, { zone, transition }) => {
        const schedule = spec(fields, zone);
        const [from, to] = [transition - 30 * HOUR, transition + 30 * HOUR];
        const slots = walkAll(schedule, from, to);
        const ran = slots.filter(({ suppressed }) => !suppressed).map((slot) => slot.at);
        expect(ran).toEqual(walk(schedule, from, to));
        const walls = new Set(ran.map((ms) => wall(ms, zone)));
        for (const slot of slots) if (slot.suppressed) expect(walls).toContain(wall(slot.at, zone));
      }),
      { numRuns: 200 },
    );
  });

  function walkAll(schedule: ScheduleSpec, from: number, to: number): Slot[] {
    const found: Slot[] = [];
    let slot = nextSlot(schedule, from, { inclusive: true, withSuppressed: true });
    while (slot && slot.at < to) {
      found.push(slot);
      slot = nextSlot(schedule, slot.at, { withSuppressed: true });
    }
    return found;
  }

  function wall(ms: number, zone: string): string {
    return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDateTime().toString();
  }

  function walk(schedule: ScheduleSpec, from: number, to: number): number[] {
    const found: number[] = [];
    let slot = nextSlot(schedule, from, { inclusive: true });
    while (slot && slot.at < to) {
      found.push(slot.at);
      slot = nextSlot(schedule, slot.at);
    }
    return found;
  }

  function walkBack(schedule: ScheduleSpec, from: number, to: number): number[] {
    const found: number[] = [];
    let slot = previousSlot(schedule, to);
    while (slot && slot.at >= from) {
      found.unshift(slot.at);
      slot = previousSlot(schedule, slot.at);
    }
    return found;
  }

  function told(ms: number): string {
    return new Date(ms).toISOString();
  }
});
