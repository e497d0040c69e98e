import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../src/model/codec.ts';
import { cacheKeyOf, hashArguments, hashCode, hashValue, taskIdentity } from '../../src/model/identity.ts';

const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;
const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();

describe('inputs that are the same', () => {
  const shared = { n: 1 };
  test.each<[string, unknown, unknown]>([
    ['whatever the order of keys', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
    ['with a property undefined or absent', { a: 1, b: undefined }, { a: 1 }],
    ['with 0 or -0', [0], [-0]],
    ['with NaN', Number.NaN, Number.NaN],
    ['with or without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ['with one part shared or two equal ones', [shared, shared], [{ n: 1 }, { n: 1 }]],
    ['with dates of one time', new Date(5), new Date(5)],
    ['with errors of one name and message', new TypeError('a', { cause: 1 }), new TypeError('a')],
    ['with views of equal bytes', new Uint8Array([1, 2, 3]).subarray(1), Uint8Array.of(2, 3)],
    ['with maps of equal entries in equal order', new Map([['a', 1]]), new Map([['a', 1]])],
  ])('hash alike %s', (_name, a, b) => {
    expect(hashValue(a)).toMatch(/^[\w-]{22}$/);
    expect(hashValue(a)).toBe(hashValue(b));
  });

  test('f(1, undefined) and f(1) hash alike, f(undefined, 1) and f(1) do not', () => {
    expect(hashArguments([1, undefined, undefined])).toBe(hashArguments([1]));
    expect(hashArguments([undefined])).toBe(hashArguments([]));
    expect(hashArguments([undefined, 1])).not.toBe(hashArguments([1]));
  });
});

test('inputs that differ hash differently', () => {
  const different: unknown[] = [
    ...[undefined, null, true, false, 0, 1, Number.NaN, 1n, '', '1', 'null', '1n', '\ud800', '\ud801', '\ufffd'],
    ...[[], [1], ['1'], [[1]], [1, 2], [2, 1], [null], [undefined], ['a', 'b'], ['ab'], ['a', 'b', ''], ['\ud800']],
    ...[{}, { a: 1 }, { a: '1' }, { a: null }, { b: 1 }, { a: 1, b: 1 }, { 0: 1 }, { a: { b: 1 } }, { $: 1 }],
    ...[JSON.parse('{"__proto__":1}'), Object.assign([1], { index: 0 }), Object.assign([1], { index: 1 })],
    ...[
      new Map(),
      new Map([['a', 1]]),
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
      new Map([
        ['b', 2],
        ['a', 1],
      ]),
    ],
    ...[new Set(), new Set(['a', 1]), new Set([1, 'a'])],
    ...[new Date(0), new Date(1), new Date(Number.NaN), new Date(0).toISOString()],
    ...[/a/, /a/g, new URL('http://a/'), new URL('http://b/'), 'http://a/'],
    ...[new Error('a'), new Error('b'), new TypeError('a')],
    ...[
      Uint8Array.of(1),
      Int8Array.of(1),
      Uint8Array.of(1, 0),
      Uint16Array.of(1),
      Buffer.of(1),
      Uint8Array.of(1).buffer,
    ],
    ...[Float64Array.of(0), Float64Array.of(-0), new DataView(new ArrayBuffer(1))],
    ...[Temporal.PlainDate.from('2026-01-01'), Temporal.PlainDateTime.from('2026-01-01')],
    ...[Temporal.Duration.from({ seconds: 60 }), Temporal.Duration.from({ minutes: 1 })],
    ...['x'.repeat(300), 'x'.repeat(301), ['x'.repeat(300)], [['x'.repeat(300)]]],
  ];
  const hashes = different.map(hashValue);
  expect(hashes).not.toContain(null);
  expect(new Set(hashes).size).toBe(different.length);
});

describe('what cannot be hashed makes a call unique', () => {
  class Model {}
  test.each<[string, unknown]>([
    ['a function', () => 1],
    ['a symbol', Symbol('a')],
    ['an instance of an unknown class', new Model()],
    ['an instance of a subclass of Map', new (class Registry extends Map {})()],
    ['a Promise', Promise.resolve()],
    ['a cycle', cyclic],
    ['an object that cannot be read', revoked],
  ])('%s, also deep inside', (_name, value) => {
    expect(hashValue(value)).toBeNull();
    expect(hashArguments([1, { a: [new Map([[1, new Set([value])]])] }])).toBeNull();
  });

  test('nesting without end', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(hashValue(deep)).toBeNull();
  });
});

test('a structure that unfolds to 2^200 parts is hashed all the same', () => {
  const unfold = () => {
    let value: unknown = 'leaf';
    for (let level = 0; level < 200; level++) value = [value, value];
    return value;
  };
  expect(hashValue(unfold())).not.toBeNull();
  expect(hashValue(unfold())).toBe(hashValue(unfold()));
});

describe('any value', () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
  });

  test('hashes alike after its keys were reordered at every level', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.infiniteStream(fc.boolean()), (value, flips) => {
        const reordered = (item: unknown): unknown => {
          if (Array.isArray(item)) return item.map(reordered);
          if (typeof item !== 'object' || item === null) return item;
          const entries = Object.entries(item).map(([key, field]) => [key, reordered(field)] as const);
          return Object.fromEntries(flips.next().value ? entries.reverse() : entries);
        };
        expect(hashValue(reordered(value))).toBe(hashValue(value));
      }),
    );
  });

  test('hashes alike after it was stored and read', () => {
    fc.assert(
      fc.property(anything, (value) => {
        expect(hashValue(decode(encode(value)))).toBe(hashValue(value));
      }),
    );
  });

  test('hashes unlike another that is not equal to it', () => {
    const pairs = fc.tuple(fc.jsonValue({ maxDepth: 2 }), fc.jsonValue({ maxDepth: 2 }));
    const ordered = (_key: string, field: unknown) =>
      typeof field === 'object' && field !== null && !Array.isArray(field)
        ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
        : field;
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        expect(hashValue(a) === hashValue(b)).toBe(JSON.stringify(a, ordered) === JSON.stringify(b, ordered));
      }),
      { numRuns: 300 },
    );
  });
});

