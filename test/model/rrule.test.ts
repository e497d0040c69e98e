/** Recurrence rules of RFC 5545: read with the part at fault, due from DTSTART on, and their own row of clock changes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WeirError } from '../../src/model/errors.ts';
import { nextSlot, nextSlots, previousSlot } from '../../src/model/schedule.ts';
import { repinned, resolveSchedule, type ScheduleSpec, scheduleIdentity } from '../../src/model/schedule-spec.ts';

const SURROUNDINGS = { machineZone: 'UTC', seed: 'f/default', createdAt: Date.UTC(2026, 0, 1) };

function spec(rrule: string, settings: { timezone?: string; name?: string } = {}): ScheduleSpec {
  return resolveSchedule({ rrule, ...settings }, SURROUNDINGS);
}

function at(text: string): number {
  return Temporal.Instant.from(`${text}Z`).epochMilliseconds;
}

/** Slots from a time on as `03-11T07:00`; a suppressed one in brackets. */
function utc(rule: ScheduleSpec, from: string, count: number, withSuppressed = false): string[] {
  return nextSlots(rule, at(from), count, { inclusive: true, withSuppressed }).map((slot) => {
    const text = new Date(slot.at).toISOString().slice(5, 16);
    return slot.suppressed ? `(${text})` : text;
  });
}

function error(rrule: string, settings: object = {}): string {
  try {
    spec(rrule, settings);
  } catch (caught) {
    if (caught instanceof WeirError && caught.code === 'invalid-value') return `${caught.message} | ${caught.hint}`;
    throw caught;
  }
  return 'accepted';
}

