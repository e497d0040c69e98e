/**
 * Reading of unknown length in slices, so that whoever else waits for this process waits a few milliseconds only, and the
 * reading itself has an end. At most a few at a time: more would only make each other slow.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { WeirError } from '../../../model/errors.ts';

const SLICE_MS = 8;
const MOST_AT_ONCE = 2;
const MOST_WAITING = 20;

/** Takes items until `take` gives false, the time is over, or nobody waits any more. Gives whether it was cut short. */
export async function inSlices<Item>(
  items: Iterable<Item>,
  take: (item: Item) => boolean,
  { mostMs, signal }: { readonly mostMs: number; readonly signal: AbortSignal },
): Promise<{ readonly isCutShort: boolean }> {
  const began = performance.now();
  let sliceBegan = began;
  for (const item of items) {
    if (!take(item)) return { isCutShort: false };
    const now = performance.now();
    if (now - sliceBegan < SLICE_MS) continue;
    if (now - began > mostMs || signal.aborted) return { isCutShort: true };
    await nextTurn();
    sliceBegan = performance.now();
  }
  return { isCutShort: false };
}

export interface Turnstile {
  /** @throws WeirError `conflict` when too many wait already */
  pass<T>(work: () => Promise<T>): Promise<T>;
}

export function createTurnstile(): Turnstile {
  const waiting: (() => void)[] = [];
  let inside = 0;
  return {
    async pass(work) {
      if (inside >= MOST_AT_ONCE) {
        if (waiting.length >= MOST_WAITING)
          throw new WeirError('conflict', 'many logs are being searched already', { hint: 'try again in a moment' });
        await new Promise<void>((resolve) => waiting.push(resolve));
      } else inside++;
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) inside--;
        else next();
      }
    },
  };
}
