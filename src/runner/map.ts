/** `task.map(...)`: zips arrays and futures of arrays to calls; everything else is the same in each call. */
import { WeirError } from '../model/errors.ts';
import { TaskFuture, TaskFutureList } from '../sdk/future.ts';
import { Unmapped } from '../sdk/markers.ts';

/** Below the calls that run at once by default, so that of no-op tasks none has to wait for another. */
const CALLS_AT_ONCE = 250;

type Futures = readonly TaskFuture<unknown>[];

/** One column of the zip: what to pass in the n-th call. */
type Column =
  | { readonly kind: 'constant'; readonly value: unknown }
  | { readonly kind: 'items'; readonly items: readonly unknown[] }
  /** There are no items: the array's own task failed. */
  | { readonly kind: 'failed' };

/**
 * Makes the calls: at once, or, when a future is among the arguments, as soon as its array is known. Very many are made
 * in portions, each when there is `room`.
 * @throws WeirError `invalid-value` naming both lengths, or when there is no array
 */
export function mapCalls(
  name: string,
  args: readonly unknown[],
  call: (args: readonly unknown[]) => TaskFuture<unknown>,
  room: () => Promise<void>,
): Futures | Promise<Futures> {
  const mustWait = args.some((arg) => arg instanceof TaskFuture || arg instanceof TaskFutureList);
  if (!mustWait) return zip(name, args, args.map(plainColumn), call, room);
  return Promise.all(args.map(resolveColumn)).then((columns) => zip(name, args, columns, call, room));
}

function zip(
  name: string,
  args: readonly unknown[],
  columns: readonly Column[],
  call: (args: readonly unknown[]) => TaskFuture<unknown>,
  room: () => Promise<void>,
): Futures | Promise<Futures> {
  // One call stands for all that could not be made: it ends UpstreamFailed, where the graph shows it.
  if (columns.some((column) => column.kind === 'failed')) return [call(args)];
  const lengths = columns.flatMap((column, position) =>
    column.kind === 'items' ? [{ position, length: column.items.length }] : [],
  );
  const first = lengths[0];
  if (first === undefined) {
    throw new WeirError('invalid-value', `map of task "${name}" was given no array to go over`, {
      hint: 'call the task itself, or pass an array',
    });
  }
  if (lengths.some(({ length }) => length !== first.length)) {
    const told = lengths.map(({ position, length }) => `argument ${position + 1} has ${length}`).join(', ');
    throw new WeirError('invalid-value', `map of task "${name}" needs arrays of equal length, but ${told}`, {
      hint: 'unmapped(array) makes an array constant',
    });
  }
  const make = (item: number) => call(columns.map((column) => itemOf(column, item)));
  return first.length > CALLS_AT_ONCE
    ? inPortions(first.length, make, room)
    : Array.from({ length: first.length }, (_, item) => make(item));
}

/** The first calls end and are stored while the last are being made. */
async function inPortions(
  length: number,
  make: (item: number) => TaskFuture<unknown>,
  room: () => Promise<void>,
): Promise<Futures> {
  const futures: TaskFuture<unknown>[] = [];
  for (let item = 0; item < length; item++) {
    if (item > 0 && item % CALLS_AT_ONCE === 0) await room();
    futures.push(make(item));
  }
  return futures;
}

function itemOf(column: Column, item: number): unknown {
  switch (column.kind) {
    case 'constant':
      return column.value;
    case 'items':
      return column.items[item];
    case 'failed':
      return undefined;
  }
}

function plainColumn(arg: unknown): Column {
  if (arg instanceof Unmapped) return { kind: 'constant', value: arg.value };
  return Array.isArray(arg) ? { kind: 'items', items: arg } : { kind: 'constant', value: arg };
}

/** The future of an array is mapped over, each child with that upstream; the future of anything else is a constant. */
async function resolveColumn(arg: unknown): Promise<Column> {
  if (arg instanceof TaskFutureList) return { kind: 'items', items: await arg.whenCalled };
  if (!(arg instanceof TaskFuture)) return plainColumn(arg);
  const outcome = await arg.outcome;
  if (!outcome.ok) return { kind: 'failed' };
  if (!Array.isArray(outcome.value)) return { kind: 'constant', value: arg };
  const items = outcome.value as readonly unknown[];
  return { kind: 'items', items: items.map((item) => new ItemOf(arg, item)) };
}

/** One item of a task's array result: the item for the call, the task for the graph. */
export class ItemOf {
  readonly future: TaskFuture<unknown>;
  readonly item: unknown;
  constructor(future: TaskFuture<unknown>, item: unknown) {
    this.future = future;
    this.item = item;
  }
}
