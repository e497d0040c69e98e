import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { schemaFaults } from '../../src/model/json-schema.ts';
import { valueFaults } from '../../src/model/json-schema-value.ts';
import type { JsonSchema } from '../../src/model/param-schema.ts';

const told = (faults: ReturnType<typeof schemaFaults>) =>
  faults.map(({ path, message }) => `${path.join('.')}: ${message}`);

test.each<[JsonSchema, unknown, string[]]>([
  [{ type: 'integer' }, 3, []],
  [{ type: 'integer' }, 3.5, [': expected a whole number']],
  [{ type: ['string', 'null'] }, null, []],
  [{ type: 'number', minimum: 1, exclusiveMaximum: 2 }, 2, [': expected less than 2']],
  [{ multipleOf: 0.1 }, 0.3, []],
  [{ multipleOf: 0.1 }, 0.35, [': expected a multiple of 0.1']],
  [{ type: 'string', minLength: 2 }, '\u{1f600}', [': expected at least 2 characters']],
  [{ type: 'string', pattern: '^a' }, 'b', [': expected a text like ^a']],
  [{ type: 'string', format: 'date' }, '2024-02-29', []],
  [{ type: 'string', format: 'date' }, '2023-02-29', [': expected a date such as 2026-11-16']],
  [{ type: 'string', format: 'date-time' }, '2026-01-01T10:00:00+01:00', []],
  [{ type: 'string', format: 'time' }, '24:00', [': expected a time such as 06:30:00']],
  [{ enum: ['a', 1] }, 'b', [': expected one of "a", 1']],
  [{ const: { a: [1] } }, { a: [1] }, []],
  [
    { type: 'array', items: { type: 'number' }, maxItems: 2 },
    [1, 'x', 3],
    [': expected at most 2 items', '1: expected a number'],
  ],
  [
    { uniqueItems: true },
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    [': expected no item twice'],
  ],
  [{ prefixItems: [{ type: 'string' }], items: { type: 'number' } }, ['a', 1, 'b'], ['2: expected a number']],
  [
    { properties: { a: { type: 'string' } }, required: ['a', 'b'], additionalProperties: false },
    { a: 1, c: 2 },
    [': "b" is missing', 'a: expected text', 'c: "c" is not expected'],
  ],
  [{ anyOf: [{ type: 'string' }, { type: 'number' }] }, true, [': expected text or a number']],
  [{ oneOf: [{ minimum: 1 }, { minimum: 2 }] }, 3, [': more than one of the alternatives fits']],
  [{ not: { type: 'null' } }, null, [': this is what "not" excludes']],
  [{ type: 'object', properties: {} }, JSON.parse('{"__proto__": 1}'), []],
])('%j of %j', (schema, value, faults) => {
  expect(schemaFaults(schema)).toEqual([]);
  expect(told(valueFaults(value, schema))).toEqual(faults);
});

test.each<[unknown, string]>([
  ['string', ': a schema is an object, such as { type: string }'],
  [{ typ: 'string' }, 'typ: "typ" is no keyword of JSON Schema that Weir knows'],
  [{ type: 'int' }, 'type: there is no type "int"'],
  [{ enum: [] }, 'enum: enum must be a list of values'],
  [{ minLength: -1 }, 'minLength: minLength must be a whole number of 0 or more'],
  [{ pattern: '(' }, 'pattern: pattern must be a regular expression'],
  [{ format: 'ipv4' }, 'format: the format "ipv4" is not checked by Weir'],
  [{ items: { type: 'nmber' } }, 'items.type: there is no type "nmber"'],
  [{ properties: { a: 1 } }, 'properties.a: a schema is an object, such as { type: string }'],
  [{ required: true }, 'required: required is a list of the properties that an object must have'],
])('the schema %j is refused', (schema, fault) => {
  expect(told(schemaFaults(schema))).toEqual([fault]);
});

const scalarSchema = fc.oneof(
  fc.record({ type: fc.constantFrom('string', 'number', 'integer', 'boolean', 'null') }),
  fc.record({
    type: fc.constant('number'),
    minimum: fc.integer({ min: -5, max: 5 }),
    maximum: fc.integer({ min: -5, max: 5 }),
  }),
  fc.record({ type: fc.constant('string'), minLength: fc.nat({ max: 3 }), maxLength: fc.nat({ max: 5 }) }),
  fc.record({ enum: fc.uniqueArray(fc.constantFrom('a', 'b', 1, 2, true, null), { minLength: 1 }) }),
);
const anySchema: fc.Arbitrary<JsonSchema> = fc.letrec<{ schema: JsonSchema }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 2 },
    scalarSchema,
    fc.record({ type: fc.constant('array'), items: tie('schema'), minItems: fc.nat({ max: 2 }) }),
    fc.dictionary(fc.constantFrom('a', 'b'), tie('schema')).chain((properties) =>
      fc.record({
        type: fc.constant('object'),
        properties: fc.constant(properties),
        // A property that must be there but is described nowhere is read differently by the other one.
        required: fc.subarray(Object.keys(properties)),
        additionalProperties: fc.constant(false),
      }),
    ),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
  ),
})).schema;
const anyValue = fc.oneof(
  fc.constantFrom('', 'a', 'b', 'abcdef', 0, 1, -3, 2.5, true, null),
  fc.array(fc.constantFrom('a', 1, null), { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('a', 1, 2.5, null)),
);

test('it judges as another implementation does', () => {
  fc.assert(
    fc.property(anySchema, anyValue, (schema, value) => {
      const other = z.fromJSONSchema(schema as never).safeParse(value).success;
      expect(valueFaults(value, schema).length === 0).toBe(other);
    }),
    { numRuns: 500 },
  );
});
