/** The run that a subflow belongs to: it is retried, resumed and cancelled with that. Only reads. */
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';

/** The run that nobody has called; `row` itself where it is no subflow. */
export function rootOf(store: Store, row: FlowRunRow): FlowRunRow {
  let root = row;
  while (root.parentRunId !== null) {
    const parent = store.flowRuns.byId(root.parentRunId);
    if (parent === null) return root;
    root = parent;
  }
  return root;
}
