/** How things stand, as the JSON that users script against: field names are a promise. */
import type { HistoryRow } from '../../store/overview.ts';
import type { Store } from '../../store/store.ts';
import { deploymentSummaryJson } from './deployment-json.ts';
import type { Status } from './status.ts';
import { isoTime } from './told-times.ts';

/** `weir status --json`. */
export function statusJson(store: Store, { server, attention, deployments, others, running, queued }: Status) {
  return {
    schema: 'weir.status/1',
    server:
      server === null
        ? null
        : {
            pid: server.pid,
            host: server.host,
            url: server.url,
            version: server.version,
            started_at: isoTime(server.startedAt),
          },
    running,
    queued,
    attention: attention.map(({ at, ...line }) => ({ ...line, at: isoTime(at) })),
    deployments: deployments.map(({ deployment, runs, nextAt }) => ({
      ...deploymentSummaryJson(store, deployment),
      next: isoTime(nextAt),
      runs: runs.map(barJson),
    })),
    others: others.map(({ flow, runs }) => ({ flow, runs: runs.map(barJson) })),
  };
}

/** A run as a bar of its flow's history. */
function barJson({ id, type, name, startAt, endAt, runTimeMs }: HistoryRow) {
  return {
    ...{ id, state: { type, name }, start_time: isoTime(startAt), end_time: isoTime(endAt) },
    total_run_time_ms: runTimeMs,
  };
}
