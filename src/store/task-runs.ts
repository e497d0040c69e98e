/** Task runs: one row for each (flow run, task identity), its own history packed inside the row. */
import type { PlainError } from '../model/plain-error.ts';
import type { State, StateName, StateType, Timing } from '../model/state.ts';
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

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
  /** The run of the subflow that it stands for. */
  readonly childRunId: number | null;
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
  /** The name of a large result in the content folder; its row has no bytes of it then. */
  readonly resultHash: string | null;
  readonly resultSize: number | null;
  readonly reusable: boolean;
  /** Why its next call runs although its result could be reused. */
  readonly again: string | null;
  readonly error: PlainError | null;
  readonly metrics: Readonly<Record<string, number>>;
  readonly progress: { readonly done: number; readonly total: number | null; readonly label: string | null } | null;
  /** What the process tree of a shell command took in its latest attempt, as it was sampled: bytes and ms. */
  readonly usage: { readonly peakMemory: number; readonly cpuMs: number } | null;
  /** Attempts that count against its retries although its flow's code saw none of them end. */
  readonly spent: number;
}

export interface CachedResult {
  readonly run: number;
  readonly task: number;
  readonly result: Uint8Array | null;
  readonly resultHash: string | null;
  readonly resultSize: number;
}

const COLUMNS = `
  id, flow_run_id as flowRunId, identity, scope, name, label, kind, call_index as callIndex, position,
  code_hash as codeHash, input_hash as inputHash, cache_key as cacheKey, cache_expires_at as cacheExpiresAt,
  parent_task_id as parentTaskId, child_run_id as childRunId, upstream, tags,
  state_type as stateType, state_name as stateName, state_message as stateMessage, state_at as stateAt, states,
  start_at as startAt, end_at as endAt, run_time_ms as runTimeMs, attempt, flow_attempt as flowAttempt,
  reused_from_attempt as reusedFromAttempt, cached_from_run as cachedFromRun, cached_from_task as cachedFromTask, why,
  result, result_hash as resultHash, result_size as resultSize, reusable, again, error, metrics, usage, progress, spent`;

interface Column {
  readonly name: string;
  readonly read: (row: Omit<TaskRunRow, 'id'>) => unknown;
  /** What most rows leave it at, which is its default. */
  readonly unset?: unknown;
}

/** What every row says something in, in the order of binding. */
const USUAL: readonly Column[] = [
  { name: 'flow_run_id', read: (row) => row.flowRunId },
  { name: 'identity', read: (row) => row.identity },
  { name: 'scope', read: (row) => row.scope },
  { name: 'name', read: (row) => row.name },
  { name: 'kind', read: (row) => row.kind },
  { name: 'call_index', read: (row) => row.callIndex },
  { name: 'position', read: (row) => row.position },
  { name: 'code_hash', read: (row) => row.codeHash },
  { name: 'input_hash', read: (row) => row.inputHash },
  { name: 'state_type', read: (row) => row.state.type },
  { name: 'state_name', read: (row) => row.state.name },
  { name: 'state_at', read: (row) => row.state.at },
  { name: 'states', read: (row) => packStates(row.states) },
  { name: 'start_at', read: (row) => row.startAt },
  { name: 'end_at', read: (row) => row.endAt },
  { name: 'run_time_ms', read: (row) => row.runTimeMs },
  { name: 'attempt', read: (row) => row.attempt },
  { name: 'flow_attempt', read: (row) => row.flowAttempt },
  { name: 'result', read: (row) => row.result },
  { name: 'result_size', read: (row) => row.resultSize },
  { name: 'reusable', read: (row) => (row.reusable ? 1 : 0) },
];

/** What most rows say nothing in. */
const SELDOM: readonly Column[] = [
  { name: 'label', read: (row) => row.label, unset: null },
  { name: 'cache_key', read: (row) => row.cacheKey, unset: null },
  { name: 'cache_expires_at', read: (row) => row.cacheExpiresAt, unset: null },
  { name: 'parent_task_id', read: (row) => row.parentTaskId, unset: null },
  { name: 'child_run_id', read: (row) => row.childRunId, unset: null },
  { name: 'upstream', read: (row) => packList(row.upstream), unset: '[]' },
  { name: 'tags', read: (row) => packList(row.tags), unset: '[]' },
  { name: 'state_message', read: (row) => row.state.message, unset: null },
  { name: 'reused_from_attempt', read: (row) => row.reusedFromAttempt, unset: null },
  { name: 'cached_from_run', read: (row) => row.cachedFromRun, unset: null },
  { name: 'cached_from_task', read: (row) => row.cachedFromTask, unset: null },
  { name: 'why', read: (row) => row.why, unset: null },
  { name: 'again', read: (row) => row.again, unset: null },
  { name: 'result_hash', read: (row) => row.resultHash, unset: null },
  { name: 'error', read: (row) => row.error && JSON.stringify(row.error), unset: null },
  { name: 'metrics', read: (row) => packMetrics(row.metrics), unset: '{}' },
  { name: 'usage', read: (row) => row.usage && JSON.stringify(row.usage), unset: null },
  { name: 'progress', read: (row) => row.progress && JSON.stringify(row.progress), unset: null },
  { name: 'spent', read: (row) => row.spent, unset: 0 },
];

