import { expect, test } from 'vitest';
import type { Report, TaskCall } from '../../src/model/report.ts';
import { Deadlines } from '../../src/pool/deadlines.ts';

const RUN = 7;
const started = (timeoutMs: number | null): Report => ({ kind: 'run-started', at: 0, timeoutMs });
const called = (call: number, timeoutMs: number | null): Report => ({
  ...({ kind: 'task-called', at: 0, call, name: `task-${call}`, timeoutMs } as TaskCall & {
    kind: 'task-called';
    at: 0;
  }),
});
const state = (call: number, type: 'RUNNING' | 'COMPLETED' | 'SCHEDULED'): Report => ({
  kind: 'task-state',
  call,
  state: { type, name: 'Running', message: null, at: 0 },
});
const ended: Report = {
  kind: 'run-ended',
  at: 0,
  state: { type: 'COMPLETED', name: 'Completed', message: null },
  retriable: false,
};

test('a task is late when its time has passed since it began to run, not since it was called', () => {
  const deadlines = new Deadlines();
  deadlines.take(RUN, [started(null), called(1, 100), called(2, null)], 0);
  expect(deadlines.next()).toBeNull();
  deadlines.take(RUN, [state(1, 'RUNNING'), state(2, 'RUNNING')], 1000);
  expect(deadlines.next()).toBe(1100);
  expect(deadlines.overdue(1099)).toEqual([]);
  expect(deadlines.overdue(1100)).toEqual([{ runId: RUN, call: 1, name: 'task-1', timeoutMs: 100 }]);
});

test('each attempt of a task has its time anew', () => {
  const deadlines = new Deadlines();
  deadlines.take(RUN, [called(1, 100), state(1, 'RUNNING')], 0);
  deadlines.take(RUN, [state(1, 'SCHEDULED')], 90);
  expect(deadlines.overdue(500)).toEqual([]);
  deadlines.take(RUN, [state(1, 'RUNNING')], 500);
  expect(deadlines.next()).toBe(600);
  deadlines.take(RUN, [state(1, 'COMPLETED')], 550);
  expect(deadlines.next()).toBeNull();
});

test("a run's time counts from its start and ends with it, whatever a run beside it does", () => {
  const deadlines = new Deadlines();
  deadlines.take(RUN, [started(1000), called(1, 100), state(1, 'RUNNING')], 10);
  deadlines.take(8, [started(2000), called(1, null), state(1, 'RUNNING')], 10);
  expect(deadlines.overdue(1010).map(({ runId, call }) => [runId, call])).toEqual([
    [RUN, null],
    [RUN, 1],
  ]);
  deadlines.take(RUN, [ended], 1011);
  expect(deadlines.next()).toBe(2010);
});

test('what is left to the runner is not late again; what becomes late afterwards is', () => {
  const deadlines = new Deadlines();
  deadlines.take(RUN, [started(1000), called(1, 100), state(1, 'RUNNING')], 0);
  deadlines.leave(200);
  expect(deadlines.overdue(999)).toEqual([]);
  expect(deadlines.overdue(1000)).toEqual([{ runId: RUN, call: null, name: null, timeoutMs: 1000 }]);
});
