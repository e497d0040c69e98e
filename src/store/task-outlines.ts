/**
 * The tasks of a run as its page needs them: all of them in outline (state, times, what they waited for), which stays
 * cheap for ten thousand, and a few in full but for their results. Also how long each usually takes. Only reads.
 */
import type { StateName, StateType } from '../model/state.ts';
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';
import { parseTaskRun, type RawTaskRun, SELECTED, type TaskRunRow } from './task-row.ts';

export interface TaskOutline {
  readonly id: number;
  readonly name: string;
  readonly label: string | null;
  readonly parentTaskId: number | null;
  readonly childRunId: number | null;
  readonly upstream: readonly number[];
  readonly state: { readonly type: StateType; readonly name: StateName };
  readonly startAt: number | null;
  readonly endAt: number | null;
  readonly runTimeMs: number;
  readonly attempt: number;
  /** Its result stands for the call of this attempt. */
  readonly isReused: boolean;
  /** As sampled of a shell task. */
  readonly peakMemory: number | null;
  readonly cpuMs: number | null;
}

// plan: search task_runs using the index of (flow_run_id, identity)
const OUTLINES = `
  select id, name, label, parent_task_id, child_run_id, upstream, state_type, state_name, start_at, end_at, run_time_ms, attempt,
    reused_from_attempt is not null and state_type = 'COMPLETED', usage ->> '$.peakMemory', usage ->> '$.cpuMs'
  from task_runs
  where flow_run_id = :runId
  order by position, id`;

type RawOutline = readonly [
  number,
  string,
  string | null,
  number | null,
  number | null,
  string,
  StateType,
  StateName,
  number | null,
  number | null,
  number,
  number,
  number,
  number | null,
  number | null,
];

// plan: search task_runs using the index of (flow_run_id, identity), until the first
const HAS_EDGES = `
  select 1
  from task_runs
  where flow_run_id = :runId
    and upstream <> '[]'
  limit 1`;

// plan: search task_runs by the integer primary key
const IN_FULL = `
  select ${SELECTED.replace('result, result_hash', 'null as result, result_hash')}
  from task_runs
  where id in (select value from json_each(:ids))`;

// plan: flow_runs by flow_runs_by_flow (flow=? and id<?), task_runs by the index of (flow_run_id, identity)
const TIMES_BEFORE = `
  select name, label, run_time_ms as runTimeMs
  from task_runs
  where flow_run_id = :runId
    and state_name = 'Completed'
    and reused_from_attempt is null
  limit :limit`;
const COMPLETED_BEFORE = `
  select id
  from (
    select id, state_type
    from flow_runs
    where flow = :flow
      and id < :before
    order by id desc
    limit 50
  )
  where state_type = 'COMPLETED'
  limit :limit`;

/** Enough for a median, and a bounded read whatever the flow has done. */
const RUNS_LOOKED_AT = 11;
const TASKS_LOOKED_AT = 300;

export interface TaskTime {
  readonly name: string;
  readonly label: string | null;
  readonly runTimeMs: number;
}

export function createTaskOutlines(database: Database) {
  const statement = lazyStatements(database);
  return {
    /** All of a run, in the order of their calls. */
    ofRun: (runId: number): TaskOutline[] =>
      (statement(OUTLINES).raw().all({ runId }) as unknown as RawOutline[]).map(parseOutline),
    /** Whether any task of the run waited for another. */
    hasEdges: (runId: number): boolean => statement(HAS_EDGES).get({ runId }) !== undefined,
    /** In the order of the ids, without results. */
    inFull(ids: readonly number[]): TaskRunRow[] {
      const rows = (statement(IN_FULL).all({ ids: JSON.stringify(ids) }) as RawTaskRun[]).map(parseTaskRun);
      const byId = new Map(rows.map((row) => [row.id, row]));
      return ids.flatMap((id) => byId.get(id) ?? []);
    },
    /** How long tasks took in the flow's last runs that completed before this one. */
    timesBefore(flow: string, before: number): TaskTime[] {
      const runs = statement(COMPLETED_BEFORE).pluck().all({ flow, before, limit: RUNS_LOOKED_AT }) as number[];
      return runs.flatMap((runId) => statement(TIMES_BEFORE).all({ runId, limit: TASKS_LOOKED_AT }) as TaskTime[]);
    },
  };
}

function parseOutline(raw: RawOutline): TaskOutline {
  const [id, name, label, parentTaskId, childRunId, upstream, type, stateName, ...rest] = raw;
  const [startAt, endAt, runTimeMs, attempt, isReused, peakMemory, cpuMs] = rest;
  return {
    ...{ id, name, label, parentTaskId, childRunId, startAt, endAt, runTimeMs, attempt, peakMemory, cpuMs },
    upstream: upstream === '[]' ? [] : (JSON.parse(upstream) as number[]),
    state: { type, name: stateName },
    isReused: isReused === 1,
  };
}

export type TaskOutlines = ReturnType<typeof createTaskOutlines>;