// By place and without what is not said: a row takes half the time of the same row by names, in full.
const ALL = [...USUAL, ...SELDOM];
const INSERT_USUAL = insertOf(USUAL);
const INSERT_FULL = insertOf(ALL);

const UPDATE = `
  update task_runs
  set ${assignments(ALL)}
  where id = ?`;

/** What follows from a state. */
const OF_STATE = /^(state_.*|states|start_at|end_at|run_time_ms|attempt|spent)$/;
const MOVED = ALL.filter(({ name }) => OF_STATE.test(name));
const MOVE = `
  update task_runs
  set ${assignments(MOVED)}
  where id = ?`;

const OF_RUN = `select ${COLUMNS} from task_runs where flow_run_id = :flowRunId order by position, id`;
const UNFINISHED_OF_OWNER = `
  select ${COLUMNS}
  from task_runs
  where flow_run_id in (select id from flow_runs where owner_id = :ownerId)
    and state_type in ('SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING')
  order by flow_run_id, position, id`;
const BY_ID = `select ${COLUMNS} from task_runs where id = :id`;
// plan: search task_runs using the index of (flow_run_id, identity); running ones, because progress moves no state
const CHANGED_SINCE = `
  select ${COLUMNS}
  from task_runs
  where flow_run_id = :flowRunId
    and (state_at >= :since or state_type = 'RUNNING')
  order by position, id`;

// plan: search task_runs using index task_runs_cache (cache_key=?)
const NEWEST_CACHED = `
  select flow_run_id as run, id as task, result, result_hash as resultHash, result_size as resultSize
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
  'state' | 'states' | 'upstream' | 'tags' | 'reusable' | 'error' | 'metrics' | 'usage' | 'progress'
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
  readonly usage: string | null;
  readonly progress: string | null;
};

/** A packed state: type, name, message, time. */
type PackedState = readonly [StateType, StateName, string | null, number];

export function createTaskRuns(database: Database) {
  const statement = lazyStatements(database);

  return {
    insert(row: Omit<TaskRunRow, 'id'>): number {
      const isUsual = SELDOM.every(({ read, unset }) => read(row) === unset);
      const { lastInsertRowid } = isUsual
        ? statement(INSERT_USUAL).run(bind(USUAL, row))
        : statement(INSERT_FULL).run(bind(ALL, row));
      return Number(lastInsertRowid);
    },

    update(row: TaskRunRow): void {
      statement(UPDATE).run([...bind(ALL, row), row.id]);
    },

    /** Writes what a state changes, and no column that an index holds but the state's own. */
    move(row: TaskRunRow): void {
      statement(MOVE).run([...bind(MOVED, row), row.id]);
    },

    ofRun: (flowRunId: number): TaskRunRow[] => (statement(OF_RUN).all({ flowRunId }) as RawRow[]).map(parseRow),

    /** Those whose state is not older than `since`, and those that run. */
    changedSince: (flowRunId: number, since: number): TaskRunRow[] =>
      (statement(CHANGED_SINCE).all({ flowRunId, since }) as RawRow[]).map(parseRow),

    /** What waits, runs or is being stopped in the runs that a process owns: few, however many have ended. */
    unfinishedOfOwner: (ownerId: number): TaskRunRow[] =>
      (statement(UNFINISHED_OF_OWNER).all({ ownerId }) as RawRow[]).map(parseRow),

    byId(id: number): TaskRunRow | null {
      const row = statement(BY_ID).get({ id }) as RawRow | undefined;
      return row === undefined ? null : parseRow(row);
    },

    newestCached: (key: string, now: number): CachedResult | null =>
      (statement(NEWEST_CACHED).get({ key, now }) as CachedResult | undefined) ?? null,

    /** Rows of earlier attempts that the attempt which just ended did not call. */
    explainNotCalled(flowRunId: number, attempt: number): void {
      statement(NOT_CALLED).run({ flowRunId, attempt, why: `not called in attempt ${attempt}` });
    },
  };
}

function insertOf(columns: readonly Column[]): string {
  const names = columns.map(({ name }) => name);
  return `insert into task_runs (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`;
}

function assignments(columns: readonly Column[]): string {
  return columns.map(({ name }) => `${name} = ?`).join(', ');
}

function bind(columns: readonly Column[], row: Omit<TaskRunRow, 'id'>): unknown[] {
  return columns.map(({ read }) => read(row));
}

/** JSON of the packed states, written by hand: types and names need no quoting. */
function packStates(states: readonly State[]): string {
  let text = '';
  for (const { type, name, message, at } of states) {
    text += `${text === '' ? '[' : ','}["${type}","${name}",${message === null ? 'null' : JSON.stringify(message)},${at}]`;
  }
  return text === '' ? '[]' : `${text}]`;
}

function packList(list: readonly unknown[]): string {
  return list.length === 0 ? '[]' : JSON.stringify(list);
}

function packMetrics(metrics: TaskRunRow['metrics']): string {
  for (const _ in metrics) return JSON.stringify(metrics);
  return '{}';
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
    usage,
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
    usage: usage === null ? null : (JSON.parse(usage) as TaskRunRow['usage']),
    progress: progress === null ? null : (JSON.parse(progress) as TaskRunRow['progress']),
  };
}
