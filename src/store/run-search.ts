/**
 * Runs by what people ask for, newest first, a page at a time. Stays fast in a million runs: rare states and tags have
 * indexes of their own, and a page ends as soon as it is full. Where few or none match, it may read them all: a page of
 * the server gives a floor (run-window.ts), below which it does not look.
 */
import type { RunFilter } from '../model/run-filter.ts';
import type { FlowRunRow } from './flow-runs.ts';
import type { createRunPieces } from './run-pieces.ts';

export interface RunPage {
  /** Only runs with smaller numbers; null: from the newest. */
  readonly before: number | null;
  readonly limit: number;
  /** Only runs with larger numbers. */
  readonly floor?: number | null;
}

export function createRunSearch(
  { piecesOf }: ReturnType<typeof createRunPieces>,
  readRuns: (sql: string, values: object) => FlowRunRow[],
) {
  return (filter: RunFilter, { before, limit, floor = null }: RunPage): FlowRunRow[] => {
    const pieces = piecesOf(filter);
    const bounds = [
      ...(before === null ? [] : [{ sql: 'id < :before', values: { before } }]),
      ...(floor === null ? [] : [{ sql: 'id > :floor', values: { floor } }]),
    ];
    const all = [...bounds, ...pieces];
    const where = all.length === 0 ? '' : `where ${all.map(({ sql }) => sql).join('\n and ')}`;
    const values = Object.assign({ limit }, ...all.map((piece) => piece.values ?? {})) as object;
    return readRuns(`${where} order by id desc limit :limit`, values);
  };
}
