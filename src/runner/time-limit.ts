/** A time limit on a piece of user code: aborts its signal and stops waiting for it when the time is over. */
import { formatDuration } from '../model/duration.ts';

export interface TimeLimit {
  /** Aborts at the time's end, and with the signal above. */
  readonly signal: AbortSignal;
  readonly expired: boolean;
  /** The work's value, or an error as soon as the time is over or the signal above aborts. */
  race<T>(work: Promise<T>): Promise<T>;
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
  const onAbove = () => abort(above.reason);
  if (above.aborted) onAbove();
  else above.addEventListener('abort', onAbove, { once: true });
  const timer =
    timeoutMs === null
      ? undefined
      : setTimeout(() => {
          expired = true;
          const error = new Error(`${what} ran longer than its timeout of ${formatDuration(timeoutMs)}`);
          error.name = 'TimedOut';
          abort(error);
        }, timeoutMs);
  return {
    signal: controller.signal,
    get expired() {
      return expired;
    },
    race: (work) => Promise.race([work, aborted]),
    clear() {
      clearTimeout(timer);
      above.removeEventListener('abort', onAbove);
    },
  };
}
