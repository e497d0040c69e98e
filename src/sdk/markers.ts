/**
 * Marks on arguments that change how a call treats them: constants of a map, accepted failures, quoted values.
 * A mark is a frozen object that the runner unwraps; user code never sees it on the other side.
 */
import type { TaskFuture } from './future.ts';

export class Unmapped<T> {
  readonly value: T;
  constructor(value: T) {
    this.value = value;
    Object.freeze(this);
  }
}

export class AllowFailure<T> {
  readonly future: TaskFuture<T>;
  constructor(future: TaskFuture<T>) {
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
 * Lets a task run although this upstream failed; it then receives the error in place of the value.
 *
 * @example report(allowFailure(train(rows, 0.1)))
 */
export function allowFailure<T>(future: TaskFuture<T>): TaskFuture<T | Error> {
  return new AllowFailure(future) as unknown as TaskFuture<T | Error>;
}

/**
 * Hands a value on as it is: futures inside are neither waited for nor replaced, and nothing inside is searched.
 * Use it for large structures that hold no futures.
 */
export function quote<T>(value: T): T {
  return new Quoted(value) as unknown as T;
}
