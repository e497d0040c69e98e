/**
 * The arguments of a call: finds the futures in them, waits, puts values in their places, and tells the edges.
 * Copies only what holds a future; everything else is handed on as it is.
 */
import { toPlainError } from '../model/plain-error.ts';
import { type Outcome, TaskFuture, TaskFutureList } from '../sdk/future.ts';
import { AllowFailure, Quoted, Unmapped } from '../sdk/markers.ts';
import { ItemOf } from './map.ts';

/** Results of earlier calls, by identity: passing such an object on is an edge. */
export type ResultOrigins = WeakMap<object, number>;

export type Inputs =
  | { readonly ok: true; readonly args: readonly unknown[]; readonly upstream: readonly number[] }
  | {
      readonly ok: false;
      readonly failed: Outcome<unknown> & { ok: false };
      readonly upstream: readonly number[];
    };

interface Found {
  readonly futures: Map<TaskFuture<unknown>, { accepted: boolean }>;
  readonly lists: Map<TaskFutureList<unknown>, { accepted: boolean }>;
  readonly edges: Set<number>;
}

/** Notes on each future which call it was passed to; what only travels on is not thereby observed. */
export type Passed = (future: TaskFuture<unknown>, accepted: boolean) => void;

/** At once when nothing is to be waited for or replaced. */
export function resolveInputs(
  args: readonly unknown[],
  waitFor: readonly (TaskFuture<unknown> | TaskFutureList<unknown>)[],
  origins: ResultOrigins,
  passed: Passed,
): Promise<Inputs> | Inputs {
  if (waitFor.length === 0 && !args.some(isObject)) return { ok: true, args, upstream: NONE };
  const found: Found = { futures: new Map(), lists: new Map(), edges: new Set() };
  const holders = new Set<object>();
  for (const arg of args) search(arg, found, origins, new Map(), holders);
  for (const item of waitFor) search(item, found, origins, new Map(), new Set());
  if (waitFor.length === 0 && holders.size === 0) return { ok: true, args, upstream: [...found.edges] };
  return settleInputs(args, found, holders, passed);
}

const NONE: readonly number[] = [];

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

async function settleInputs(
  args: readonly unknown[],
  found: Found,
  holders: ReadonlySet<object>,
  passed: Passed,
): Promise<Inputs> {
  const lists = new Map<TaskFutureList<unknown>, readonly TaskFuture<unknown>[]>();
  for (const [list, { accepted }] of found.lists) {
    let futures: readonly TaskFuture<unknown>[];
    try {
      futures = await list.whenCalled;
    } catch (error) {
      return { ok: false, failed: notCalled(error), upstream: [...found.edges] };
    }
    lists.set(list, futures);
    for (const future of futures) addFuture(found, future, accepted);
  }
  for (const [future, { accepted }] of found.futures) passed(future, accepted);

  const outcomes = new Map<TaskFuture<unknown>, Outcome<unknown>>();
  let failed: (Outcome<unknown> & { ok: false }) | undefined;
  for (const [future, { accepted }] of found.futures) {
    const outcome = await future.outcome;
    outcomes.set(future, outcome);
    if (!outcome.ok && !accepted) failed ??= outcome;
  }
  const upstream = [...found.edges];
  if (failed !== undefined) return { ok: false, failed, upstream };
  if (holders.size === 0) return { ok: true, args, upstream };
  const copies = new Map<object, unknown>();
  return { ok: true, args: args.map((arg) => replace(arg, outcomes, lists, holders, copies)), upstream };
}

/** A map whose arrays did not fit: there are no calls to wait for. */
function notCalled(error: unknown): Outcome<unknown> & { ok: false } {
  const { message } = toPlainError(error);
  return { ok: false, state: { type: 'FAILED', name: 'Failed', message, at: Date.now() }, error };
}

