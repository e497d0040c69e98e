import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toPlainJson } from '../../src/model/plain-json.ts';

describe('in --json output', () => {
  test.each<[string, unknown, unknown]>([
    ['undefined becomes null', undefined, null],
    ['an undefined property is left out', { a: undefined, b: 1 }, { b: 1 }],
    ['an undefined item becomes null', [undefined, 1], [null, 1]],
    ['NaN and Infinity become null', [Number.NaN, Number.NEGATIVE_INFINITY], [null, null]],
    ['a Date becomes ISO text', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['an invalid Date becomes null', new Date(Number.NaN), null],
    ['a BigInt becomes text', 10n ** 20n, '100000000000000000000'],
    ['a Map becomes its entries', new Map<unknown, unknown>([['a', 1n]]), [['a', '1']]],
    ['a Set becomes a list', new Set([1, 2]), [1, 2]],
    ['a Buffer becomes base64', Buffer.from('weir'), 'd2Vpcg=='],
    ['an ArrayBuffer becomes base64', new ArrayBuffer(3), 'AAAA'],
    ['a typed array becomes numbers', Float64Array.of(1.5, Number.NaN), [1.5, null]],
    ['a typed array of BigInts becomes texts', BigInt64Array.of(-1n), ['-1']],
    ['an Error becomes name and message', new TypeError('bad'), { name: 'TypeError', message: 'bad' }],
    ['a URL becomes text', new URL('https://example.org/a'), 'https://example.org/a'],
    ['a RegExp becomes text', /a/g, '/a/g'],
    ['a Temporal value becomes text', Temporal.PlainDate.from('2026-02-28'), '2026-02-28'],
    [
      'an instance says itself what it becomes',
      new (class A {
        toJSON() {
          return { a: 1n };
        }
      })(),
      { a: '1' },
    ],
    [
      'an instance becomes its properties',
      new (class A {
        a = 1;
      })(),
      { a: 1 },
    ],
    ['an instance without properties becomes its class', new WeakMap(), '[WeakMap]'],
    ['a function becomes its name', { predict() {} }, { predict: '[function predict]' }],
    ['a symbol becomes text', Symbol('s'), 'Symbol(s)'],
    ['a Promise is called one', Promise.resolve(), '[Promise]'],
    [
      'a property that throws is called unreadable',
      {
        get a() {
          throw new Error('no');
        },
      },
      '[unreadable: no]',
    ],
  ])('%s', (_name, value, expected) => {
    expect(toPlainJson(value)).toEqual(expected);
  });

  test('an object inside itself becomes "[circular]", one that occurs twice is written twice', () => {
    const shared = { n: 1 };
    const value: Record<string, unknown> = { a: shared, b: shared, list: [] };
    value.self = value;
    (value.list as unknown[]).push(value);
    expect(toPlainJson(value)).toEqual({ a: { n: 1 }, b: { n: 1 }, list: ['[circular]'], self: '[circular]' });
  });

  test('nesting without end is cut off', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(JSON.stringify(toPlainJson(deep))).toContain('[nested too deeply]');
  });

  test('a key "__proto__" is data', () => {
    const plain = toPlainJson(JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(JSON.stringify(plain)).toBe('{"__proto__":{"polluted":true}}');
  });

  test('any value becomes something that JSON brings back unchanged', () => {
    const anything = fc.anything({
      ...{ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true },
      ...{ withBoxedValues: true, withNullPrototype: true, withSparseArray: true },
    });
    fc.assert(
      fc.property(anything, (value) => {
        const plain = toPlainJson(value);
        // toEqual counts -0 and 0 as different, JSON does not.
        expect(JSON.stringify(JSON.parse(JSON.stringify(plain)))).toBe(JSON.stringify(plain));
      }),
    );
  });

  test('JSON values stay what they are', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(toPlainJson(value)).toEqual(value);
      }),
    );
  });
});
