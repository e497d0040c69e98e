/** The run that a URL names. */
import { WeirError } from '../model/errors.ts';
import type { FlowRunRow } from '../store/flow-runs.ts';
import type { Store } from '../store/store.ts';

/** @throws WeirError `not-found` */
export function findRun(store: Store, id: string): FlowRunRow {
  const row = /^\d{1,15}$/.test(id) ? store.flowRuns.byId(Number(id)) : null;
  if (row === null)
    throw new WeirError('not-found', `there is no run ${id.slice(0, 50)}`, { hint: 'it may have been deleted' });
  return row;
}
