/** Whether a flow needs attention, and what is told of it: the pages and `weir status` judge alike. Only reads. */
import type { PlainError } from '../../model/plain-error.ts';
import { isFinal, isSuccess, type StateName } from '../../model/state.ts';
import type { HistoryRow } from '../../store/overview.ts';
import type { Store } from '../../store/store.ts';
import { lineInLog } from './error-line.ts';
import { innermostFailure } from './innermost-failure.ts';

export interface FlowFailure {
  readonly run: number;
  /** Name of its state. */
  readonly state: StateName;
  readonly at: number | null;
  /** With the calls around it, where it failed in a subflow: "load > upload". */
  readonly task: string | null;
  /** Of a command: "exit code 3", "ended by SIGKILL". */
  readonly end: string | null;
  /** The last line of its error. */
  readonly line: string | null;
  /** Where that line stands in a log: the run's, or that of a subflow in it. */
  readonly logLine: { readonly runId: number; readonly number: number } | null;
}

const LONGEST_LINE = 300;

/**
 * A flow needs attention when its last run that came to an end of its own failed; a cancelled one tells nothing, and the
 * failure of a subflow is judged by the flow that called it. `history`: newest first.
 */
export function failureOf(store: Store, history: readonly HistoryRow[]): FlowFailure | null {
  const last = history.find((run) => run.parentRunId === null && isFinal(run.type) && run.type !== 'CANCELLED');
  if (last === undefined || isSuccess(last.type)) return null;
  const { runId, task, path } = innermostFailure(store, last.id, store.overview.failedTask(last.id));
  const error = task?.error ?? store.flowRuns.byId(last.id)?.error ?? null;
  const line =
    error?.last_lines?.findLast((each) => each.trim() !== '') ?? error?.message ?? task?.stateMessage ?? null;
  const shown = line === null ? null : (line.trim().split('\n').at(-1)?.slice(0, LONGEST_LINE) ?? null);
  const number = task === null || shown === null ? null : lineInLog(store, task, shown);
  return {
    run: last.id,
    state: last.name,
    at: last.endAt,
    task: path,
    end: error === null ? null : endOf(error),
    line: shown,
    logLine: number === null ? null : { runId, number },
  };
}

function endOf({ exit_code, signal }: PlainError): string | null {
  if (signal !== undefined && signal !== null) return `ended by ${signal}`;
  return exit_code === undefined || exit_code === null ? null : `exit code ${exit_code}`;
}
