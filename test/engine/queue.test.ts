import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createEvents } from '../../src/engine/events.ts';
import { createQueue, type Queue } from '../../src/engine/execute/queue.ts';
import { createSecretKeeper } from '../../src/engine/execute/secrets.ts';
import { askToCancel } from '../../src/engine/verbs/cancel.ts';
import { encode } from '../../src/model/codec.ts';
import type { Assignment } from '../../src/pool/source.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { RULES } from '../support/flow-rules.ts';

const NOW = 1_000_000;

/** A queue over a fresh file, and a second connection to it that plays another process. */
function world() {
  const folder = mkdtempSync(join(tmpdir(), 'weir-queue-'));
  const [store, other] = [openStore(join(folder, 'weir.db')), openStore(join(folder, 'weir.db'))];
  onTestFinished(async () => {
    await store.writer.stop();
    store.close();
    other.close();
    rmSync(folder, { recursive: true });
  });
  const row = { bootId: 'me', role: 'run' as const, pid: 1, host: 'here', version: '1', kernelBootId: null };
  const processId = store.processes.register({ ...row, startedAt: NOW });
  const now = () => NOW;
  const secrets = createSecretKeeper({ store, keyFile: join(folder, 'weir.key'), now });
  const parts = { secrets, processId, now, random: () => 0.5, parallelism: 1 };
  return { store, other, queue: createQueue({ store, events: createEvents(), ...parts }) };
}

function scheduledRun(
  store: Store,
  flow: { readonly occupies?: Record<string, number>; readonly capacity?: number } = {},
): number {
  return store.flowRuns.insert({
    ...{
      flow: 'etl',
      name: null,
      deploymentId: null,
      path: '/etl.ts',
      entry: 'default',
      codeHash: null,
      version: null,
    },
    options: {
      ...RULES,
      ...(flow.capacity === undefined ? {} : { concurrencyLimits: { gpu: flow.capacity } }),
      ...(flow.occupies === undefined ? {} : { occupies: flow.occupies }),
    },
    ...{ params: encode({}), tags: [], trigger: 'schedule', infrastructure: 'thread', idempotencyKey: null },
    ...{ scheduleId: null, slotAt: null, slotStartAt: null, slotCoversFrom: null },
    state: { type: 'SCHEDULED', name: 'Scheduled', message: null, at: NOW },
    ...{ scheduledAt: NOW, ownerId: null, token: null },
  });
}

test('a claim takes the run when nobody else does', async () => {
  const { store, queue } = world();
  const id = scheduledRun(store);
  expect((await queue.claim(1)).map((assignment) => assignment.runId)).toEqual([id]);
  expect(store.flowRuns.byId(id)?.state.name).toBe('Pending');
  expect(await queue.claim(1)).toEqual([]);
});

test('E51 a run that another process finishes between the look and the claim stays as it ended', async () => {
  const { store, other, queue } = world();
  const id = scheduledRun(store);
  const claiming = queue.claim(1);
  // Before the claim's own transaction has begun: it begins with the next turn of the event loop.
  other.database
    .prepare("update flow_runs set state_type = 'COMPLETED', state_name = 'Completed', end_at = ? where id = ?")
    .run(NOW, id);
  expect(await claiming).toEqual([]);
  expect(store.flowRuns.byId(id)).toMatchObject({ state: { type: 'COMPLETED' }, ownerId: null });
});

test('a process that claims only its own run finds it behind any number of others that are due', async () => {
  const { store, queue } = world();
  store.database.exec('begin');
  for (let n = 0; n < 1001; n++) scheduledRun(store);
  const mine = scheduledRun(store);
  store.database.exec('commit');
  queue.claimOnly(new Set([mine]));
  expect((await queue.claim(1)).map((assignment) => assignment.runId)).toEqual([mine]);
  expect(await queue.claim(1)).toEqual([]);
});

describe('E52 a run of the queue whose limit is full', () => {
  const claim = async (queue: Queue, most = 10) => (await queue.claim(most)).map((assignment) => assignment.runId);
  /** As its execution would: completed, and let go. */
  async function end(store: Store, queue: Queue, runId: number): Promise<void> {
    const token = store.flowRuns.byId(runId)?.token ?? '';
    const assignment = { runId, token } as Assignment;
    await queue.report(assignment, [
      { kind: 'run-started', at: NOW, timeoutMs: null },
      { kind: 'run-ended', at: NOW, state: { type: 'COMPLETED', name: 'Completed', message: null }, retriable: false },
    ]);
  }
  const stateOf = (store: Store, runId: number) => store.flowRuns.byId(runId)?.state;

  test('waits, says for what, once, and hides nothing behind it', async () => {
    const { store, queue } = world();
    const gpu = { occupies: { gpu: 1 } };
    const [first, second, third] = [scheduledRun(store, gpu), scheduledRun(store, gpu), scheduledRun(store, gpu)];
    const free = scheduledRun(store);
    expect(await claim(queue, 2)).toEqual([first, free]);
    expect(stateOf(store, second)).toMatchObject({
      name: 'AwaitingLimit',
      message: 'waits for "gpu" (capacity 1), held by run 1',
    });
    expect(await claim(queue)).toEqual([]);
    expect(store.flowRuns.states(second).map((state) => state.name)).toEqual(['Scheduled', 'AwaitingLimit']);
    const later = scheduledRun(store, gpu);
    await end(store, queue, first);
    expect(await claim(queue)).toEqual([second]);
    expect(store.flowRuns.states(second).map((state) => state.name)).toEqual(['Scheduled', 'AwaitingLimit', 'Pending']);
    await end(store, queue, second);
    expect(await claim(queue)).toEqual([third]);
    await end(store, queue, third);
    expect(await claim(queue)).toEqual([later]);
  });

  test('is not passed by a stream of runs that want less', async () => {
    const { store, queue } = world();
    const wants = (amount: number) => scheduledRun(store, { occupies: { gpu: amount }, capacity: 2 });
    const [one, other] = [wants(1), wants(1)];
    expect(await claim(queue)).toEqual([one, other]);
    const both = wants(2);
    const next = wants(1);
    await end(store, queue, one);
    expect(await claim(queue)).toEqual([]);
    await end(store, queue, other);
    expect(await claim(queue)).toEqual([both]);
    await end(store, queue, both);
    expect(await claim(queue)).toEqual([next]);
  });

  test('does not hide what is due behind hundreds of its kind', async () => {
    const { store, queue } = world();
    await store.writer.write(() => {
      for (let count = 0; count < 700; count++) scheduledRun(store, { occupies: { gpu: 1 } });
    });
    const free = scheduledRun(store);
    const claimed = [...(await claim(queue, 2)), ...(await claim(queue, 2))];
    expect(claimed).toEqual([1, free]);
  });

  test('that somebody cancels leaves its place to the next', async () => {
    const { store, queue } = world();
    const runs = [1, 2, 3].map(() => scheduledRun(store, { occupies: { gpu: 1 } }));
    const [first = 0, second = 0, third = 0] = runs;
    expect(await claim(queue)).toEqual([first]);
    await askToCancel({ store, events: createEvents(), now: () => NOW }, second, 'test');
    expect(stateOf(store, second)?.name).toBe('Cancelled');
    await end(store, queue, first);
    expect(await claim(queue)).toEqual([third]);
  });
});
