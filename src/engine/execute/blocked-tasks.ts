/**
 * Tasks that kept their thread past their time, so that it was ended under them: what that makes of their rows.
 * The attempt counts; the next host goes on with what is left of the retries.
 */
import { formatDuration } from '../../model/duration.ts';
import type { PlainError } from '../../model/plain-error.ts';
import { failuresIn } from '../../model/retry.ts';
import type { Overdue } from '../../pool/deadlines.ts';
import type { ActiveRun, TaskDraft } from './active-run.ts';

export interface Charged {
  readonly run: ActiveRun;
  readonly call: number;
  readonly task: TaskDraft;
  readonly error: PlainError;
}

type FindRun = (runId: number) => ActiveRun | undefined;

/**
 * How often a task may come back under other inputs with nothing left of its retries: then its inputs differ in every
 * attempt, so that it is never recognised, and the run would go round for ever.
 */
const STRAYS = 3;

/** The error of a run or task whose time was over. */
export function timedOutError(what: string, timeoutMs: number): PlainError {
  const message = `${what} ran longer than its timeout of ${formatDuration(timeoutMs)}`;
  return { name: 'TimedOut', message, stack: null };
}

/** Charges every late task, whichever run of the host it belongs to. */
export function chargeTasks(activeRun: FindRun, overdue: readonly Overdue[], at: number): Charged[] {
  const charged: Charged[] = [];
  for (const { runId, call, name, timeoutMs } of overdue) {
    const run = activeRun(runId);
    if (call === null || run === undefined) continue;
    const task = run.byCall.get(call);
    if (task === undefined) continue;
    const error = timedOutError(`task "${name}"`, timeoutMs);
    charge(run, task, call, error, at);
    charged.push({ run, call, task, error });
  }
  return charged;
}

/** Charges the call of a run that stands for a subflow, by its task run. */
export function chargeCall(run: ActiveRun, taskRunId: number | null, error: PlainError, at: number): void {
  for (const [call, task] of run.byCall) if (task.id === taskRunId) charge(run, task, call, error, at);
}

/** A task that is ended again and again although nothing is left of its retries. */
export function strayOf(activeRun: FindRun, overdue: readonly Overdue[]): Overdue | undefined {
  return overdue.find(({ runId, call }) => {
    const run = activeRun(runId);
    if (call === null || run === undefined) return false;
    return (run.byCall.get(call)?.spent ?? 0) > run.retriesOf(call) + STRAYS;
  });
}

/** The error of a run that would go round for ever. */
export function strayError({ name, timeoutMs }: Overdue): PlainError {
  return {
    ...timedOutError(`task "${name}"`, timeoutMs),
    hint: 'it is called with other inputs in every attempt, so that its attempts cannot be counted: give it a key',
  };
}

function charge(run: ActiveRun, task: TaskDraft, call: number, error: PlainError, at: number): void {
  const retries = run.retriesOf(call);
  const spent = Math.max(task.spent, failuresIn(task.states)) + 1;
  const message = `attempt ${spent} of ${retries + 1} timed out: ${error.message}`;
  // The delay before the next attempt is the runner's to keep.
  run.abandon(
    task,
    spent <= retries
      ? { type: 'SCHEDULED', name: 'AwaitingRetry', message, at }
      : { type: 'FAILED', name: 'TimedOut', message: error.message, at },
  );
  task.spent = spent;
  task.error = error;
}
