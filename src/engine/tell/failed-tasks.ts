/** Which tasks failed a run. */
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';

/** Those that failed themselves, not for an upstream's sake. */
export function failedTasks(store: Store, row: FlowRunRow): TaskRunRow[] {
  return store.taskRuns
    .ofRun(row.id)
    .filter(({ state }) => (state.type === 'FAILED' && state.name !== 'UpstreamFailed') || state.type === 'CRASHED');
}
