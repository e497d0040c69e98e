/**
 * What an event makes of a run that this process holds: the model decides, and the row takes it only where owner, token
 * and former state are still what the decision was made from. Called inside a transaction.
 */
import { apply, type RunEvent, type StateName } from '../../model/state.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import type { EngineEvent } from '../events.ts';
import type { ActiveRun } from './active-run.ts';
import { budgetOf } from './budget.ts';

export interface RunMovesParts {
  readonly store: Store;
  readonly processId: number;
  readonly now: () => number;
}

export function createRunMoves({ store: { flowRuns }, processId, now }: RunMovesParts) {
  /** Moves the run's row and what is kept of it here; false when the event has no meaning any more. */
  function moveRun(run: ActiveRun, event: RunEvent, told: EngineEvent[], at = now()): boolean {
    if (tryMove(run, event, told, at)) return true;
    // Another process may have asked it to stop: what that makes of the event is decided by the row as it is now.
    const row = flowRuns.byId(run.row.id);
    if (row === null || row.ownerId !== processId || row.token !== run.token) return false;
    if (row.state.type === run.row.state.type && row.state.name === run.row.state.name) return false;
    run.row = { ...row, crashes: Math.min(row.crashes, run.row.crashes) };
    return tryMove(run, event, told, at);
  }

  function tryMove(run: ActiveRun, event: RunEvent, told: EngineEvent[], at: number): boolean {
    const owner = { ownerId: processId, token: run.token };
    const next = apply(run.row, event, budgetOf(run.row), at);
    if (next === null || !flowRuns.move(run.row.id, run.row.state, next, owner)) return false;
    run.row = { ...run.row, ...next };
    told.push({ kind: 'run-state', runId: run.row.id, state: next.state });
    return true;
  }

  /** What a run that had to wait for a limit had awaited before that: its start is called after it. */
  function awaitedBefore({ id, state, attempt }: FlowRunRow): StateName | undefined {
    if (state.name !== 'AwaitingLimit' || attempt === 0) return undefined;
    return flowRuns.states(id).findLast((each) => each.name !== 'AwaitingLimit')?.name;
  }

  return { moveRun, awaitedBefore };
}

export type RunMoves = ReturnType<typeof createRunMoves>;
