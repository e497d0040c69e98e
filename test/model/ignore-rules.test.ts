import { expect, it } from 'vitest';
import { isIgnored, parseIgnoreRules } from '../../src/model/ignore-rules.ts';

it.each([
  ['*.csv', 'data/rows.csv', true],
  ['*.csv', 'rows.csv.gz', false],
  ['/rows.csv', 'data/rows.csv', false],
  ['/rows.csv', 'rows.csv', true],
  ['data/', 'data/deep/rows.csv', true],
  ['data/', 'data', false],
  ['data', 'src/data', true],
  ['data/*.csv', 'data/deep/rows.csv', false],
  ['data/**/*.csv', 'data/deep/rows.csv', true],
  ['data/**/*.csv', 'data/rows.csv', true],
  ['**/tmp', 'a/b/tmp/x', true],
  ['logs/**', 'logs/a/b', true],
  ['*.csv\n!keep.csv', 'data/keep.csv', false],
  ['data/\n!data/keep.csv', 'data/keep.csv', true],
  ['!keep.csv\n*.csv', 'keep.csv', true],
  ['# *.csv', 'rows.csv', false],
  ['\\#odd', '#odd', true],
  ['week-[0-9].csv', 'week-7.csv', true],
  ['week-[!0-9].csv', 'week-7.csv', false],
  ['a?c', 'abc', true],
  ['a?c', 'a/c', false],
  ['a.c', 'abc', false],
  ['rows.csv   ', 'rows.csv', true],
  ['', 'rows.csv', false],
  ['*', 'anything/at/all', true],
])('the rule %j makes of %s: left out = %s', (rules, path, isOut) => {
  expect(isIgnored(parseIgnoreRules(rules), path)).toBe(isOut);
});
