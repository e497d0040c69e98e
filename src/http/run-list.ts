/** A page of the runs that a filter asks for, by keyset, older or newer; it looks at a bounded number of runs. */
import type { RunFilter } from '../model/run-filter.ts';
import type { FlowRunRow } from '../store/flow-runs.ts';
import type { Store } from '../store/store.ts';

/** Runs with smaller numbers, those with larger ones next to it, or the newest. */
export type Place = { readonly before: number } | { readonly after: number } | null;

export interface RunList {
  /** Newest first. */
  readonly rows: readonly FlowRunRow[];
  /** Where what is older begins: `before`; null: there is none. */
  readonly older: number | null;
  /** Where what is newer begins: `after`; null: none is known of. */
  readonly newer: number | null;
  /** It was not looked below this number, although the page has room; null: all was looked at. */
  readonly lookedTo: number | null;
}

export function listRuns(store: Store, filter: RunFilter, place: Place, limit: number): RunList {
  return place !== null && 'after' in place
    ? newerThan(store, filter, place.after, limit)
    : olderThan(store, filter, place?.before ?? null, limit);
}

function olderThan(store: Store, filter: RunFilter, before: number | null, limit: number): RunList {
  const { above } = store.flowRuns.window.stretch(filter, before);
  const found = store.flowRuns.search(filter, { before, after: above, limit: limit + 1 });
  const rows = found.slice(0, limit);
  const isFull = found.length > limit;
  return {
    rows,
    older: isFull ? (rows.at(-1)?.id ?? null) : above === null ? null : above + 1,
    newer: before === null ? null : (rows[0]?.id ?? before - 1),
    lookedTo: isFull ? null : above,
  };
}

function newerThan(store: Store, filter: RunFilter, after: number, limit: number): RunList {
  const { below } = store.flowRuns.window.stretch(filter, after, 'up');
  const found = store.flowRuns.search(filter, { before: below, after, limit: limit + 1, fromOldest: true });
  // Not even one page full: the newest page shows these, and older ones below them.
  if (found.length <= limit && below === null) return olderThan(store, filter, null, limit);
  const rows = found.slice(-limit);
  return {
    rows,
    older: (rows.at(-1)?.id ?? after) + (rows.length === 0 ? 1 : 0),
    newer: rows[0]?.id ?? (below === null ? null : below - 1),
    lookedTo: null,
  };
}
