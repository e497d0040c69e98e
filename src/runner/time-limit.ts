/** A time limit on a piece of user code: aborts its signal and stops waiting for it when the time is over. */
import { formatDuration } from '../model/duration.ts';
import { startTimer } from './delay.ts';

export interface TimeLimit {
  /** Aborts at the time's end, and with the signal above. */
  readonly signal: AbortSignal;
  readonly expired: boolean;
  /** The work's value, or an error as soon as the time is over or the signal above aborts. */
  race<T>(work: Promise<T>): Promise<T>;
  /** As `race`, but only once the work itself has ended. */
  outlast<T>(work: Promise<T>): Promise<T>;
  /** Aborts the signal now; the limit has then not expired. */
  abort(reason: unknown): void;
  clear(): void;
}

export function timeLimit(timeoutMs: number | null, above: AbortSignal, what: string): TimeLimit {
  const controller = new AbortController();
  let expired = false;
  let stopWaiting: (reason: unknown) => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stopWaiting = reject;
  });
  aborted.catch(() => {});
  const abort = (reason: unknown) => {
    controller.abort(reason);
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
  const onAbove = () => abort(above.reason);
  if (above.aborted) onAbove();
  else above.addEventListener('abort', onAbove, { once: true });
  const stopTimer = timeoutMs === null ? () => {} : startTimer(timeoutMs, () => expire(timeoutMs));
  return {
    signal: controller.signal,
    get expired() {
      return expired;
    },
    race: (work) => Promise.race([work, aborted]),
    async outlast(work) {
      const { signal } = controller;
      let value: Awaited<typeof work>;
      try {
        value = await work;
      } catch (error) {
        throw signal.aborted ? withDetails(signal.reason, error) : error;
      }
      // A command that was told to end may well do so with exit code 0.
      signal.throwIfAborted();
      return value;
    },
    abort,
    clear() {
      stopTimer();
      above.removeEventListener('abort', onAbove);
    },
  };
}

/** The limit's error with the last lines of the command that it ended. */
function withDetails(reason: unknown, ended: unknown): unknown {
  const plain = (ended as { plain?: { stack?: unknown } } | null)?.plain;
  if (plain === undefined || !(reason instanceof Error)) return reason;
  return Object.assign(reason, { plain: { ...plain, stack: null } });
}
