/** Runs as their deployment sees them: the newest ones, and those in flight with the version that they keep. */
import type { Database } from './database.ts';
import type { HistoryRow } from './overview.ts';
import { lazyStatements } from './statements.ts';

// plan: search flow_runs using index flow_runs_by_deployment (deployment_id=?)
const HISTORY = `
  select id, state_type as type, state_name as name, start_at as startAt, end_at as endAt, run_time_ms as runTimeMs,
    parent_run_id as parentRunId
  from flow_runs
  where deployment_id = :deploymentId
  order by id desc
  limit :limit`;
// plan: search flow_runs using index flow_runs_going_of_deployment (deployment_id=?)
const IN_FLIGHT = `
  select id, code_hash as codeHash
  from flow_runs
  where deployment_id = :deploymentId
    and end_at is null
  order by id`;

export function createDeploymentRuns(database: Database) {
  const statement = lazyStatements(database);

  return {
    /** Newest first. */
    history: (deploymentId: number, limit: number): HistoryRow[] =>
      statement(HISTORY).all({ deploymentId, limit }) as HistoryRow[],
    /** What waits or runs, oldest first. */
    inFlight: (deploymentId: number) =>
      statement(IN_FLIGHT).all({ deploymentId }) as { readonly id: number; readonly codeHash: string | null }[],
  };
}
