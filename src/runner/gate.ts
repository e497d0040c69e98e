/**
 * How many calls of one scope run at once, first come first served.
 * A sequential gate is entered when the task is called; a concurrent one when its inputs are there.
 */
export class Gate {
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
