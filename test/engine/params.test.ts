/** A flow's parameters: what its schema makes of them, and what is said of those that it does not take. */
import { describe, expect, test } from 'vitest';
import { engineWorld, type RunOptions } from '../support/engine-world.ts';

const BODY = 'async (params) => { note("entered"); return params; }';

async function given(params: string, given: RunOptions['params'], options = '') {
  const world = await engineWorld();
  const run = await world.runFlow(`export default flow({ name: 'a', params: ${params}, ${options} }, ${BODY});`, {
    ...(given === undefined ? {} : { params: given }),
  });
  return { run, entered: world.lines('notes').length > 0 };
}

describe('parameters that validate', () => {
  test.each<[string, Record<string, unknown>, unknown]>([
    ['z.object({ x: z.coerce.number(), y: z.coerce.number() })', { x: '1', y: 2 }, { x: 1, y: 2 }],
    [
      'z.object({ on: z.coerce.boolean(), off: z.coerce.boolean() })',
      { on: 'yes', off: 'false' },
      { on: true, off: false },
    ],
    ['z.object({ day: z.coerce.date() })', { day: '2026-11-16' }, { day: new Date('2026-11-16') }],
    ['z.object({ n: z.number().default(3), o: z.number().optional() })', {}, { n: 3 }],
    ['z.object({ s: z.string().trim().transform((s) => s.length) })', { s: ' ab ' }, { s: 2 }],
    ['z.object({ a: z.object({ b: z.array(z.number()).min(1) }) })', { a: { b: [1] } }, { a: { b: [1] } }],
    [
      'z.object({ d: z.date(), b: z.bigint(), m: z.map(z.string(), z.number()) })',
      { d: new Date(5), b: 5n, m: new Map([['a', 1]]) },
      { d: new Date(5), b: 5n, m: new Map([['a', 1]]) },
    ],
    ['z.looseObject({ a: z.number() })', { a: 1, further: 2 }, { a: 1, further: 2 }],
    ['z.object({ a: z.number() }).catchall(z.string())', { a: 1, further: 'x' }, { a: 1, further: 'x' }],
    ['z.record(z.string(), z.number())', { any: 1, name: 2 }, { any: 1, name: 2 }],
    ['z.object({ a: z.number() }).refine(async () => true)', { a: 1 }, { a: 1 }],
    [
      'z.discriminatedUnion("k", [z.object({ k: z.literal("a"), x: z.number() }), z.object({ k: z.literal("b") })])',
      { k: 'a', x: 1 },
      { k: 'a', x: 1 },
    ],
  ])('E04 by %s reach the body as the schema gives them', async (schema, params, value) => {
    const { run } = await given(schema, params);
    expect([run.state.message, run.value]).toEqual([null, value]);
  });

  test('of any size arrive whole', async () => {
    const text = 'ä'.repeat(3_000_000);
    const { run } = await given('z.object({ text: z.string() })', { text });
    expect((run.value as { text: string }).text === text).toBe(true);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'named %s are names like others: refused by a schema, harmless without one',
    async (name) => {
      const params = JSON.parse(`{"${name}":{"polluted":true}}`) as Record<string, unknown>;
      const { run, entered } = await given('z.object({ a: z.number().default(1) })', params);
      expect(run.state.message).toBe(`there is no parameter "${name}"; the flow has a`);
      expect(entered).toBe(false);
      const world = await engineWorld();
      const raw = await world.runFlow(
        `export default flow(async (params) => [({}).polluted ?? null, Object.keys(params), Object.getPrototypeOf(params) === Object.prototype]);`,
        { params },
      );
      expect(raw.value).toEqual([null, [name], true]);
    },
  );
});

describe('parameters that do not validate', () => {
  test.each<[string, Record<string, unknown>, string]>([
    [
      'z.object({ x: z.number() })',
      { x: 'foo' },
      'parameter "x" is "foo": Invalid input: expected number, received string',
    ],
    [
      'z.object({ x: z.number() })',
      { x: '1' },
      'parameter "x" is "1": Invalid input: expected number, received string',
    ],
    ['z.object({ x: z.number() })', {}, 'parameter "x" is missing: expected a number'],
    ['z.object({ x: z.coerce.number() })', { x: '' }, 'parameter "x" is "": expected a number'],
    ['z.object({ x: z.coerce.boolean() })', { x: 'nope' }, 'parameter "x" is "nope": expected true or false'],
    [
      'z.object({ x: z.union([z.number(), z.literal("all")]) })',
      { x: 'some' },
      'parameter "x" is "some": expected a number or "all"',
    ],
    [
      'z.object({ a: z.array(z.object({ b: z.number() })) })',
      { a: [{ b: 1 }, { b: 'x' }] },
      'parameter "a[1].b" is "x": Invalid input: expected number, received string',
    ],
    ['z.object({ a: z.object({ b: z.number() }) })', { a: {} }, 'parameter "a.b" is missing: expected a number'],
    ['z.object({ b: z.number() })', { b: 5n }, 'parameter "b" is 5: Invalid input: expected number, received bigint'],
    [
      'z.object({ x: z.string() })',
      { x: Array(1000).fill(7) },
      `${'parameter "x" is [7'}${',7'.repeat(98)},7...: Invalid input: expected string, received array`,
    ],
    [
      'z.object({ week: z.number(), alphas: z.array(z.number()).default([]) })',
      { wek: 1, beta: 2, week: 'x' },
      'there is no parameter "wek", "beta"; the flow has week, alphas (did you mean week?); parameter "week" is "x": Invalid input: expected number, received string',
    ],
    [
      'z.object({ x: z.number(), y: z.number() })',
      { x: 'a' },
      'parameter "x" is "a": Invalid input: expected number, received string; parameter "y" is missing: expected a number',
    ],
    ['z.strictObject({})', { x: 1 }, 'there is no parameter "x"; the flow has none'],
    [
      'z.object({ from: z.number(), to: z.number() }).refine((p) => p.from < p.to, "from must be before to")',
      { from: 2, to: 1 },
      'from must be before to',
    ],
  ])('E05 by %s are refused: all of them named, the body not entered', async (schema, params, message) => {
    const { run, entered } = await given(schema, params, 'retries: 3');
    expect(run).toMatchObject({ state: { type: 'FAILED', name: 'Failed', message }, attempt: 1, tasks: [] });
    expect(run.error?.name).toBe('WeirError');
    expect(entered).toBe(false);
  });

  test('E06 reach the body raw where validation is off, whatever their names', async () => {
    const { run } = await given('z.object({ x: z.number() })', { x: 'foo', y: 1 }, 'validateParams: false');
    expect(run.value).toEqual({ x: 'foo', y: 1 });
  });

  test.each(['{ week: z.number() }', 'null', '"week"', '() => true'])(
    'a schema that is none is refused where it is written: %s',
    async (params) => {
      const world = await engineWorld();
      await expect(world.describe(`export default flow({ name: 'a', params: ${params} }, ${BODY});`)).rejects.toThrow(
        'the params of flow "a" are no schema',
      );
    },
  );
});

describe('any Standard Schema', () => {
  /** As valibot or a hand-written one: no word of JSON Schema. */
  const HAND_WRITTEN = `{ '~standard': { version: 1, vendor: 'hand', validate: async (value) =>
    typeof value.week === 'number' ? { value: { ...value, week: value.week + 1 } } : { issues: [{ message: 'a week is a number', path: [{ key: 'week' }] }] } } }`;

  test('validates, also later, and transforms', async () => {
    expect((await given(HAND_WRITTEN, { week: 1 })).run.value).toEqual({ week: 2 });
    const { run, entered } = await given(HAND_WRITTEN, { week: 'x' });
    expect(run.state.message).toBe('parameter "week" is "x": a week is a number');
    expect(entered).toBe(false);
  });

  test('that is a function, or throws, is taken all the same', async () => {
    const callable = `Object.assign(() => {}, { '~standard': { version: 1, vendor: 'arktype', validate: (value) => ({ value }) } })`;
    expect((await given(callable, { a: 1 })).run.value).toEqual({ a: 1 });
    const throwing = `{ '~standard': { version: 1, vendor: 'x', validate: () => { throw new Error('cannot say'); } } }`;
    expect((await given(throwing, { a: 1 })).run.state.message).toBe('cannot say');
  });

  test('tells its own JSON Schema, by which unknown names are refused', async () => {
    const own = `{ '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value }),
      jsonSchema: { input: () => ({ type: 'object', properties: { week: { type: 'number' } } }) } } }`;
    expect((await given(own, { wek: 1 })).run.state.message).toBe(
      'there is no parameter "wek"; the flow has week (did you mean week?)',
    );
  });

  test.each([
    'z.object({ f: z.function(), c: z.custom(() => true), i: z.instanceof(Map), s: z.symbol(), d: z.date(), p: z.promise(z.number()) })',
    'z.lazy(() => z.object({}))',
    'z.any()',
    'z.never()',
    `{ '~standard': { version: 1, vendor: 'x', validate: (value) => ({ value }), jsonSchema: { input: () => { throw new Error('no'); } } } }`,
    `{ '~standard': { version: 1, vendor: 'zod', validate: (value) => ({ value }) } }`,
  ])('can be described although JSON Schema cannot say it: %s', async (schema) => {
    const world = await engineWorld();
    const [flow] = await world.describe(`export default flow({ name: 'a', params: ${schema} }, ${BODY});`);
    expect(flow?.name).toBe('a');
  });
});
