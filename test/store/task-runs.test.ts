/** Task runs as rows: whatever is said of one comes back, however it was written. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { encode } from '../../src/model/codec.ts';
import type { State } from '../../src/model/state.ts';
import { openStore } from '../../src/store/store.ts';
import type { TaskRunRow } from '../../src/store/task-runs.ts';
import { RULES } from '../support/flow-rules.ts';

const NOW = 1_000_000;

function world() {
  const folder = mkdtempSync(join(tmpdir(), 'weir-task-runs-'));
  const store = openStore(join(folder, 'weir.db'));
  onTestFinished(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });
  const run = () =>
    store.flowRuns.insert({
      ...{ flow: 'etl', name: null, deploymentId: null, path: '/etl.ts', entry: 'default', codeHash: null },
      ...{ version: null, params: encode({}), tags: [], trigger: 'cli', infrastructure: 'thread' },
      options: RULES,
      ...{ idempotencyKey: null, scheduleId: null, slotAt: null, slotStartAt: null, slotCoversFrom: null },
      state: state('RUNNING', 'Running', NOW),
      ...{ scheduledAt: NOW, ownerId: null, token: null },
    });
  return { taskRuns: store.taskRuns, flowRunId: run(), childRunId: run() };
}

const state = (type: State['type'], name: State['name'], at: number, message: string | null = null): State => ({
  ...{ type, name, message, at },
});

/** What a task that returns at once leaves. */
function usual(flowRunId: number): Omit<TaskRunRow, 'id'> {
  const states = [state('PENDING', 'Pending', 1), state('RUNNING', 'Running', 2), state('COMPLETED', 'Completed', 3)];
  return {
    ...{
      flowRunId,
      identity: 'id',
      scope: 'sc',
      name: 'fit',
      label: null,
      kind: 'function',
      callIndex: 4,
      position: 5,
    },
    ...{ codeHash: 'code', inputHash: 'in', cacheKey: null, cacheExpiresAt: null, parentTaskId: null },
    ...{ childRunId: null, upstream: [], tags: [], state: states[2] as State, states, startAt: 6, endAt: 7 },
    ...{ runTimeMs: 8, attempt: 9, flowAttempt: 10, reusedFromAttempt: null, cachedFromRun: null },
    ...{ cachedFromTask: null, why: null, result: Buffer.from('j11'), resultHash: null, resultSize: 12 },
    ...{ reusable: true, again: null, error: null, metrics: {}, progress: null, usage: null, spent: 0 },
  };
}

/** One of which everything is said, and nothing twice the same. */
function full(flowRunId: number, childRunId: number): Omit<TaskRunRow, 'id'> {
  const failed = state('FAILED', 'TimedOut', 53, 'too "slow"');
  return {
    ...usual(flowRunId),
    ...{ label: 'alpha=1', cacheKey: 'ck', cacheExpiresAt: 31, parentTaskId: 32, childRunId, upstream: [33, 34] },
    ...{ tags: ['a', 'b'], state: failed, states: [state('PENDING', 'Pending', 51, null), failed] },
    ...{ reusedFromAttempt: 35, cachedFromRun: 36, cachedFromTask: 37, why: 'inputs changed', resultHash: 'rh' },
    ...{ reusable: false, again: 'asked', error: { name: 'Error', message: 'no luck', stack: null } },
    ...{ metrics: { loss: 0.5 }, progress: { done: 1, total: 2, label: 'epoch' }, spent: 38 },
    usage: { peakMemory: 39, cpuMs: 40 },
  };
}

test('a row comes back as it was written, whether little or everything is said in it', () => {
  const { taskRuns, flowRunId, childRunId } = world();
  for (const row of [usual(flowRunId), { ...full(flowRunId, childRunId), identity: 'other' }]) {
    const id = taskRuns.insert(row);
    expect(taskRuns.byId(id)).toEqual({ ...row, id });
  }
});

test('a row that is written again says what it is given, and after a move what its state changes', () => {
  const { taskRuns, flowRunId, childRunId } = world();
  const id = taskRuns.insert(usual(flowRunId));
  const all = { ...full(flowRunId, childRunId), id };
  taskRuns.update(all);
  expect(taskRuns.byId(id)).toEqual(all);
  taskRuns.update({ ...usual(flowRunId), id });
  expect(taskRuns.byId(id)).toEqual({ ...usual(flowRunId), id });
  taskRuns.moveAll([all]);
  const { state: moved, states, startAt, endAt, runTimeMs, attempt, spent } = all;
  expect(taskRuns.byId(id)).toEqual({
    ...{ ...usual(flowRunId), id },
    ...{ state: moved, states, startAt, endAt, runTimeMs, attempt, spent },
  });
});

test('a state or a kind that is none is refused', () => {
  const { taskRuns, flowRunId } = world();
  const strange = { ...usual(flowRunId), state: { ...state('COMPLETED', 'Completed', 1), type: 'DONE' as 'FAILED' } };
  expect(() => taskRuns.insert(strange)).toThrow(/CHECK constraint failed/);
  expect(() => taskRuns.insert({ ...usual(flowRunId), kind: 'magic' as 'shell' })).toThrow(/CHECK constraint failed/);
});
