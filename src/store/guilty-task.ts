/** The task that raised a run's error: for the page, the overview and `weir status` alike. Only reads. */
import type { PlainError } from '../model/plain-error.ts';
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

export interface GuiltyTask {
  readonly id: number;
  readonly name: string;
  readonly label: string | null;
  readonly attempt: number;
  /** The run of the subflow that it stands for. */
  readonly childRunId: number | null;
  readonly stateMessage: string | null;
  readonly error: PlainError | null;
  /** As sampled of a shell task, bytes. */
  readonly peakMemory: number | null;
}

// plan: search task_runs using the index of (flow_run_id, identity)
const GUILTY = `
  select task.id, task.name, task.label, task.attempt, task.child_run_id as childRunId,
    task.state_message as stateMessage, task.error, task.usage ->> '$.peakMemory' as peakMemory
  from flow_runs run
  join task_runs task on task.flow_run_id = run.id
  where run.id = :id
    and task.state_type in ('FAILED', 'CRASHED')
    and task.state_name <> 'UpstreamFailed'
    and (run.error is null or task.error ->> 'message' = run.error ->> 'message')
  order by task.end_at, task.id
  limit 1`;

/** Where the run has no error of its own, the first that failed by itself. */
export function createGuiltyTask(database: Database): (runId: number) => GuiltyTask | null {
  const statement = lazyStatements(database);
  return (id) => {
    const row = statement(GUILTY).get({ id }) as (Omit<GuiltyTask, 'error'> & { error: string | null }) | undefined;
    if (row === undefined) return null;
    return { ...row, error: row.error === null ? null : (JSON.parse(row.error) as PlainError) };
  };
}
