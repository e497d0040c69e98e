/** Two runs side by side, as the JSON that users script against: field names are a promise. */
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import { compareRows, type Pair } from './comparison.ts';
import { runSummaryJson } from './run-json.ts';

export type ComparisonJson = ReturnType<typeof comparisonJson>;

/** `weir compare --json`: the runs as they are now. */
export function comparisonJson(store: Store, rows: readonly [FlowRunRow, FlowRunRow]) {
  const [a, b] = rows;
  const { params, metrics, tasks } = compareRows(store, rows);
  const hashes: Pair<string> = [a.codeHash, b.codeHash];
  const versions: Pair<string> = [a.version, b.version];
  return {
    schema: 'weir.comparison/1' as const,
    runs: [runSummaryJson(store, a), runSummaryJson(store, b)] as const,
    code: { hashes, versions, same: hashes[0] !== null && hashes[0] === hashes[1] },
    params: params.map(({ name, values, isSame }) => ({ name, values, same: isSame })),
    metrics,
    tasks: tasks.map(({ name, key, count, state, runTimeMs, attempt }) => ({
      ...{ name, key, count, state },
      ...{ total_run_time_ms: runTimeMs, attempt },
    })),
  };
}
