/**
 * Flow runs as they are looked for: one by its number, those that can be claimed or go on, the latest of a kind. Only
 * reads.
 */
import type { FlowRules } from '../model/flow-description.ts';
import type { PlainError } from '../model/plain-error.ts';
import type { State, StateName, StateType } from '../model/state.ts';
import type { Database } from './database.ts';
import type { FlowRunRow } from './flow-runs.ts';
import { createRunPieces } from './run-pieces.ts';
import { createRunSearch } from './run-search.ts';
import { createRunWindow } from './run-window.ts';
import { lazyStatements } from './statements.ts';

const UNFINISHED = "('SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING')";

const COLUMNS = `
  id, flow, name, deployment_id as deploymentId, path, entry, code_hash as codeHash, version, options, params, tags,
  trigger, infrastructure, schedule_id as scheduleId, slot_at as slotAt, slot_start_at as slotStartAt,
  slot_covers_from as slotCoversFrom, parent_run_id as parentRunId, parent_task_id as parentTaskId,
  state_type as stateType, state_name as stateName, state_message as stateMessage, state_at as stateAt,
  created_at as createdAt, scheduled_at as scheduledAt, start_at as startAt, end_at as endAt,
  run_time_ms as runTimeMs, attempt, failures, crashes, interruptions, owner_id as ownerId, token,
  result, result_hash as resultHash, result_size as resultSize, error, metrics, isolated, only_task as onlyTask, turn,
  snapshot_hash as snapshotHash`;

// plan: search flow_runs using index flow_runs_claimable (scheduled_at<?)
const SELECT_CLAIMABLE = `
  select ${COLUMNS}
  from flow_runs
  where state_type = 'SCHEDULED'
    and owner_id is null
    and parent_run_id is null
    and state_name <> 'AwaitingLimit'
    and turn = 0
    and scheduled_at <= :now
  order by scheduled_at, id
  limit :limit`;

// plan: search flow_runs using index flow_runs_unfinished (state_type=?), then sorted by time
const WAITING = `
  select ${COLUMNS}
  from flow_runs
  where state_type in ${UNFINISHED}
    and state_type = 'SCHEDULED'
    and owner_id is null
    and parent_run_id is null
    and (scheduled_at, id) > (:dueAt, :id)
  order by scheduled_at, id
  limit :limit`;

const NEXT_DUE = `
  select min(scheduled_at)
  from flow_runs
  where state_type = 'SCHEDULED'
    and owner_id is null
    and parent_run_id is null
    and state_name <> 'AwaitingLimit'
    and turn = 0`;

const BY_ID = `select ${COLUMNS} from flow_runs where id = :id`;
const BY_IDEMPOTENCY_KEY = 'select id from flow_runs where idempotency_key = :key';
// plan: search flow_runs using index flow_runs_owned (owner_id=?)
const CANCELLING_OF =
  "select id, state_message as reason from flow_runs where owner_id = :ownerId and state_type = 'CANCELLING'";
const OWNED_BY = `select ${COLUMNS} from flow_runs where owner_id = :ownerId order by id`;
const STATES = 'select attempt, type, name, message, at from flow_run_states where flow_run_id = :id order by seq';
const LATEST = `select ${COLUMNS} from flow_runs order by id desc limit :limit`;
const LATEST_BEFORE = `select ${COLUMNS} from flow_runs where id < :before order by id desc limit :limit`;
const LATEST_OF_FLOW = `select ${COLUMNS} from flow_runs where flow = :flow order by id desc limit 1 offset :back`;
// Whoever names no run means one that was started, not one that it called.
const LATEST_STARTED = `select ${COLUMNS} from flow_runs where parent_run_id is null order by id desc limit 1`;
const LATEST_FAILED = `
  select ${COLUMNS}
  from flow_runs
  where state_type in ('FAILED', 'CRASHED')
    and parent_run_id is null
  order by id desc
  limit 1`;
// The words of the index must stand there as they are: of one state alone SQLite does not see that it is in it, and reads
// all runs. The plus keeps it from walking them in the order of their numbers.
// plan: search flow_runs using index flow_runs_unfinished (state_type=?)
const LATEST_RUNNING = `
  select ${COLUMNS}
  from flow_runs
  where state_type in ${UNFINISHED}
    and state_type = 'RUNNING'
    and parent_run_id is null
  order by +id desc
  limit 1`;
const AWAITING = `
  select ${COLUMNS}
  from flow_runs
  where state_type in ${UNFINISHED}
    and state_type = 'SCHEDULED'
    and state_name = :name
    and owner_id is null
    and parent_run_id is null
  order by +id`;
const UNFINISHED_PARENTS = `
  select distinct parent_run_id
  from flow_runs
  where parent_run_id is not null
    and state_type in ${UNFINISHED}`;
// plan: search flow_runs using index flow_runs_by_parent (parent_run_id=?); nothing unfinished stands below what is final
const UNFINISHED_BELOW = `
  with recursive below (id) as (
    select id from flow_runs where parent_run_id = :id and state_type in ${UNFINISHED}
    union all
    select child.id
    from below
    join flow_runs child on child.parent_run_id = below.id
    where child.state_type in ${UNFINISHED}
  )
  select ${COLUMNS}
  from flow_runs
  where id in (select id from below)
  order by id`;
