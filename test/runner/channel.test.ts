/** The runner's end of a line, against an engine that commits when it is told to. */
import { expect, test } from 'vitest';
import type { FromRunner } from '../../src/model/message.ts';
import { Channel } from '../../src/runner/channel.ts';

function world() {
  const sent: number[] = [];
  const post = (message: FromRunner) => void (message.kind === 'reports' && sent.push(message.batch));
  const channel = new Channel({ post, onMessage() {}, ref() {}, unref() {} }, 0);
  return {
    channel,
    sent,
    tellOne() {
      channel.report({ kind: 'metric', call: null, name: 'n', value: sent.length, at: 0 });
      channel.flush();
    },
    commit: (batch: number) => channel.handle({ kind: 'committed', line: 0, batch }),
  };
}

/** Whether it has resolved by now, and by nothing that takes longer than some turns. */
async function isSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

test('who makes calls by the thousand waits while what it told is not committed', async () => {
  const { channel, sent, tellOne, commit } = world();
  expect(await isSettled(channel.room())).toBe(true);
  for (let n = 0; n < 5; n++) tellOne();
  expect(sent).toEqual([1, 2, 3, 4, 5]);
  const room = channel.room();
  expect(await isSettled(room)).toBe(false);
  commit(2);
  expect(await isSettled(room)).toBe(false);
  commit(3);
  expect(await isSettled(room)).toBe(true);
});

test('each waits for its own batch, in whatever order they began to wait', async () => {
  const { channel, tellOne, commit } = world();
  for (let n = 0; n < 5; n++) tellOne();
  const last = channel.committed();
  const room = channel.room();
  commit(3);
  expect(await isSettled(room)).toBe(true);
  expect(await isSettled(last)).toBe(false);
  commit(5);
  expect(await isSettled(last)).toBe(true);
});
