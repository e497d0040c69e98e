/** From figures to places and ticks. */
import { expect, test } from 'vitest';
import {
  briefFigure,
  durationTicks,
  formatFigure,
  orderTicks,
  place,
  valueDomain,
  valueTicks,
} from '../../../src/web/charts/scale.ts';
import { timeTicks } from '../../../src/web/charts/time-ticks.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

test.each<[number, number, number, number]>([
  [0, 0, 10, 0],
  [10, 0, 10, 1000],
  [2.5, 0, 10, 250],
  [-1.7e308, -1.7e308, 1.7e308, 0],
  [1.7e308, -1.7e308, 1.7e308, 1000],
  [5, 5, 5, 500],
])('%d between %d and %d lies at %d of 1000', (value, from, to, at) => {
  expect(place(value, { from, to })).toBe(at);
});

test('a domain has room above and below, also around a single value and around nothing', () => {
  expect(valueDomain([1, 2])).toEqual({ from: 0.88, to: 2.12 });
  expect(valueDomain([4, 4])).toEqual({ from: 3.8, to: 4.2 });
  expect(valueDomain([0])).toEqual({ from: -1, to: 1 });
  expect(valueDomain([])).toEqual({ from: 0, to: 1 });
});

test.each<[number, number, string[]]>([
  [1.75, 2.12, ['1.8', '1.9', '2.0', '2.1']],
  [-0.03, 0.05, ['\u22120.02', '0.00', '0.02', '0.04']],
  [0, 12_345_678, ['0', '2e6', '4e6', '6e6', '8e6', '1e7', '1.2e7']],
  [0.00000012, 0.00000032, ['1.5e-7', '2e-7', '2.5e-7', '3e-7']],
  [-1.7e308, 1.7e308, []],
])('from %d to %d stand %j', (from, to, texts) => {
  expect(valueTicks({ from, to }).map(({ text }) => text)).toEqual(texts);
});

test.each<[number, string[]]>([
  [4, ['0', '1ms', '2ms', '3ms', '4ms']],
  [1500, ['0', '500ms', '1s', '1.5s']],
  [9 * MINUTE, ['0', '5m']],
  [400 * DAY, ['0', '100d', '200d', '300d', '400d']],
])('durations up to %d ms have ticks %j', (to, texts) => {
  expect(durationTicks(to).map(({ text }) => text)).toEqual(texts);
});

test.each<[number, number[]]>([
  [1, [0]],
  [5, [0, 1, 2, 3, 4]],
  [26, [0, 5, 10, 15, 20, 25]],
  [0, []],
])('%d things in a row are named at %j', (length, places) => {
  expect(orderTicks(length)).toEqual(places);
});

test('figures are told in few letters', () => {
  expect(formatFigure(2.0734837450596295)).toBe('2.073484');
  expect(formatFigure(1e21)).toBe('1e21');
  expect(formatFigure(-0.00001234567891)).toBe('-1.235e-5');
  expect(briefFigure(2.0734837450596295)).toBe('2.073');
});

const at = (text: string) => Temporal.PlainDateTime.from(text).toZonedDateTime('Europe/Berlin').epochMilliseconds;

test.each<[string, string, string, string]>([
  ['half a year', '2026-05-04T06:00', '2026-11-01T06:00', 'Jun Jul Aug Sep Oct Nov'],
  ['a turn of the year', '2025-11-20T00:00', '2026-02-20T00:00', '1 Dec,15 Dec,29 Dec,12 Jan,26 Jan,9 Feb'],
  ['two years', '2024-06-01T00:00', '2026-06-01T00:00', 'Jul 2025 Jul 2026'],
  ['a week', '2026-05-04T06:00', '2026-05-10T06:00', '5 May,6 May,7 May,8 May,9 May,10 May'],
  [
    'the end of a month by twos',
    '2026-01-27T00:00',
    '2026-02-08T00:00',
    '27 Jan,29 Jan,31 Jan,1 Feb,3 Feb,5 Feb,7 Feb',
  ],
  ['a day with 25 hours', '2026-10-25T00:00', '2026-10-25T23:00', '25 Oct,03:00,06:00,09:00,12:00,15:00,18:00,21:00'],
  ['an hour', '2026-05-04T06:10', '2026-05-04T07:10', '06:15,06:30,06:45,07:00'],
  ['half a minute', '2026-05-04T06:10:02', '2026-05-04T06:10:20', '06:10:05,06:10:10,06:10:15,06:10:20'],
  ['one moment', '2026-05-04T06:10', '2026-05-04T06:10', '4 May 06:10'],
])('%s has round moments of the wall clock', (_, from, to, texts) => {
  const separator = texts.includes(',') || texts.startsWith('4 May') ? ',' : ' ';
  const found = timeTicks({ from: at(from), to: at(to) }, 'Europe/Berlin').map(({ text }) => text);
  expect(found).toEqual(texts.split(separator));
});

test.each([
  ['three days', '2026-01-05T09:00', '2026-01-07T22:00', '6 Jan,7 Jan'],
  ['a night', '2026-01-05T09:00', '2026-01-06T05:00', '12:00,18:00,6 Jan'],
  ['a day', '2026-01-05T01:00', '2026-01-05T20:00', '03:00,06:00,09:00,12:00,15:00,18:00'],
])('where there is little room, %s keeps the days of its hours', (_, from, to, texts) => {
  const found = timeTicks({ from: at(from), to: at(to) }, 'Europe/Berlin').filter(({ isMinor }) => !isMinor);
  expect(found.map(({ text }) => text).join(',')).toBe(texts);
});
