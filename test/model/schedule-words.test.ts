/** Schedules in the words by which people check whether they say what was meant. */
import { expect, test } from 'vitest';
import type { ScheduleInput } from '../../src/model/schedule-input.ts';
import { resolveSchedule } from '../../src/model/schedule-spec.ts';
import { scheduleInWords, scheduleText } from '../../src/model/schedule-words.ts';

const spec = (input: ScheduleInput) =>
  resolveSchedule(input, { machineZone: 'UTC', seed: 'f/default', createdAt: Date.UTC(2026, 10, 23, 11) });

test.each<[ScheduleInput, string]>([
  ['30 2 * * *', 'at 02:30'],
  ['*/15 * * * *', 'every 15 minutes'],
  ['0 6 * * MON-FRI', 'at 06:00, Monday through Friday'],
  ['0 0 13 * 5', 'at 00:00, on day 13 of the month, and on Friday'],
  [{ cron: '0 0 13 * 5', dayOr: false }, 'at 00:00, on day 13 of the month, only on Friday'],
  ['0 0 L * *', 'at 00:00, on the last day of the month'],
  ['@daily', 'at 00:00'],
  ['@reboot', 'at each boot of the machine'],
  [{ interval: '90m' }, 'every 90m of elapsed time'],
  [{ interval: '1d' }, 'every day at 11:00'],
  [{ interval: '2d', anchor: '2026-01-01T06:30' }, 'every 2 days at 06:30'],
  [{ interval: '2w', anchor: '2026-01-01T06:30' }, 'every 2 weeks on Thursday at 06:30'],
  [{ rrule: 'DTSTART:20260101T140000Z RRULE:FREQ=MONTHLY;BYDAY=-1FR' }, 'every month on last Friday at 14:00'],
])('%j means %s', async (input, words) => {
  expect(await scheduleInWords(spec(input))).toBe(words);
});

test('a number that was chosen for a schedule is shown', async () => {
  expect(await scheduleInWords(spec('~ 2 * * *'))).toMatch(/^at 02:(\d\d), chosen for it: \d+ 2 \* \* \*$/);
});

test('a name stands before what is written', () => {
  expect(scheduleText(spec({ name: 'early', cron: '0 6 * * *' }))).toBe('early: 0 6 * * *');
  expect(scheduleText(spec({ interval: '90m' }))).toBe('every 90m');
});
