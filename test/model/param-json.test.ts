import { expect, it } from 'vitest';
import { parseJsonParams } from '../../src/model/param-json.ts';
import type { JsonSchema } from '../../src/model/param-schema.ts';

const DATE = { type: 'string', format: 'date-time', 'x-weir-value': 'date' };
const BIG = { type: 'integer', 'x-weir-value': 'bigint' };

it.each<[string, JsonSchema, string, unknown]>([
  ['a date from its text', DATE, '"2026-11-16"', new Date('2026-11-16')],
  ['text that is no date stays text, to be refused', DATE, '"soon"', 'soon'],
  ['text stays text where text may come', { anyOf: [{ type: 'string' }, DATE] }, '"2026-11-16"', '2026-11-16'],
  ['a whole number of any size from its digits', BIG, '12345678901234567890', 12345678901234567890n],
  ['a small one, too', BIG, '-7', -7n],
  ['a fraction stays a number, to be refused', BIG, '1.5', 1.5],
  ['a number where a number may come', { anyOf: [{ type: 'number' }, BIG] }, '7', 7],
  ['a number of a schema that wants one', { type: 'number' }, '1234567890123456789', Number('1234567890123456789')],
  ['null where it may come', { anyOf: [DATE, { type: 'null' }] }, 'null', null],
  ['a list of dates', { type: 'array', items: DATE }, '["2026-11-16"]', [new Date('2026-11-16')]],
  [
    'what lies deeper',
    { type: 'object', properties: { to: DATE } },
    '{"to": "2026-11-16", "n": 1}',
    { to: new Date('2026-11-16'), n: 1 },
  ],
])('JSON gives %s', (_what, schema, text, expected) => {
  const properties = { it: schema, day: DATE, big: BIG };
  expect(parseJsonParams(`{"it": ${text}}`, { type: 'object', properties })).toEqual({ it: expected });
});

it('without a schema JSON is what it says', () => {
  expect(parseJsonParams('{"day": "2026-11-16"}', null)).toEqual({ day: '2026-11-16' });
});
