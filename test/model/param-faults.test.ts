import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import { WeirError } from '../../src/model/errors.ts';
import { paramFaults, refuseParamFaults } from '../../src/model/param-faults.ts';
import { paramsToJsonSchema } from '../../src/runner/json-schema.ts';

const toJson = (schema: z.ZodType) => paramsToJsonSchema(schema, () => z as unknown as Record<PropertyKey, unknown>);

const SCHEMA = toJson(
  z.object({
    epochs: z.number().int().min(1).max(100),
    lr: z.number().default(0.1),
    model: z.enum(['ridge', 'forest']).default('ridge'),
    since: z.date().optional(),
    size: z.bigint().optional(),
    count: z.coerce.number().optional(),
    mail: z.email().optional(),
    at: z.iso.datetime({ local: true }).optional(),
    layers: z.array(z.number()).optional(),
    options: z.object({ depth: z.number() }).optional(),
    either: z.union([z.number(), z.null()]).optional(),
  }),
);

describe('parameters before there is a run', () => {
  it('passes what the flow would take', () => {
    for (const given of [
      { epochs: 5 },
      { epochs: 5, lr: 1e-3, model: 'forest' },
      { epochs: 5, since: new Date(0), size: 12n, count: '7', either: null },
      { epochs: 5, mail: 'a@b.example', at: '2026-01-01T06:00', layers: [1, 2.5] },
    ])
      expect(paramFaults(given, SCHEMA)).toEqual([]);
  });

  it.each([
    [{}, 'epochs', 'it must be given: a whole number'],
    [{ epochs: 0 }, 'epochs', 'expected 1 or more'],
    [{ epochs: 1.5 }, 'epochs', 'expected a whole number'],
    [{ epochs: 'five' }, 'epochs', 'expected a whole number'],
    [
      { epochs: '9007199254740993' },
      'epochs',
      'whole numbers are exact up to 9007199254740991, and this one would lose',
    ],
    [{ epochs: 5, lr: `1${'0'.repeat(350)}` }, 'lr', 'whole numbers are exact up to'],
    [{ epochs: 5, model: 'tree' }, 'model', 'expected one of "ridge", "forest"'],
    [{ epochs: 5, since: 'yesterday' }, 'since', 'expected a date and time'],
    [{ epochs: 5, count: 'seven' }, 'count', 'expected a number'],
    [{ epochs: 5, mail: 'nobody' }, 'mail', 'expected an address such as ada@example.org'],
    [{ epochs: 5, layers: '1,x' }, 'layers', 'expected a list, each a number'],
    [{ epochs: 5, options: '{' }, 'options', 'expected an object, written as JSON'],
    [{ epochs: 5, layers: [1, 'x'] }, 'layers', '[1]: expected a number'],
    [{ epochs: 5, epoch: 5 }, 'epoch', 'there is no such parameter; did you mean epochs?'],
    [{ epochs: 5, __proto__x: 1 }, '__proto__x', 'there is no such parameter'],
  ])('names the field at fault of %o', (given, field, message) => {
    const [fault, ...others] = paramFaults(given, SCHEMA);
    expect(others).toEqual([]);
    expect(fault).toEqual({ field, message: expect.stringContaining(message) });
  });

  it('says all of them in one sentence, and as fields', () => {
    try {
      refuseParamFaults({ epochs: 'x', model: 1 }, SCHEMA);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(WeirError);
      expect(error).toMatchObject({
        code: 'invalid-parameters',
        message: expect.stringMatching(
          /^parameter "epochs" is "x": expected.*; parameter "model" is 1: expected one of/,
        ),
        fields: [{ field: 'epochs' }, { field: 'model' }],
      });
    }
  });
});

test('without a schema, or where the flow does not want its own to count, everything passes', () => {
  expect(paramFaults({ anything: 1 }, null)).toEqual([]);
  expect(paramFaults({ epochs: 'x' }, { ...SCHEMA, 'x-weir-unchecked': true })).toEqual([]);
});

test('a YAML parameter that must be given is missing without its default', () => {
  const schema = {
    type: 'object',
    properties: { day: { type: 'string', format: 'date' }, n: { type: 'number', default: 3 } },
    required: ['day'],
    additionalProperties: false,
  };
  expect(paramFaults({ n: 1 }, schema)).toMatchObject([{ field: 'day' }]);
  expect(paramFaults({ day: '2026-02-30' }, schema)).toMatchObject(
    [{ field: 'day', message: /date/ }].map((each) => ({
      ...each,
      message: expect.stringContaining('a date such as'),
    })),
  );
  expect(paramFaults({ day: '2026-02-28' }, schema)).toEqual([]);
});
