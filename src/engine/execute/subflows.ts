/**
 * The rows of subflows: created or opened again for a call of their parent, and settled with it. A subflow is owned by
 * its parent's process and is claimed by nobody: whatever becomes of the run at the root becomes of all that stand below.
 * Everything here happens inside a transaction of the caller's.
 */

import { WeirError } from '../../model/errors.ts';
import type { PlainError } from '../../model/plain-error.ts';
import { calledAgain } from '../../model/reopening.ts';
import type { SubflowStanding } from '../../model/request.ts';
import { apply, isFinal, type State } from '../../model/state.ts';
import type { Assignment, BeginSubflow } from '../../pool/source.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import type { EngineEvent } from '../events.ts';
import { randomId } from '../random-id.ts';
import { ActiveRun, type TaskDraft } from './active-run.ts';
import { budgetOf } from './budget.ts';
import { saveTasks } from './reports.ts';

/** What becomes of subflows whose parent has left its host, or has ended. */
export interface Fate {
  readonly state: Pick<State, 'type' | 'name' | 'message'>;
  readonly error?: PlainError;
}

/** A parent may end, or go another way in its next attempt, without calling again what an earlier attempt began. */
export const LEFT_BEHIND: Fate = {
  state: { type: 'CANCELLED', name: 'Cancelled', message: 'its parent ended without it' },
};

export interface SubflowsParts {
  readonly store: Store;
  readonly processId: number;
  readonly now: () => number;
  readonly activate: (row: FlowRunRow, token: string, options: { readonly begins: boolean }) => Assignment;
  readonly activeRun: (runId: number) => ActiveRun | undefined;
  readonly forget: (runId: number) => void;
}

