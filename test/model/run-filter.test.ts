/** What people write after `weir runs`, and what is said to a mistyped word. */
import { expect, test } from 'vitest';
import { WeirError } from '../../src/model/errors.ts';
import { parseInstant } from '../../src/model/instant.ts';
import { parseRunFilter } from '../../src/model/run-filter.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const parse = (...words: string[]) => parseRunFilter(words, NOW, 'Europe/Berlin');

test('values of a key are alternatives, in one word or in several', () => {
  expect(parse('flow:a,b', 'flow:c', 'tag:x').flows).toEqual(['a', 'b', 'c']);
  expect(parse('tag:x:y').tags).toEqual(['x:y']);
});

test.each([
  ['failed', ['FAILED', 'CRASHED'], []],
  ['crashed', ['CRASHED'], []],
  ['COMPLETED', ['COMPLETED'], []],
  ['awaiting-retry', [], ['AwaitingRetry']],
  ['TimedOut', [], ['TimedOut']],
  ['failed,late', ['FAILED', 'CRASHED'], ['Late']],
  ['unfinished', ['SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING'], []],
])('state:%s', (word, types, names) => {
  expect(parse(`state:${word}`)).toMatchObject({ stateTypes: types, stateNames: names });
});

test.each([
  ['since:7d', NOW - 7 * 86_400_000],
  ['since:90m', NOW - 90 * 60_000],
  ['since:2026-11-01', Date.parse('2026-10-31T23:00:00Z')],
  ['since:2026-11-01T06:30Z', Date.parse('2026-11-01T06:30:00Z')],
])('%s', (word, at) => {
  expect(parse(word).sinceAt).toBe(at);
});

test.each([
  ['metric.rmse:<1.3', '<', 1.3],
  ['metric.rmse:>=1e3', '>=', 1000],
  ['metric.rmse:0', '=', 0],
  ['metric.rmse:!=-1', '!=', -1],
])('%s', (word, comparison, value) => {
  expect(parse(word).metrics).toEqual([{ name: 'rmse', comparison, value }]);
});

test.each([
  ['param.lr:0.003', { name: 'lr', comparison: '=', value: 0.003, text: '0.003' }],
  ['param.lr:<=1e-2', { name: 'lr', comparison: '<=', value: 0.01, text: '1e-2' }],
  ['param.day:2026-11-23', { name: 'day', comparison: '=', value: null, text: '2026-11-23' }],
  ['param.day:!=a,b', { name: 'day', comparison: '!=', value: null, text: 'a,b' }],
  ['param.note:= ', { name: 'note', comparison: '=', value: null, text: ' ' }],
])('%s', (word, condition) => {
  expect(parse(word).params).toEqual([condition]);
});

test('errors and text are taken whole, and a comma in a name is written with a backslash', () => {
  expect(parse('err:refused, again', 'err:b')).toMatchObject({ errors: ['refused, again', 'b'] });
  expect(parse('text:a:b,c').texts).toEqual(['a:b,c']);
  expect(parse('flow:a\\,b,c').flows).toEqual(['a,b', 'c']);
});

test.each([
  ['weekly', '"weekly" is no filter', 'weir runs flow:weekly'],
  ['flwo:x', 'there is no filter "flwo"; there are flow, state', 'did you mean flow?'],
  ['state:faild', 'there is no state "faild"', 'did you mean failed?'],
  ['state:x', 'there is no state "x"', 'unfinished'],
  ['trigger:cron', 'there is no trigger "cron"; there are cli,', 'weir runs'],
  ['since:7', 'since: 7 what?', 'since:7d'],
  ['since:yesterday', 'since: "yesterday" is not a duration', 'since:2026-11-23'],
  ['metric.rmse:', 'has no value', 'metric.rmse:<1.3'],
  ['metric.rmse:<', 'compares no metric with a number', 'in quotes'],
  ['param.lr:<x', 'compares no parameter with a value', 'only numbers'],
  ['param.:1', 'compares no parameter with a value', 'param.lr:0.003'],
  ['metric.:<1', 'compares no metric with a number', 'in quotes'],
])('%s is refused with the next step', (word, sentence, hint) => {
  const error = (() => {
    try {
      return parse(word);
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toBeInstanceOf(WeirError);
  expect((error as WeirError).message).toContain(sentence);
  expect((error as WeirError).hint).toContain(hint);
});

test.each([
  ['2026-11-23', '2026-11-22T23:00:00Z'],
  ['2026-11-23 06:00', '2026-11-23T05:00:00Z'],
  ['2026-11-23T06:00:30', '2026-11-23T05:00:30Z'],
  ['2026-11-23T06:00+05:30', '2026-11-23T00:30:00Z'],
  ['20261123T0600Z', '2026-11-23T06:00:00Z'],
  ['2026-11-23T06:00[America/New_York]', '2026-11-23T11:00:00Z'],
  ['2026-07-01T06:00', '2026-07-01T04:00:00Z'],
])('the time %s is %s', (text, instant) => {
  expect(new Date(parseInstant(text, 'Europe/Berlin', '--slot')).toISOString()).toBe(instant.replace('Z', '.000Z'));
});

test.each([
  ['2026-03-29T02:30', 'never was in Europe/Berlin', '2026-03-29T01:30+01:00 or 2026-03-29T03:30+02:00'],
  ['2026-10-25T02:30', 'was twice in Europe/Berlin', '2026-10-25T02:30+02:00 or 2026-10-25T02:30+01:00'],
  ['06:00', '"06:00" is not a time', '2026-11-23T06:00'],
  ['2026-13-01', 'is not a time', 'write it like'],
])('the time %s is refused: %s', (text, sentence, hint) => {
  expect(() => parseInstant(text, 'Europe/Berlin', '--slot')).toThrow(sentence);
  try {
    parseInstant(text, 'Europe/Berlin', '--slot');
  } catch (error) {
    expect((error as WeirError).hint).toContain(hint);
  }
});
