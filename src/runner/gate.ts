/**
 * How many calls of one scope run at once, first come first served.
 * A sequential gate is entered when the task is called; a concurrent one when its inputs are there.
 */

/** What a call waits at before each of its attempts. */
export interface Entrance {
  /** Resolves once inside; undefined: at once. */
  enter(): Promise<void> | undefined;
  leave(): void;
}

export class Gate implements Entrance {
  readonly #capacity: number;
  #inside = 0;
  #waiting: (() => void)[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Resolves once inside. */
  enter(): Promise<void> | undefined {
    if (this.#inside < this.#capacity) {
      this.#inside++;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#inside--;
    else next();
  }
}

/** Two gates, one behind the other: who waits at the inner one keeps its place at the outer. */
export class GateInGate implements Entrance {
  readonly #outer: Gate;
  readonly #inner: Gate;

  constructor(outer: Gate, inner: Gate) {
    this.#outer = outer;
    this.#inner = inner;
  }

  enter(): Promise<void> | undefined {
    const outside = this.#outer.enter();
    return outside === undefined ? this.#inner.enter() : outside.then(() => this.#inner.enter());
  }

  leave(): void {
    this.#inner.leave();
    this.#outer.leave();
  }
}
