/** Rows keep within the terminal: what is too long for its line goes on below, at a word. */
import { expect, test } from 'vitest';
import { foldRows } from '../../../src/cli/flows/folded-rows.ts';

const ROWS = [
  ['fetch', './fetch.sh', ''],
  ['└─ train', 'python train.py', 'after fetch, 3 retries, at most 5m, cached for 7d'],
];

test('rows that fit stay rows of a table', () => {
  expect(foldRows(ROWS, Number.POSITIVE_INFINITY)).toEqual([
    'fetch     ./fetch.sh',
    '└─ train  python train.py  after fetch, 3 retries, at most 5m, cached for 7d',
  ]);
});

test('what makes a row too wide stands below, where the second column begins, and no word is cut', () => {
  expect(foldRows(ROWS, 40)).toEqual([
    'fetch     ./fetch.sh',
    '└─ train  python train.py',
    '          after fetch, 3 retries, at',
    '          most 5m, cached for 7d',
  ]);
});

test('where the first column takes most of the width, the rest stands below it', () => {
  expect(foldRows(ROWS, 26)).toEqual([
    'fetch     ./fetch.sh',
    '└─ train',
    '    python train.py',
    '    after fetch, 3',
    '    retries, at most 5m,',
    '    cached for 7d',
  ]);
});

test('a word that is longer than a line stays whole', () => {
  expect(foldRows([['/a/path/without/any/space and more']], 10)).toEqual(['/a/path/without/any/space', 'and more']);
});

test('colours take no room', () => {
  const dim = (text: string) => `\u001b[2m${text}\u001b[22m`;
  expect(foldRows([['a', dim('12345'), '123']], 13)).toEqual([`a  ${dim('12345')}  123`]);
});
