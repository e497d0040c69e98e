/** A run is named by its parameters: those that were given, else their defaults. */
import { expect, test } from 'vitest';
import { resolveRunName } from '../../src/model/run-name.ts';

const SCHEMA = {
  type: 'object',
  properties: { week: { type: 'string', default: 'latest' }, alphas: { default: [0.1, 1] }, city: { type: 'string' } },
};

test.each([
  ['week {week}', { week: 7 }, 'week 7'],
  ['week {week}', {}, 'week latest'],
  ['week {week}', null, 'week latest'],
  ['{alphas}', {}, '[0.1,1]'],
  ['{alphas}', { alphas: [2] }, '[2]'],
  ['{city} {nothing} {toString}', {}, '{city} {nothing} {toString}'],
])('%s with %j is "%s"', (template, params, name) => {
  expect(resolveRunName(template, params, SCHEMA)).toBe(name);
});

test('without a template a run has no name of its own', () => {
  expect(resolveRunName(null, { week: 7 }, SCHEMA)).toBeNull();
});

test('a value is shortened', () => {
  expect(resolveRunName('{week}', { week: 'x'.repeat(100) })).toHaveLength(80);
});