/** Finds futures; remembers the objects on the way to them, because only those must be copied. */
function search(
  value: unknown,
  found: Found,
  origins: ResultOrigins,
  seen: Map<object, boolean>,
  holders: Set<object>,
): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof TaskFuture) {
    addFuture(found, value, false);
    return hold(holders, value);
  }
  if (value instanceof AllowFailure) {
    if (value.future instanceof TaskFutureList) addList(found, value.future, true);
    else addFuture(found, value.future, true);
    return hold(holders, value);
  }
  if (value instanceof TaskFutureList) {
    addList(found, value, false);
    return hold(holders, value);
  }
  if (value instanceof ItemOf) {
    addFuture(found, value.future, false);
    return hold(holders, value);
  }
  if (value instanceof Quoted) return hold(holders, value);
  if (value instanceof Unmapped) {
    search(value.value, found, origins, seen, holders);
    return hold(holders, value);
  }
  const origin = origins.get(value);
  if (origin !== undefined) {
    // A result of a task holds no futures of ours: no need to look inside, however large it is.
    found.edges.add(origin);
    return false;
  }
  if (!isSearched(value)) return false;
  // Shared parts are searched once; a part inside itself holds what the rest of it does.
  const known = seen.get(value);
  if (known !== undefined) return known;
  seen.set(value, false);
  let holds = false;
  for (const child of childrenOf(value)) {
    if (search(child, found, origins, seen, holders)) holds = true;
  }
  seen.set(value, holds);
  return holds ? hold(holders, value) : false;
}

function replace(
  value: unknown,
  outcomes: ReadonlyMap<TaskFuture<unknown>, Outcome<unknown>>,
  lists: ReadonlyMap<TaskFutureList<unknown>, readonly TaskFuture<unknown>[]>,
  holders: ReadonlySet<object>,
  copies: Map<object, unknown>,
): unknown {
  if (typeof value !== 'object' || value === null || !holders.has(value)) return value;
  const again = (child: unknown) => replace(child, outcomes, lists, holders, copies);
  const settled = (future: TaskFuture<unknown>) => {
    const outcome = outcomes.get(future);
    return outcome?.ok ? outcome.value : outcome?.error;
  };
  if (value instanceof TaskFuture) return settled(value);
  if (value instanceof AllowFailure)
    return value.future instanceof TaskFutureList ? lists.get(value.future)?.map(settled) : settled(value.future);
  if (value instanceof TaskFutureList) return lists.get(value)?.map(settled);
  if (value instanceof ItemOf) return value.item;
  if (value instanceof Quoted) return value.value;
  if (value instanceof Unmapped) return again(value.value);
  // What is shared stays shared, and a circle a circle: the copy is known before its parts are made.
  const known = copies.get(value);
  if (known !== undefined) return known;
  if (value instanceof Map) {
    const copy = new Map<unknown, unknown>();
    copies.set(value, copy);
    for (const [key, child] of value) copy.set(again(key), again(child));
    return copy;
  }
  if (value instanceof Set) {
    const copy = new Set<unknown>();
    copies.set(value, copy);
    for (const child of value) copy.add(again(child));
    return copy;
  }
  const copy: Record<PropertyKey, unknown> | unknown[] = Array.isArray(value) ? [] : {};
  copies.set(value, copy);
  for (const [key, child] of Object.entries(value))
    Object.defineProperty(copy, key, { value: again(child), enumerable: true, writable: true, configurable: true });
  return copy;
}

/** Given twice, it must have completed unless its failure is accepted both times. */
function addFuture(found: Found, future: TaskFuture<unknown>, accepted: boolean): void {
  found.futures.set(future, { accepted: accepted && (found.futures.get(future)?.accepted ?? true) });
  found.edges.add(future.call);
}

function addList(found: Found, list: TaskFutureList<unknown>, accepted: boolean): void {
  found.lists.set(list, { accepted: accepted && (found.lists.get(list)?.accepted ?? true) });
}

function hold(holders: Set<object>, value: object): true {
  holders.add(value);
  return true;
}

/** Plain objects, arrays, maps and sets; class instances and buffers are values of the user's. */
function isSearched(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype = Object.getPrototypeOf(value) as unknown;
  return (
    prototype === Object.prototype || prototype === null || prototype === Map.prototype || prototype === Set.prototype
  );
}

function childrenOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value;
  return value instanceof Map ? [...value].flat() : Object.values(value);
}