describe('a recurrence rule', () => {
  test.each([
    ['FREQ=DAILY', ['01-05T06:00', '01-06T06:00', '01-07T06:00']],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR', ['01-05T06:00', '01-09T06:00', '01-19T06:00']],
    ['FREQ=MONTHLY;BYDAY=-1FR', ['01-30T06:00', '02-27T06:00', '03-27T06:00']],
    ['FREQ=MONTHLY;BYMONTHDAY=31', ['01-31T06:00', '03-31T06:00', '05-31T06:00']],
    ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', ['01-30T06:00', '02-27T06:00', '03-31T06:00']],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29', ['02-29T06:00', '02-29T06:00', '02-29T06:00']],
    ['FREQ=DAILY;BYHOUR=8,20;BYMINUTE=30', ['01-05T08:30', '01-05T20:30', '01-06T08:30']],
    ['FREQ=HOURLY;INTERVAL=5', ['01-05T06:00', '01-05T11:00', '01-05T16:00']],
    ['FREQ=MINUTELY;INTERVAL=90', ['01-05T06:00', '01-05T07:30', '01-05T09:00']],
  ])('%s', (rule, expected) => {
    expect(utc(spec(`DTSTART:20260105T060000Z RRULE:${rule}`), '2026-01-01T00:00', 3)).toEqual(expected);
  });

  test('has nothing before DTSTART, which is itself due where it fits', () => {
    const rule = spec('DTSTART:20260105T060000Z\nRRULE:FREQ=DAILY');
    expect(previousSlot(rule, at('2026-01-05T06:00'))).toBeNull();
    expect(previousSlot(rule, at('2026-01-05T06:01'))?.at).toBe(at('2026-01-05T06:00'));
    expect(nextSlot(rule, at('1990-01-01T00:00'))?.at).toBe(at('2026-01-05T06:00'));
  });

  test('ends with COUNT, and with UNTIL, which is included; a date alone means the whole day', () => {
    const all = (rule: string) => utc(spec(`DTSTART:20260105T060000Z RRULE:${rule}`), '2026-01-01T00:00', 10);
    expect(all('FREQ=DAILY;COUNT=2')).toEqual(['01-05T06:00', '01-06T06:00']);
    expect(all('FREQ=DAILY;UNTIL=20260106T060000Z')).toEqual(['01-05T06:00', '01-06T06:00']);
    expect(all('FREQ=DAILY;UNTIL=20260106')).toEqual(['01-05T06:00', '01-06T06:00']);
    const over = spec('DTSTART:20260105T060000Z RRULE:FREQ=DAILY;COUNT=2');
    expect(previousSlot(over, at('2030-01-01T00:00'))?.at).toBe(at('2026-01-06T06:00'));
  });

  test('is read in the zone of DTSTART, in UTC with Z unless a zone is written, else in the machine’s', () => {
    expect(spec('DTSTART;TZID=Europe/Berlin:20260105T060000 RRULE:FREQ=DAILY')).toMatchObject({
      timezone: 'Europe/Berlin',
      isTimezoneWritten: true,
    });
    expect(spec('DTSTART:20260105T060000Z RRULE:FREQ=DAILY').timezone).toBe('UTC');
    const inBerlin = spec('DTSTART:20260105T050000Z RRULE:FREQ=DAILY', { timezone: 'Europe/Berlin' });
    expect(utc(inBerlin, '2026-07-01T00:00', 1)).toEqual(['07-01T04:00']);
    const floating = spec('DTSTART:20260105T060000 RRULE:FREQ=DAILY');
    expect(floating).toMatchObject({ timezone: 'UTC', isTimezoneWritten: false });
    const former = resolveSchedule(
      { rrule: 'DTSTART:20260105T060000 RRULE:FREQ=DAILY' },
      { ...SURROUNDINGS, machineZone: 'Asia/Tokyo' },
    );
    expect(utc(repinned(former, floating), '2026-02-01T00:00', 1)).toEqual(['02-01T21:00']);
  });

  test('is the same schedule when it is written in another way', () => {
    const one = spec('DTSTART:20260105T060000Z\nRRULE:FREQ=DAILY;COUNT=3');
    expect(scheduleIdentity(spec('dtstart:20260105t060000z freq=daily;count=3;'))).toBe(scheduleIdentity(one));
    expect(JSON.parse(JSON.stringify(one))).toEqual(one);
  });

  test.each([
    ['FREQ=DAILY', 'it has no DTSTART, from which it is counted.'],
    ['DTSTART:20260105T060000Z', 'it has no FREQ.'],
    ['DTSTART:20260105T060000Z FREQ=DALY', 'FREQ=DALY is not known. | Did you mean DAILY?'],
    ['DTSTART:20260105T060000Z FREQ=DAILY;BYDAI=MO', '"BYDAI" is not a part of a rule. | Did you mean BYDAY?'],
    ['DTSTART:20260105T060000Z FREQ=DAILY;BYDAY=MON', '"MON" in BYDAY is no weekday.'],
    [
      'DTSTART:20260105T060000Z FREQ=DAILY;BYHOUR=24',
      'BYHOUR=24 is out of range. | BYHOUR takes whole numbers from 0 to 23.',
    ],
    ['DTSTART:20260105T060000Z FREQ=DAILY;INTERVAL=0', 'INTERVAL=0 is out of range.'],
    ['DTSTART:20260105T060000Z FREQ=DAILY;COUNT=2;UNTIL=20270101', 'it has both COUNT and UNTIL.'],
    ['DTSTART:20260105T060000Z FREQ=DAILY;FREQ=WEEKLY', 'FREQ stands there twice.'],
    ['DTSTART:2026-01-05 FREQ=DAILY', 'DTSTART is "2026-01-05", which is not a time.'],
    ['DTSTART:20260231T060000 FREQ=DAILY', 'DTSTART is "20260231T060000", which is not a time.'],
    ['DTSTART:20260105T060000Z FREQ=DAILY EXDATE:20260106T060000Z', 'EXDATE is not supported.'],
    [
      'DTSTART;TZID=Europe/Berln:20260105T060000 FREQ=DAILY',
      '"Europe/Berln" is not a known time zone. | Did you mean Europe/Berlin',
    ],
    ['DTSTART:20260105T060000Z FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', 'it never fires.'],
    ['DTSTART:20260105T060000Z FREQ=DAILY;UNTIL=20250101', 'it never fires.'],
    ['every day', '"every" is neither DTSTART nor a rule with FREQ.'],
  ])('%s is refused with the part at fault', (rule, sentence) => {
    expect(error(rule)).toContain(sentence);
  });

  test('names one zone only', () => {
    expect(error('DTSTART;TZID=Europe/Berlin:20260105T060000 FREQ=DAILY', { timezone: 'Asia/Tokyo' })).toContain(
      'names two time zones, Europe/Berlin in rrule and Asia/Tokyo in timezone.',
    );
  });
});

