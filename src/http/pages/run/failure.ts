/** Why a run failed, or waits to be tried again after it did: found down to the task of the innermost subflow. */
import { innermostFailure } from '../../../engine/tell/innermost-failure.ts';
import type { PlainError } from '../../../model/plain-error.ts';
import { isFinal, isSuccess } from '../../../model/state.ts';
import type { FlowRunRow } from '../../../store/flow-runs.ts';
import type { GuiltyTask } from '../../../store/guilty-task.ts';
import type { Store } from '../../../store/store.ts';
import type { FailureView } from '../../../web/pages/run/why.tsx';
import { lookOf } from '../../../web/state-mark.tsx';
import { readable } from '../log-lines.ts';

const LAST_LINES = 10;
const LONGEST_LINE = 500;
const LONGEST_TEXT = 4000;
/** Failed runs whose error is compared, and how many are named. */
const RUNS_COMPARED = 10;
const SIMILAR_NAMED = 3;

export function failureOf(store: Store, run: FlowRunRow): FailureView | null {
  const isWrong = isFinal(run.state.type) && !isSuccess(run.state.type) && run.state.type !== 'CANCELLED';
  if (!isWrong && run.state.name !== 'AwaitingRetry') return null;
  const own = store.runNeighbours.guiltyTask(run.id);
  const { runId, task, path } = innermostFailure(store, run.id, own);
  const error = task?.error ?? run.error;
  const lastLines = (error?.last_lines ?? []).slice(-LAST_LINES).map((line) => readable(line).slice(0, LONGEST_LINE));
  return {
    task: path,
    sentence: sentenceOf(run, error),
    hint: error?.hint ?? null,
    lastLines,
    stack: lastLines.length > 0 ? null : (error?.stack?.slice(0, LONGEST_TEXT) ?? null),
    peakMemory: error?.signal == null ? null : (task?.peakMemory ?? null),
    log: task === null ? null : { runId, taskId: task.id, line: lastLine(store, task) },
    similar: similarRuns(store, run, own?.error ?? run.error),
    isOver: isWrong,
  };
}

function sentenceOf(run: FlowRunRow, error: PlainError | null): string {
  if (error === null) return run.state.message ?? lookOf(run.state.name).word;
  return `${error.exit_code === undefined ? nameBefore(error.name) : ''}${error.message.slice(0, LONGEST_TEXT)}`;
}

/** "TypeError: ", but not the names that say nothing. */
function nameBefore(name: string): string {
  return name === 'Error' || name === 'WeirError' ? '' : `${name}: `;
}

/** The number, within its run, of the last line that the task printed in its last attempt. */
function lastLine(store: Store, task: GuiltyTask): number | null {
  const [chunk] = store.logs.lastOfTask(task.id, task.attempt, 1);
  return chunk === undefined ? null : chunk.firstLine + chunk.lines - 1;
}

/** Earlier failures with the same words; numbers may differ, because times, sizes and ports do. */
function similarRuns(store: Store, run: FlowRunRow, error: PlainError | null): number[] {
  if (error === null) return [];
  const words = wordsOf(error.message);
  const similar: number[] = [];
  for (const { id, message } of store.runNeighbours.failedBefore(run.flow, run.id, RUNS_COMPARED)) {
    const other = message ?? store.runNeighbours.guiltyTask(id)?.error?.message ?? null;
    if (other !== null && wordsOf(other) === words) similar.push(id);
    if (similar.length === SIMILAR_NAMED) break;
  }
  return similar;
}

function wordsOf(message: string): string {
  return message.slice(0, LONGEST_TEXT).replace(/0x[\da-f]+|\d+/gi, '#');
}