// plan: search flow_runs using index flow_runs_by_parent (parent_run_id=?)
const BELOW = `
  with recursive below (id, runId, taskId) as (
    select id, parent_run_id, parent_task_id from flow_runs where parent_run_id = :id
    union all
    select child.id, child.parent_run_id, child.parent_task_id
    from below
    join flow_runs child on child.parent_run_id = below.id
  )
  select id, runId, taskId
  from below
  order by id`;
// plan: search flow_runs using index flow_runs_by_flow (flow=?), from the newest until the first
const NEWEST_COMPLETED_SLOT = `
  select slot_at
  from flow_runs
  where flow = +:flow
    and slot_at < :before
    and state_type = 'COMPLETED'
  order by id desc
  limit 1`;
// From flow to flow: `distinct` would read the index of all runs.
const FLOW_NAMES = `
  with recursive names (flow) as (
    select min(flow) from flow_runs
    union all
    select (select min(flow) from flow_runs where flow > names.flow) from names where names.flow is not null
  )
  select flow from names where flow is not null`;

type RawRow = Omit<FlowRunRow, 'state' | 'options' | 'tags' | 'error' | 'metrics'> & {
  readonly stateType: StateType;
  readonly stateName: StateName;
  readonly stateMessage: string | null;
  readonly stateAt: number;
  readonly options: string;
  readonly tags: string;
  readonly error: string | null;
  readonly metrics: string;
};

export function createRunFinder(database: Database) {
  const statement = lazyStatements(database);
  const pieces = createRunPieces(database);
  const one = (sql: string, binding: object): FlowRunRow | null => {
    const row = statement(sql).get(binding) as RawRow | undefined;
    return row === undefined ? null : parseRow(row);
  };
  const many = (sql: string, binding: object): FlowRunRow[] => (statement(sql).all(binding) as RawRow[]).map(parseRow);

  return {
    claimable: (now: number, limit: number): FlowRunRow[] => many(SELECT_CLAIMABLE, { now, limit }),
    /** What nobody executes yet, the longest due first, behind a place. */
    waiting: ({ dueAt, id }: { readonly dueAt: number; readonly id: number }, limit: number): FlowRunRow[] =>
      many(WAITING, { dueAt, id, limit }),
    nextDue: (): number | null => statement(NEXT_DUE).pluck().get() as number | null,
    byId: (id: number): FlowRunRow | null => one(BY_ID, { id }),
    idByIdempotencyKey: (key: string): number | null =>
      (statement(BY_IDEMPOTENCY_KEY).pluck().get({ key }) as number | undefined) ?? null,
    ownedBy: (ownerId: number): FlowRunRow[] => many(OWNED_BY, { ownerId }),
    /** Runs of a process that somebody has asked to stop. */
    cancellingOf: (ownerId: number) =>
      statement(CANCELLING_OF).all({ ownerId }) as { id: number; reason: string | null }[],
    /** Subflows of the run, and theirs, that are not final; parents first. */
    unfinishedBelow: (id: number): FlowRunRow[] => many(UNFINISHED_BELOW, { id }),
    /** Subflows of the run, and theirs, each with the run and the task that call it; callers first. */
    below: (id: number) => statement(BELOW).all({ id }) as { id: number; runId: number; taskId: number }[],
    /** Runs with a subflow that is not final. */
    unfinishedParents: (): number[] => statement(UNFINISHED_PARENTS).pluck().all() as number[],
    awaitingResume: (): FlowRunRow[] => many(AWAITING, { name: 'AwaitingResume' }),
    awaitingRetry: (): FlowRunRow[] => many(AWAITING, { name: 'AwaitingRetry' }),
    states: (id: number) => statement(STATES).all({ id }) as (State & { attempt: number })[],
    latest: (limit: number, before: number | null): FlowRunRow[] =>
      before === null ? many(LATEST, { limit }) : many(LATEST_BEFORE, { limit, before }),
    /** A page of the runs that the filter asks for, newest first. */
    search: createRunSearch(pieces, (tail, values) =>
      // Not kept: there are as many of these statements as there are kinds of filters.
      (database.prepare(`select ${COLUMNS} from flow_runs ${tail}`).all(values) as RawRow[]).map(parseRow),
    ),
    /** How much of the file a page looks at for a filter, and the counts there. */
    window: createRunWindow(database, pieces),
    latestOfFlow: (flow: string, back: number): FlowRunRow | null => one(LATEST_OF_FLOW, { flow, back }),
    latestStarted: (): FlowRunRow | null => one(LATEST_STARTED, {}),
    latestFailed: (): FlowRunRow | null => one(LATEST_FAILED, {}),
    latestRunning: (): FlowRunRow | null => one(LATEST_RUNNING, {}),
    /** The slot of the flow that completed last, before a time. */
    newestCompletedSlot: (flow: string, before: number): number | null =>
      (statement(NEWEST_COMPLETED_SLOT).pluck().get({ flow, before }) as number | undefined) ?? null,
    flowNames: (): string[] => statement(FLOW_NAMES).pluck().all() as string[],
  };
}

function parseRow(raw: RawRow): FlowRunRow {
  const { stateType, stateName, stateMessage, stateAt, options, tags, error, metrics, ...rest } = raw;
  return {
    ...rest,
    state: { type: stateType, name: stateName, message: stateMessage, at: stateAt },
    options: JSON.parse(options) as FlowRules,
    tags: JSON.parse(tags) as string[],
    error: error === null ? null : (JSON.parse(error) as PlainError),
    metrics: JSON.parse(metrics) as Record<string, number>,
  };
}
