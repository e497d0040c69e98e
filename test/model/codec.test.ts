import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode, tryEncode } from '../../src/model/codec.ts';
import { WeirError } from '../../src/model/errors.ts';

const text = (value: unknown) => new TextDecoder().decode(encode(value));
const through = <T>(value: T): T => decode(encode(value)) as T;

function reasonFor(value: unknown): string {
  const outcome = tryEncode(value);
  if ('bytes' in outcome) throw new Error('was stored');
  return outcome.reason;
}

describe('plain JSON is stored as its own text', () => {
  test.each([
    [null, 'jnull'],
    [true, 'jtrue'],
    [1.5, 'j1.5'],
    ['grün', 'j"grün"'],
    [{ a: [1, { b: null }] }, 'j{"a":[1,{"b":null}]}'],
    [{ $: 1 }, 'j{"$":1}'],
  ])('%j', (value, stored) => {
    expect(text(value)).toBe(stored);
    expect(through(value)).toEqual(value);
  });
});

describe('what JSON has no word for comes back as it was', () => {
  const buffer = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]).buffer;
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['undefined in an object and an array', { a: undefined, b: [undefined, 1] }],
    ['NaN', Number.NaN],
    ['infinities', [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    ['-0', [-0, 0]],
    ['a Date', new Date('2026-11-02T02:00:00.123Z')],
    ['an early Date', new Date(-8.64e15)],
    ['an invalid Date', new Date(Number.NaN)],
    [
      'a Map',
      new Map<unknown, unknown>([
        ['a', 1],
        [{ k: 1 }, new Map()],
        [Number.NaN, -0],
      ]),
    ],
    ['a Set', new Set<unknown>([1, 'a', { b: 1 }, undefined])],
    ['a BigInt', [10n ** 40n, -1n, 0n]],
    ['a RegExp', /a"\/\n(?<x>b)/giu],
    ['a URL', new URL('https://example.org/ä?b=1#c')],
    ['an empty Buffer', Buffer.alloc(0)],
    ['a Buffer', Buffer.from('weir')],
    ['an ArrayBuffer', buffer],
    ['a DataView', new DataView(buffer, 2, 3)],
    ['a view of a part', new Uint8Array(buffer, 1, 2)],
    ['a Float64Array', Float64Array.from([1.5, Number.NaN, -0])],
    ['a Float16Array', Float16Array.from([1.5])],
    ['a BigInt64Array', BigInt64Array.from([-1n])],
    ['a Uint8ClampedArray', Uint8ClampedArray.from([300])],
    ['holes in an array', Object.assign([], { 0: 1, 2: 3 })],
    ['a RegExp match', /b(?<x>c)/.exec('abc')?.slice()],
    ['lone surrogates', ['\ud800', { '\udc00': 1n }]],
    ['a key "$"', { $: 'Date', v: 1n, inner: { $: { $: undefined } } }],
    ['keys of prototypes', JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"toString":2}')],
    ['such keys beside a tag', { ...JSON.parse('{"constructor":1,"hasOwnProperty":2}'), n: 1n }],
  ])('%s', (_name, value) => {
    const back = through(value);
    expect(isDeepStrictEqual(back, value)).toBe(true);
  });

  test('a Buffer stays a Buffer, and a Uint8Array does not become one', () => {
    expect(Buffer.isBuffer(through(Buffer.from('a')))).toBe(true);
    expect(Buffer.isBuffer(through(new Uint8Array(2)))).toBe(false);
  });

  test('the own properties of an array are kept, such as the index of a RegExp match', () => {
    const match = through(/b(?<x>c)/.exec('abc'));
    expect(match).toMatchObject({ 0: 'bc', 1: 'c', index: 1, input: 'abc', length: 2 });
    expect(match?.groups?.x).toBe('c');
  });

  test('an array of a thousand million holes is stored in a few bytes', () => {
    const sparse: unknown[] = [];
    sparse[1e9] = 'end';
    expect(encode(sparse).length).toBeLessThan(100);
    expect(through(sparse).length).toBe(1e9 + 1);
  });

  test('an object without a prototype becomes a plain one', () => {
    const value = Object.assign(Object.create(null), { a: 1n });
    expect(Object.getPrototypeOf(through(value))).toBe(Object.prototype);
    expect(through(value)).toEqual({ a: 1n });
  });

  test.each(['j', 't'])('a key "__proto__" is data in form %s, and reaches no prototype', (form) => {
    const value = JSON.parse('{"__proto__":{"polluted":true}}');
    if (form === 't') value.n = -0;
    expect(text(value)[0]).toBe(form);
    const back = through(value);
    expect(Object.hasOwn(back, '__proto__')).toBe(true);
    expect(back.polluted).toBeUndefined();
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('Temporal comes back exactly', () => {
  test.each([
    Temporal.Instant.from('2026-11-02T02:00:00.123456789Z'),
    Temporal.ZonedDateTime.from('2026-10-25T02:30:00+01:00[Europe/Berlin]'),
    Temporal.ZonedDateTime.from('1890-01-01T00:00:00[Europe/Amsterdam]'),
    Temporal.ZonedDateTime.from('2026-10-25T02:30:00[Asia/Tokyo][u-ca=japanese]'),
    Temporal.PlainDate.from('2026-02-28'),
    Temporal.PlainDate.from('2026-02-28[u-ca=hebrew]'),
    Temporal.PlainTime.from('23:59:59.000000001'),
    Temporal.PlainDateTime.from('2026-02-28T12:00'),
    Temporal.PlainYearMonth.from('2026-02'),
    Temporal.PlainMonthDay.from('02-29'),
    Temporal.Duration.from({ hours: 36, milliseconds: 1500 }),
    Temporal.Duration.from('-P1Y2M'),
  ])('%s', (value) => {
    const back = through(value);
    expect(Object.getPrototypeOf(back)).toBe(Object.getPrototypeOf(value));
    expect(String(back)).toBe(String(value));
    if (value instanceof Temporal.Duration) expect((back as Temporal.Duration).milliseconds).toBe(value.milliseconds);
    if (value instanceof Temporal.ZonedDateTime) expect(value.equals(back as Temporal.ZonedDateTime)).toBe(true);
  });
});

describe('errors', () => {
  test.each([
    new Error('a'),
    new Error(),
    new TypeError('b'),
    new RangeError('c'),
    new SyntaxError('d'),
    new URIError('e'),
    new AggregateError([new TypeError('x'), 1], 'f'),
    new DOMException('aborted', 'AbortError'),
  ])('%s keeps class, message and stack', (error) => {
    const back = through(error);
    expect(back).toBeInstanceOf(error.constructor);
    expect(Object.getPrototypeOf(back)).toBe(Object.getPrototypeOf(error));
    expect([back.name, back.message, back.stack]).toEqual([error.name, error.message, error.stack]);
    expect(Object.keys(back)).toEqual([]);
    expect(Error.isError(back)).toBe(true);
  });

  test('cause, fields and the parts of an AggregateError are kept', () => {
    const cause = Object.assign(new Error('no such file'), { code: 'ENOENT', errno: -2, at: new Date(0) });
    const back = through(new AggregateError([cause], 'two', { cause }));
    expect(back.cause).toMatchObject({ message: 'no such file', code: 'ENOENT', errno: -2, at: new Date(0) });
    expect(back.errors[0]).toBe(back.cause);
  });

  test("an error of the user's own class keeps its name and becomes one of the nearest built-in class", () => {
    class HttpError extends TypeError {
      override name = 'HttpError';
      status = 503;
    }
    class QuietError extends Error {}
    QuietError.prototype.name = 'QuietError';
    const back = through(new HttpError('busy'));
    expect(Object.getPrototypeOf(back)).toBe(TypeError.prototype);
    expect(back).toMatchObject({ name: 'HttpError', message: 'busy', status: 503 });
    const quiet = through(new QuietError('hush'));
    expect(Object.getPrototypeOf(quiet)).toBe(Error.prototype);
    expect(String(quiet)).toBe('QuietError: hush');
    expect(Object.keys(quiet)).toEqual([]);
  });

  test('an error is stored without the properties that cannot be, and the rest keeps its identity', () => {
    const shared = { n: 1 };
    const error = Object.assign(new Error('x'), {
      request: { agent: { again: shared, socket: () => 1 } },
      kept: shared,
    });
    Object.defineProperty(error, 'unreadable', {
      enumerable: true,
      get() {
        throw new Error('no');
      },
    });
    const back = through({ error, shared }) as unknown as { error: { kept: unknown }; shared: unknown };
    expect(back.error).not.toHaveProperty('request');
    expect(back.error).not.toHaveProperty('unreadable');
    expect(back.error.kept).toBe(back.shared);
    expect(back.shared).toEqual({ n: 1 });
  });

  test('an error may be its own cause', () => {
    const error = new Error('x');
    error.cause = error;
    const back = through(error);
    expect(back.cause).toBe(back);
  });
});

describe('references', () => {
  test('what was one object comes back as one object', () => {
    const shared = { n: 1 };
    const back = through({ a: shared, b: [shared], c: new Map([[shared, shared]]), d: new Set([shared]) });
    expect(back.b[0]).toBe(back.a);
    expect([...back.c.keys()][0]).toBe(back.a);
    expect([...back.c.values()][0]).toBe(back.a);
    expect(back.d.has(back.a)).toBe(true);
  });

  test('cycles through objects, arrays, maps, sets and sparse arrays come back as cycles', () => {
    const root: Record<string, unknown> = { $: 1 };
    const list: unknown[] = [root];
    const sparse: unknown[] = [];
    sparse[3] = sparse;
    const map = new Map<unknown, unknown>([[root, list]]);
    map.set(map, new Set([map]));
    Object.assign(root, { root, list, map, sparse });
    const back = through(root) as { root: unknown; list: unknown[]; map: typeof map; sparse: unknown[] };
    expect(back.root).toBe(back);
    expect(back.list[0]).toBe(back);
    expect(back.map.get(back)).toBe(back.list);
    expect((back.map.get(back.map) as Set<unknown>).has(back.map)).toBe(true);
    expect(back.sparse[3]).toBe(back.sparse);
  });

  test('any graph of objects comes back with the same edges', () => {
    const edges = fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.constantFrom('a', '$', '__proto__', '1')), {
      maxLength: 15,
    });
    fc.assert(
      fc.property(edges, (links) => {
        const nodes = Array.from({ length: 6 }, (_, id) => ({ id }) as Record<string, unknown>);
        for (const [from, to, key] of links) {
          const value = nodes[to];
          const link = { value, writable: true, enumerable: true, configurable: true };
          Object.defineProperty(nodes[from], key, link);
        }
        const back = through(nodes);
        nodes.forEach((node, index) => {
          expect(Object.keys(back[index] ?? {})).toEqual(Object.keys(node));
          for (const key of Object.keys(node).filter((name) => name !== 'id')) {
            expect(back[index]?.[key]).toBe(back[nodes.indexOf(node[key] as Record<string, unknown>)]);
          }
        });
      }),
    );
  });
});

describe('what cannot come back is refused with its path', () => {
  class Model {
    predict = 1;
  }
  class Registry extends Map {}
  test.each<[unknown, string]>([
    [() => 1, 'result is a function'],
    [{ model: { predict() {} } }, 'result.model.predict is a function'],
    [[1, { 'odd key': Symbol('s') }], 'result[1]["odd key"] is a symbol'],
    [new Model(), 'result is an instance of Model'],
    [{ r: new Registry() }, 'result.r is an instance of Registry'],
    [new (class {})(), 'result is an instance of a class without a name'],
    [{ p: Promise.resolve() }, 'result.p is a Promise; await it first'],
    [new WeakMap(), 'result is an instance of WeakMap'],
    [new SharedArrayBuffer(1), 'result is an instance of SharedArrayBuffer'],
    [new Map([['lookup', () => 1]]), 'result.get("lookup") is a function'],
    [new Map([[Model, 1]]), 'result.keys()[0] is a function'],
    [new Map([[{}, Model]]), 'result.values()[0] is a function'],
    [new Set([1, Model]), 'result[1] is a function'],
    [{ toJSON: () => 1 }, 'result.toJSON is a function'],
    [Object.create(Date.prototype), 'result cannot be read: this is not a Date object.'],
    [Object.create(Model.prototype), 'result is an instance of Model'],
  ])('%o', (value, sentence) => {
    expect(reasonFor(value)).toBe(sentence);
    expect(isStorable(value)).toBe(false);
    expect(() => encode(value)).toThrow(
      expect.objectContaining({ code: 'not-storable', message: sentence }) as WeirError,
    );
  });

  test('the path begins with the name it was given', () => {
    expect(tryEncode({ rows: [() => 1] }, 'params')).toEqual({ reason: 'params.rows[0] is a function' });
  });

  test('very deep nesting is refused instead of exhausting the stack', () => {
    for (const leaf of [1, 1n]) {
      let deep: unknown = leaf;
      for (let level = 0; level < 100_000; level++) deep = [deep];
      expect(reasonFor(deep)).toBe('result is nested more than 1000 levels deep');
    }
    let deep: unknown = 1n;
    for (let level = 0; level < 1000; level++) deep = { deep };
    expect(isStorable(deep)).toBe(true);
  });

  test('a getter that throws or a revoked proxy is a reason, not a crash', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(reasonFor({ proxy })).toMatch(/^result cannot be read: .*revoked/);
    const value = {
      get broken() {
        throw new Error('no');
      },
    };
    expect(reasonFor(value)).toBe('result cannot be read: no');
  });

  test.each(['', 'x1', 't{"$":"Matrix","v":1}'])('bytes of an unknown form are refused: %j', (stored) => {
    expect(() => decode(new TextEncoder().encode(stored))).toThrow(WeirError);
  });
});

