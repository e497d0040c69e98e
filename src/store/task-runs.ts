/** Task runs: one row for each (flow run, task identity), its own history packed inside the row. */
import type { PlainError } from '../model/plain-error.ts';
import type { State, StateName, StateType, Timing } from '../model/state.ts';
import type { Database } from './database.ts';

/** A task run as stored. Times are epoch ms. */
export interface TaskRunRow extends Timing {
  readonly id: number;
  readonly flowRunId: number;
  readonly identity: string;
  readonly scope: string;
  readonly name: string;
  readonly label: string | null;
  readonly kind: 'function' | 'shell' | 'promote';
  readonly callIndex: number;
  readonly position: number;
  readonly codeHash: string;
  readonly inputHash: string | null;
  readonly cacheKey: string | null;
  readonly cacheExpiresAt: number | null;
  readonly parentTaskId: number | null;
  readonly upstream: readonly number[];
  readonly tags: readonly string[];
  readonly state: State;
  readonly states: readonly State[];
  readonly flowAttempt: number;
  readonly reusedFromAttempt: number | null;
  readonly cachedFromRun: number | null;
  readonly cachedFromTask: number | null;
  readonly why: string | null;
  readonly result: Uint8Array | null;
  readonly resultSize: number | null;
  readonly reusable: boolean;
  readonly error: PlainError | null;
  readonly metrics: Readonly<Record<string, number>>;
  readonly progress: { readonly done: number; readonly total: number | null; readonly label: string | null } | null;
}

export interface CachedResult {
  readonly run: number;
  readonly task: number;
  readonly result: Uint8Array;
}

const COLUMNS = `
  id, flow_run_id as flowRunId, identity, scope, name, label, kind, call_index as callIndex, position,
  code_hash as codeHash, input_hash as inputHash, cache_key as cacheKey, cache_expires_at as cacheExpiresAt,
  parent_task_id as parentTaskId, upstream, tags,
  state_type as stateType, state_name as stateName, state_message as stateMessage, state_at as stateAt, states,
  start_at as startAt, end_at as endAt, run_time_ms as runTimeMs, attempt, flow_attempt as flowAttempt,
  reused_from_attempt as reusedFromAttempt, cached_from_run as cachedFromRun, cached_from_task as cachedFromTask, why,
  result, result_size as resultSize, reusable, error, metrics, progress`;

const INSERT = `
  insert into task_runs (flow_run_id, identity, scope, name, label, kind, call_index, position, code_hash, input_hash,
    cache_key, cache_expires_at, parent_task_id, upstream, tags, state_type, state_name, state_message, state_at, states,
    start_at, end_at, run_time_ms, attempt, flow_attempt, reused_from_attempt, cached_from_run, cached_from_task, why,
    result, result_size, reusable, error, metrics, progress)
  values (:flowRunId, :identity, :scope, :name, :label, :kind, :callIndex, :position, :codeHash, :inputHash,
    :cacheKey, :cacheExpiresAt, :parentTaskId, :upstream, :tags, :stateType, :stateName, :stateMessage, :stateAt, :states,
    :startAt, :endAt, :runTimeMs, :attempt, :flowAttempt, :reusedFromAttempt, :cachedFromRun, :cachedFromTask, :why,
    :result, :resultSize, :reusable, :error, :metrics, :progress)
  returning id`;

const UPDATE = `
  update task_runs
  set identity = :identity, label = :label, call_index = :callIndex, position = :position, code_hash = :codeHash,
    input_hash = :inputHash, cache_key = :cacheKey, cache_expires_at = :cacheExpiresAt, parent_task_id = :parentTaskId,
    upstream = :upstream, state_type = :stateType, state_name = :stateName, state_message = :stateMessage,
    state_at = :stateAt, states = :states, start_at = :startAt, end_at = :endAt, run_time_ms = :runTimeMs,
    attempt = :attempt, flow_attempt = :flowAttempt, reused_from_attempt = :reusedFromAttempt,
    cached_from_run = :cachedFromRun, cached_from_task = :cachedFromTask, why = :why, result = :result,
    result_size = :resultSize, reusable = :reusable, error = :error, metrics = :metrics, progress = :progress
  where id = :id`;