describe('code', () => {
  test('hashes alike with Unix and Windows line ends, and differs by any other character', () => {
    expect(hashCode('() => {\r\n  1\r\n}')).toBe(hashCode('() => {\n  1\n}'));
    expect(hashCode('() => 1')).not.toBe(hashCode('() =>  1'));
  });

  test('differs by its version', () => {
    const hashes = [hashCode('a'), hashCode('a', ''), hashCode('a', '1'), hashCode('a', '2'), hashCode('a1')];
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

describe('identities', () => {
  const call = { scope: 'weekly', name: 'train', codeHash: 'c', inputHash: 'i', index: 0 };

  test('two calls are the same call when scope, name, code, inputs and index are', () => {
    expect(taskIdentity({ ...call })).toBe(taskIdentity(call));
    const others = [
      { ...call, scope: 'weekly/sub' },
      { ...call, name: 'test' },
      { ...call, codeHash: 'd' },
      { ...call, inputHash: 'j' },
      { ...call, index: 1 },
      { ...call, scope: 'weeklyt', name: 'rain' },
      { ...call, codeHash: 'ci', inputHash: '' },
    ];
    const identities = [call, ...others].map(taskIdentity);
    expect(new Set(identities).size).toBe(identities.length);
    expect(identities.every((identity) => /^[\w-]{22}$/.test(identity))).toBe(true);
  });

  test('a cache key is made of task, code and key, and is never a task identity', () => {
    const key = cacheKeyOf({ taskName: 'train', codeHash: 'c', key: 'k' });
    expect(key).toBe(cacheKeyOf({ taskName: 'train', codeHash: 'c', key: 'k' }));
    expect(key).not.toBe(cacheKeyOf({ taskName: 'train', codeHash: 'ck', key: '' }));
    expect(key).not.toBe(cacheKeyOf({ taskName: 'train2', codeHash: 'c', key: 'k' }));
  });

  test('however names and hashes are cut, different parts give different identities', () => {
    const part = fc.stringMatching(/^[0-9:a]{0,5}$/);
    fc.assert(
      fc.property(part, part, part, part, (scope, name, otherScope, otherName) => {
        const same = scope === otherScope && name === otherName;
        const a = taskIdentity({ ...call, scope, name });
        expect(a === taskIdentity({ ...call, scope: otherScope, name: otherName })).toBe(same);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a file that a task handed on', () => {
  const sha256 = 'a'.repeat(64);
  const file = (folder: string, name = 'model.pkl', content = sha256) => ({
    path: `${folder}/${content}/${name}`,
    sha256: content,
    size: 3,
  });

  test('is the same input wherever its copy lies, while name and content are the same', () => {
    expect(hashValue([file('/a')])).toBe(hashValue([file('/b')]));
    expect(hashValue(file('/a'))).not.toBe(hashValue(file('/a', 'other.pkl')));
    expect(hashValue(file('/a'))).not.toBe(hashValue(file('/a', 'model.pkl', 'b'.repeat(64))));
  });

  test('is not taken for an object that only looks like one', () => {
    const own = (path: string) => ({ path, sha256, size: 3 });
    expect(hashValue(own('/a/model.pkl'))).not.toBe(hashValue(own('/b/model.pkl')));
    expect(hashValue({ ...file('/a'), more: 1 })).not.toBe(hashValue({ ...file('/b'), more: 1 }));
  });
});
