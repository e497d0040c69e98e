/**
 * What calling a task gives at once: a promise-like value that is also an edge of the graph when passed on.
 * A future's outcome is settled by the runner; awaiting it, or asking for it, counts as observing it.
 */
import { type Duration, parseDuration } from '../model/duration.ts';
import type { State } from '../model/state.ts';

/** How a call ended: a value, or an error together with the state that says why. */
export type Outcome<T> =
  | { readonly ok: true; readonly state: State; readonly value: T }
  | { readonly ok: false; readonly state: State; readonly error: unknown };

/**
 * The future of a task call.
 *
 * @example
 * const rows = fetchWeek('2026-11-16');   // an edge, not a value yet
 * const model = await train(rows, 0.1);   // waits for both
 */
export class TaskFuture<T> implements PromiseLike<T> {
  readonly #outcome: Promise<Outcome<T>>;
  /** @internal number of the call this future stands for */
  readonly call: number;
  #observed = false;

  /** @internal made by the runner only */
  constructor(call: number, outcome: Promise<Outcome<T>>) {
    this.call = call;
    this.#outcome = outcome;
  }

  /** Awaiting gives the task's value, or throws its error. */
  // biome-ignore lint/suspicious/noThenProperty: a future is awaited, that is what it is for
  then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#observed = true;
    return this.#value().then(onValue, onError);
  }

  catch<B>(onError: (error: unknown) => B | PromiseLike<B>): Promise<T | B> {
    return this.then(null, onError);
  }

  finally(onEnd: () => void): Promise<T> {
    this.#observed = true;
    return this.#value().finally(onEnd);
  }

  /** Waits for the end and gives the final state, whatever it is; never throws. */
  async state(): Promise<State> {
    this.#observed = true;
    return (await this.#outcome).state;
  }

  /**
   * The value as by awaiting; with `{ raise: false }` the error is returned instead of thrown.
   *
   * @example
   * const outcome = await train(rows, 0.1).result({ raise: false });
   * if (outcome instanceof Error) log.warn('training failed', { outcome });
   */
  result(): Promise<T>;
  result(options: { raise: false }): Promise<T | Error>;
  async result(options: { raise?: boolean } = {}): Promise<T | Error> {
    this.#observed = true;
    const outcome = await this.#outcome;
    if (outcome.ok) return outcome.value;
    if (options.raise === false) return outcome.error as Error;
    throw outcome.error;
  }

  /** Waits at most `duration`; true when the call has ended by then. */
  async wait(duration: Duration): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeUp = new Promise<false>((resolve) => {
      // Timers take no longer time than this; nobody waits 24 days for an answer.
      timer = setTimeout(() => resolve(false), Math.min(parseDuration(duration), 2 ** 31 - 1));
    });
    try {
      return await Promise.race([this.#outcome.then(() => true as const), timeUp]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** @internal */
  get observed(): boolean {
    return this.#observed;
  }

  /** @internal waits without counting as observed */
  get outcome(): Promise<Outcome<T>> {
    return this.#outcome;
  }

  async #value(): Promise<T> {
    const outcome = await this.#outcome;
    if (outcome.ok) return outcome.value;
    throw outcome.error;
  }
}

/**
 * What `task.map()` gives: awaited, the values in order.
 *
 * @example
 * const candidates = await train.map(unmapped(rows), [0.1, 1, 10]);
 */
export class TaskFutureList<T> implements PromiseLike<T[]> {
  readonly #futures: Promise<readonly TaskFuture<T>[]>;
  #observed = false;

  /** @internal made by the runner only */
  constructor(futures: Promise<readonly TaskFuture<T>[]>) {
    this.#futures = futures;
    futures.catch(() => {});
  }

  // biome-ignore lint/suspicious/noThenProperty: a list of futures is awaited, that is what it is for
  then<A = T[], B = never>(
    onValues?: ((values: T[]) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#values().then(onValues, onError);
  }

  catch<B>(onError: (error: unknown) => B | PromiseLike<B>): Promise<T[] | B> {
    return this.then(null, onError);
  }

  finally(onEnd: () => void): Promise<T[]> {
    return this.#values().finally(onEnd);
  }

  /** The final state of each call, in order; never throws for a failed task. */
  async states(): Promise<State[]> {
    return Promise.all((await this.whenCalled).map((future) => future.state()));
  }

  /** The single futures, once the mapped arrays are known. */
  async futures(): Promise<readonly TaskFuture<T>[]> {
    return this.whenCalled;
  }

  /** @internal whether anybody looked: then its failure to fit is theirs */
  get observed(): boolean {
    return this.#observed;
  }

  /** @internal */
  get whenCalled(): Promise<readonly TaskFuture<T>[]> {
    this.#observed = true;
    return this.#futures;
  }

  async #values(): Promise<T[]> {
    return Promise.all((await this.whenCalled).map((future) => future.result()));
  }
}

/** What may be given for a parameter of type T: itself, its future, or an object or array that holds futures, however deep. */
export type Given<T> =
  | T
  | TaskFuture<T>
  | (T extends readonly (infer Item)[] ? TaskFutureList<Item> | readonly Given<Item>[] : never)
  | (T extends (...args: never[]) => unknown ? never : T extends object ? { [Key in keyof T]: Given<T[Key]> } : never);
