/** How long runs of deployments took lately. Only reads. */
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

// plan: search flow_runs using index flow_runs_by_deployment (deployment_id=?), the newest hundred only
const LATEST_TIMES = `
  select end_at - start_at
  from (
    select state_type, start_at, end_at
    from flow_runs
    where deployment_id = :deploymentId
    order by id desc
    limit 100
  )
  where state_type = 'COMPLETED'
    and start_at is not null
    and end_at is not null
  limit 20`;
// plan: search flow_runs using index flow_runs_by_deployment (deployment_id=?), the newest hundred only
const RUNNING_SINCE = `
  select max(coalesce(start_at, state_at))
  from (
    select state_type, start_at, state_at, trigger
    from flow_runs
    where deployment_id = :deploymentId
    order by id desc
    limit 100
  )
  where state_type in ('PENDING', 'RUNNING', 'PAUSED', 'CANCELLING')
    and trigger in ('schedule', 'catchup')`;

export function createTypicalTimes(database: Database) {
  const statement = lazyStatements(database);
  return {
    /** From start to end, the newest first, at most 20. */
    latestOf: (deploymentId: number): number[] => statement(LATEST_TIMES).pluck().all({ deploymentId }) as number[],
    /** When the run that its schedule started last, and that goes on, began. */
    runningSince: (deploymentId: number): number | null =>
      statement(RUNNING_SINCE).pluck().get({ deploymentId }) as number | null,
  };
}