const OF_RUN = `select ${COLUMNS} from task_runs where flow_run_id = :flowRunId order by position, id`;
const BY_ID = `select ${COLUMNS} from task_runs where id = :id`;

// plan: search task_runs using index task_runs_cache (cache_key=?)
const NEWEST_CACHED = `
  select flow_run_id as run, id as task, result
  from task_runs
  where cache_key = :key
    and state_type = 'COMPLETED'
    and state_name = 'Completed'
    and reusable = 1
    and (cache_expires_at is null or cache_expires_at > :now)
  order by end_at desc
  limit 1`;

const NOT_CALLED = `
  update task_runs
  set why = :why
  where flow_run_id = :flowRunId
    and flow_attempt < :attempt`;

type RawRow = Omit<
  TaskRunRow,
  'state' | 'states' | 'upstream' | 'tags' | 'reusable' | 'error' | 'metrics' | 'progress'
> & {
  readonly stateType: StateType;
  readonly stateName: StateName;
  readonly stateMessage: string | null;
  readonly stateAt: number;
  readonly states: string;
  readonly upstream: string;
  readonly tags: string;
  readonly reusable: number;
  readonly error: string | null;
  readonly metrics: string;
  readonly progress: string | null;
};

/** A packed state: type, name, message, time. */
type PackedState = readonly [StateType, StateName, string | null, number];

export function createTaskRuns(database: Database) {
  const insert = database.prepare(INSERT).pluck();
  const update = database.prepare(UPDATE);
  const ofRun = database.prepare(OF_RUN);
  const byId = database.prepare(BY_ID);
  const newestCached = database.prepare(NEWEST_CACHED);
  const notCalled = database.prepare(NOT_CALLED);

  return {
    insert: (row: Omit<TaskRunRow, 'id'>): number => insert.get(bindRow(row)) as number,

    update(row: TaskRunRow): void {
      update.run({ ...bindRow(row), id: row.id });
    },

    ofRun: (flowRunId: number): TaskRunRow[] => (ofRun.all({ flowRunId }) as RawRow[]).map(parseRow),

    byId(id: number): TaskRunRow | null {
      const row = byId.get({ id }) as RawRow | undefined;
      return row === undefined ? null : parseRow(row);
    },

    newestCached: (key: string, now: number): CachedResult | null =>
      (newestCached.get({ key, now }) as CachedResult | undefined) ?? null,

    /** Rows of earlier attempts that the attempt which just ended did not call. */
    explainNotCalled(flowRunId: number, attempt: number): void {
      notCalled.run({ flowRunId, attempt, why: `not called in attempt ${attempt}` });
    },
  };
}

function bindRow(row: Omit<TaskRunRow, 'id'>) {
  const { state, states, upstream, tags, reusable, error, metrics, progress, ...rest } = row;
  return {
    ...rest,
    stateType: state.type,
    stateName: state.name,
    stateMessage: state.message,
    stateAt: state.at,
    states: JSON.stringify(states.map((each): PackedState => [each.type, each.name, each.message, each.at])),
    upstream: JSON.stringify(upstream),
    tags: JSON.stringify(tags),
    reusable: reusable ? 1 : 0,
    error: error === null ? null : JSON.stringify(error),
    metrics: JSON.stringify(metrics),
    progress: progress === null ? null : JSON.stringify(progress),
  };
}

function parseRow(raw: RawRow): TaskRunRow {
  const {
    stateType,
    stateName,
    stateMessage,
    stateAt,
    states,
    upstream,
    tags,
    reusable,
    error,
    metrics,
    progress,
    ...rest
  } = raw;
  return {
    ...rest,
    state: { type: stateType, name: stateName, message: stateMessage, at: stateAt },
    states: (JSON.parse(states) as PackedState[]).map(([type, name, message, at]) => ({ type, name, message, at })),
    upstream: JSON.parse(upstream) as number[],
    tags: JSON.parse(tags) as string[],
    reusable: reusable === 1,
    error: error === null ? null : (JSON.parse(error) as PlainError),
    metrics: JSON.parse(metrics) as Record<string, number>,
    progress: progress === null ? null : (JSON.parse(progress) as TaskRunRow['progress']),
  };
}
