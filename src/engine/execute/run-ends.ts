/**
 * How a run's attempt ends: what it left unfinished is abandoned, what it called is settled, its hooks become due or it
 * is let go, and what it held is free. Called inside a transaction.
 */
import type { Report } from '../../model/report.ts';
import { delayBefore } from '../../model/retry.ts';
import type { State } from '../../model/state.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import type { EngineEvent } from '../events.ts';
import type { ActiveRun } from './active-run.ts';
import { dueHooks, recordTaskHooks } from './due-hooks.ts';
import type { LimitKeeper } from './limits.ts';
import { saveTasks } from './reports.ts';
import type { RunMoves } from './run-moves.ts';
import { type createSubflows, type Fate, LEFT_BEHIND } from './subflows.ts';

export interface RunEndsParts {
  readonly store: Store;
  readonly processId: number;
  readonly now: () => number;
  readonly random: () => number;
  readonly limits: LimitKeeper;
  readonly subflows: ReturnType<typeof createSubflows>;
  readonly moveRun: RunMoves['moveRun'];
  /** The run is nobody's here any more. */
  readonly forget: (runId: number) => void;
}

export function createRunEnds(parts: RunEndsParts) {
  const { store, processId, now, random, limits, subflows, moveRun, forget } = parts;
  const { flowRuns, taskRuns } = store;

  /** The attempt's own end, as its runner has told it. */
  function runEnded(run: ActiveRun, report: Extract<Report, { kind: 'run-ended' }>, told: EngineEvent[]): void {
    const retryDelayMs = retryDelayOf(run.row);
    settleSubflows(run, LEFT_BEHIND, told);
    abandonTasks(run, { type: 'CANCELLED', name: 'Cancelled', message: 'its flow ended first', at: now() }, told);
    const ended = { kind: 'ended', state: report.state, retriable: report.retriable, retryDelayMs } as const;
    const hasMoved = moveRun(run, ended, told);
    // What a cancelled run would have come to does not count.
    const { result = null, content = null, error = null } = run.row.state.type === 'CANCELLED' ? {} : report;
    if (hasMoved) flowRuns.finish(run.row.id, { result, content, error });
    if (run.attempt > 1) {
      // First, or what was interrupted before and has ended now would be written over it.
      saveTasks(store, run);
      taskRuns.explainNotCalled(run.row.id, run.attempt);
    }
    // A subflow's parent goes on meanwhile, and may end with its host at any time: a fresh one runs them.
    const hooksDue = run.row.parentRunId === null ? dueHooks(store, run) : [];
    if (hooksDue.length === 0) return letGo(run);
    run.hooksDue = hooksDue;
    freeLimits(run);
  }

  /** How long it waits for its next attempt, should it fail now. */
  function retryDelayOf({ options, failures }: FlowRunRow): number {
    const policy = { retries: options.retries, delay: options.retryDelay, jitter: options.retryJitter };
    return delayBefore(policy, failures + 1, random);
  }

  /**
   * Nobody's any more: final, or waiting for whoever claims it next. An attempt that came to an end of its own has
   * shown that it need not be kept apart; one that was stopped has not.
   */
  function letGo(run: ActiveRun, staysIsolated = false): void {
    freeLimits(run);
    saveTasks(store, run);
    if (run.row.isolated === 1 && !staysIsolated) flowRuns.setIsolated(run.row.id, false);
    // A subflow waits for its retry in its parent's hands.
    const isKept = run.row.parentRunId !== null && run.row.state.name === 'AwaitingRetry';
    if (!isKept) flowRuns.setOwner(run.row.id, processId, { ownerId: null, token: null });
    forget(run.row.id);
  }

  /** What becomes of everything that the run has called. */
  function settleSubflows(run: ActiveRun, fate: Fate, told: EngineEvent[]): void {
    if (run.hasSubflows && subflows.settleBelow(run.row.id, fate, told)) limits.freed();
  }

  function freeLimits(run: ActiveRun): void {
    if (store.limits.release(run.row.id, null)) limits.freed();
  }

  /** Nobody will end the calls that are under way. */
  function abandonTasks(run: ActiveRun, state: State, told: EngineEvent[]): void {
    const abandoned = run.unfinished();
    for (const task of abandoned) {
      if (!run.abandon(task, state)) continue;
      told.push({ kind: 'task-state', runId: run.row.id, task: { ...task }, reused: false });
    }
    if (abandoned.length > 0) saveTasks(store, run);
    recordTaskHooks(store, run.row, abandoned);
  }

  return { runEnded, retryDelayOf, letGo, settleSubflows, abandonTasks };
}
