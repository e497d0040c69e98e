/** Text to parameter values: every type, in every combination that schemas write, and what is refused. */
import { expect, test } from 'vitest';
import { expectationOf, type JsonSchema, knownParams, schemaAt } from '../../src/model/param-schema.ts';
import { readParam, readUntyped } from '../../src/model/param-text.ts';

const NUMBER = { type: 'number' };
const STRING = { type: 'string' };
const NULLABLE = (type: string) => ({ type: [type, 'null'] });
const ANY_OF = (...anyOf: JsonSchema[]) => ({ anyOf });
const ARRAY = (items: JsonSchema) => ({ type: 'array', items });
const UNREADABLE = Symbol('unreadable');

test.each<[string, JsonSchema, string, unknown]>([
  ['a number', NUMBER, '1', 1],
  ['a number', NUMBER, ' -1.5e3 ', -1500],
  ['a number', NUMBER, '.5', 0.5],
  ['a number', NUMBER, '', UNREADABLE],
  ['a number', NUMBER, ' ', UNREADABLE],
  ['a number', NUMBER, '1,5', UNREADABLE],
  ['a number', NUMBER, '0x10', UNREADABLE],
  ['a number', NUMBER, 'Infinity', UNREADABLE],
  ['a number', NUMBER, '1e999', UNREADABLE],
  ['a number', NUMBER, '12345678901234567890', UNREADABLE],
  ['a number', NUMBER, '100000000000000000000', 1e20],
  ['a whole number', { type: 'integer' }, '007', 7],
  [
    'a whole number of any size',
    { type: 'integer', 'x-weir-value': 'bigint' },
    '12345678901234567890',
    12345678901234567890n,
  ],
  ['a whole number of any size', { type: 'integer', 'x-weir-value': 'bigint' }, '1.5', UNREADABLE],
  ['text', STRING, '1', '1'],
  ['text', STRING, ' true ', ' true '],
  ['text', STRING, '', ''],
  ['text', STRING, '{"a":1}', '{"a":1}'],
  ['a boolean', { type: 'boolean' }, 'true', true],
  ['a boolean', { type: 'boolean' }, 'No', false],
  ['a boolean', { type: 'boolean' }, '0', false],
  ['a boolean', { type: 'boolean' }, 'nope', UNREADABLE],
  ['a boolean', { type: 'boolean' }, '', UNREADABLE],
  ['a date', { type: 'string', 'x-weir-value': 'date' }, '2026-11-16', new Date('2026-11-16')],
  ['a date', { type: 'string', 'x-weir-value': 'date' }, '2026-11-16T06:00:00+01:00', new Date('2026-11-16T05:00:00Z')],
  ['a date', { type: 'string', 'x-weir-value': 'date' }, '2026', UNREADABLE],
  ['a date', { type: 'string', 'x-weir-value': 'date' }, '2026-13-01', UNREADABLE],
  ['a date as text', { type: 'string', format: 'date' }, '2026-11-16', '2026-11-16'],
  ['null', NULLABLE('number'), 'null', null],
  ['null', NULLABLE('number'), '3', 3],
  ['text or null', NULLABLE('string'), 'null', 'null'],
  ['an enum', { enum: [1, 2, 'x'] }, '2', 2],
  ['an enum', { enum: [1, 2, 'x'] }, 'x', 'x'],
  ['an enum', { enum: [1, 2, 'x'] }, 'y', UNREADABLE],
  ['an enum', { enum: ['1', '2'] }, '1', '1'],
  ['an enum', { enum: [true, null] }, 'null', null],
  ['a constant or a number', ANY_OF(NUMBER, { type: 'string', const: 'all' }), 'all', 'all'],
  ['a constant or a number', ANY_OF(NUMBER, { type: 'string', const: 'all' }), '7', 7],
  ['a constant or a number', ANY_OF(NUMBER, { type: 'string', const: 'all' }), 'some', UNREADABLE],
  ['a number or text', ANY_OF(NUMBER, STRING), '7', 7],
  ['text or a number', ANY_OF(STRING, NUMBER), '7', '7'],
  ['a list', ARRAY(NUMBER), '[1, 2]', [1, 2]],
  ['a list', ARRAY(NUMBER), '0.1,1, 10', [0.1, 1, 10]],
  ['a list', ARRAY(NUMBER), '5', [5]],
  ['a list', ARRAY(NUMBER), '', []],
  ['a list', ARRAY(NUMBER), '[1, 2', UNREADABLE],
  ['a list', ARRAY(NUMBER), '1,x', UNREADABLE],
  ['a list', ARRAY(NUMBER), '{"a":1}', UNREADABLE],
  ['a list of text', ARRAY(STRING), '1,b', ['1', 'b']],
  ['text or a list of text', ANY_OF(STRING, ARRAY(STRING)), '["a"]', ['a']],
  ['text or a list of text', ANY_OF(STRING, ARRAY(STRING)), 'a,b', 'a,b'],
  ['an object', { type: 'object' }, '{"a":[1]}', { a: [1] }],
  ['an object', { type: 'object' }, 'a=1', UNREADABLE],
  ['anything', {}, '{"a":1}', { a: 1 }],
  ['anything', {}, '1.10', '1.10'],
  ['by reference', { $ref: '#/$defs/N', $defs: { N: NUMBER } }, '4', 4],
  ['by a circle of references', { $ref: '#/$defs/A', $defs: { A: { $ref: '#/$defs/A' } } }, '4', 4],
  ['by a union of itself', { anyOf: [{ $ref: '#' }] }, '4', 4],
])('%s is read by its type: %j, %j', (_what, schema, text, expected) => {
  const reading = readParam(text, schema);
  expect(reading === null ? UNREADABLE : reading.value).toEqual(expected);
});