export function createSubflows(parts: SubflowsParts) {
  const { store, processId, now, activate, activeRun, forget } = parts;
  const { flowRuns } = store;

  function create(parent: ActiveRun, parentTaskId: number, { subflow }: BeginSubflow, token: string): number {
    const { row } = parent;
    return flowRuns.insert({
      ...subflow,
      deploymentId: null,
      codeHash: row.codeHash,
      snapshotHash: row.snapshotHash,
      trigger: 'subflow',
      infrastructure: row.infrastructure,
      idempotencyKey: null,
      scheduleId: null,
      // The time that its parent works on is its own.
      slotAt: row.slotAt,
      slotStartAt: row.slotStartAt,
      slotCoversFrom: row.slotCoversFrom,
      parentRunId: row.id,
      parentTaskId,
      state: { type: 'PENDING', name: 'Pending', message: null, at: now() },
      scheduledAt: null,
      ownerId: processId,
      token,
    });
  }

  /**
   * The next attempt of a run that an earlier call began: what was final opens again, as its task in the parent does, and
   * true is given. What waits already is in the state that was told when it entered it.
   */
  function reopen(
    parent: ActiveRun,
    { again }: TaskDraft,
    row: FlowRunRow,
    { subflow }: BeginSubflow,
    token: string,
  ): boolean {
    const message = calledAgain(parent.attempt, parent.row.id);
    const fence = { ownerId: processId, token };
    const { codeHash, snapshotHash } = parent.row;
    flowRuns.renew(row.id, { ...subflow, codeHash, snapshotHash });
    flowRuns.setOwner(row.id, row.ownerId, fence);
    if (!isFinal(row.state.type)) return false;
    const next = apply(row, { kind: 'reopened', message }, budgetOf(row), now());
    if (next === null || !flowRuns.move(row.id, row.state, next, fence)) return false;
    store.retries.open(row.id, null);
    // Asked for by `weir retry`: then its own tasks are not to be reused either.
    if (again !== null) for (const task of store.taskRuns.ofRun(row.id)) store.retries.runAgain(task.id, again);
    return true;
  }

  return {
    /** The run of a call: a new one, or the one that an earlier attempt of the same call began. */
    begin(parent: ActiveRun, request: BeginSubflow, told: EngineEvent[]): Assignment {
      const task = parent.byCall.get(request.call);
      if (task === undefined || isFinal(task.state.type))
        throw new WeirError('conflict', `run ${parent.row.id} does not wait for the flow "${request.subflow.flow}"`);
      saveTasks(store, parent);
      const token = randomId();
      const earlier = task.childRunId === null ? null : flowRuns.byId(task.childRunId);
      const id = earlier?.id ?? create(parent, task.id, request, token);
      const isEntered = earlier === null || reopen(parent, task, earlier, request, token);
      parent.linkChild(task, id);
      saveTasks(store, parent);
      const row = flowRuns.byId(id) as FlowRunRow;
      const assignment = activate(row, token, { begins: true });
      const child = activeRun(id);
      if (child !== undefined) child.parent = parent;
      // The link first: whoever follows a run from its calls to theirs learns of this one here.
      told.push({ kind: 'task-state', runId: parent.row.id, task: { ...task }, reused: false });
      if (isEntered) told.push({ kind: 'run-state', runId: id, state: row.state });
      return assignment;
    },

    standing(parent: ActiveRun, call: number): SubflowStanding {
      const { state, scheduledAt } = childOf(parent, call);
      return { state, retryAt: state.name === 'AwaitingRetry' ? scheduledAt : null };
    },

    /** One that waits for its retry; what runs is told to end by its runner. */
    cancelWaiting(parent: ActiveRun, call: number, message: string, told: EngineEvent[]): void {
      const row = childOf(parent, call);
      if (activeRun(row.id) !== undefined) return;
      const next = apply(row, { kind: 'cancelled', message }, budgetOf(row), now());
      if (next === null || !flowRuns.move(row.id, row.state, next, row)) return;
      flowRuns.setOwner(row.id, row.ownerId, { ownerId: null, token: null });
      told.push({ kind: 'run-state', runId: row.id, state: next.state });
    },

    /** All below the run that are not final share its fate. True when one of them held a limit. */
    settleBelow(runId: number, fate: Fate, told: EngineEvent[]): boolean {
      const { settled, freed } = settleSubflows(store, runId, fate, now(), { activeRun, told });
      for (const id of settled) forget(id);
      return freed;
    },
  };

  function childOf(parent: ActiveRun, call: number): FlowRunRow {
    const id = parent.byCall.get(call)?.childRunId ?? null;
    const row = id === null ? null : flowRuns.byId(id);
    if (row === null) throw new WeirError('internal', `call ${call} of run ${parent.row.id} has no run of its own`);
    return row;
  }
}

/** Settles what stands below a run, its tasks with it; recovery does so for the runs of a process that has died. */
export function settleSubflows(
  store: Store,
  runId: number,
  { state, error }: Fate,
  now: number,
  { activeRun, told }: { activeRun?: (runId: number) => ActiveRun | undefined; told?: EngineEvent[] } = {},
): { readonly settled: readonly number[]; readonly freed: boolean } {
  const settled: number[] = [];
  let freed = false;
  for (const row of store.flowRuns.unfinishedBelow(runId)) {
    // It waits for its parent's next attempt already.
    if (row.ownerId === null && state.type === 'SCHEDULED') continue;
    const next = apply(row, { kind: 'followed', state }, budgetOf(row), now);
    if (next === null) continue;
    const run = activeRun?.(row.id) ?? new ActiveRun(row, row.token ?? '', row.attempt, store.taskRuns.ofRun(row.id));
    const { type, name } = next.state;
    for (const task of run.unfinished()) {
      run.abandon(task, { type, name, message: state.message, at: now });
      told?.push({ kind: 'task-state', runId: row.id, task: { ...task }, reused: false });
    }
    saveTasks(store, run);
    store.flowRuns.move(row.id, row.state, next, row);
    if (error !== undefined) store.flowRuns.finish(row.id, { result: null, error });
    if (store.limits.release(row.id, null)) freed = true;
    store.flowRuns.setOwner(row.id, row.ownerId, { ownerId: null, token: null });
    told?.push({ kind: 'run-state', runId: row.id, state: next.state });
    settled.push(row.id);
  }
  return { settled, freed };
}
