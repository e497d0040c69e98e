/**
 * A transaction that failed has left its work in memory and nothing in the file. Such a run says no more; when it is let
 * go, it is read from the file again: rows that were never written have numbers that are somebody else's by then.
 */
import { WeirError } from '../../model/errors.ts';
import { isFinal } from '../../model/state.ts';
import type { Store } from '../../store/store.ts';
import { ActiveRun } from './active-run.ts';

/** @throws WeirError `conflict`: whoever executes it has to let it go */
export function refuseUnwritten(run: ActiveRun): void {
  if (run.isUnwritten)
    throw new WeirError('conflict', `what run ${run.row.id} reported before could not be written: it must be let go`);
}

/** The run as the file knows it; null when somebody else holds it. Its subflows in memory are forgotten with it. */
export function readAgain(store: Store, active: Map<number, ActiveRun>, run: ActiveRun): ActiveRun | null {
  const { id } = run.row;
  for (const [childId, child] of active) if (isBelow(child, run)) active.delete(childId);
  active.delete(id);
  const row = store.flowRuns.byId(id);
  if (row === null || row.token !== run.token) return null;
  const fresh = new ActiveRun(row, run.token, run.attempt, store.taskRuns.ofRun(id));
  if (isFinal(row.state.type)) fresh.hooksDue = store.hooks.dueOf(id);
  fresh.parent = run.parent;
  active.set(id, fresh);
  return fresh;
}

function isBelow(child: ActiveRun, run: ActiveRun): boolean {
  for (let above = child.parent; above !== null; above = above.parent) if (above === run) return true;
  return false;
}
