import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../src/store/store.ts';

/** A fresh file in which nobody checks that runs and processes exist. */
function world() {
  const folder = mkdtempSync(join(tmpdir(), 'weir-limits-'));
  const store = openStore(join(folder, 'weir.db'));
  store.database.pragma('foreign_keys = off');
  onTestFinished(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });
  const { limits } = store;
  /** True when it holds all of it now. */
  const take = (flowRunId: number, occupies: Record<string, number>, processId: number | null = 1) =>
    limits.tryHold({ occupies, declared: {}, flowRunId, taskRunId: 0, processId }, flowRunId) === null;
  return { limits, take, leave: (run: number) => limits.release(run, null) };
}

test('E52 several limits are taken together or not at all, and what is free is left to others meanwhile', () => {
  const { limits, take, leave } = world();
  expect(take(1, { a: 1 })).toBe(true);
  expect(take(2, { a: 1, b: 1 })).toBe(false);
  expect(limits.holders('b')).toEqual([]);
  expect(take(3, { b: 1 })).toBe(true);
  leave(1);
  // Now it stands in both rows, and keeps its place in each.
  expect(take(2, { a: 1, b: 1 })).toBe(false);
  expect(take(4, { b: 1 })).toBe(false);
  leave(3);
  expect(take(4, { b: 1 })).toBe(false);
  expect(take(2, { a: 1, b: 1 })).toBe(true);
  expect(limits.waiters('a')).toEqual([]);
});

test('a run of the queue lets pass what has begun, but no run of the queue behind it', () => {
  const { limits, take, leave } = world();
  expect(take(1, { a: 1 })).toBe(true);
  expect(take(2, { a: 1 }, null)).toBe(false);
  leave(1);
  expect(take(3, { a: 1 }, null)).toBe(false);
  expect(limits.queueHeads()).toEqual([2]);
  expect(take(4, { a: 1 }, 7)).toBe(true);
  leave(4);
  expect(take(2, { a: 1 }, null)).toBe(true);
});

test('what a process leaves waiting waits on in the queue, in its place', () => {
  const { limits, take, leave } = world();
  take(1, { a: 1 });
  take(2, { a: 1 }, 7);
  take(3, { a: 1 }, null);
  expect(limits.queueHeads()).toEqual([3]);
  limits.leaveToQueue(7);
  expect(limits.queueHeads()).toEqual([2]);
  leave(1);
  expect(take(2, { a: 1 }, 8)).toBe(true);
});

test('E52 whatever comes and goes: never more than the capacity, and whoever waits gets in once the others leave', () => {
  const names = ['a', 'b', 'c'] as const;
  const wish = fc.dictionary(fc.constantFrom(...names), fc.integer({ min: 1, max: 2 }), { minKeys: 1 });
  const step = fc.oneof(fc.record({ wish }), fc.record({ leave: fc.nat() }), fc.record({ look: fc.nat() }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { limits, take, leave } = world();
      for (const name of names) limits.put(name, 2, 0);
      const waiting = new Map<number, Record<string, number>>();
      const holding = new Set<number>();
      const look = (run: number) => {
        if (!take(run, waiting.get(run) ?? {})) return;
        waiting.delete(run);
        holding.add(run);
      };
      for (const [index, each] of steps.entries()) {
        if ('wish' in each) {
          waiting.set(index + 1, each.wish);
          look(index + 1);
        } else if ('leave' in each) {
          const run = [...holding][each.leave % Math.max(1, holding.size)];
          if (run !== undefined && holding.delete(run)) leave(run);
        } else {
          const run = [...waiting.keys()][each.look % Math.max(1, waiting.size)];
          if (run !== undefined) look(run);
        }
        for (const name of names) expect(limits.heldOf(name)).toBeLessThanOrEqual(2);
      }
      // Whoever waits longest is never in anybody's way for ever.
      while (waiting.size > 0) {
        for (const run of holding) leave(run);
        holding.clear();
        const [longest] = waiting.keys();
        for (const run of [...waiting.keys()].reverse()) look(run);
        if (longest !== undefined && waiting.has(longest)) {
          for (const run of holding) leave(run);
          holding.clear();
          look(longest);
          expect(waiting.has(longest)).toBe(false);
        }
      }
    }),
    { numRuns: 25 },
  );
});
