/**
 * `for_each: { matrix: ... }` to its items: every combination, the last dimension changing quickest, as nested loops
 * would have it. Pure.
 */
import { WeirError } from './errors.ts';

/** More items than this are a mistake, and would only fill the memory. */
export const MOST_ITEMS = 100_000;

/** `{ lr: [1, 2], depth: [3, 4] }` gives `{ lr: 1, depth: 3 }`, `{ lr: 1, depth: 4 }`, `{ lr: 2, depth: 3 }`, ... */
export function expandMatrix(dimensions: Readonly<Record<string, readonly unknown[]>>): Record<string, unknown>[] {
  const names = Object.keys(dimensions);
  if (names.length === 0) return [];
  const count = names.reduce((product, name) => product * (dimensions[name]?.length ?? 0), 1);
  refuseTooMany(count);
  let items: [string, unknown][][] = [[]];
  for (const name of names)
    items = items.flatMap((item) =>
      (dimensions[name] ?? []).map((value): [string, unknown][] => [...item, [name, value]]),
    );
  return items.map((item) => Object.fromEntries(item));
}

/** @throws WeirError `invalid-value` */
export function refuseTooMany(count: number): void {
  if (count <= MOST_ITEMS) return;
  throw new WeirError('invalid-value', `for_each would make ${count} task runs; at most ${MOST_ITEMS} are possible`, {
    hint: 'split the work between tasks, or give each task run more of it',
  });
}
