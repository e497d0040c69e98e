/** A task run's row and back: which columns stand for what, and how lists and errors are packed in them. */
import type { PlainError } from '../model/plain-error.ts';
import type { State, StateName, StateType, Timing } from '../model/state.ts';

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

export type NewTaskRun = Omit<TaskRunRow, 'id'>;

/** What is selected of a row, for `parseTaskRun`. */
export const SELECTED = `
  id, flow_run_id as flowRunId, identity, scope, name, label, kind, call_index as callIndex, position,
  code_hash as codeHash, input_hash as inputHash, cache_key as cacheKey, cache_expires_at as cacheExpiresAt,
  parent_task_id as parentTaskId, child_run_id as childRunId, upstream, tags,
  state_type as stateType, state_name as stateName, state_message as stateMessage, state_at as stateAt, states,
  start_at as startAt, end_at as endAt, run_time_ms as runTimeMs, attempt, flow_attempt as flowAttempt,
  reused_from_attempt as reusedFromAttempt, cached_from_run as cachedFromRun, cached_from_task as cachedFromTask, why,
  result, result_hash as resultHash, result_size as resultSize, reusable, again, error, metrics, usage, progress, spent`;

export interface Column {
  readonly name: string;
  readonly read: (row: NewTaskRun) => unknown;
  /** What most rows leave it at, which is its default. */
  readonly unset?: unknown;
}

/** What every row says something in, in the order of binding. */
export const USUAL: readonly Column[] = [
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
export const SELDOM: readonly Column[] = [
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

export const ALL = [...USUAL, ...SELDOM];

const OF_STATE = /^(state_.*|states|start_at|end_at|run_time_ms|attempt|spent)$/;
/** What follows from a state. */
export const MOVED = ALL.filter(({ name }) => OF_STATE.test(name));

export function bind(columns: readonly Column[], row: NewTaskRun): unknown[] {
  return columns.map(({ read }) => read(row));
}

/** A row as it was selected. */
export type RawTaskRun = Omit<
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

export function parseTaskRun(raw: RawTaskRun): TaskRunRow {
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
