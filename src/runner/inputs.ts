/**
 * The arguments of a call: finds the futures in them, waits, puts values in their places, and tells the edges.
 * Copies only what holds a future; everything else is handed on as it is.
 */
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
      readonly call: number;
      readonly upstream: readonly number[];
    };

interface Found {
  readonly futures: Map<TaskFuture<unknown>, { accepted: boolean }>;
  readonly lists: TaskFutureList<unknown>[];
  readonly edges: Set<number>;
}

/** Notes on each future which call it was passed to; what only travels on is not thereby observed. */
export type Passed = (future: TaskFuture<unknown>, accepted: boolean) => void;

export async function resolveInputs(
  args: readonly unknown[],
  waitFor: readonly (TaskFuture<unknown> | TaskFutureList<unknown>)[],
  origins: ResultOrigins,
  passed: Passed,
): Promise<Inputs> {
  const found: Found = { futures: new Map(), lists: [], edges: new Set() };
  const holders = new Set<object>();
  for (const arg of args) search(arg, found, origins, new Set(), holders);
  const lists = new Map<TaskFutureList<unknown>, readonly TaskFuture<unknown>[]>();
  for (const list of [...found.lists, ...waitFor.filter((item) => item instanceof TaskFutureList)]) {
    const futures = await list.whenCalled;
    lists.set(list, futures);
    for (const future of futures) addFuture(found, future, false);
  }
  for (const item of waitFor) if (item instanceof TaskFuture) addFuture(found, item, false);
  for (const [future, { accepted }] of found.futures) passed(future, accepted);

  const outcomes = new Map<TaskFuture<unknown>, Outcome<unknown>>();
  let failed: { outcome: Outcome<unknown> & { ok: false }; call: number } | undefined;
  for (const [future, { accepted }] of found.futures) {
    const outcome = await future.outcome;
    outcomes.set(future, outcome);
    if (!outcome.ok && !accepted) failed ??= { outcome, call: future.call };
  }
  const upstream = [...found.edges];
  if (failed !== undefined) return { ok: false, failed: failed.outcome, call: failed.call, upstream };
  if (holders.size === 0) return { ok: true, args, upstream };
  return { ok: true, args: args.map((arg) => replace(arg, outcomes, lists, holders)), upstream };
}

/** Finds futures; remembers the objects on the way to them, because only those must be copied. */
function search(
  value: unknown,
  found: Found,
  origins: ResultOrigins,
  path: Set<object>,
  holders: Set<object>,
): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof TaskFuture) {
    addFuture(found, value, false);
    return hold(holders, value);
  }
  if (value instanceof AllowFailure) {
    addFuture(found, value.future, true);
    return hold(holders, value);
  }
  if (value instanceof TaskFutureList) {
    found.lists.push(value);
    return hold(holders, value);
  }
  if (value instanceof ItemOf) {
    addFuture(found, value.future, false);
    return hold(holders, value);
  }
  if (value instanceof Quoted) return hold(holders, value);
  if (value instanceof Unmapped) {
    search(value.value, found, origins, path, holders);
    return hold(holders, value);
  }
  const origin = origins.get(value);
  if (origin !== undefined) {
    // A result of a task holds no futures of ours: no need to look inside, however large it is.
    found.edges.add(origin);
    return false;
  }
  if (!isSearched(value) || path.has(value)) return false;
  path.add(value);
  let holds = false;
  for (const child of Array.isArray(value) ? value : Object.values(value)) {
    if (search(child, found, origins, path, holders)) holds = true;
  }
  path.delete(value);
  return holds ? hold(holders, value) : false;
}

function replace(
  value: unknown,
  outcomes: ReadonlyMap<TaskFuture<unknown>, Outcome<unknown>>,
  lists: ReadonlyMap<TaskFutureList<unknown>, readonly TaskFuture<unknown>[]>,
  holders: ReadonlySet<object>,
): unknown {
  if (typeof value !== 'object' || value === null || !holders.has(value)) return value;
  const again = (child: unknown) => replace(child, outcomes, lists, holders);
  const settled = (future: TaskFuture<unknown>) => {
    const outcome = outcomes.get(future);
    return outcome?.ok ? outcome.value : outcome?.error;
  };
  if (value instanceof TaskFuture) return settled(value);
  if (value instanceof AllowFailure) return settled(value.future);
  if (value instanceof TaskFutureList) return lists.get(value)?.map(settled);
  if (value instanceof ItemOf) return value.item;
  if (value instanceof Quoted) return value.value;
  if (value instanceof Unmapped) return again(value.value);
  if (Array.isArray(value)) return value.map(again);
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, again(child)]));
}

function addFuture(found: Found, future: TaskFuture<unknown>, accepted: boolean): void {
  const known = found.futures.get(future);
  found.futures.set(future, { accepted: accepted || (known?.accepted ?? false) });
  found.edges.add(future.call);
}

function hold(holders: Set<object>, value: object): true {
  holders.add(value);
  return true;
}

/** Plain objects and arrays; class instances, maps and buffers are values of the user's. */
function isSearched(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
}
