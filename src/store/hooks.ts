/**
 * Hooks that are due: recorded in the transaction of the state that calls for them, kept until they have run.
 * Those of flow runs are recorded where every state of a flow run is written (flow-runs.ts), so that none is forgotten.
 */
import type { HookName } from '../model/hook.ts';
import type { PlainError } from '../model/plain-error.ts';
import type { DueHook } from '../model/run-start.ts';
import type { State } from '../model/state.ts';
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

const RECORD_TASK = `
  insert into hooks (flow_run_id, task_run_id, hook, state, recorded_at)
  values (:flowRunId, :taskRunId, :hook, :state, :at)`;

/** Of a flow run: only what its flow declares. */
export const RECORD_FLOW_HOOK = `
  insert into hooks (flow_run_id, hook, state, recorded_at)
  select flow_runs.id, :hook, :state, :at
  from flow_runs, json_each(flow_runs.options, '$.hooks') as declared
  where flow_runs.id = +:flowRunId
    and declared.value = +:hook`;

// plan: search hooks using index hooks_due (flow_run_id=?)
const DUE_OF = `
  select hooks.id, hooks.hook, hooks.state,
    case when hooks.task_run_id is null then flow_runs.error else task_runs.error end as error,
    task_runs.identity, task_runs.name, task_runs.code_hash as codeHash, task_runs.attempt,
    case when hooks.task_run_id is null then (
      select json_object('name', failed.name, 'message', json_extract(failed.error, '$.message'))
      from task_runs as failed
      where failed.flow_run_id = hooks.flow_run_id
        and failed.state_type in ('FAILED', 'CRASHED')
      order by failed.state_name = 'UpstreamFailed', failed.end_at, failed.id
      limit 1
    ) end as failedTask
  from hooks
  join flow_runs on flow_runs.id = hooks.flow_run_id
  left join task_runs on task_runs.id = hooks.task_run_id
  where hooks.flow_run_id = :flowRunId
    and hooks.ran_at is null
  order by hooks.id`;

// Whoever holds a run runs its hooks; one that goes on sees to them itself.
const NEXT_RUN = `
  select hooks.flow_run_id
  from hooks
  join flow_runs on flow_runs.id = hooks.flow_run_id
  where hooks.ran_at is null
    and flow_runs.owner_id is null
    and flow_runs.state_type in ('COMPLETED', 'SKIPPED', 'FAILED', 'CANCELLED', 'CRASHED')
  order by hooks.flow_run_id
  limit 1`;

const MARK_RAN = 'update hooks set ran_at = :at where id = :id and ran_at is null';
const MARK_TASK_RAN = `
  update hooks
  set ran_at = :at
  where flow_run_id = :flowRunId
    and task_run_id is :taskRunId
    and hook = :hook
    and ran_at is null`;

interface RawDue {
  readonly id: number;
  readonly hook: HookName;
  readonly state: string;
  readonly error: string | null;
  readonly identity: string | null;
  readonly name: string;
  readonly codeHash: string;
  readonly attempt: number;
  readonly failedTask: string | null;
}

export function createHooks(database: Database) {
  const statement = lazyStatements(database);
  return {
    recordOfTask(flowRunId: number, taskRunId: number, hook: HookName, state: State): void {
      statement(RECORD_TASK).run({ flowRunId, taskRunId, hook, state: JSON.stringify(state), at: state.at });
    },

    /** What a run has still to run, in the order of its states. */
    dueOf: (flowRunId: number): DueHook[] => (statement(DUE_OF).all({ flowRunId }) as RawDue[]).map(parseDue),

    /** A run that has ended and that nobody holds, with hooks still due. */
    nextRun: (): number | null => (statement(NEXT_RUN).pluck().get() as number | undefined) ?? null,

    markRan(id: number, at: number): void {
      statement(MARK_RAN).run({ id, at });
    },

    /** Of a task run, or of the flow run itself (null). */
    markRanOf(flowRunId: number, taskRunId: number | null, hook: HookName, at: number): void {
      statement(MARK_TASK_RAN).run({ flowRunId, taskRunId, hook, at });
    },
  };
}

function parseDue({ id, hook, state, error, identity, name, codeHash, attempt, failedTask }: RawDue): DueHook {
  return {
    id,
    hook,
    state: JSON.parse(state) as State,
    error: error === null ? null : (JSON.parse(error) as PlainError),
    failedTask: failedTask === null ? null : (JSON.parse(failedTask) as DueHook['failedTask']),
    task: identity === null ? null : { identity, name, codeHash, attempt },
  };
}
