/**
 * Turns: runs of a deployment that must not begin before others of it have ended, across processes and restarts. Who has
 * begun waits for no turn again: it counts as going until it is final, also while it awaits its retry or resume.
 */
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

/** 0: none; 1: until the deployment's `concurrency` has room; 2: until every earlier scheduled run has ended. */
export type Turn = 0 | 1 | 2;

/** The first of those that wait for the same. */
export interface TurnHead {
  readonly id: number;
  readonly deploymentId: number;
  readonly turn: Turn;
}

/** Scheduled runs of a deployment that have not ended. */
export interface Going {
  readonly count: number;
  /** The one that began, or will begin, first. */
  readonly firstId: number | null;
  /** How many of them wait for the others to end. */
  readonly buffered: number;
}

const WAITING = "turn > 0 and state_type = 'SCHEDULED' and owner_id is null";

const firstOf = (
  kind: string,
) => `(select min(id) from flow_runs where ${WAITING} and deployment_id = places.deployment_id
      and turn = places.turn and ${kind} and scheduled_at <= :now)`;

// What is due now comes before what a backfill makes up for.
// One step of the index flow_runs_in_turn for each deployment and kind, not one for each run.
const HEADS = `
  with recursive places (deployment_id, turn) as (
    select * from (
      select deployment_id, turn from flow_runs where ${WAITING} order by deployment_id, turn limit 1
    )
    union all
    select
      (select deployment_id from flow_runs where ${WAITING} and (deployment_id, turn) > (places.deployment_id, places.turn)
        order by deployment_id, turn limit 1),
      (select turn from flow_runs where ${WAITING} and (deployment_id, turn) > (places.deployment_id, places.turn)
        order by deployment_id, turn limit 1)
    from places
    where places.deployment_id is not null
  )
  select deployment_id as deploymentId, turn,
    coalesce(${firstOf("(trigger = 'backfill') = 0")}, ${firstOf("(trigger = 'backfill') = 1")}) as id
  from places
  where deployment_id is not null`;
// plan: search flow_runs using index flow_runs_going_of_deployment (deployment_id=?)
const BEFORE = `
  select id
  from flow_runs
  where deployment_id = :deploymentId
    and end_at is null
    and id < :id
    and schedule_id is not null
    and trigger <> 'backfill'
  order by id
  limit :limit`;
const BEGUN = `
  select id
  from flow_runs
  where deployment_id = :deploymentId
    and end_at is null
    and turn = 0
    and parent_run_id is null
  order by id
  limit :limit`;
// What a backfill makes up for is no reason to skip what is due now.
const GOING = `
  select count(*) as count, min(id) as firstId,
    coalesce(sum(turn = 2 and state_type = 'SCHEDULED' and owner_id is null), 0) as buffered
  from flow_runs
  where deployment_id = :deploymentId
    and end_at is null
    and schedule_id is not null
    and trigger <> 'backfill'`;
const BEGIN = 'update flow_runs set turn = 0, slot_covers_from = :coversFrom where id = :id';

export function createTurns(database: Database) {
  const statement = lazyStatements(database);
  return {
    /** Of each deployment the first run that waits for each kind of turn, among those that are due. */
    turnHeads: (now: number): TurnHead[] =>
      (statement(HEADS).all({ now }) as (Omit<TurnHead, 'id'> & { id: number | null })[]).filter(
        (head): head is TurnHead => head.id !== null,
      ),
    /** Earlier scheduled runs of the deployment that have not ended, the first ones. */
    goingBefore: (deploymentId: number, id: number, limit: number): number[] =>
      statement(BEFORE).pluck().all({ deploymentId, id, limit }) as number[],
    /** Runs of the deployment between their beginning and their end, the first ones. */
    begunOf: (deploymentId: number, limit: number): number[] =>
      statement(BEGUN).pluck().all({ deploymentId, limit }) as number[],
    goingOf: (deploymentId: number): Going => statement(GOING).get({ deploymentId }) as Going,
    /** The run begins: it waits for nobody any more, and its slot follows what has completed by now. */
    beginTurn(id: number, coversFrom: number | null): void {
      statement(BEGIN).run({ id, coversFrom });
    },
  };
}
