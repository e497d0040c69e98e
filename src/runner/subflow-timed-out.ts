/** How a call of a flow tells its parent that the flow ran out of its own time, with the error that the flow ended with. */

/** What a call throws whose flow ran out of its time: the call is told as what it was. */
export class SubflowTimedOut {
  readonly #error: unknown;

  constructor(error: unknown) {
    this.#error = error;
  }

  get error(): unknown {
    return this.#error;
  }

  /** `instanceof` would ask the value, and what code throws may be a proxy that answers nobody any more. */
  static is(thrown: unknown): thrown is SubflowTimedOut {
    return typeof thrown === 'object' && thrown !== null && #error in thrown;
  }
}
