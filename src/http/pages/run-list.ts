/** A page of runs by keyset: newest first, those before a number, of all flows or of one. */
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';

export interface RunFilter {
  readonly flow: string | null;
  readonly before: number | null;
  readonly limit: number;
}

export function listRuns(
  store: Store,
  { flow, before, limit }: RunFilter,
): { rows: FlowRunRow[]; next: number | null } {
  const found = flow === null ? store.flowRuns.latest(limit + 1, before) : ofFlow(store, flow, before, limit + 1);
  const rows = found.slice(0, limit);
  return { rows, next: found.length > limit ? (rows.at(-1)?.id ?? null) : null };
}

function ofFlow(store: Store, flow: string, before: number | null, limit: number): FlowRunRow[] {
  return store.overview
    .idsOfFlow(flow, limit, before ?? Number.MAX_SAFE_INTEGER)
    .flatMap((id) => store.flowRuns.byId(id) ?? []);
}
