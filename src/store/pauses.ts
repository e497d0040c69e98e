/** Pauses of deployments and of single schedules: who, why, since when, until when. What has ended by itself is cleared. */
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

export interface PauseRow {
  readonly at: number;
  readonly by: string;
  readonly reason: string | null;
  /** Null: until somebody resumes it. */
  readonly until: number | null;
}

const SET =
  'paused_at = coalesce(paused_at, :at), paused_by = :by, paused_reason = :reason, paused_until = :until where id = :id';
const CLEAR = 'paused_at = null, paused_by = null, paused_reason = null, paused_until = null';
const PAUSE_DEPLOYMENT = `update deployments set ${SET}`;
const PAUSE_SCHEDULE = `update schedules set ${SET}`;
const RESUME_DEPLOYMENT = `update deployments set ${CLEAR}, resumed_at = :now where id = :id and paused_at is not null`;
const RESUME_SCHEDULE = `update schedules set ${CLEAR} where id = :id and paused_at is not null`;
// plan: search deployments using index deployments_pause_ends (paused_until<?), schedules likewise
const ENDED = `
  select exists (select 1 from deployments where paused_until <= :now)
    or exists (select 1 from schedules where paused_until <= :now)`;
// Only where nothing is due any more from before its end: what was due then is answered as paused.
const END_DEPLOYMENTS = `
  update deployments
  set ${CLEAR}, resumed_at = :now
  where paused_until <= :now
    and not exists (
      select 1
      from schedules
      where deployment_id = deployments.id
        and removed_at is null
        and broken is null
        and next_at < deployments.paused_until
    )`;
const END_SCHEDULES = `
  update schedules
  set ${CLEAR}
  where paused_until <= :now
    and (next_at is null or next_at >= paused_until or broken is not null)`;
// plan: search flow_runs using index flow_runs_by_deployment (deployment_id=?), from the newest
const LAST_ENDS = `
  select id, state_type as type, state_message as message
  from (select * from flow_runs where deployment_id = :deploymentId order by id desc limit 500)
  where schedule_id is not null
    and trigger <> 'backfill'
    and end_at > :after
    and state_type in ('COMPLETED', 'SKIPPED', 'FAILED', 'CRASHED')
  order by id desc
  limit :limit`;

export interface RunEnd {
  readonly id: number;
  readonly type: 'COMPLETED' | 'SKIPPED' | 'FAILED' | 'CRASHED';
  readonly message: string | null;
}

export function createPauses(database: Database) {
  const statement = lazyStatements(database);
  return {
    /** Paused already: who and why are replaced, since when stays. */
    pause(id: number, pause: PauseRow): void {
      statement(PAUSE_DEPLOYMENT).run({ id, ...pause });
    },
    pauseSchedule(id: number, pause: PauseRow): void {
      statement(PAUSE_SCHEDULE).run({ id, ...pause });
    },
    /** False: it was not paused. */
    resume: (id: number, now: number): boolean => statement(RESUME_DEPLOYMENT).run({ id, now }).changes === 1,
    resumeSchedule: (id: number): boolean => statement(RESUME_SCHEDULE).run({ id }).changes === 1,
    hasEndedPauses: (now: number): boolean => statement(ENDED).pluck().get({ now }) === 1,
    endPauses(now: number): void {
      statement(END_DEPLOYMENTS).run({ now });
      statement(END_SCHEDULES).run({ now });
    },
    /** How the scheduled runs of a deployment ended that were over after a time, the latest first. */
    lastEnds: (deploymentId: number, after: number, limit: number): RunEnd[] =>
      statement(LAST_ENDS).all({ deploymentId, after, limit }) as RunEnd[],
  };
}
