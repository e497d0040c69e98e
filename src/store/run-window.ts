/**
 * How much of a million runs one page looks at: the newest so many that an index gives for a filter, and the counts among
 * them. Whatever else is asked of those runs, a page's time is bounded by this number; what lies below is said, not hidden.
 */
import type { RunFilter } from '../model/run-filter.ts';
import type { StateName, StateType } from '../model/state.ts';
import type { Database } from './database.ts';
import { type createRunPieces, deploymentNames, rareStates } from './run-pieces.ts';
import { lazyStatements } from './statements.ts';

export interface Window {
  /** From the newest below this number; null: from the newest of all. */
  readonly before: number | null;
  /** How many runs are looked at, at most. */
  readonly size: number;
}

/** A stretch of time with one offset of local time from UTC; newest first. */
export interface Offset {
  readonly since: number;
  readonly offsetMs: number;
}

export interface RunCount {
  readonly type: StateType;
  readonly name: StateName;
  /** Days since 1970, local. */
  readonly day: number;
  readonly count: number;
}

const BELOW_FLOW = `
  select id
  from flow_runs
  where flow = :flow
    and id < :before
  order by id desc
  limit 1 offset :size`;

export function createRunWindow(database: Database, { newest, piecesOf }: ReturnType<typeof createRunPieces>) {
  const statement = lazyStatements(database);
  const below = (sql: string, values: object): number =>
    (statement(sql).pluck().get(values) as number | undefined) ?? 0;

  /** Runs with this number and smaller ones are not looked at; 0: all are. */
  function floor(filter: RunFilter, window: Window): number {
    const { size } = window;
    const before = window.before ?? newest() + 1;
    const rare = rareStates(filter);
    // plan: search flow_runs using covering index flow_runs_gone_wrong (id<?), and the others; without reading rows
    if (rare !== null) return below(belowWhere(rare), { before, size });
    const share = (parts: number) => Math.max(1, Math.floor(size / parts));
    if (filter.flows.length > 0) {
      const at = share(filter.flows.length);
      return Math.max(0, ...filter.flows.map((flow) => below(BELOW_FLOW, { flow, before, size: at })));
    }
    if (filter.deployments.length > 0) {
      const { sql, values } = deploymentNames(filter.deployments);
      const ids = database.prepare(`select d.id from deployments d where ${sql}`);
      const found = ids.pluck().all(values ?? {}) as number[];
      const at = share(Math.max(1, found.length));
      return Math.max(0, ...found.map((id) => below(belowWhere('deployment_id = :id'), { id, before, size: at })));
    }
    if (filter.tags.length > 0) return below(belowWhere("tags <> '[]'"), { before, size });
    return Math.max(0, before - 1 - size);
  }

  return {
    floor,

    /** Runs that match, of those in the window, by state and local day. */
    counts(filter: RunFilter, window: Window, offsets: readonly Offset[]): { counts: RunCount[]; floor: number } {
      const bound = floor(filter, window);
      const pieces = [{ sql: 'id > :floor', values: { floor: bound } }, ...piecesOf(filter)];
      const local = offsets.map((_, place) => `when created_at >= :since${place} then :offset${place}`).join(' ');
      const sql = `
        select state_type as type, state_name as name, (created_at + case ${local} else 0 end) / 86400000 as day,
          count(*) as count
        from flow_runs
        where ${pieces.map((piece) => piece.sql).join('\n and ')}
        group by 1, 2, 3`;
      const values = Object.assign(
        Object.fromEntries(
          offsets.flatMap(({ since, offsetMs }, place) => [
            [`since${place}`, since],
            [`offset${place}`, offsetMs],
          ]),
        ),
        ...pieces.map((piece) => piece.values ?? {}),
      ) as object;
      return { counts: database.prepare(sql).all(values) as RunCount[], floor: bound };
    },
  };
}

export type RunWindow = ReturnType<typeof createRunWindow>;

function belowWhere(condition: string): string {
  return `select id from flow_runs where ${condition} and id < :before order by id desc limit 1 offset :size`;
}
