import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { delay, orAborted, sleepHere } from '../../src/runner/delay.ts';
import { timeLimit } from '../../src/runner/time-limit.ts';

const DAY = 24 * 60 * 60 * 1000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a delay', () => {
  it.each([1, 1000, 24 * DAY, 25 * DAY, 90 * DAY])('of %d ms ends then, and not before', async (ms) => {
    let isOver = false;
    void delay(ms, new AbortController().signal).then(() => {
      isOver = true;
    });
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(isOver).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends with its signal, and leaves no timer behind', async () => {
    const controller = new AbortController();
    const waiting = delay(DAY, controller.signal);
    controller.abort();
    await waiting;
    await delay(DAY, controller.signal);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a sleep', () => {
  it('that the machine slept through is over half a minute after it woke, at the latest', async () => {
    let isOver = false;
    void sleepHere(DAY, new AbortController().signal).then(() => {
      isOver = true;
    });
    await vi.advanceTimersByTimeAsync(1000);
    // As suspending does: the clock goes on, timers do not.
    vi.setSystemTime(Date.now() + DAY);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(isOver).toBe(true);
  });

  it('is not prolonged by a clock that is set back', async () => {
    let isOver = false;
    void sleepHere(90_000, new AbortController().signal).then(() => {
      isOver = true;
    });
    vi.setSystemTime(Date.now() - DAY);
    await vi.advanceTimersByTimeAsync(89_999);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(isOver).toBe(true);
  });

  it('whose end is known waits only for what is left, and not at all when that is over', async () => {
    const { signal } = new AbortController();
    await sleepHere(DAY, signal, Date.now() - 1);
    let isOver = false;
    void sleepHere(DAY, signal, Date.now() + 1000).then(() => {
      isOver = true;
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(isOver).toBe(true);
  });

  it('ends by the reason of its signal, also when nobody awaits it', async () => {
    const controller = new AbortController();
    const sleeping = sleepHere(DAY, controller.signal);
    controller.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    await expect(sleepHere(DAY, controller.signal)).rejects.toThrow('enough');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('work that an abort may end', () => {
  it('gives its value, its error, or the reason of the abort', async () => {
    const controller = new AbortController();
    expect(await orAborted(Promise.resolve(1), controller.signal)).toBe(1);
    await expect(orAborted(Promise.reject(new Error('own')), controller.signal)).rejects.toThrow('own');
    const hanging = orAborted(new Promise(() => {}), controller.signal);
    controller.abort(new Error('enough'));
    await expect(hanging).rejects.toThrow('enough');
    await expect(orAborted(Promise.resolve(1), controller.signal)).rejects.toThrow('enough');
  });
});

describe('a time limit', () => {
  it('of 90 days expires after 90 days', async () => {
    const limit = timeLimit(90 * DAY, new AbortController().signal, 'task "a"');
    const work = limit.race(new Promise(() => {}));
    work.catch(() => {});
    await vi.advanceTimersByTimeAsync(90 * DAY - 1);
    expect(limit.expired).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(limit.expired).toBe(true);
    expect(limit.signal.aborted).toBe(true);
    await expect(work).rejects.toThrow('task "a" ran longer than its timeout of 90d');
  });

  it('aborts with the signal above, without having expired', async () => {
    const above = new AbortController();
    const limit = timeLimit(1000, above.signal, 'task "a"');
    const work = limit.race(new Promise(() => {}));
    above.abort(new Error('cancelled'));
    await expect(work).rejects.toThrow('cancelled');
    expect(limit.expired).toBe(false);
    limit.clear();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('outlasted by its work counts all the same, whatever the work came to', async () => {
    for (const end of [() => 'fine', () => Promise.reject(new Error('own'))]) {
      const limit = timeLimit(10, new AbortController().signal, 'task "a"');
      const work = limit.outlast(vi.advanceTimersByTimeAsync(20).then(end));
      await expect(work).rejects.toThrow('ran longer than its timeout of 10ms');
    }
  });
});
