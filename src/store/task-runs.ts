/** Task runs: one row for each (flow run, task identity), its own history packed inside the row. */
import type { Database } from './database.ts';
import { lazyStatements, portions } from './statements.ts';
import {
  ALL,
  bind,
  type Column,
  MOVED,
  type NewTaskRun,
  parseTaskRun,
  type RawTaskRun,
  SELDOM,
  SELECTED,
  type TaskRunRow,
  USUAL,
} from './task-row.ts';

export type { TaskRunRow } from './task-row.ts';

export interface CachedResult {
  readonly run: number;
  readonly task: number;
  readonly result: Uint8Array | null;
  readonly resultHash: string | null;
  readonly resultSize: number;
}

export interface TaskRunPage {
  readonly flowRunId: number | null;
  /** Only smaller numbers; null: from the newest. */
  readonly before: number | null;
  readonly limit: number;
}

// By place and without what is not said: a row takes half the time of the same row by names, in full.
const INSERT_USUAL = insertOf(USUAL);
const INSERT_FULL = insertOf(ALL);

const UPDATE = `
  update task_runs
  set ${assignments(ALL)}
  where id = ?`;

// One statement for many rows: 6 us each, where one by one they take 15.
const MOVE_ALL = `
  update task_runs
  set ${MOVED.map(({ name }, place) => `${name} = moved.value ->> ${place + 1}`).join(', ')}
  from json_each(:rows) as moved
  where task_runs.id = moved.value ->> 0`;

const OF_RUN = `select ${SELECTED} from task_runs where flow_run_id = :flowRunId order by position, id`;
const UNFINISHED_OF_OWNER = `
  select ${SELECTED}
  from task_runs
  where flow_run_id in (select id from flow_runs where owner_id = :ownerId)
    and state_type in ('SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING')
  order by flow_run_id, position, id`;
const BY_ID = `select ${SELECTED} from task_runs where id = :id`;
// plan: search task_runs using the index of (flow_run_id, identity); running ones, because progress moves no state
const CHANGED_SINCE = `
  select ${SELECTED}
  from task_runs
  where flow_run_id = :flowRunId
    and (state_at >= :since or state_type = 'RUNNING')
  order by position, id`;

const NEWEST = `select ${SELECTED} from task_runs where id < :before order by id desc limit :limit`;
// plan: search task_runs using the index of (flow_run_id, identity), then sorted; the plus keeps SQLite from reading the
// table backwards until it has found the tasks of an old run
const NEWEST_OF_RUN = `
  select ${SELECTED}
  from task_runs
  where flow_run_id = :flowRunId
    and +id < :before
  order by +id desc
  limit :limit`;

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

export function createTaskRuns(database: Database) {
  const statement = lazyStatements(database);

  return {
    insert(row: NewTaskRun): number {
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
    moveAll(rows: readonly TaskRunRow[]): void {
      for (const some of portions(rows))
        statement(MOVE_ALL).run({ rows: JSON.stringify(some.map((row) => [row.id, ...bind(MOVED, row)])) });
    },

    ofRun: (flowRunId: number): TaskRunRow[] =>
      (statement(OF_RUN).all({ flowRunId }) as RawTaskRun[]).map(parseTaskRun),

    /** A page of those of a run (null: of all), newest first. */
    page({ flowRunId, before, limit }: TaskRunPage): TaskRunRow[] {
      const place = { before: before ?? Number.MAX_SAFE_INTEGER, limit };
      const rows =
        flowRunId === null ? statement(NEWEST).all(place) : statement(NEWEST_OF_RUN).all({ ...place, flowRunId });
      return (rows as RawTaskRun[]).map(parseTaskRun);
    },

    /** Those whose state is not older than `since`, and those that run. */
    changedSince: (flowRunId: number, since: number): TaskRunRow[] =>
      (statement(CHANGED_SINCE).all({ flowRunId, since }) as RawTaskRun[]).map(parseTaskRun),

    /** What waits, runs or is being stopped in the runs that a process owns: few, however many have ended. */
    unfinishedOfOwner: (ownerId: number): TaskRunRow[] =>
      (statement(UNFINISHED_OF_OWNER).all({ ownerId }) as RawTaskRun[]).map(parseTaskRun),

    byId(id: number): TaskRunRow | null {
      const row = statement(BY_ID).get({ id }) as RawTaskRun | undefined;
      return row === undefined ? null : parseTaskRun(row);
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
