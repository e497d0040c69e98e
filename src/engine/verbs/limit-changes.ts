/** Creating, changing and deleting concurrency limits, and what they may be called and hold. */
import { nearest, WeirError } from '../../model/errors.ts';
import type { LimitView } from '../../model/limit-view.ts';
import type { Store } from '../../store/store.ts';
import type { Engine } from '../engine.ts';
import { limitNames, limitView } from '../tell/limit-view.ts';

export const LARGEST_CAPACITY = 1_000_000;
const LONGEST_NAME = 200;

/** Gives the capacity that it was created with before; null: it is new. What is held stays held. */
export async function putLimit(
  { store, now }: Pick<Engine, 'store' | 'now'>,
  name: string,
  capacity: number,
): Promise<number | null> {
  const former = store.limits.created().find((limit) => limit.name === name)?.capacity ?? null;
  await store.writer.write(() => store.limits.put(name, capacity, now()));
  return former;
}

/** Gives what is left of it: what flows declare, and what is held. @throws WeirError `not-found`, `conflict` */
export async function removeLimit(store: Store, name: string): Promise<LimitView | null> {
  const isDeleted = await store.writer.write(() => store.limits.delete(name));
  const limit = limitView(store, name);
  if (!isDeleted && limit === null) refuseUnknownLimit(store, name);
  if (!isDeleted)
    throw new WeirError('conflict', `the limit "${name}" was not created by command: ${whoSays(limit)}`, {
      hint: `to override that: weir concurrency-limit create ${name} CAPACITY`,
    });
  return limit;
}

/** Who declares a limit that nobody has created. */
export function whoSays(limit: LimitView | null): string {
  return limit?.declared_by === 'flow' ? 'that is what a flow declares' : 'nobody declares it';
}

/** @throws WeirError `usage` */
export function parseCapacity(text: string): number {
  const capacity = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (capacity >= 0 && capacity <= LARGEST_CAPACITY) return capacity;
  throw new WeirError('usage', `the capacity is "${text}"; it must be a whole number from 0 to ${LARGEST_CAPACITY}`, {
    hint: 'weir concurrency-limit create gpu 1; 0 stops what occupies it',
  });
}

/** @throws WeirError `usage` */
export function refuseBadName(name: string): void {
  const isBad = name.trim() !== name || name === '' || name.length > LONGEST_NAME || /\p{Cc}/u.test(name);
  if (!isBad) return;
  throw new WeirError('usage', `${JSON.stringify(name.slice(0, 50))} cannot be the name of a limit`, {
    hint: 'use a word such as gpu, or tag:TAG for all tasks that have a tag',
  });
}

/** @throws WeirError `not-found` with the nearest */
export function refuseUnknownLimit(store: Store, name: string): never {
  const near = nearest(name, limitNames(store));
  throw new WeirError('not-found', `there is no limit "${name}"`, {
    hint: near === undefined ? 'weir concurrency-limit ls' : `did you mean ${near}?`,
  });
}
