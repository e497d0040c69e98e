/** Who waits in the queue and who has a place in it: what the page of the queue asks. Only reads, bounded. */
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

// plan: search flow_runs using index flow_runs_unfinished (state_type=?), whose words must stand here as they are; then
// sorted: as many as wait, no more
const WAITING = `
  select id
  from flow_runs
  where state_type in ('SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING')
    and state_type = 'SCHEDULED'
    and parent_run_id is null
  order by owner_id is null, scheduled_at, id
  limit :limit`;
// plan: scan flow_runs using index flow_runs_unfinished, then sorted. Its words must stand here as they are, and the plus
// keeps SQLite from walking all runs in the order of their numbers.
const WITH_PLACE = `
  select id
  from flow_runs
  where state_type in ('SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING')
    and state_type <> 'SCHEDULED'
    and parent_run_id is null
  order by +id
  limit :limit`;
// The newest rows only. A later attempt waited for its retry, which is no wait for a place.
const LATEST_WAITS = `
  select max(0, start_at - scheduled_at)
  from (
    select start_at, scheduled_at, attempt, parent_run_id
    from flow_runs
    order by id desc
    limit 300
  )
  where start_at is not null
    and scheduled_at is not null
    and parent_run_id is null
    and attempt = 1`;

export function createWaitingRuns(database: Database) {
  const statement = lazyStatements(database);
  const numbers = (sql: string, binding: object) => statement(sql).pluck().all(binding) as number[];
  return {
    /** Numbers of runs that are not begun or wait to go on: what waits inside a process first, then by time. */
    waiting: (limit: number): number[] => numbers(WAITING, { limit }),
    /** Numbers of runs that go on now. */
    withPlace: (limit: number): number[] => numbers(WITH_PLACE, { limit }),
    /** How long the latest runs waited from their time to their start, in ms, the newest first. */
    latestWaits: (): number[] => numbers(LATEST_WAITS, {}),
  };
}
