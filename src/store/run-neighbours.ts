/**
 * A run beside the others of its flow: the ones before and after it, what they were given and gave, those that failed of
 * the same. Every read is bounded, however many runs the flow has had. Only reads.
 */
import type { StateName, StateType } from '../model/state.ts';
import type { Database } from './database.ts';
import { createGuiltyTask } from './guilty-task.ts';
import type { DecisionRow } from './model-decisions.ts';
import { lazyStatements } from './statements.ts';

export interface Neighbour {
  readonly id: number;
  readonly stateName: StateName;
  readonly startAt: number | null;
}

export interface RunFigures {
  readonly id: number;
  readonly stateType: StateType;
  readonly metrics: Readonly<Record<string, number>>;
}

export interface FailedRun {
  readonly id: number;
  readonly message: string | null;
}

// plan for all four: search flow_runs using index flow_runs_by_flow (flow=? and id<?), or id>?
const BEFORE = 'select max(id) from flow_runs where flow = :flow and id < :id';
const AFTER = 'select min(id) from flow_runs where flow = :flow and id > :id';
const LATEST = `
  select id, state_name as stateName, start_at as startAt
  from flow_runs
  where flow = :flow
    and id <> :id
  order by id desc
  limit :limit`;
const FIGURES = `
  select id, state_type as stateType, metrics
  from flow_runs
  where flow = :flow
    and id <= :id
  order by id desc
  limit :limit`;
const FAILED_BEFORE = `
  select id, error ->> '$.message' as message
  from (
    select id, state_type, error
    from flow_runs
    where flow = :flow
      and id < :id
    order by id desc
    limit 200
  )
  where state_type in ('FAILED', 'CRASHED')
  limit :limit`;

// plan: search model_decisions using index model_decisions_by_origin (flow_run_id=?)
const DECISIONS = `
  select model, at, kind, flow_run_id as run, metric, goal, margin, minimum, candidate, candidate_value, production,
    production_value, stage, promoted, reason, data_identity, decided_by, undone_at
  from model_decisions
  where flow_run_id = :id
  order by id
  limit 20`;

// plan: search run_secrets by its key (flow_run_id=?), then secrets by the integer primary key
const SECRET_NAMES = `
  select distinct secrets.name
  from run_secrets
  join secrets on secrets.id = run_secrets.secret_id
  where run_secrets.flow_run_id = :id
  order by secrets.name`;

// plan: search deployment_versions by its key (deployment_id=?), newest first
const VERSION_OF_CODE = `
  select number
  from deployment_versions
  where deployment_id = :deploymentId
    and code_hash = :codeHash
    and deployed_at <= :at
  order by number desc
  limit 1`;

// plan: search processes by the integer primary key
const PROCESS = 'select role, pid, host, version from processes where id = :id';

export type RunDecision = DecisionRow & { readonly model: string };

export function createRunNeighbours(database: Database) {
  const statement = lazyStatements(database);
  return {
    /** The run of the same flow before this one; null: it is the first. */
    before: (flow: string, id: number) => statement(BEFORE).pluck().get({ flow, id }) as number | null,
    after: (flow: string, id: number) => statement(AFTER).pluck().get({ flow, id }) as number | null,
    /** The flow's newest runs but this one. */
    latest: (flow: string, id: number, limit: number) => statement(LATEST).all({ flow, id, limit }) as Neighbour[],
    /** Metrics of the run and of those before it, newest first. */
    figures: (flow: string, id: number, limit: number): RunFigures[] =>
      (statement(FIGURES).all({ flow, id, limit }) as (Omit<RunFigures, 'metrics'> & { metrics: string })[]).map(
        (row) => ({ ...row, metrics: JSON.parse(row.metrics) as RunFigures['metrics'] }),
      ),
    /** Those of the last two hundred that failed or crashed, newest first. */
    failedBefore: (flow: string, id: number, limit: number) =>
      statement(FAILED_BEFORE).all({ flow, id, limit }) as FailedRun[],
    /** The task that raised the run's error. */
    guiltyTask: createGuiltyTask(database),
    /** What the run, or a task of it, decided about models. */
    decisions: (id: number): RunDecision[] =>
      (statement(DECISIONS).all({ id }) as (Omit<RunDecision, 'promoted'> & { promoted: number })[]).map((row) => ({
        ...row,
        promoted: row.promoted === 1,
      })),
    /** Secrets whose values the run got; it stands under the run at the root. */
    secretNames: (id: number) => statement(SECRET_NAMES).pluck().all({ id }) as string[],
    /** Which version of its deployment a run's code is; null when it is none. */
    versionOfCode: (deploymentId: number, codeHash: string, at: number) =>
      (statement(VERSION_OF_CODE).pluck().get({ deploymentId, codeHash, at }) as number | undefined) ?? null,
    /** Who executes a run. */
    process: (id: number) =>
      (statement(PROCESS).get({ id }) as
        | { readonly role: string; readonly pid: number; readonly host: string; readonly version: string }
        | undefined) ?? null,
  };
}
