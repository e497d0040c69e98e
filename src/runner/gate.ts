/**
 * How many calls of one scope run at once, first come first served.
 * A sequential gate is entered when the task is called; a concurrent one when its inputs are there.
 */
export class Gate {
  readonly #capacity: number;
  #inside = 0;
  #waiting: ((entered: boolean) => void)[] = [];
  #closed = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** True once inside; false when the gate was closed meanwhile. */
  enter(): Promise<boolean> | boolean {
    if (this.#closed) return false;
    if (this.#inside < this.#capacity) {
      this.#inside++;
      return true;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) next(true);
    else this.#inside--;
  }

  /** Nobody enters any more; who waits is turned away. */
  close(): void {
    this.#closed = true;
    for (const turnAway of this.#waiting.splice(0)) turnAway(false);
  }
}
