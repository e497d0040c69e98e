/**
 * What pages show of one flow's past: its newest runs with their figures, how often it succeeded, its tasks run by run.
 * Only reads; each query reads a bounded number of rows, however many runs there are.
 */
import type { StateName, StateType } from '../model/state.ts';
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

/** A run as a bar, a column and a point of a line. Times are epoch ms. */
export interface PastRun {
  readonly id: number;
  readonly type: StateType;
  readonly name: StateName;
  readonly createdAt: number;
  readonly startAt: number | null;
  readonly runTimeMs: number;
  readonly slotAt: number | null;
  readonly metrics: Readonly<Record<string, number>>;
}

/** A task of a run as a cell. */
export interface PastTask {
  readonly id: number;
  readonly name: string;
  readonly label: string | null;
  readonly position: number;
  readonly type: StateType;
  readonly state: StateName;
  readonly attempt: number;
}

/** How the runs of a stretch of time ended. */
export interface EndCounts {
  /** All that were created, unfinished ones as well. */
  readonly runs: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly unfinished: number;
  /** There are more than were counted. */
  readonly isCapped: boolean;
}

// plan: search flow_runs using index flow_runs_by_flow (flow=?), the newest so many
const RUNS = `
  select id, state_type as type, state_name as name, created_at as createdAt, start_at as startAt,
    run_time_ms as runTimeMs, slot_at as slotAt, metrics
  from flow_runs
  where flow = :flow
  order by id desc
  limit :limit`;
const CREATED_FROM = 'select id, created_at as createdAt from flow_runs where id >= :id order by id limit 1';
// Each by itself: asked together they would read every row.
const ENDS = `
  select coalesce((select min(id) from flow_runs), 1) as first, coalesce((select max(id) from flow_runs), 0) as last`;
// plan: search flow_runs using covering index flow_runs_by_flow (flow=? and id>?): 2 ms for 100 000
const COUNT = `
  select count(*) from (select 1 from flow_runs where flow = :flow and id >= :id limit :limit)`;
// plan: search flow_runs using covering index flow_runs_gone_wrong_by_flow (flow=? and id>?)
const WRONG = `
  select state_type as type, count(*) as count
  from (
    select state_type
    from flow_runs
    where flow = :flow
      and id >= :id
      and (state_type = 'FAILED' or state_type = 'CRASHED' or state_type = 'CANCELLED')
    limit :limit
  )
  group by state_type`;
// plan: search flow_runs using index flow_runs_unfinished (state_type=?), the newest so many
const UNFINISHED = `
  select count(*)
  from (
    select flow
    from flow_runs
    where state_type in ('SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING')
      and id >= :id
    limit 1000
  )
  where flow = :flow`;
// plan: search task_runs using index sqlite_autoindex_task_runs_1 (flow_run_id=?)
const TASKS = `
  select id, name, label, position, state_type as type, state_name as state, attempt
  from task_runs
  where flow_run_id = :runId
  limit :limit`;
const PARAMS = 'select params from flow_runs where id = :id';
// plan: search flow_runs using index flow_runs_by_flow (flow=?), from the newest until one has its code kept
const LATEST_CODE = `
  select path, entry, code_hash as codeHash
  from (select path, entry, code_hash from flow_runs where flow = :flow order by id desc limit 100)
  where code_hash is not null
  limit 1`;

/** More are not counted; what is shown says so. */
const MOST_COUNTED = 100_000;

export function createFlowHistory(database: Database) {
  const statement = lazyStatements(database);

  /** The first run created at a time or after it: runs are numbered as they are created, so halves find it. */
  function firstSince(at: number): number {
    const { first, last } = statement(ENDS).get({}) as { first: number; last: number };
    let [low, high] = [first, last + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = statement(CREATED_FROM).get({ id: middle }) as { id: number; createdAt: number } | undefined;
      if (row === undefined || row.createdAt >= at) high = middle;
      else low = row.id + 1;
    }
    return low;
  }

  return {
    /** Newest first. */
    runs: (flow: string, limit: number): PastRun[] =>
      (statement(RUNS).all({ flow, limit }) as (Omit<PastRun, 'metrics'> & { readonly metrics: string })[]).map(
        (row) => ({ ...row, metrics: JSON.parse(row.metrics) as Record<string, number> }),
      ),

    /** Of the runs created at a time or after it. */
    endsSince(flow: string, at: number): EndCounts {
      const id = firstSince(at);
      const limit = MOST_COUNTED;
      const runs = statement(COUNT).pluck().get({ flow, id, limit }) as number;
      const wrong = statement(WRONG).all({ flow, id, limit }) as { type: StateType; count: number }[];
      const of = (...types: StateType[]) =>
        wrong.filter(({ type }) => types.includes(type)).reduce((sum, { count }) => sum + count, 0);
      return {
        runs,
        failed: of('FAILED', 'CRASHED'),
        cancelled: of('CANCELLED'),
        unfinished: statement(UNFINISHED).pluck().get({ flow, id }) as number,
        isCapped: runs === limit,
      };
    },

    /** In no order; at most `limit`. */
    tasks: (runId: number, limit: number): PastTask[] => statement(TASKS).all({ runId, limit }) as PastTask[],

    /** What the run was given, as codec bytes. */
    params: (id: number): Uint8Array | null =>
      (statement(PARAMS).pluck().get({ id }) as Uint8Array | undefined) ?? null,

    /** The code that a run of the flow was loaded from last. */
    latestCode: (flow: string) =>
      (statement(LATEST_CODE).get({ flow }) as
        | { readonly path: string; readonly entry: string; readonly codeHash: string }
        | undefined) ?? null,
  };
}

export type FlowHistory = ReturnType<typeof createFlowHistory>;
