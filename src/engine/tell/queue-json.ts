/** The queue as the JSON that users script against: what waits, in the order of its time, and why each does. Only reads. */
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import { stateJson } from './run-json.ts';
import { isoTime } from './told-times.ts';
import { whyRun } from './why.ts';

/** The one queue that there is. */
export const QUEUE_NAME = 'default';

/** `places`: runs at once. */
export function queueJson(store: Store, places: number) {
  const counts = store.overview.unfinishedCounts();
  const of = (...types: readonly Parameters<typeof counts.get>[0][]) =>
    types.reduce((sum, type) => sum + (counts.get(type) ?? 0), 0);
  return {
    name: QUEUE_NAME,
    concurrency_limit: places,
    running: of('PENDING', 'RUNNING', 'CANCELLING'),
    waiting: of('SCHEDULED', 'PAUSED'),
  };
}

/** A run that nobody executes yet, with the sentence of `weir why`. */
export function waitingJson(store: Store, row: FlowRunRow, now: number) {
  const { why, waits } = whyRun(store, row, now);
  return {
    run: row.id,
    flow: row.flow,
    state: stateJson(row.state),
    due: isoTime(row.scheduledAt),
    why,
    limits: waits.map(({ limit }) => limit),
  };
}
