/**
 * Marks on arguments that change how a call treats them: constants of a map, accepted failures, quoted values.
 * A mark is a frozen object that the runner unwraps; user code never sees it on the other side.
 */
import { WeirError } from '../model/errors.ts';
import { TaskFuture, TaskFutureList } from './future.ts';

export class Unmapped<T> {
  readonly value: T;
  constructor(value: T) {
    this.value = value;
    Object.freeze(this);
  }
}

export class AllowFailure<T> {
  readonly future: TaskFuture<T> | TaskFutureList<T>;
  constructor(future: TaskFuture<T> | TaskFutureList<T>) {
    this.future = future;
    Object.freeze(this);
  }
}

export class Quoted<T> {
  readonly value: T;
  constructor(value: T) {
    this.value = value;
    Object.freeze(this);
  }
}

/**
 * Makes an array a constant in `map`, so that each call gets all of it.
 *
 * @example train.map(unmapped(rows), [0.1, 1, 10])
 */
export function unmapped<T>(value: T): Unmapped<T> {
  return new Unmapped(value);
}

/**
 * Lets a task run although this upstream failed; it then receives the error in place of the value. Of a map, each item
 * that failed is an error in the list.
 *
 * @example report(allowFailure(train(rows, 0.1)))
 * @throws WeirError `invalid-value` for anything but a future
 */
export function allowFailure<T>(future: TaskFuture<T>): TaskFuture<T | Error>;
export function allowFailure<T>(futures: TaskFutureList<T>): TaskFutureList<T | Error>;
export function allowFailure<T>(future: TaskFuture<T> | TaskFutureList<T>): unknown {
  refuseNoFuture('allowFailure()', future);
  return new AllowFailure(future);
}

/** What is waited for must be a future: awaited already, it would be a value, and nothing would be waited for. */
export function refuseNoFuture(what: string, value: unknown): void {
  if (value instanceof TaskFuture || value instanceof TaskFutureList || value instanceof AllowFailure) return;
  throw new WeirError('invalid-value', `${what} was given ${describe(value)}, which is no future`, {
    hint: 'give it what calling a task gives, without await',
  });
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}

/**
 * Hands a value on as it is: futures inside are neither waited for nor replaced, and nothing inside is searched.
 * Use it for large structures that hold no futures.
 *
 * @example inspect(quote(hugeTable))
 */
export function quote<T>(value: T): T {
  return new Quoted(value) as unknown as T;
}
