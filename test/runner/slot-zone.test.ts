import { expect, it } from 'vitest';
import type { RunStart } from '../../src/model/run-start.ts';
import { instantIn, withSlotZone } from '../../src/runner/slot-zone.ts';
import type { FlowDefinition } from '../../src/sdk/flow.ts';

const AT = Date.UTC(2026, 6, 6, 4);
const run = (zone: string | null) => ({ slot: { time: AT, start: null, end: AT, coversFrom: null, zone } }) as RunStart;
const zoneFor = (zone: string | null, ...schedules: unknown[]) =>
  withSlotZone(run(zone), { schedules: schedules as FlowDefinition['schedules'] }).slot?.zone;

it('a slot is told in the zone of its schedule, else of the first that its flow names, else of the machine', () => {
  expect(zoneFor('Asia/Tokyo', { cron: '0 6 * * *', timezone: 'Europe/Berlin' })).toBe('Asia/Tokyo');
  expect(zoneFor(null, '0 6 * * *', { interval: '1h' }, { cron: '0 6 * * *', timezone: 'Europe/Berlin' })).toBe(
    'Europe/Berlin',
  );
  expect(zoneFor(null, 'CRON_TZ=America/New_York 0 6 * * *')).toBe('America/New_York');
  expect(zoneFor(null, { cron: 'TZ=America/New_York 0 6 * * *' })).toBe('America/New_York');
  expect(zoneFor(null)).toBe(Temporal.Now.timeZoneId());
});

it('times have the offset of their zone, and milliseconds only where there are any', () => {
  expect(instantIn(AT, 'Europe/Berlin')).toBe('2026-07-06T06:00:00+02:00');
  expect(instantIn(AT + 5, 'UTC')).toBe('2026-07-06T04:00:00.005+00:00');
});