describe('a recurrence rule at a clock change', () => {
  const newYork = (rule: string) => spec(`DTSTART;TZID=America/New_York:20180301T023000 RRULE:${rule}`);

  test('keeps the wall clock, and drops a day on which its time does not exist', () => {
    const daily = newYork('FREQ=DAILY');
    expect(utc(daily, '2018-03-10T00:00', 3)).toEqual(['03-10T07:30', '03-12T06:30', '03-13T06:30']);
    expect(utc(daily, '2018-03-10T00:00', 3, true)).toEqual(['03-10T07:30', '(03-11T07:00)', '03-12T06:30']);
    expect(nextSlot(daily, at('2018-03-10T12:00'), { withSuppressed: true })?.note).toBe(
      '02:30 dropped: the clocks go forward from 02:00 to 03:00',
    );
    expect(previousSlot(daily, at('2018-03-12T00:00'))?.at).toBe(at('2018-03-10T07:30'));
  });

  test('does not count a day that was dropped', () => {
    expect(utc(newYork('FREQ=DAILY;COUNT=12'), '2018-03-10T00:00', 9)).toEqual([
      '03-10T07:30',
      '03-12T06:30',
      '03-13T06:30',
    ]);
  });

  test('what is due at the end of the gap runs, and tells what was dropped', () => {
    const slots = nextSlots(newYork('FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0'), at('2018-03-11T00:00'), 2, {
      withSuppressed: true,
    });
    expect(slots).toEqual([
      {
        at: at('2018-03-11T07:00'),
        note: '02:00 dropped: the clocks go forward from 02:00 to 03:00',
        suppressed: false,
      },
      { at: at('2018-03-12T06:00'), note: null, suppressed: false },
    ]);
  });

  test('runs the first time only of an hour that comes twice', () => {
    const daily = spec('DTSTART;TZID=America/New_York:20181101T013000 RRULE:FREQ=DAILY');
    expect(utc(daily, '2018-11-04T00:00', 3, true)).toEqual(['11-04T05:30', '(11-04T06:30)', '11-05T06:30']);
  });

  test('hourly and shorter goes by elapsed time', () => {
    const hourly = spec('DTSTART;TZID=America/New_York:20180311T000000 RRULE:FREQ=HOURLY;INTERVAL=5');
    expect(utc(hourly, '2018-03-11T05:00', 3)).toEqual(['03-11T05:00', '03-11T10:00', '03-11T15:00']);
    const often = spec('DTSTART;TZID=America/New_York:20180311T000000 RRULE:FREQ=MINUTELY;INTERVAL=30;BYDAY=SU');
    expect(utc(often, '2018-03-11T06:00', 4)).toEqual(['03-11T06:00', '03-11T06:30', '03-11T07:00', '03-11T07:30']);
  });
});

test('rules move forward strictly and are walked back the same way, in zones with clock changes', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/Santiago', 'Pacific/Apia'),
      fc.constantFrom(
        'FREQ=DAILY;BYHOUR=0,1,2,3;BYMINUTE=0,15,30,45',
        'FREQ=WEEKLY;BYDAY=SU,SA;BYHOUR=2',
        'FREQ=HOURLY;INTERVAL=7',
        'FREQ=HOURLY;INTERVAL=2;BYDAY=SU',
        'FREQ=MONTHLY;BYDAY=1SU,-1SU;BYHOUR=0,2',
        'FREQ=DAILY;INTERVAL=3;COUNT=400',
      ),
      fc.integer({ min: Date.UTC(2005, 0), max: Date.UTC(2030, 0) }),
      (zone, rule, from) => {
        const schedule = spec(`DTSTART;TZID=${zone}:20050101T003000 RRULE:${rule}`);
        const slots = nextSlots(schedule, from, 60);
        for (const [index, slot] of slots.entries()) {
          expect(slot.at).toBeGreaterThan(slots[index - 1]?.at ?? from);
          if (index > 0) expect(previousSlot(schedule, slot.at)?.at).toBe(slots[index - 1]?.at);
        }
      },
    ),
    { numRuns: Number(process.env.WEIR_TEST_ROUNDS ?? 60) },
  );
});
