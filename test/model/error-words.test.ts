import { expect, it } from 'vitest';
import { causeLines, errorTitle, placesOf } from '../../src/model/error-words.ts';
import { type PlainError, toPlainError } from '../../src/model/plain-error.ts';

const error = (message: string, fields: Partial<PlainError> = {}): PlainError => ({
  name: 'Error',
  message,
  stack: null,
  ...fields,
});

it('an error is told by its name and the first line of its message', () => {
  expect(errorTitle(error('no net\nat all'))).toBe('Error: no net');
  expect(errorTitle(error(''))).toBe('Error');
  expect(errorTitle(error('x'.repeat(1000)))).toHaveLength(308);
});

it('what caused an error is told a line each, with the place in a file of the user, and never without end', () => {
  const stack = 'Error: b\n    at JSON.parse (<anonymous>)\n    at file:///flow.ts:3:7\n    at f (file:///flow.ts:9:1)';
  expect(causeLines(error('a', { cause: error('b', { stack, cause: error('c') }) }))).toEqual([
    'caused by Error: b (at file:///flow.ts:3:7)',
    'caused by Error: c',
  ]);
  expect(placesOf(error('b', { stack }), 2)).toEqual(['at JSON.parse (<anonymous>)', 'at file:///flow.ts:3:7']);
  const circle = new Error('round');
  circle.cause = circle;
  expect(causeLines(toPlainError(circle))).toEqual([]);
  const deep = [1, 2, 3, 4, 5, 6, 7].reduce((cause, each) => error(`level ${each}`, { cause }), error('level 0'));
  expect(causeLines(deep)).toHaveLength(4);
  expect(causeLines(error('alone'))).toEqual([]);
  expect(causeLines(error('the file cannot be read: no such file', { cause: error('no such file') }))).toEqual([]);
});

it('the first parts of an AggregateError are told, the others counted', () => {
  const parts = Array.from({ length: 5 }, (_, each) => new TypeError(`part ${each}`));
  expect(causeLines(toPlainError(new AggregateError(parts, 'all')))).toEqual([
    '- TypeError: part 0',
    '- TypeError: part 1',
    '- TypeError: part 2',
    '- and 2 more',
  ]);
  expect(causeLines(toPlainError(new AggregateError(['a text'], 'one')))).toEqual([
    '- Error: a value that is no Error was thrown: "a text"',
  ]);
});
