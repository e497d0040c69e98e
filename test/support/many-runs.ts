/** A file with very many runs that have ended, as years of schedules leave them. Written in one statement each: 1 000 000 take 15 s. */
import SqliteDatabase from 'better-sqlite3';

export interface ManyRuns {
  readonly runs: number;
  /** Different flows, each with as many runs. */
  readonly flows: number;
}

/** The file must be there, made by this version; its last run ended a minute ago, one a minute before that. */
export function addRuns(path: string, { runs, flows }: ManyRuns): void {
  const database = new SqliteDatabase(path);
  database.pragma('journal_mode = wal');
  database.pragma('synchronous = off');
  const add = database.transaction(() => {
    database.prepare(RUNS).run({ runs: BigInt(runs), flows: BigInt(flows), now: BigInt(Date.now()) });
    database.prepare(STATES).run();
  });
  add();
  database.pragma('wal_checkpoint(truncate)');
  database.close();
}

const RUNS = `
  with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < :runs)
  insert into flow_runs (flow, name, path, entry, options, params, trigger, state_type, state_name, state_at, created_at,
    scheduled_at, start_at, end_at, run_time_ms, attempt)
  select 'flow-' || (n % :flows), 'flow-' || (n % :flows) || '-' || n, '/flows/flow-' || (n % :flows) || '.ts', 'default',
    '{"retries":0,"retryJitter":0,"crashRetries":2,"concurrencyLimits":{},"runName":null}', x'007b7d', 'schedule',
    case when n % 50 = 0 then 'FAILED' else 'COMPLETED' end, case when n % 50 = 0 then 'Failed' else 'Completed' end,
    :now - (:runs - n) * 60000, :now - (:runs - n) * 60000, :now - (:runs - n) * 60000, :now - (:runs - n) * 60000,
    :now - (:runs - n) * 60000 + 1000, 1000, 1
  from numbers`;
const STATES = `
  insert into flow_run_states (flow_run_id, seq, attempt, type, name, at)
  select id, 1, 1, state_type, state_name, state_at from flow_runs`;
