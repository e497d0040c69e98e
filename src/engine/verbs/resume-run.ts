/** Which runs can be resumed, and why another cannot. A server takes up what was interrupted by itself. */
import { WeirError } from '../../model/errors.ts';
import type { Assignment } from '../../pool/source.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import type { Engine } from '../engine.ts';
import { rootOf } from '../tell/root-run.ts';

/** A run whose process ended while it waited for a retry is nobody's: whoever names it need not wait for its time. */
export function isResumable({ state, attempt, parentRunId }: FlowRunRow): boolean {
  const goesOn =
    state.name === 'AwaitingResume' ||
    state.name === 'AwaitingRetry' ||
    (state.name === 'AwaitingLimit' && attempt > 0);
  return goesOn && parentRunId === null;
}

/** Takes a run that can go on, whatever its time. @throws WeirError `conflict` when it cannot, or somebody was quicker */
export async function claimToResume(
  { store, queue }: Pick<Engine, 'store' | 'queue'>,
  row: FlowRunRow,
): Promise<Assignment> {
  const assignment = isResumable(row) ? await queue.claimRun(row.id) : null;
  if (assignment !== null) return assignment;
  // Read again: another process may have been quicker since.
  throw refusalToResume(store, store.flowRuns.byId(row.id) ?? row);
}

/** Why it cannot be resumed, with the command that would do what was meant. */
export function refusalToResume(store: Store, row: FlowRunRow): WeirError {
  const { id, state, ownerId } = row;
  const root = rootOf(store, row).id;
  if (root !== id && state.type === 'SCHEDULED')
    return new WeirError('conflict', `run ${id} is a subflow of run ${root}, which goes on with it when it resumes`, {
      hint: `weir resume ${root}`,
    });
  if (ownerId !== null)
    return new WeirError('conflict', `run ${id} is ${state.name} and executed by another process already`, {
      hint: `weir show ${id}`,
    });
  const failed = ['FAILED', 'CRASHED', 'CANCELLED'].includes(state.type);
  return new WeirError('conflict', `run ${id} is ${state.name}; only interrupted runs can be resumed`, {
    hint: failed ? `weir retry ${id}` : `weir show ${id}`,
  });
}
