/** What machines ask of the runs: how they ended, which wait, which failed last. Small reads, however many runs there are. */
import type { StateName, StateType } from '../model/state.ts';
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

/** A run that somebody started, as it is counted. */
export interface CountedRun {
  readonly id: number;
  readonly flow: string;
  readonly type: StateType;
  /** Only time in RUNNING, ms. */
  readonly runTimeMs: number;
}

export interface FailedRun {
  readonly id: number;
  readonly flow: string;
  readonly name: StateName;
  readonly message: string | null;
  readonly error: string | null;
  readonly attempt: number;
  readonly endAt: number | null;
  readonly stateAt: number;
}

const UNFINISHED = "('SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING')";
const COLUMNS = 'id, flow, state_type as type, run_time_ms as runTimeMs';

// plan: scan flow_runs using index flow_runs_unfinished
const OPEN = `
  select ${COLUMNS}
  from flow_runs
  where state_type in ${UNFINISHED}
    and parent_run_id is null
  limit :limit`;
// plan: search flow_runs using the integer primary key (rowid>?)
const CREATED_AFTER = `
  select ${COLUMNS}
  from flow_runs
  where id > :id
    and parent_run_id is null
  order by id
  limit :limit`;
const BY_IDS = `select ${COLUMNS} from flow_runs where id in (select value from json_each(:ids))`;
// plan: scan flow_runs using index flow_runs_gone_wrong, from the newest
const FAILED = `
  select id, flow, state_name as name, state_message as message, error, attempt, end_at as endAt, state_at as stateAt
  from flow_runs
  where state_type in ('FAILED', 'CRASHED')
    and parent_run_id is null
  order by id desc
  limit :limit`;
// plan: search slots using the primary key (schedule_id=? and at>?)
const SLOTS_SINCE = `
  select outcome, sum(max(count, 1)) as slots
  from slots
  where schedule_id = :scheduleId
    and at >= :since
  group by outcome`;

export function createRunSignals(database: Database) {
  const statement = lazyStatements(database);
  return {
    /** Runs that are not over. */
    open: (limit: number): CountedRun[] => statement(OPEN).all({ limit }) as CountedRun[],
    createdAfter: (id: number, limit: number): CountedRun[] =>
      statement(CREATED_AFTER).all({ id, limit }) as CountedRun[],
    byIds: (ids: readonly number[]): CountedRun[] =>
      statement(BY_IDS).all({ ids: JSON.stringify(ids) }) as CountedRun[],
    /** What failed or crashed, newest first. */
    failed: (limit: number): FailedRun[] => statement(FAILED).all({ limit }) as FailedRun[],
    /** How many due times of a schedule came to what, since a time. */
    slotsSince: (scheduleId: number, since: number) =>
      statement(SLOTS_SINCE).all({ scheduleId, since }) as { readonly outcome: string; readonly slots: number }[],
  };
}
