/**
 * Where a run's failure began: what failed inside of a subflow says more than the call that failed with it. For the pages and
 * `weir status` alike. Only reads.
 */
import { taskTitle } from '../../model/task-title.ts';
import type { GuiltyTask } from '../../store/guilty-task.ts';
import type { Store } from '../../store/store.ts';

export interface InnermostFailure {
  /** The run itself, or one of a subflow in it. */
  readonly runId: number;
  /** Null where the run failed by itself. */
  readonly task: GuiltyTask | null;
  /** The calls that lead there, as `load > upload`; null for the run itself. */
  readonly path: string | null;
}

const DEEPEST = 5;

/** `task`: what the run itself names as guilty. */
export function innermostFailure(store: Store, runId: number, task: GuiltyTask | null): InnermostFailure {
  const found = { runId, task, names: task === null ? [] : [taskTitle(task)] };
  for (let depth = 0; depth < DEEPEST && found.task?.childRunId != null; depth++) {
    const inner = store.runNeighbours.guiltyTask(found.task.childRunId);
    if (inner === null) break;
    found.runId = found.task.childRunId;
    found.task = inner;
    found.names.push(taskTitle(inner));
  }
  const { names } = found;
  return { runId: found.runId, task: found.task, path: names.length === 0 ? null : names.join(' > ') };
}
