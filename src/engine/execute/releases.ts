/**
 * What becomes of a run that left its host without saying so itself, and of all that stands below it: it failed,
 * crashed, was stopped, or kept its thread past its time. Called inside a transaction.
 */
import { crashPoint } from '../../crash-points.ts';
import type { PlainError } from '../../model/plain-error.ts';
import type { RunEvent, State } from '../../model/state.ts';
import type { Overdue } from '../../pool/deadlines.ts';
import type { Release } from '../../pool/source.ts';
import type { Store } from '../../store/store.ts';
import type { EngineEvent } from '../events.ts';
import type { ActiveRun } from './active-run.ts';
import { chargeCall, chargeTasks, strayError, strayOf, timedOutError } from './blocked-tasks.ts';
import type { TaskReport } from './reports.ts';
import type { Fate } from './subflows.ts';

type Told = EngineEvent[];

export interface ReleaseParts {
  readonly flowRuns: Store['flowRuns'];
  readonly now: () => number;
  readonly activeRun: (runId: number) => ActiveRun | undefined;
  readonly moveRun: (run: ActiveRun, event: RunEvent, told: Told) => boolean;
  readonly abandonTasks: (run: ActiveRun, state: State, told: Told) => void;
  readonly settleSubflows: (run: ActiveRun, fate: Fate, told: Told) => void;
  /** `staysIsolated`: nothing has shown that the run need not be kept apart. */
  readonly letGo: (run: ActiveRun, staysIsolated: boolean) => void;
  readonly takeReport: (run: ActiveRun, report: TaskReport, told: Told) => void;
  readonly retryDelayOf: (run: ActiveRun) => number;
}

export function createReleases(parts: ReleaseParts): (run: ActiveRun, why: Release, told: Told) => void {
  const { flowRuns, now, activeRun, moveRun, abandonTasks, settleSubflows, letGo, takeReport, retryDelayOf } = parts;

  /** Ends the run's attempt as failed, with an error that its own code has not seen. */
  function fail(
    run: ActiveRun,
    error: PlainError,
    { name, retriable }: { readonly name: 'Failed' | 'TimedOut'; readonly retriable: boolean },
    told: Told,
  ): void {
    const state = { type: 'FAILED', name, message: error.message } as const;
    // What a flow that is out of time leaves unfinished has not failed by itself.
    const left = name === 'TimedOut' ? ({ type: 'CANCELLED', name: 'Cancelled' } as const) : state;
    abandonTasks(run, { ...left, message: error.message, at: now() }, told);
    const hasMoved = moveRun(run, { kind: 'ended', state, retriable, retryDelayMs: retryDelayOf(run) }, told);
    const isCancelled = run.row.state.type === 'CANCELLED';
    if (hasMoved) flowRuns.finish(run.row.id, { result: null, error: isCancelled ? null : error });
  }

  function timeOut(run: ActiveRun, timeoutMs: number, told: Told): PlainError {
    const error = timedOutError(`flow "${run.row.flow}"`, timeoutMs);
    say(run, null, error, told);
    fail(run, error, { name: 'TimedOut', retriable: true }, told);
    return error;
  }

  /** Charges what was late; then the rest is interrupted, and goes on by reuse. */
  function blocked(run: ActiveRun, overdue: readonly Overdue[], told: Told): void {
    const stray = strayOf(activeRun, overdue);
    if (stray !== undefined) return fail(run, strayError(stray), { name: 'TimedOut', retriable: false }, told);
    for (const { runId, call, timeoutMs } of overdue) {
      const late = activeRun(runId);
      if (call !== null || late === undefined || late.parent === null) continue;
      const error = timeOut(late, timeoutMs, told);
      // With nothing left of its own retries it has failed in its parent as well, whose code hears of it next time.
      if (late.row.state.type !== 'FAILED') continue;
      chargeCall(late.parent, late.row.parentTaskId, error, now());
      settleSubflows(late, { state: { type: 'CANCELLED', name: 'Cancelled', message: error.message } }, told);
      letGo(late, false);
    }
    for (const { run: late, call, task, error } of chargeTasks(activeRun, overdue, now())) {
      told.push({ kind: 'task-state', runId: late.row.id, task: { ...task }, reused: false });
      say(late, call, { ...error, message: `${error.message}, and kept its thread to itself` }, told);
    }
    const names = [...new Set(overdue.map(({ name, runId }) => name ?? activeRun(runId)?.row.flow))].join('", "');
    const reason = `"${names}" kept its thread past its time, so the thread was ended`;
    interrupt(run, reason, told);
  }

  function interrupt(run: ActiveRun, reason: string, told: Told): void {
    moveRun(run, { kind: 'interrupted', reason }, told);
    // A run that somebody has asked to stop meanwhile is over, and so are its tasks.
    const { type, name } = run.row.state;
    abandonTasks(run, { type, name, message: reason, at: now() }, told);
  }

  function say(run: ActiveRun, call: number | null, { name, message }: PlainError, told: Told): void {
    const text = `${name}: ${message}`;
    takeReport(run, { kind: 'log', call, stream: 'log', level: 'error', at: now(), text }, told);
  }

  /** If it dies once more, it is known whose fault it was. */
  function isolate(run: ActiveRun): void {
    flowRuns.setIsolated(run.row.id, true);
    run.row = { ...run.row, isolated: 1 };
  }

  return (run, why, told) => {
    const at = now();
    switch (why.kind) {
      case 'interrupted':
        crashPoint('in-release');
        interrupt(run, why.reason, told);
        break;
      case 'cancelled':
        abandonTasks(run, { type: 'CANCELLED', name: 'Cancelled', message: why.reason, at }, told);
        moveRun(run, { kind: 'cancelled', message: why.reason }, told);
        break;
      case 'crashed':
      case 'crashed-in-company': {
        const charged = why.kind === 'crashed';
        moveRun(run, { kind: 'crashed', reason: why.reason, charged }, told);
        if (!charged) isolate(run);
        const { type, name } = run.row.state;
        // Its tasks share its fate: they wait with it, or are over with it.
        abandonTasks(run, { type, name, message: why.reason, at }, told);
        break;
      }
      case 'died':
        fail(run, { name: 'HostLost', message: why.reason, stack: null }, { name: 'Failed', retriable: true }, told);
        break;
      case 'timed-out':
        timeOut(run, why.timeoutMs, told);
        break;
      case 'blocked':
        blocked(run, why.overdue, told);
        break;
      // Its attempt has ended before (queue.ts).
      case 'hooks-ran':
      case 'hook-failed':
        break;
    }
    settleSubflows(run, fateBelow(run.row.state, why), told);
    letGo(run, STAY_ISOLATED.includes(why.kind));
  };
}

/** Nothing has shown that the run need not be kept apart. */
const STAY_ISOLATED: readonly Release['kind'][] = ['crashed', 'crashed-in-company', 'interrupted', 'blocked'];

/** What became of a run that left its host becomes of its subflows: they wait for it, or are over with it. */
function fateBelow({ type, name, message }: State, why: Release): Fate {
  const reason = 'reason' in why ? why.reason : message;
  if (why.kind === 'died' && (type === 'FAILED' || name === 'AwaitingRetry')) {
    const error = { name: 'HostLost', message: why.reason, stack: null };
    return { state: { type: 'FAILED', name: 'Failed', message: why.reason }, error };
  }
  // A run that is out of time stops what it has called.
  if (type === 'FAILED' || name === 'AwaitingRetry')
    return { state: { type: 'CANCELLED', name: 'Cancelled', message: reason } };
  return { state: { type, name, message: reason } };
}
