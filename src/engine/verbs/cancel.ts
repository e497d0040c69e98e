/**
 * Cancelling a run, whoever executes it: what nobody executes is CANCELLED at once, everything else CANCELLING in the
 * file, where the process that owns it finds the word and ends it. Must never make a run final that still lives.
 */
import { crashPoint } from '../../crash-points.ts';
import { WeirError } from '../../model/errors.ts';
import { apply, isFinal } from '../../model/state.ts';
import type { Dispatcher } from '../../pool/dispatcher.ts';
import type { Store } from '../../store/store.ts';
import type { EngineEvent, Events } from '../events.ts';
import { budgetOf } from '../execute/budget.ts';
import { interruptTasks } from '../execute/interrupted-tasks.ts';
import { rootOf } from '../tell/root-run.ts';

/** How long a run may take to end by itself; after that, its host is ended under it. */
export const CANCEL_GRACE_MS = 10_000;

/** What asking came to. */
export type CancelAnswer =
  /** It was waiting, and is CANCELLED. */
  | { readonly kind: 'cancelled' }
  /** Its process is told and ends it. */
  | { readonly kind: 'told'; readonly ownerId: number }
  /** It was over already, and stays as it is. */
  | { readonly kind: 'final' };

/**
 * Asks a run to stop; `by` completes "cancelled by ...". Asking again changes nothing.
 * What stands below the run is asked with it. A subflow may be cancelled alone: its parent then sees that it was.
 * @throws WeirError `not-found`; `conflict` for a subflow that waits for its parent, which would call it again
 */
export async function askToCancel(
  { store, events, now }: { readonly store: Store; readonly events: Events; readonly now: () => number },
  runId: number,
  by: string,
): Promise<CancelAnswer> {
  const told: EngineEvent[] = [];
  const answer = await store.writer.write((): CancelAnswer => {
    const row = store.flowRuns.byId(runId);
    if (row === null) throw new WeirError('not-found', `there is no run ${runId}`);
    if (isFinal(row.state.type)) return { kind: 'final' };
    if (row.ownerId === null && row.parentRunId !== null) {
      const { id, state } = rootOf(store, row);
      throw new WeirError('conflict', `run ${runId} is a subflow of run ${id}, which is ${state.name} and goes first`, {
        hint: `cancel both: weir cancel ${id}`,
      });
    }
    // What stands below it ends with it, and is seen to.
    for (const each of [row, ...store.flowRuns.unfinishedBelow(runId)]) {
      const next = apply(each, { kind: 'cancel-asked', by, isOwned: each.ownerId !== null }, budgetOf(each), now());
      if (next !== null && store.flowRuns.move(each.id, each.state, next, each)) {
        told.push({ kind: 'run-state', runId: each.id, state: next.state });
        // Nobody executes its tasks, who would end them.
        if (isFinal(next.state.type))
          store.taskRuns.moveAll(interruptTasks(store, each, store.taskRuns.ofRun(each.id), next.state));
      }
      // Its place in a row of waiters is the next one's.
      if (each.ownerId === null) store.limits.release(each.id, null);
    }
    return row.ownerId === null ? { kind: 'cancelled' } : { kind: 'told', ownerId: row.ownerId };
  });
  crashPoint('after-cancel-asked');
  events.publish(told);
  return answer;
}

export interface CancelWatchParts {
  readonly store: Store;
  readonly events: Events;
  readonly dispatcher: Dispatcher;
  readonly processId: number;
}

/**
 * Ends what this process executes as soon as somebody has asked for it. Gives the look for what other processes asked;
 * it gives true while something is still being ended, and must be called again then.
 */
export function watchCancels({ store, events, dispatcher, processId }: CancelWatchParts): () => boolean {
  const known = new Set<number>();
  const end = (runId: number, reason: string | null) => {
    const execution = dispatcher.executionOf(runId) ?? dispatcher.executions.find((each) => each.carries(runId));
    execution?.cancel(reason ?? 'cancelled', CANCEL_GRACE_MS, runId);
  };
  events.subscribe((event) => {
    if (event.kind !== 'run-state') return;
    if (event.state.type !== 'CANCELLING') return void known.delete(event.runId);
    known.add(event.runId);
    end(event.runId, event.state.message);
  });
  return () => {
    const cancelling = store.flowRuns.cancellingOf(processId);
    for (const { id, reason } of cancelling) {
      const row = known.has(id) ? null : store.flowRuns.byId(id);
      if (row !== null) events.publish([{ kind: 'run-state', runId: id, state: row.state }]);
      // Once more: a run that was just claimed has its execution a moment later.
      end(id, reason);
    }
    return cancelling.length > 0;
  };
}
