/**
 * States that a flow or a task may return to say how it ended, in place of throwing.
 * A returned state is exactly the run's final state.
 */
import type { StateName, StateType } from '../model/state.ts';

export class ReturnedState {
  readonly type: StateType;
  readonly name: StateName;
  readonly message: string | null;
  readonly retriable: boolean;
  readonly result: unknown;

  constructor(type: StateType, name: StateName, message: string | null, retriable: boolean, result?: unknown) {
    this.type = type;
    this.name = name;
    this.message = message;
    this.retriable = retriable;
    this.result = result;
    Object.freeze(this);
  }
}

/**
 * Ends as Completed with a message of its own, and with `result` as the result.
 *
 * @example return Completed('nothing new this week', { result: 0 })
 */
export function Completed(message?: string, options: { result?: unknown } = {}): ReturnedState {
  return new ReturnedState('COMPLETED', 'Completed', textOf(message), false, options.result);
}

/**
 * Fails without throwing. `retriable: false` spends no retries on it.
 *
 * @example return Failed('the source is empty', { retriable: false })
 */
export function Failed(message?: string, options: { retriable?: boolean } = {}): ReturnedState {
  return new ReturnedState('FAILED', 'Failed', textOf(message), options.retriable ?? true);
}

/**
 * Ends as Cancelled by the code's own decision; not tried again.
 *
 * @example return Cancelled('the holiday calendar says no')
 */
export function Cancelled(message?: string): ReturnedState {
  return new ReturnedState('CANCELLED', 'Cancelled', textOf(message), false);
}

/**
 * Ends as Skipped, because there was nothing to do; counts as success.
 *
 * @example return Skipped('no new rows')
 */
export function Skipped(message?: string): ReturnedState {
  return new ReturnedState('SKIPPED', 'Skipped', textOf(message), false);
}

/** JavaScript may hand in anything, such as the error itself. */
function textOf(message: unknown): string | null {
  return message === undefined || message === null ? null : String(message);
}
