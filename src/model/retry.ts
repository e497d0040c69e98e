/**
 * Retry policies: how often a failed call is tried again, and how long to wait before each time.
 * Pure: chance comes in as `random`. What counts as a failure (a timeout does, a crash does not) is not decided here.
 *
 * Jitter takes Prefect's bound (`retry_jitter_factor`, clamped_poisson_interval in prefect/utilities/math.py): at most
 * delay * (1 + jitter). Prefect also goes below the delay, to keep its mean; Weir never does, because a delay
 * is often what the other side asked for ("Retry-After").
 */

import { type Duration, parseDuration } from './duration.ts';
import { WeirError } from './errors.ts';
import type { State } from './state.ts';

/** `list`: the last delay repeats, an empty list means none. `exponential`: base, base * factor, ... up to `maxMs`. */
export type RetryDelay = { readonly kind: 'list'; readonly delaysMs: readonly number[] } | ExponentialDelay;

/** What `exponential()` returns: plain data, so that it survives the way from one thread to another. */
export interface ExponentialDelay {
  readonly kind: 'exponential';
  readonly baseMs: number;
  readonly factor: number;
  readonly maxMs: number;
}

/** `retries: N` means at most N + 1 calls. `jitter` 0.5 makes each delay up to half as long again. */
export interface RetryPolicy {
  readonly retries: number;
  readonly delay: RetryDelay;
  readonly jitter: number;
}

/** What a flow's author writes as `retryDelay`. */
export type RetryDelayInput = Duration | readonly Duration[] | ExponentialDelay;

/** Fills the defaults (no retries, no delay, no jitter) and refuses what makes no sense. */
export function resolveRetryPolicy(input: {
  readonly retries?: number | undefined;
  readonly retryDelay?: RetryDelayInput | undefined;
  readonly retryJitter?: number | undefined;
}): RetryPolicy {
  const retries = input.retries ?? 0;
  const jitter = input.retryJitter ?? 0;
  if (!Number.isSafeInteger(retries) || retries < 0) {
    throw new WeirError('invalid-value', `retries is ${show(retries)}; it must be a whole number of 0 or more`);
  }
  if (!isNumberFrom(0, jitter)) {
    throw new WeirError('invalid-value', `retryJitter is ${show(jitter)}; it must be a number of 0 or more`, {
      hint: 'retryJitter: 0.5 makes each delay up to half as long again',
    });
  }
  return { retries, delay: resolveRetryDelay(input.retryDelay), jitter };
}

/** A duration, a list of them, or `exponential(...)`, as delays in milliseconds; nothing means no delay. */
export function resolveRetryDelay(input: RetryDelayInput | undefined): RetryDelay {
  if (input === undefined) return { kind: 'list', delaysMs: [] };
  if (isList(input)) return { kind: 'list', delaysMs: input.map(parseDuration) };
  if (typeof input !== 'object') return { kind: 'list', delaysMs: [parseDuration(input)] };
  if (input?.kind === 'exponential') return checkedExponential(input);
  throw new WeirError('invalid-value', `retryDelay is ${show(input)}, which is not a delay`, {
    hint: 'write "10s", ["1s", "10s", "1m"] or exponential("1s")',
  });
}

/**
 * Delays that grow by `factor` (default 2) from `base` up to `max` (default one hour).
 * @example retryDelay: exponential('1s', { max: '5m' })   // 1s, 2s, 4s ... 5m, 5m
 */
export function exponential(
  base: Duration,
  options: { readonly factor?: number; readonly max?: Duration } = {},
): ExponentialDelay {
  return checkedExponential({
    kind: 'exponential',
    baseMs: parseDuration(base),
    factor: options.factor ?? 2,
    maxMs: parseDuration(options.max ?? '1h'),
  });
}

/** Milliseconds to wait before the given retry (the first is 1): from the delay itself to delay * (1 + jitter). */
export function delayBefore(policy: RetryPolicy, retryNumber: number, random: () => number): number {
  const delayMs = plainDelay(policy.delay, retryNumber);
  // Delays are whole milliseconds, so rounding down cannot fall below the delay.
  return Math.floor(delayMs * (1 + policy.jitter * random()));
}

/** Whether another call is allowed after so many failed ones. */
export function retriesLeft(policy: RetryPolicy, failures: number): boolean {
  return failures <= policy.retries;
}

/** How often a call has failed and was to be tried again, by its states: those before it was last opened count no more. */
export function failuresIn(states: readonly State[]): number {
  let failures = 0;
  for (const { type, name } of states) {
    if (type === 'PENDING') failures = 0;
    else if (name === 'AwaitingRetry') failures++;
  }
  return failures;
}

function plainDelay(delay: RetryDelay, retryNumber: number): number {
  switch (delay.kind) {
    case 'list':
      return delay.delaysMs[Math.min(retryNumber, delay.delaysMs.length) - 1] ?? 0;
    case 'exponential':
      // 0 is its own case: factor ** n overflows to Infinity, and 0 * Infinity is NaN.
      if (delay.baseMs === 0) return 0;
      return Math.round(Math.min(delay.baseMs * delay.factor ** (retryNumber - 1), delay.maxMs));
  }
}

function checkedExponential(delay: ExponentialDelay): ExponentialDelay {
  const { baseMs, factor, maxMs } = delay;
  if (!isNumberFrom(1, factor)) {
    throw new WeirError('invalid-value', `the factor of an exponential delay is ${show(factor)}; it must be 1 or more`);
  }
  if (!isNumberFrom(0, baseMs) || !isNumberFrom(baseMs, maxMs)) {
    throw new WeirError(
      'invalid-value',
      `an exponential delay begins at ${show(baseMs)} ms, which is more than its maximum of ${show(maxMs)} ms`,
      { hint: 'give a longer maximum: exponential("2h", { max: "1d" })' },
    );
  }
  return { kind: 'exponential', baseMs, factor, maxMs };
}

function isList(input: RetryDelayInput): input is readonly Duration[] {
  return Array.isArray(input);
}

function isNumberFrom(least: number, value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= least;
}

function show(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
