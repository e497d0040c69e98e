/**
 * Runs by what people ask for, newest first, a page at a time. Stays fast in a million runs: rare states and tags have
 * indexes of their own, and a page ends as soon as it is full. Where few or none match, it may read them all: a page of
 * the server gives the stretch (run-window.ts) beyond which it does not look.
 */
import type { RunFilter } from '../model/run-filter.ts';
import type { FlowRunRow } from './flow-runs.ts';
import type { createRunPieces } from './run-pieces.ts';

export interface RunPage {
  /** Only runs with smaller numbers; null: from the newest. */
  readonly before: number | null;
  readonly limit: number;
  /** Only runs with larger numbers. */
  readonly after?: number | null;
  /** Those with the smallest numbers, still newest first. */
  readonly fromOldest?: boolean;
}

export function createRunSearch(
  { piecesOf }: ReturnType<typeof createRunPieces>,
  readRuns: (sql: string, values: object) => FlowRunRow[],
) {
  return (filter: RunFilter, { before, limit, after = null, fromOldest = false }: RunPage): FlowRunRow[] => {
    const pieces = piecesOf(filter);
    const bounds = [
      ...(before === null ? [] : [{ sql: 'id < :before', values: { before } }]),
      ...(after === null ? [] : [{ sql: 'id > :after', values: { after } }]),
    ];
    const all = [...bounds, ...pieces];
    const where = all.length === 0 ? '' : `where ${all.map(({ sql }) => sql).join('\n and ')}`;
    const values = Object.assign({ limit }, ...all.map((piece) => piece.values ?? {})) as object;
    const rows = readRuns(`${where} order by id ${fromOldest ? 'asc' : 'desc'} limit :limit`, values);
    return fromOldest ? rows.reverse() : rows;
  };
}
