import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createEvents } from '../../src/engine/events.ts';
import { createQueue } from '../../src/engine/queue.ts';
import { encode } from '../../src/model/codec.ts';
import { openStore, type Store } from '../../src/store/store.ts';

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
  const parts = { processId, now: () => NOW, random: () => 0.5, parallelism: 1 };
  return { store, other, queue: createQueue({ store, events: createEvents(), ...parts }) };
}

function scheduledRun(store: Store): number {
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
      ...{ retries: 0, retryDelay: null, retryJitter: 0, crashRetries: 2, timeoutMs: null },
      ...{ concurrencyLimits: {}, runName: null },
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
