import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expandMatrix, MOST_ITEMS } from '../../src/model/matrix.ts';
import { findCircles, type Needs, runOrder, upstreamOf } from '../../src/model/needs.ts';

const graph = (needs: Record<string, string[]>): Needs => new Map(Object.entries(needs));

test('E70: needs order the tasks; what is independent keeps the order of the file', () => {
  expect(runOrder(graph({ report: ['train'], b: [], train: ['extract'], extract: [] }))).toEqual([
    'b',
    'extract',
    'train',
    'report',
  ]);
});

test('a circle has no order, and is named whole, from its first task on', () => {
  const needs = graph({ start: [], c: ['b', 'start'], a: ['c'], b: ['a'] });
  expect(runOrder(needs)).toBeNull();
  expect(findCircles(needs)).toEqual([['c', 'b', 'a']]);
});

test('a task that needs itself is a circle of one; two circles are two', () => {
  expect(findCircles(graph({ a: ['a'], b: ['c'], c: ['b'] }))).toEqual([['a'], ['b', 'c']]);
});

test('what is upstream is found however far up, and names that are not there are ignored', () => {
  const needs = graph({ a: [], b: ['a'], c: ['b', 'nowhere'], d: ['c'], e: [] });
  expect([...upstreamOf('d', needs)].sort()).toEqual(['a', 'b', 'c']);
  expect([...upstreamOf('e', needs)]).toEqual([]);
});

test('a chain of fifty thousand tasks has an order, no circle, and an end', () => {
  const chain: Needs = new Map(Array.from({ length: 50_000 }, (_, at) => [`t${at}`, at === 0 ? [] : [`t${at - 1}`]]));
  expect(runOrder(chain)?.at(-1)).toBe('t49999');
  expect(findCircles(chain)).toEqual([]);
  expect(upstreamOf('t49999', chain).size).toBe(49_999);
});

const anyGraph = fc
  .integer({ min: 0, max: 8 })
  .chain((count) =>
    fc.array(fc.uniqueArray(fc.integer({ min: 0, max: Math.max(0, count - 1) }), { maxLength: 4 }), {
      minLength: count,
      maxLength: count,
    }),
  )
  .map((lists): Needs => new Map(lists.map((list, at) => [`t${at}`, list.map((each) => `t${each}`)])));

test('there is an order exactly when there is no circle, and in an order everything stands after what it needs', () => {
  fc.assert(
    fc.property(anyGraph, (needs) => {
      const order = runOrder(needs);
      const circles = findCircles(needs);
      expect(order === null).toBe(circles.length > 0);
      for (const [place, name] of (order ?? []).entries())
        for (const upstream of needs.get(name) ?? []) expect(order?.indexOf(upstream)).toBeLessThan(place);
      for (const circle of circles)
        for (const [at, name] of circle.entries()) expect(needs.get(name)).toContain(circle[(at + 1) % circle.length]);
    }),
  );
});

test('a matrix gives every combination, the last dimension changing quickest', () => {
  expect(expandMatrix({ lr: [1, 2], depth: ['a', 'b'] })).toEqual([
    { lr: 1, depth: 'a' },
    { lr: 1, depth: 'b' },
    { lr: 2, depth: 'a' },
    { lr: 2, depth: 'b' },
  ]);
  expect(expandMatrix({ lr: [1, 2], depth: [] })).toEqual([]);
});

test('a matrix of more items than anybody means is refused before it is made', () => {
  const thousand = Array.from({ length: 1000 }, (_, at) => at);
  expect(() => expandMatrix({ a: thousand, b: thousand, c: thousand })).toThrow(
    `for_each would make 1000000000 task runs; at most ${MOST_ITEMS} are possible`,
  );
});
