/**
 * A simulated year of random schedules against the oracle that looks at every minute: as the model reckons them, and as
 * the scheduler writes them into the ledger. WEIR_TEST_ROUNDS=200 is the long form.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextSlots } from '../../src/model/schedule.ts';
import { resolveSchedule } from '../../src/model/schedule-spec.ts';
import { dueMinutes } from '../model/schedule-oracle.ts';
import { scheduleWorld } from '../support/schedule-world.ts';

const ZONES = ['America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/Santiago'];
const ROUNDS = Number(process.env.WEIR_TEST_ROUNDS ?? 8);
const LONGEST_MS = 15_000 + ROUNDS * 15_000;

const minute = fc.oneof(
  fc.constantFrom('*/15', '0,30', '10-50/20', '*/7', '0'),
  fc.integer({ min: 0, max: 59 }).map(String),
);
const hour = fc.oneof(
  fc.constantFrom('*', '*/2', '*/5', '0-3', '1,2', '22-23', '0-4/2', '2-3'),
  fc.integer({ min: 0, max: 23 }).map(String),
);
const day = fc.constantFrom('*', '*', '*', '*/2', '1-15', '25-31', '1');
const month = fc.constantFrom('*', '*', '*', '3,4,9-12', '*/2');
const weekday = fc.constantFrom('*', '*', '*', '0', '1-5', '6');
const cron = fc.tuple(minute, hour, day, month, weekday).map((fields) => fields.join(' '));
const seldom = fc
  .tuple(
    fc.integer({ min: 0, max: 59 }).map(String),
    fc.constantFrom('0', '1', '2', '3', '1-3', '2,14'),
    day,
    month,
    weekday,
  )
  .map((fields) => fields.join(' '));
// The oracle asks for a zone's offsets of a year once: the short form keeps to one year.
const year = ROUNDS > 8 ? fc.integer({ min: 2005, max: 2035 }) : fc.constant(2018);

test('a year of random schedules in four zones is due at the minutes that the oracle finds, and at no other', {
  timeout: LONGEST_MS,
}, () => {
  let round = 0;
  fc.assert(
    fc.property(cron, year, (fields, from) => {
      const timezone = ZONES[round++ % ZONES.length] ?? 'UTC';
      const [start, end] = [Date.UTC(from, 0), Date.UTC(from + 1, 0)];
      const spec = resolveSchedule({ cron: fields, timezone }, { machineZone: 'UTC', seed: 's', createdAt: 0 });
      const slots = nextSlots(spec, start, 1_000_000, { inclusive: true }, end - 1);
      expect(slots.map(({ at }) => at)).toEqual(dueMinutes(fields, timezone, start, end));
    }),
    { numRuns: ROUNDS },
  );
});

test('a scheduler that lives through a year has each of them in its ledger once, with a run of its own', {
  timeout: LONGEST_MS,
}, async () => {
  const sample = fc.sample(fc.tuple(seldom, year), { numRuns: Math.max(2, ROUNDS / 4), seed: 7 });
  for (const [round, [fields, from]] of sample.entries()) {
    const timezone = ZONES[round % ZONES.length] ?? 'UTC';
    const world = scheduleWorld({ start: `${from}-01-01T00:00` });
    await world.deploy('etl', { cron: fields, timezone, overlap: 'allow_all' });
    const end = Date.UTC(from + 1, 0);
    for (let next = world.store.deployments.earliestSlot(); next !== null && next < end; ) {
      await world.pass(next - world.clock.wall);
      next = world.store.deployments.earliestSlot();
    }
    const slots = world.slots('etl').filter(({ outcome }) => outcome !== 'suppressed');
    expect(slots.map(({ at }) => at)).toEqual(
      dueMinutes(fields, timezone, Date.UTC(from, 0), end).filter((at) => at > Date.UTC(from, 0)),
    );
    expect(slots.every(({ outcome }) => outcome === 'ran')).toBe(true);
    expect(new Set(slots.map(({ flowRunId }) => flowRunId)).size).toBe(slots.length);
  }
});
