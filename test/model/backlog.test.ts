/** Long gaps told as ranges say of every slot what deciding it alone would have said. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toldAsRanges } from '../../src/model/backlog.ts';
import { nextSlots } from '../../src/model/schedule.ts';
import type { ScheduleInput } from '../../src/model/schedule-input.ts';
import { resolveSchedule } from '../../src/model/schedule-spec.ts';
import { type Absence, type DueSlots, decideSlots, type Pause } from '../../src/model/slot.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ZONES = ['UTC', 'America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/Santiago'];
const SCHEDULES: readonly ScheduleInput[] = [
  { cron: '*/20 * * * *' },
  { cron: '*/4 0-2 * * *' },
  { cron: '7,37 * * * *' },
  { interval: '17m' },
  { rrule: 'DTSTART:20200101T000000 RRULE:FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=0,15,30,45' },
];

const span = fc.tuple(fc.integer({ min: 0, max: 30 * 24 }), fc.integer({ min: 0, max: 30 * 24 })).map(([a, b]) => ({
  from: Math.min(a, b) * HOUR,
  to: Math.max(a, b) * HOUR,
}));

test('a gap told as ranges is the same, slot by slot, as one decided slot by slot', () => {
  let ranges = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...SCHEDULES),
      fc.constantFrom(...ZONES),
      fc.constantFrom('latest', 'skip', 'all'),
      fc.integer({ min: Date.UTC(2021, 0), max: Date.UTC(2026, 0) }),
      fc.integer({ min: 1, max: 45 * 24 }),
      fc.option(fc.record({ span, hasEnd: fc.boolean() }), { nil: null }),
      fc.option(span, { nil: null }),
      fc.integer({ min: 1, max: 40 }),
      (input, timezone, catchup, from, hours, pause, gap, windowDays) => {
        const settings = { ...(input as object), timezone, catchup } as ScheduleInput;
        const spec = resolveSchedule(settings, {
          machineZone: 'UTC',
          seed: 's',
          createdAt: Date.UTC(2020, 0, 1, 0, 5),
        });
        const now = from + hours * HOUR;
        const paused: Pause | null = pause && {
          by: 'ada',
          reason: null,
          from: from + pause.span.from,
          until: pause.hasEnd ? from + pause.span.to : null,
        };
        const absence: Absence | null = gap && { kind: 'asleep', from: from + gap.from, to: from + gap.to };
        const rules: Omit<DueSlots, 'due'> = {
          ...{ now, catchup, catchupWindowMs: windowDays * DAY, overlap: 'skip', previousStillRunning: false },
          ...{ paused: paused !== null && paused.from > now ? null : paused, createdAt: 0, absence },
        };
        const options = { inclusive: true, withSuppressed: true };
        const due = nextSlots(spec, from, 1_000_000, options, now);
        const expected = decideSlots({ ...rules, due });
        const backlog = toldAsRanges(spec, from, now, rules);
        const told = (backlog?.ranges ?? []).flatMap(({ at, untilAt, count, outcome, reason, note }) => {
          const end = untilAt ?? at;
          const isOwn = outcome === 'suppressed';
          const slots = due.filter((slot) => slot.at >= at && slot.at <= end && slot.suppressed === isOwn);
          if (count !== 0) expect(count).toBe(slots.length);
          return slots.map((slot) => ({ at: slot.at, outcome, reason, note }));
        });
        ranges += backlog?.ranges.length ?? 0;
        const rest = decideSlots({ ...rules, due: due.filter(({ at }) => at >= (backlog?.from ?? from)) });
        const all = [...told, ...rest.map(({ at, outcome, reason, note }) => ({ at, outcome, reason, note }))];
        expect(all.sort((a, b) => a.at - b.at)).toEqual(
          expected.map(({ at, outcome, reason, note }) => ({ at, outcome, reason, note })),
        );
      },
    ),
    { numRuns: Number(process.env.WEIR_TEST_ROUNDS ?? 60) },
  );
  expect(ranges).toBeGreaterThan(0);
});