/** Values of every storable kind, nested. */
const keys = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('$', 'v', '__proto__', 'constructor'),
);
const leaves = fc.oneof(
  fc.anything({ maxDepth: 0, withBigInt: true, withDate: true, withTypedArray: true }),
  fc.string({ unit: 'binary' }),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.double().map((value) => Float64Array.of(value)),
  fc.constantFrom<unknown>(undefined, -0, Number.NaN, /x/g, new URL('http://a/')),
);
const { value: storable } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaves,
    fc.array(tie('value')),
    fc.sparseArray(tie('value'), { maxLength: 20 }),
    fc.dictionary(keys, tie('value'), { noNullPrototype: true }),
    fc.array(fc.tuple(tie('value'), tie('value'))).map((entries) => new Map(entries)),
    fc.array(tie('value')).map((items) => new Set(items)),
  ),
}));

describe('any storable value', () => {
  test('comes back equal', () => {
    fc.assert(
      fc.property(storable, (value) => isDeepStrictEqual(through(value), value)),
      { numRuns: 500 },
    );
  });

  test('has the same bytes when stored again', () => {
    fc.assert(
      fc.property(storable, (value) => text(through(value)) === text(value)),
      { numRuns: 200 },
    );
  });

  test('that JSON brings back unchanged is stored as JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.stringify(value);
        fc.pre(isDeepStrictEqual(JSON.parse(json), value));
        expect(text(value)).toBe(`j${json}`);
      }),
    );
  });

  test('is storable, and any value at all is either stored or refused with a reason', () => {
    fc.assert(fc.property(storable, (value) => isStorable(value)));
    const anything = fc.anything({
      withBoxedValues: true,
      withNullPrototype: true,
      withMap: true,
      withObjectString: true,
    });
    fc.assert(fc.property(anything, (value) => typeof tryEncode(value) === 'object'));
  });
});

function isStorable(value: unknown): boolean {
  return 'bytes' in tryEncode(value);
}
