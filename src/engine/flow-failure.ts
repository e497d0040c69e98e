/** Whether a flow needs attention, and what is told of it: the pages and `weir status` judge alike. Only reads. */
import { isFinal, isSuccess, type StateName } from '../model/state.ts';
import { taskTitle } from '../model/task-title.ts';
import type { HistoryRow } from '../store/overview.ts';
import type { Store } from '../store/store.ts';

export interface FlowFailure {
  readonly run: number;
  /** Name of its state. */
  readonly state: StateName;
  readonly at: number | null;
  readonly task: string | null;
  /** The last line of its error. */
  readonly line: string | null;
}

const LONGEST_LINE = 300;

/**
 * A flow needs attention when its last run that came to an end of its own failed; a cancelled one tells nothing, and the
 * failure of a subflow is judged by the flow that called it. `history`: newest first.
 */
export function failureOf(store: Store, history: readonly HistoryRow[]): FlowFailure | null {
  const last = history.find((run) => run.parentRunId === null && isFinal(run.type) && run.type !== 'CANCELLED');
  if (last === undefined || isSuccess(last.type)) return null;
  const task = store.overview.failedTask(last.id);
  const error = task?.error ?? store.flowRuns.byId(last.id)?.error ?? null;
  const line =
    error?.last_lines?.findLast((each) => each.trim() !== '') ?? error?.message ?? task?.stateMessage ?? null;
  return {
    run: last.id,
    state: last.name,
    at: last.endAt,
    task: task === null ? null : taskTitle(task),
    line: line === null ? null : (line.trim().split('\n').at(-1)?.slice(0, LONGEST_LINE) ?? null),
  };
}
