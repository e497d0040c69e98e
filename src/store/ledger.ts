/**
 * The ledger as a whole: whose due times it holds, and how one that has no run gets one. What became of a due time never
 * changes by that, and one that has a run never gets a second. `giveRun` must be called inside a transaction.
 */
import { countSlots, nextSlot, previousSlot } from '../model/schedule.ts';
import type { ScheduleSpec } from '../model/schedule-spec.ts';
import type { Database } from './database.ts';
import type { LedgerRow } from './slots.ts';
import { lazyStatements } from './statements.ts';

/** A schedule that is, or once was, part of a deployment. */
export interface LedgerSchedule {
  readonly id: number;
  readonly identity: string;
  /** The resolved schedule as JSON. */
  readonly spec: string;
  readonly nextAt: number | null;
  readonly createdAt: number;
  readonly removedAt: number | null;
}

const SCHEDULES = `
  select id, identity, spec, next_at as nextAt, created_at as createdAt, removed_at as removedAt
  from schedules
  where deployment_id = :deploymentId
  order by id`;
// One step of the primary key: ranges never overlap, so that the nearest row is the only one that can hold it.
const NEAREST = `
  select at, until_at as untilAt, count, outcome, reason, note, flow_run_id as flowRunId, spec
  from slots
  where schedule_id = +:scheduleId
    and at <= :at
  order by at desc
  limit 1`;
const SET_RUN = `
  update slots
  set flow_run_id = :runId
  where schedule_id = :scheduleId
    and at = :at
    and flow_run_id is null`;
const REMOVE = 'delete from slots where schedule_id = :scheduleId and at = :at';
const ADD = `
  insert into slots (schedule_id, at, until_at, count, outcome, reason, note, flow_run_id, spec, decided_at)
  values (:scheduleId, :at, :untilAt, :count, :outcome, :reason, :note, :flowRunId, :spec, :now)`;

type Row = Omit<LedgerRow, 'scheduleId'>;

export function createLedger(database: Database) {
  const statement = lazyStatements(database);

  function holding(scheduleId: number, at: number): Row | null {
    const row = statement(NEAREST).get({ scheduleId, at }) as Row | undefined;
    return row === undefined || (row.untilAt ?? row.at) < at ? null : row;
  }

  /** A piece of a range that stays as it was; nothing where no due time lies between. */
  function addPiece(scheduleId: number, row: Row, from: number | null, to: number | null, now: number): void {
    if (from === null || to === null || from > to) return;
    const spec = JSON.parse(row.spec ?? 'null') as ScheduleSpec;
    const isOne = from === to;
    const count = isOne ? 1 : (countSlots(spec, from, to) ?? 0);
    const range = isOne ? { untilAt: null, spec: null } : { untilAt: to, spec: row.spec };
    statement(ADD).run({ ...row, ...range, scheduleId, at: from, count, now });
  }

  return {
    /** All that the deployment ever had, also what was removed. */
    schedulesEver: (deploymentId: number): LedgerSchedule[] =>
      statement(SCHEDULES).all({ deploymentId }) as LedgerSchedule[],

    /** Whether the due time has a run, whatever became of it. */
    hasRun: (scheduleId: number, at: number): boolean => (holding(scheduleId, at)?.flowRunId ?? null) !== null,

    /**
     * The run of a due time that has none. A range is taken apart around it; what nobody has answered yet is `missed`
     * for the reason that is given. False when it has a run already.
     */
    giveRun(slot: { scheduleId: number; at: number; runId: number; reason: string }, now: number): boolean {
      const { scheduleId, at, runId, reason } = slot;
      const row = holding(scheduleId, at);
      if (row === null) {
        const alone = { untilAt: null, count: 1, note: null, spec: null };
        statement(ADD).run({ ...alone, scheduleId, at, outcome: 'missed', reason, flowRunId: runId, now });
        return true;
      }
      if (row.untilAt === null || row.spec === null)
        return statement(SET_RUN).run({ scheduleId, at: row.at, runId }).changes === 1;
      const spec = JSON.parse(row.spec) as ScheduleSpec;
      statement(REMOVE).run({ scheduleId, at: row.at });
      addPiece(scheduleId, row, row.at < at ? row.at : null, previousSlot(spec, at)?.at ?? null, now);
      const alone = { at, untilAt: null, count: 1, spec: null, flowRunId: runId };
      statement(ADD).run({ ...row, ...alone, scheduleId, now });
      addPiece(scheduleId, row, nextSlot(spec, at)?.at ?? null, row.untilAt, now);
      return true;
    },
  };
}
