/** A write of the engine that fails (disk full, damage): what is in memory must not go on as if it were in the file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createEvents } from '../../src/engine/events.ts';
import { createQueue } from '../../src/engine/execute/queue.ts';
import type { BegunRun } from '../../src/engine/execute/run-claims.ts';
import { createSecretKeeper } from '../../src/engine/execute/secrets.ts';
import { encode } from '../../src/model/codec.ts';
import type { Report } from '../../src/model/report.ts';
import { openStore } from '../../src/store/store.ts';
import { RULES } from '../support/flow-rules.ts';

const NOW = 1_000_000;

const RUN: BegunRun = {
  ...{ flow: 'etl', name: null, deploymentId: null, path: '/etl.ts', entry: 'default', codeHash: null, version: null },
  options: RULES,
  ...{ params: encode({}), tags: [], trigger: 'cli', infrastructure: 'thread', idempotencyKey: null },
  ...{ scheduleId: null, slotAt: null, slotStartAt: null, slotCoversFrom: null },
};

function world() {
  const folder = mkdtempSync(join(tmpdir(), 'weir-failed-writes-'));
  const store = openStore(join(folder, 'weir.db'));
  onTestFinished(async () => {
    await store.writer.stop();
    store.close();
    rmSync(folder, { recursive: true });
  });
  const row = { bootId: 'me', role: 'run' as const, pid: 1, host: 'here', version: '1', kernelBootId: null };
  const processId = store.processes.register({ ...row, startedAt: NOW });
  const now = () => NOW;
  const secrets = createSecretKeeper({ store, keyFile: join(folder, 'weir.key'), now });
  const parts = { secrets, processId, now, random: () => 0.5, parallelism: 1 };
  return {
    store,
    queue: createQueue({ store, events: createEvents(), ...parts }),
    /** Whatever writes a task of that name fails, as a whole. */
    jam: () =>
      store.database.exec(
        "create temp trigger jam before insert on task_runs when new.name = 'jams' begin select raise(abort, 'jammed'); end",
      ),
  };
}

const STARTED: Report = { kind: 'run-started', at: NOW, timeoutMs: null };

function taskOf(name: string, number = 1): Report[] {
  const call: Report = {
    ...{
      kind: 'task-called',
      at: NOW,
      call: number,
      identity: name,
      scope: '',
      name,
      label: null,
      taskKind: 'function',
    },
    ...{
      index: 0,
      position: number,
      codeHash: 'code',
      inputHash: null,
      cacheKey: null,
      retries: 0,
      isKeyed: false,
      parentCall: null,
    },
    ...{ upstream: [], tags: [], timeoutMs: null },
  };
  return [
    call,
    { kind: 'task-state', call: number, state: { type: 'RUNNING', name: 'Running', message: null, at: NOW } },
  ];
}

test('a run whose reports could not be written is let go as the file knows it, and touches no task of another run', async () => {
  const { store, queue, jam } = world();
  const [mine, other] = [await queue.enqueueClaimed(RUN), await queue.enqueueClaimed(RUN)];
  await queue.report(mine, [STARTED]);
  await queue.report(other, [STARTED]);
  jam();
  await expect(queue.report(mine, [...taskOf('mine'), ...taskOf('jams', 2)])).rejects.toThrow('jammed');
  // It gets the row that the failed write had taken for itself.
  await queue.report(other, taskOf('other'));
  await queue.release(mine, { kind: 'died', reason: 'its reports could not be stored' });

  expect(store.taskRuns.ofRun(other.runId)).toMatchObject([{ name: 'other', state: { type: 'RUNNING' } }]);
  expect(store.taskRuns.ofRun(mine.runId)).toEqual([]);
  expect(store.flowRuns.byId(mine.runId)).toMatchObject({ state: { type: 'FAILED' }, ownerId: null });
});

test('a run whose reports could not be written reports nothing more until it is let go', async () => {
  const { store, queue, jam } = world();
  const run = await queue.enqueueClaimed(RUN);
  await queue.report(run, [STARTED, ...taskOf('first')]);
  jam();
  await expect(queue.report(run, taskOf('jams', 2))).rejects.toThrow('jammed');
  await expect(queue.report(run, taskOf('second', 3))).rejects.toThrow(/could not be written/);
  await queue.release(run, { kind: 'interrupted', reason: 'stopped' });
  expect(store.flowRuns.byId(run.runId)).toMatchObject({ state: { name: 'AwaitingResume' }, ownerId: null });
  expect(store.taskRuns.ofRun(run.runId)).toMatchObject([{ name: 'first', state: { name: 'AwaitingResume' } }]);
});
