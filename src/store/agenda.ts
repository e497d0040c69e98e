/**
 * What a page shows of all schedules together: whose turn comes next, and the ledger as one list. Only reads, a bounded
 * number of rows each, however many schedules and due times there are.
 */
import type { Database } from './database.ts';
import type { LedgerRow, SlotOutcome } from './slots.ts';
import { lazyStatements } from './statements.ts';

/** A row of the ledger with its deployment. */
export interface AgendaSlot extends LedgerRow {
  /** `flow/name`. */
  readonly deployment: string;
  readonly flow: string;
}

/** Where a page of the ledger ended: the next one begins behind it. */
export interface AgendaPlace {
  readonly at: number;
  readonly scheduleId: number;
}

// Schedules are few beside runs: all of them are read, 3 ms for 10 000.
const NEXT_DUE = `
  select schedules.deployment_id as id, min(schedules.next_at) as at
  from schedules
  join deployments on deployments.id = schedules.deployment_id
  where schedules.next_at is not null
    and schedules.removed_at is null
    and deployments.deleted_at is null
  group by schedules.deployment_id
  order by at, id
  limit :limit`;
const COUNT_SCHEDULED = `
  select count(distinct schedules.deployment_id)
  from schedules
  join deployments on deployments.id = schedules.deployment_id
  where schedules.removed_at is null
    and deployments.deleted_at is null`;

const columns = `
  slots.schedule_id as scheduleId, slots.at, slots.until_at as untilAt, slots.count, slots.outcome, slots.reason,
  slots.note, slots.flow_run_id as flowRunId, slots.spec,
  deployments.flow || '/' || deployments.name as deployment, deployments.flow`;
// The joins are outer ones so that the index of time is walked, never the tables of deployments.
const listed = (index: string, condition: string) => `
  select ${columns}
  from slots indexed by ${index}
  left join schedules on schedules.id = slots.schedule_id
  left join deployments on deployments.id = schedules.deployment_id
  where (slots.at, slots.schedule_id) < (:at, :scheduleId)
    and ${condition}
  order by slots.at desc, slots.schedule_id desc
  limit :limit`;
// plan: search slots using index slots_by_time (at<?)
const LEDGER = listed('slots_by_time', 'true');
// plan: search slots using index slots_to_explain (at<?)
const LEDGER_TO_EXPLAIN = listed('slots_to_explain', "slots.outcome <> 'ran' and slots.at >= :since");
const LEDGER_OF_OUTCOME = listed('slots_to_explain', "slots.outcome <> 'ran' and slots.outcome = :outcome");
const LEDGER_RAN = listed('slots_by_time', "slots.outcome = 'ran'");
// plan: search slots using primary key (schedule_id=? and at<?)
const LEDGER_OF_DEPLOYMENT = `
  select ${columns}
  from schedules
  join slots on slots.schedule_id = schedules.id
  join deployments on deployments.id = schedules.deployment_id
  where schedules.deployment_id = :deploymentId
    and (slots.at, slots.schedule_id) < (:at, :scheduleId)
    and (:outcome is null or slots.outcome = :outcome)
  order by slots.at desc, slots.schedule_id desc
  limit :limit`;

export interface AgendaQuery {
  readonly deploymentId: number | null;
  readonly outcome: SlotOutcome | null;
  readonly behind: AgendaPlace | null;
  readonly limit: number;
}

export function createAgenda(database: Database) {
  const statement = lazyStatements(database);
  const from = (behind: AgendaPlace | null) => behind ?? { at: Number.MAX_SAFE_INTEGER, scheduleId: 0 };

  return {
    /** Deployments by their next due time, also those that are paused. */
    nextDue: (limit: number): { id: number; at: number }[] =>
      statement(NEXT_DUE).all({ limit }) as { id: number; at: number }[],
    /** How many deployments have a schedule. */
    scheduledCount: (): number => statement(COUNT_SCHEDULED).pluck().get({}) as number,

    /** Due times, the newest first; a range is one row. */
    ledger({ deploymentId, outcome, behind, limit }: AgendaQuery): AgendaSlot[] {
      const place = { ...from(behind), limit };
      if (deploymentId !== null)
        return statement(LEDGER_OF_DEPLOYMENT).all({ ...place, deploymentId, outcome }) as AgendaSlot[];
      if (outcome === null) return statement(LEDGER).all(place) as AgendaSlot[];
      if (outcome === 'ran') return statement(LEDGER_RAN).all(place) as AgendaSlot[];
      return statement(LEDGER_OF_OUTCOME).all({ ...place, outcome }) as AgendaSlot[];
    },
    /** Due times since a moment that did not simply run, the newest first. */
    toExplain: (since: number, limit: number): AgendaSlot[] =>
      statement(LEDGER_TO_EXPLAIN).all({ ...from(null), since, limit }) as AgendaSlot[],
  };
}
