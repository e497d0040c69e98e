/** A time limit on a piece of user code: aborts its signal and stops waiting for it when the time is over. */
import { formatDuration } from '../model/duration.ts';
import { onAbort, startTimer } from './delay.ts';

export interface TimeLimit {
  /** Aborts at the time's end, and with the signal above. */
  readonly signal: AbortSignal;
  readonly expired: boolean;
  /** The work's value, or an error as soon as the time is over or the signal above aborts. */
  race<T>(work: Promise<T>): Promise<T>;
  /** As `race`, but only once the work itself has ended. */
  outlast<T>(work: Promise<T>): Promise<T>;
  /** What is measured had ended before the time was over, though that was heard of only now. */
  endedInTime(): void;
  /** Aborts the signal now; the limit has then not expired. */
  abort(reason: unknown): void;
  clear(): void;
}

/** Makes no signal before somebody asks for one: most tasks end without, and one costs more than all the rest here. */
export function timeLimit(timeoutMs: number | null, above: AbortSignal, what: string): TimeLimit {
  let controller: AbortController | null = null;
  let over: { readonly reason: unknown } | null = null;
  let expired = false;
  let stopWaiting: (reason: unknown) => void = () => {};
  const abort = (reason: unknown) => {
    over ??= { reason };
    controller?.abort(reason);
    stopWaiting(reason);
  };
  const expire = (limitMs: number) => {
    expired = true;
    const error = new Error(`${what} ran longer than its timeout of ${formatDuration(limitMs)}`);
    error.name = 'TimedOut';
    // Where the timer fired says nothing.
    error.stack = `TimedOut: ${error.message}`;
    abort(error);
  };
  const endedInTime = () => {
    stopTimer?.();
    if (!expired) return;
    expired = false;
    over = above.aborted ? { reason: above.reason } : null;
  };
  const forget = onAbort(above, () => abort(above.reason));
  const stopTimer = timeoutMs === null ? null : startTimer(timeoutMs, () => expire(timeoutMs));
  return {
    get signal() {
      if (controller === null) {
        controller = new AbortController();
        if (over !== null) controller.abort(over.reason);
      }
      return controller.signal;
    },
    get expired() {
      return expired;
    },
    race: (work) =>
      new Promise((resolve, reject) => {
        work.then(resolve, reject);
        if (over !== null) reject(over.reason);
        stopWaiting = reject;
      }),
    async outlast(work) {
      let value: Awaited<typeof work>;
      try {
        value = await work;
      } catch (error) {
        throw over === null ? error : withDetails(over.reason, error);
      }
      // A command that was told to end may well do so with exit code 0.
      if (over !== null) throw over.reason;
      return value;
    },
    endedInTime,
    abort,
    clear() {
      stopTimer?.();
      forget();
    },
  };
}

/** The limit's error with the last lines of the command that it ended. */
function withDetails(reason: unknown, ended: unknown): unknown {
  const plain = (ended as { plain?: { stack?: unknown } } | null)?.plain;
  if (plain === undefined || !(reason instanceof Error)) return reason;
  return Object.assign(reason, { plain: { ...plain, stack: null } });
}
