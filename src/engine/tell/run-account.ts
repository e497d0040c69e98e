/** A run with all that `weir show` tells of it beside its JSON: how its tasks stand to each other, what they printed last, what it waits for. */
import { isFinal } from '../../model/state.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import { turnInWords, turnWait } from '../schedule/turns.ts';
import { lastLines } from './last-lines.ts';
import { runEndJson } from './run-end-json.ts';
import { runJson } from './run-json.ts';
import { isoTime } from './told-times.ts';

export type RunAccount = ReturnType<typeof runAccount>;

const LAST_LINES = 5;

export function runAccount(store: Store, row: FlowRunRow, now: number) {
  const wait = turnWait(store, row);
  const until = isFinal(row.state.type) ? null : store.sleeps.latestEnd(row.id);
  return {
    schema: 'weir.run-account/1' as const,
    run: runJson(store, row),
    end: runEndJson(store, row),
    /** In the order of the tasks of `run`. */
    tasks: store.taskRuns.ofRun(row.id).map((task) => ({
      parent: task.parentTaskId,
      // What the latest attempt did not call is left from an earlier one.
      called: task.flowAttempt >= row.attempt,
      last_lines: hasFailed(task) ? lastLines(store, task, LAST_LINES) : [],
    })),
    waits: wait === null ? null : turnInWords(store, row, wait),
    sleeping_until: until === null || until <= now ? null : isoTime(until),
  };
}

function hasFailed({ state: { type, name } }: TaskRunRow): boolean {
  return (type === 'FAILED' && name !== 'UpstreamFailed') || type === 'CRASHED';
}
