/** Waiting that an abort ends, for any time that a duration can say. */
import { awakeMs } from '../model/awake-clock.ts';

/** Timers take at most 2^31 - 1 ms; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** How late the wall clock may be looked at. */
const CLOCK_READ_EVERY_MS = 30_000;

/** Calls back after `ms`, however long; gives the function that prevents it. */
export function startTimer(ms: number, onTime: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const wait = (left: number) => {
    const step = Math.min(left, LONGEST_TIMER_MS);
    timer = setTimeout(() => (left > step ? wait(left - step) : onTime()), step);
  };
  wait(ms);
  return () => clearTimeout(timer);
}

/** What is to be done when a signal aborts; the signal itself has one listener, for it looks through all it has. */
const onAborts = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls back when the signal aborts, at once when it has; gives the function that prevents it. Any number is cheap. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => {};
  }
  let callbacks = onAborts.get(signal);
  if (callbacks === undefined) {
    const made = new Set<() => void>();
    signal.addEventListener(
      'abort',
      () => {
        for (const each of made) each();
      },
      { once: true },
    );
    onAborts.set(signal, made);
    callbacks = made;
  }
  callbacks.add(callback);
  const set = callbacks;
  return () => void set.delete(callback);
}

/** Resolves after `ms`, or as soon as the signal aborts. */
export function delay(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      stop();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const stop = startTimer(ms, done);
    signal.addEventListener('abort', done, { once: true });
  });
}

/**
 * A `sleep()` of user code: resolves at `until` (epoch ms by the wall clock) and at the latest after `ms` of waking time,
 * so that a clock set back does not prolong it; rejects as soon as the signal aborts.
 */
export function sleepHere(ms: number, signal: AbortSignal, until = Date.now() + ms): Promise<void> {
  const begunAt = awakeMs();
  const left = () => Math.min(until - Date.now(), ms - (awakeMs() - begunAt));
  const sleeping = (async () => {
    for (;;) {
      if (signal.aborted) throw abortReason(signal);
      const remaining = left();
      if (remaining <= 0) return;
      // A timer stands still while the machine sleeps: the clock is read again before long.
      await delay(Math.min(remaining, CLOCK_READ_EVERY_MS), signal);
    }
  })();
  // Not awaited, it must not fail the run by its abort.
  sleeping.catch(() => {});
  return sleeping;
}

/** The work's value; rejects with the signal's reason as soon as it aborts. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(abortReason(signal));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

export function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason ?? 'cancelled'));
}
