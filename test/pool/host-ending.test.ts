import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Commands } from '../../src/pool/commands.ts';
import type { Host } from '../../src/pool/host.ts';
import { endHost } from '../../src/pool/host-ending.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A host that is gone when `stopped` is, and a helper whose looks for its children are told one by one. */
function world(stopped: Promise<void>, sweep: (look: number) => Promise<number>) {
  let looks = 0;
  const host = { mark: 'mark', stop: () => stopped } as unknown as Host;
  const commands = { sweep: () => sweep(++looks) } as unknown as Commands;
  return { host, commands, looks: () => looks };
}

const never = new Promise<void>(() => {});
const after = (ms: number) => new Promise<number>((resolve) => setTimeout(() => resolve(0), ms));

test('a host that ends at once and has started nothing is not looked behind', async () => {
  const { host, commands, looks } = world(Promise.resolve(), () => after(0));
  expect(await endHost(host, commands, false)).toMatchObject({ isLost: false });
  expect(looks()).toBe(0);
});

test('the end waits for what the host has started, also on a machine on which that takes seconds', async () => {
  const { host, commands } = world(Promise.resolve(), () => after(4000));
  let isOver = false;
  void endHost(host, commands, true).then(() => {
    isOver = true;
  });
  await vi.advanceTimersByTimeAsync(3900);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  expect(isOver).toBe(true);
});

test('what a thread starts behind the first look is found by a second, and the thread with it', async () => {
  const stopped = Promise.withResolvers<void>();
  const { host, commands } = world(stopped.promise, async (look) => {
    await after(50);
    // The call that kept the thread returns with the process that it waits for.
    if (look === 2) stopped.resolve();
    return look - 1;
  });
  const ending = endHost(host, commands, false);
  await vi.advanceTimersByTimeAsync(1500);
  expect(await ending).toMatchObject({ isLost: false });
});

test('a thread that never goes is lost after about a second, and nobody waits for it', async () => {
  const { host, commands, looks } = world(never, () => after(50));
  const ending = endHost(host, commands, true);
  await vi.advanceTimersByTimeAsync(1300);
  expect(await ending).toMatchObject({ isLost: true });
  expect(looks()).toBe(2);
});

test('a helper that does not answer holds nobody up for ever', async () => {
  const { host, commands } = world(Promise.resolve(), () => new Promise(() => {}));
  const ending = endHost(host, commands, true);
  await vi.advanceTimersByTimeAsync(10_200);
  expect(await ending).toMatchObject({ isLost: false });
});
