/**
 * How a run stands or ended, as its end is told: the result, or what failed innermost with its last lines and the reason.
 * Says of ten thousand tasks only what is told. For the command line, here and elsewhere; only reads.
 */
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import { failedTasks } from './failed-tasks.ts';
import { lastLines } from './last-lines.ts';
import { resultJson, stateJson } from './run-json.ts';

export type RunEndJson = ReturnType<typeof runEndJson>;

/** More failed tasks are only counted: the first ones tell the story. */
const MOST_FAILURES = 3;

export function runEndJson(store: Store, row: FlowRunRow) {
  const { type } = row.state;
  const failed = type === 'FAILED' || type === 'CRASHED' ? innermostFailures(store, row) : [];
  const isOnly = ({ name }: TaskRunRow) => failed.filter((task) => task.name === name).length === 1;
  return {
    schema: 'weir.run-end/1' as const,
    ...{ id: row.id, flow: row.flow, state: stateJson(row.state), total_run_time_ms: row.runTimeMs },
    result: type === 'COMPLETED' ? resultJson(row.result) : null,
    error: row.error,
    failed: failed.length,
    failures: failed.slice(0, MOST_FAILURES).map((task) => ({
      ...{ flow_run: task.flowRunId, id: task.id, name: task.name, key: task.label, alone: isOnly(task) },
      // The run of the subflow that it stands for, where nothing in it failed.
      run: task.childRunId,
      ...{ message: task.error?.message ?? task.state.message, error: task.error, last_lines: lastLines(store, task) },
    })),
  };
}

function innermostFailures(store: Store, row: FlowRunRow): TaskRunRow[] {
  return failedTasks(store, row).flatMap((task) => innermost(store, task));
}

/** What failed inside of a subflow says more than the call that failed with it. */
function innermost(store: Store, task: TaskRunRow): TaskRunRow[] {
  const child = task.childRunId === null ? null : store.flowRuns.byId(task.childRunId);
  const inner = child?.state.type === 'FAILED' ? failedTasks(store, child) : [];
  return inner.length === 0 ? [task] : inner.flatMap((each) => innermost(store, each));
}