test.each([
  ['3', 3],
  ['-0.5', -0.5],
  ['1.10', '1.10'],
  ['00123', '00123'],
  ['12e4567', '12e4567'],
  ['12345678901234567890', '12345678901234567890'],
  ['true', true],
  ['null', null],
  ['"7"', '7'],
  ['[1,"a"]', [1, 'a']],
  ['soon', 'soon'],
  ['', ''],
])('without a schema %j becomes %j: a number only if it prints back the same', (text, value) => {
  expect(readUntyped(text)).toEqual(value);
});

test.each<[JsonSchema, string | null]>([
  [NUMBER, 'a number'],
  [NULLABLE('integer'), 'a whole number or null'],
  [{ enum: ['a', 1] }, 'one of "a", 1'],
  [ANY_OF(NUMBER, { const: 'all' }), 'a number or "all"'],
  [ANY_OF(NUMBER, NUMBER), 'a number'],
  [ANY_OF(NUMBER, {}), null],
  [{ type: 'string', format: 'date' }, 'a date such as 2026-11-16'],
])('%j is expected in words: %s', (schema, words) => {
  expect(expectationOf(schema, schema)).toBe(words);
});

test('the names of all alternatives are known; one that is open opens them all', () => {
  const a = { type: 'object', properties: { kind: { const: 'a' }, x: NUMBER } };
  const b = { type: 'object', properties: { kind: { const: 'b' }, y: STRING } };
  expect([...knownParams({ oneOf: [a, b] }).properties.keys()]).toEqual(['kind', 'x', 'y']);
  expect(readParam('b', knownParams({ oneOf: [a, b] }).properties.get('kind') ?? {})).toEqual({ value: 'b' });
  expect(knownParams({ oneOf: [a, b] }).isOpen).toBe(false);
  expect(knownParams({ allOf: [a, { ...b, additionalProperties: {} }] }).isOpen).toBe(true);
  expect(knownParams({ type: 'object', properties: {}, additionalProperties: false }).isOpen).toBe(false);
  for (const open of [null, {}, { type: 'object' }, { type: 'string' }]) expect(knownParams(open).isOpen).toBe(true);
});

test('a path leads through lists, objects, unions and references to its schema', () => {
  const node: JsonSchema = {
    type: 'object',
    properties: { kids: ARRAY({ $ref: '#' }), v: ANY_OF(NUMBER, { const: 'x' }) },
  };
  expect(schemaAt(['kids', 0, 'kids', 3, 'v'], node)).toEqual(ANY_OF(NUMBER, { const: 'x' }));
  expect(schemaAt(['kids', 'v'], node)).toBeNull();
  expect(schemaAt(['constructor'], node)).toBeNull();
});
