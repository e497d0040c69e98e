import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import { readParamEntry } from '../../src/model/param-entry.ts';
import { paramForm, valueText } from '../../src/model/param-form.ts';
import type { JsonSchema } from '../../src/model/param-schema.ts';
import { paramsToJsonSchema } from '../../src/runner/json-schema.ts';

const ofZod = (shape: z.ZodRawShape) =>
  paramsToJsonSchema(z.object(shape), () => z as unknown as Record<PropertyKey, unknown>) as JsonSchema;
const controlOf = (schema: JsonSchema) =>
  paramForm({ type: 'object', properties: { p: schema } }, {}).fields[0]?.control;

describe('the control of a parameter', () => {
  it.each<[string, JsonSchema, object]>([
    ['a text', { type: 'string' }, { kind: 'text' }],
    ['a long text', { type: 'string', maxLength: 500 }, { kind: 'textarea', json: false }],
    ['a text of lines', { type: 'string', default: 'a\nb' }, { kind: 'textarea', json: false }],
    ['a date', { type: 'string', format: 'date' }, { kind: 'date' }],
    ['a date by an expression', { type: 'string', format: 'date', default: '${{ slot.time }}' }, { kind: 'text' }],
    ['a time', { type: 'string', format: 'date-time' }, { kind: 'text', example: '2026-11-23T06:00:00Z' }],
    ['a number', { type: 'number' }, { kind: 'number', min: null, max: null, step: 'any' }],
    ['a whole number', { type: 'integer', minimum: 1, maximum: 9 }, { kind: 'number', min: 1, max: 9, step: 1 }],
    ['steps', { type: 'number', minimum: 0, multipleOf: 0.5 }, { kind: 'number', min: 0, step: 0.5 }],
    ['steps off the least', { type: 'number', minimum: 0.3, multipleOf: 0.5 }, { kind: 'number', step: 'any' }],
    ['more than', { type: 'number', exclusiveMinimum: 0 }, { kind: 'number', min: null }],
    ['a number or nothing', { anyOf: [{ type: 'number' }, { type: 'null' }] }, { kind: 'text' }],
    ['a number or a text', { type: ['number', 'string'] }, { kind: 'text' }],
    ['choices', { enum: ['a', 'b', 1, null] }, { kind: 'select', options: ['a', 'b', '1', 'null'] }],
    ['choices in a union', { anyOf: [{ const: 'a' }, { enum: ['b'] }] }, { kind: 'select', options: ['a', 'b'] }],
    ['yes or no', { type: 'boolean', default: false }, { kind: 'checkbox' }],
    ['yes, no or nothing', { type: 'boolean' }, { kind: 'select', options: ['true', 'false'] }],
    ['a list', { type: 'array', items: { type: 'number' } }, { kind: 'textarea', json: true }],
    ['an object', { type: 'object' }, { kind: 'textarea', json: true }],
    ['anything', {}, { kind: 'textarea', json: true }],
    ['very many choices', { enum: Array.from({ length: 500 }, (_, place) => `c${place}`) }, { kind: 'text' }],
  ])('of %s', (_, schema, control) => {
    expect(controlOf(schema)).toMatchObject(control);
  });

  it('of zod schemas has no limits that are only those of the language', () => {
    const [epochs, size, since] = paramForm(
      ofZod({ epochs: z.number().int(), size: z.bigint(), since: z.date().optional() }),
      {},
    ).fields;
    expect(epochs).toMatchObject({ isRequired: true, control: { kind: 'number', min: null, max: null, step: 1 } });
    expect(size).toMatchObject({ isRequired: true, control: { kind: 'text' } });
    expect(since).toMatchObject({ isRequired: false, control: { kind: 'text', example: '2026-11-23T06:00:00Z' } });
  });
});

test('values of a deployment count before the defaults of the schema, and need not be given', () => {
  const schema = { type: 'object', properties: { a: { type: 'number', default: 1 }, b: {} }, required: ['b'] };
  expect(paramForm(schema, { a: 2, b: [1] }).fields).toMatchObject([
    { name: 'a', defaultText: '2', isRequired: false },
    { name: 'b', defaultText: '[1]', isRequired: false },
  ]);
});

const hasAllDigits = (value: number) => Number.isSafeInteger(value) || !/^-?\d+$/.test(String(value));

describe('what stands in a field is read again as the value that it was', () => {
  const line = fc.string({ minLength: 1 }).filter((text) => !text.includes('\r'));
  const json = fc.jsonValue({ maxDepth: 3 });
  const cases: [string, JsonSchema, fc.Arbitrary<unknown>][] = [
    ['text', { type: 'string' }, line],
    // Whole numbers that lose digits on their way are refused.
    ['number', { type: 'number' }, fc.double({ noNaN: true, noDefaultInfinity: true }).filter(hasAllDigits)],
    ['integer', { type: 'integer' }, fc.maxSafeInteger()],
    ['boolean', { type: 'boolean' }, fc.boolean()],
    ['list', { type: 'array', items: {} }, fc.array(json)],
    ['list of texts', { type: 'array', items: { type: 'string' } }, fc.array(fc.string())],
    ['object', { type: 'object' }, fc.dictionary(line, json)],
    ['number or nothing', { anyOf: [{ type: 'number' }, { type: 'null' }] }, fc.constantFrom(1, null, -0.5, 1e300)],
    ['choice', { enum: ['a', 'a b', 1, true] }, fc.constantFrom('a', 'a b', 1, true)],
  ];
  it.each(cases)('%s', (_, schema, values) => {
    const root = { type: 'object', properties: { p: schema } };
    const form = paramForm(root, {});
    fc.assert(
      fc.property(values, (value) => {
        const { params, faults } = readParamEntry(form, new Map([['p', valueText(value)]]), '', root, {});
        expect(faults).toEqual([]);
        // JSON knows no other zero.
        expect(JSON.stringify(params.p)).toBe(JSON.stringify(value));
      }),
    );
  });

  it('dates and whole numbers of any size', () => {
    const schema = ofZod({ since: z.date(), size: z.bigint() });
    const values = { since: new Date(1_700_000_000_123), size: 12345678901234567890n };
    const texts = new Map(Object.entries(values).map(([name, value]) => [name, valueText(value)]));
    expect(readParamEntry(paramForm(schema, {}), texts, '', schema, {})).toMatchObject({ params: values, faults: [] });
  });
});

test('further parameters are given beside those with a field, which win', () => {
  const schema = { type: 'object', properties: { a: { type: 'number' } }, additionalProperties: {} };
  const read = (further: string) => readParamEntry(paramForm(schema, {}), new Map([['a', '1']]), further, schema, {});
  expect(read('{"a": 2, "__proto__": 3, "b": "x"}').params).toEqual({ a: 1, ['__proto__']: 3, b: 'x' });
  expect(read('{"b": "x"}').flags).toEqual(['--params', '{"b": "x"}', '-p', 'a=1']);
  for (const wrong of ['[1]', '7', '{', 'null', '"a"']) expect(read(wrong).faults).toMatchObject([{ field: '' }]);
});
