/**
 * `weir retry`: the only way out of a final state. Says which runs may be retried and opens one again: same number, next
 * attempt; what earlier attempts did stays. One transaction, and nothing is changed before everything is known to be right.
 */

import { WeirError } from '../../model/errors.ts';
import type { FlowDescription } from '../../model/flow-description.ts';
import { openedBy, openedByCommand } from '../../model/reopening.ts';
import { type Selection, tasksToRunAgain } from '../../model/retry-plan.ts';
import { apply, isFinal, isSuccess, type State } from '../../model/state.ts';
import { selectTasks } from '../../model/task-selection.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import { deployedCodeFor } from '../deploy/snapshots.ts';
import type { Engine } from '../engine.ts';
import { budgetOf } from '../execute/budget.ts';

export interface Reopening {
  /** Tasks that run again although they completed; null: only what failed or did not run. */
  readonly selection: Selection | null;
  /** The flow as its file is now; null: the code that the run had. */
  readonly code: FlowDescription | null;
  /** Who asked; left out: the command line. */
  readonly by?: string;
}

/** What `--from TASK` or `--only TASK` means in a run. @throws WeirError when no task, or several, are meant */
export function selectIn(store: Store, runId: number, kind: Selection['kind'], text: string): Selection {
  return { kind, ...selectTasks(store.taskRuns.ofRun(runId), text) };
}

/** @throws WeirError `conflict` with the command that would do what was meant */
export function refuseUnlessRetriable(row: FlowRunRow, selection: Selection | null): void {
  const { id, state } = row;
  const refuse = (sentence: string, hint: string): never => {
    throw new WeirError('conflict', `run ${id} is ${state.name}: ${sentence}`, { hint });
  };
  if (state.name === 'AwaitingResume' || state.name === 'AwaitingRetry')
    refuse('it goes on from where it is', `weir resume ${id}`);
  if (state.type === 'SCHEDULED') refuse('it has not begun yet', `weir show ${id}, or weir cancel ${id}`);
  if (!isFinal(state.type))
    refuse(
      'only a run that has ended can be retried',
      `end it first: weir cancel ${id}; or start another: weir rerun ${id}`,
    );
  if (isSuccess(state.type) && selection === null)
    refuse(
      'there is nothing to retry',
      `run all of it once more as a new run: weir rerun ${id}; run a part of it again: weir retry ${id} --from TASK`,
    );
}

/**
 * Opens the run again: it awaits its next attempt, and belongs to whoever claims it.
 * @throws WeirError `conflict` when it cannot be retried
 */
export async function reopenRun(
  { store, events, now }: Pick<Engine, 'store' | 'events' | 'now'>,
  runId: number,
  reopening: Reopening,
): Promise<void> {
  const state = await store.writer.write(() => reopen(store, runId, reopening, now()));
  events.publish([{ kind: 'run-state', runId, state }]);
}

function reopen(store: Store, runId: number, { selection, code, by }: Reopening, now: number): State {
  const { flowRuns, taskRuns, retries, codeVersions } = store;
  const row = flowRuns.byId(runId);
  if (row === null) throw new WeirError('not-found', `there is no run ${runId}`);
  // Again, because another process may have been quicker.
  refuseUnlessRetriable(row, selection);
  const how = selection === null ? null : `--${selection.kind} ${selection.label}`;
  const message = by === undefined ? openedByCommand(how) : openedBy(by, how);
  const next = apply(row, { kind: 'reopened', message }, budgetOf(row), now);
  if (next === null || !flowRuns.move(runId, row.state, next, { ownerId: row.ownerId, token: row.token }))
    throw new WeirError('conflict', `run ${runId} is executed by another process`, { hint: `weir show ${runId}` });
  retries.open(runId, selection?.kind === 'only' ? selection.label : null);
  if (code !== null) {
    if (code.code !== null) codeVersions.put(code.codeHash, code.code, now);
    // A run of a snapshot goes on with what its deployment has now: its folder may be gone.
    retries.setCode(runId, deployedCodeFor(store, row) ?? { ...code, snapshotHash: null });
  }
  if (selection !== null)
    for (const [task, reason] of tasksToRunAgain(taskRuns.ofRun(runId), selection)) retries.runAgain(task, reason);
  return next.state;
}
