import { expect, it } from 'vitest';
import { createFamily } from '../../../src/cli/tree/run-family.ts';
import type { EngineEvent } from '../../../src/engine/events.ts';
import type { TaskRunRow } from '../../../src/store/task-runs.ts';

const task = (name: string, fields: Partial<TaskRunRow> = {}) =>
  ({ name, label: null, scope: '', identity: `i-${name}`, childRunId: null, ...fields }) as TaskRunRow;

const taskState = (runId: number, row: TaskRunRow): EngineEvent => ({
  kind: 'task-state',
  runId,
  task: row,
  reused: false,
});
const log = (flowRunId: number, row: TaskRunRow | null): EngineEvent =>
  ({ kind: 'log', chunk: { flowRunId, text: 'a line' }, task: row }) as EngineEvent;

it('what a subflow tells stands below its call, by the name of the call in plain lines; strangers tell nothing', () => {
  const family = createFamily(1);
  const look = (event: EngineEvent, named: boolean) => {
    const told = family(event, { named });
    if (told === null || !('task' in told) || told.task === null) return told;
    return [told.task.name, told.task.scope, told.task.identity];
  };
  expect(look(taskState(2, task('fetch')), true)).toBeNull();
  expect(look(taskState(1, task('load', { label: 'oslo', childRunId: 2 })), true)).toEqual(['load', '', 'i-load']);
  expect(look(taskState(2, task('fetch')), false)).toEqual(['fetch', 'i-load', 'i-load/i-fetch']);
  expect(look(taskState(2, task('fetch')), true)).toEqual(['load oslo > fetch', 'i-load', 'i-load/i-fetch']);
  expect(look(taskState(2, task('part', { scope: 'i-fetch' })), false)).toEqual([
    'part',
    'i-load/i-fetch',
    'i-load/i-part',
  ]);
  // A subflow in a subflow, and what its own function prints.
  expect(look(taskState(2, task('deep', { childRunId: 3 })), false)).toEqual(['deep', 'i-load', 'i-load/i-deep']);
  expect(look(log(3, null), true)).toEqual(['load oslo > deep', 'i-load', 'i-load/i-deep']);
  expect(look(taskState(4, task('strange')), true)).toBeNull();
  const state = { type: 'RUNNING', name: 'Running', message: null, at: 1 } as const;
  expect(family({ kind: 'run-state', runId: 1, state }, { named: true })).not.toBeNull();
  expect(family({ kind: 'run-state', runId: 2, state }, { named: true })).toBeNull();
});
