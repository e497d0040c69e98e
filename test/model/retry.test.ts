import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WeirError } from '../../src/model/errors.ts';
import {
  delayBefore,
  exponential,
  failuresIn,
  type RetryPolicy,
  resolveRetryDelay,
  resolveRetryPolicy,
  retriesLeft,
} from '../../src/model/retry.ts';
import type { StateName, StateType } from '../../src/model/state.ts';

const never = () => 0;

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof WeirError && error.code === 'invalid-value') return error.message;
    throw error;
  }
  throw new Error('was not refused');
}

describe('delays', () => {
  test.each([
    ['nothing', undefined, [0, 0, 0]],
    ['an empty list', [], [0, 0, 0]],
    ['one duration', '10s', [10_000, 10_000, 10_000]],
    ['milliseconds', 250, [250, 250, 250]],
    ['a list, whose last delay repeats', ['1s', '10s'], [1000, 10_000, 10_000]],
    ['exponential, which doubles', exponential('1s'), [1000, 2000, 4000]],
    ['exponential with a factor', exponential('1s', { factor: 10, max: '1d' }), [1000, 10_000, 100_000]],
    ['exponential, which stops growing at its maximum', exponential('1s', { max: '3s' }), [1000, 2000, 3000]],
    ['exponential from 0', exponential(0), [0, 0, 0]],
  ])('retryDelay can be %s', (_name, retryDelay, expected) => {
    const policy = resolveRetryPolicy({ retries: 3, retryDelay });
    expect([1, 2, 3].map((retry) => delayBefore(policy, retry, never))).toEqual(expected);
  });

  test('an exponential delay stays finite however often it is retried', () => {
    const hour = 3_600_000;
    expect(delayBefore(resolveRetryPolicy({ retryDelay: exponential('1s') }), 100_000, never)).toBe(hour);
    expect(delayBefore(resolveRetryPolicy({ retryDelay: exponential(0) }), 100_000, never)).toBe(0);
  });

  test('an exponential delay survives the way to another thread', () => {
    const delay = exponential('2s', { factor: 3, max: '1m' });
    expect(resolveRetryDelay(structuredClone(delay))).toEqual(delay);
    expect(resolveRetryDelay(JSON.parse(JSON.stringify(delay)))).toEqual(delay);
  });

  test('jitter makes a delay longer by at most its share, never shorter', () => {
    const policy = resolveRetryPolicy({ retries: 1, retryDelay: '10s', retryJitter: 0.5 });
    expect(delayBefore(policy, 1, () => 0)).toBe(10_000);
    expect(delayBefore(policy, 1, () => 0.5)).toBe(12_500);
    expect(delayBefore(policy, 1, () => 0.999_999)).toBe(14_999);
  });

  test('every delay is a whole number between the delay itself and delay * (1 + jitter)', () => {
    const delays = fc.oneof(
      fc.array(fc.integer({ min: 0, max: 1e9 }), { maxLength: 5 }),
      fc
        .record({ base: fc.integer({ min: 0, max: 1e6 }), factor: fc.double({ min: 1, max: 10, noNaN: true }) })
        .map(({ base, factor }) => exponential(base, { factor })),
    );
    const draws = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const jitters = fc.double({ min: 0, max: 3, noNaN: true });
    fc.assert(
      fc.property(delays, jitters, fc.integer({ min: 1, max: 500 }), draws, (retryDelay, retryJitter, retry, draw) => {
        const policy = resolveRetryPolicy({ retries: 1, retryDelay, retryJitter });
        const least = delayBefore(policy, retry, never);
        const delay = delayBefore(policy, retry, () => draw);
        expect(Number.isSafeInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(least);
        expect(delay).toBeLessThanOrEqual(least * (1 + retryJitter));
      }),
    );
  });
});

describe('retriesLeft', () => {
  test.each([
    [0, 1, false],
    [1, 1, true],
    [1, 2, false],
    [3, 3, true],
    [3, 4, false],
  ])('with retries: %d, after %d failed calls another one is allowed: %s', (retries, failures, allowed) => {
    const policy: RetryPolicy = resolveRetryPolicy({ retries });
    expect(retriesLeft(policy, failures)).toBe(allowed);
  });
});

test('failures are counted since the call was last opened', () => {
  const states = (...names: StateName[]) => names.map((name) => ({ type: typeOf(name), name, message: null, at: 0 }));
  expect(failuresIn([])).toBe(0);
  expect(failuresIn(states('Pending', 'Running', 'AwaitingRetry', 'Retrying', 'AwaitingRetry'))).toBe(2);
  expect(failuresIn(states('Pending', 'AwaitingRetry', 'Failed', 'Pending', 'Running', 'AwaitingRetry'))).toBe(1);
  expect(failuresIn(states('Pending', 'AwaitingRetry', 'Retrying', 'AwaitingResume', 'Resuming'))).toBe(1);
});

function typeOf(name: StateName): StateType {
  if (name === 'AwaitingRetry' || name === 'AwaitingResume') return 'SCHEDULED';
  return name === 'Pending' ? 'PENDING' : name === 'Failed' ? 'FAILED' : 'RUNNING';
}

describe('a policy that makes no sense is refused', () => {
  test.each([
    [{ retries: -1 }, 'retries is -1; it must be a whole number of 0 or more'],
    [{ retries: 1.5 }, 'retries is 1.5; it must be a whole number of 0 or more'],
    [{ retries: '3' as unknown as number }, 'retries is 3; it must be a whole number of 0 or more'],
    [{ retryJitter: -0.1 }, 'retryJitter is -0.1; it must be a number of 0 or more'],
    [{ retryJitter: Number.NaN }, 'retryJitter is NaN; it must be a number of 0 or more'],
    [{ retryDelay: '10' }, '10 what? write "10s", "10m" or "10h"'],
    [{ retryDelay: ['1s', 'soon'] }, '"soon" is not a duration'],
    [{ retryDelay: { seconds: 3 } as unknown as string }, 'retryDelay is {"seconds":3}, which is not a delay'],
    [{ retryDelay: null as unknown as string }, 'retryDelay is null, which is not a delay'],
  ])('%j', (input, sentence) => {
    expect(refusal(() => resolveRetryPolicy(input))).toBe(sentence);
  });

  test('exponential() that shrinks or begins above its maximum', () => {
    expect(refusal(() => exponential('1s', { factor: 0.5 }))).toContain('0.5; it must be 1 or more');
    expect(refusal(() => exponential('2h'))).toContain(
      'begins at 7200000 ms, which is more than its maximum of 3600000',
    );
  });
});
