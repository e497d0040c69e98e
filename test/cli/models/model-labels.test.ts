/** What `weir model register` takes as pairs. */
import { expect, test } from 'vitest';
import { parsePairs, toValue } from '../../../src/cli/models/model-labels.ts';

const parse = (...pairs: string[]) => parsePairs('--param', 'alpha=0.1', pairs, toValue);

test('pairs are read by their name, whatever it is, and the text behind the first =', () => {
  const read = parse('alpha=0.1', 'week=007', 'rule=a=b', 'none=');
  expect(read).toEqual({ alpha: 0.1, week: '007', rule: 'a=b', none: '' });
  expect(Object.entries(parse('__proto__=1'))).toEqual([['__proto__', 1]]);
});

test.each([
  ['alpha', '--param alpha is not name=value'],
  ['=1', '--param =1 is not name=value'],
])('what is no pair is refused: %s', (pair, says) => {
  expect(() => parse(pair)).toThrow(says);
});

test('of two values for one name none is taken without a word', () => {
  expect(() => parse('alpha=1', 'beta=1', 'alpha=2')).toThrow('--param alpha is given more than once');
});
