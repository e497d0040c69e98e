/**
 * The ledger: what became of each due time of a schedule. Equal neighbours share one row with its end and the schedule by
 * which it is told slot by slot, so that a week without a server is one row, not one for each second.
 * No due time may ever have two answers: who adds one that stands already is told so, and nothing is written.
 */
import { nextSlot, previousSlot } from '../model/schedule.ts';
import type { ScheduleSpec } from '../model/schedule-spec.ts';
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

export type SlotOutcome = 'ran' | 'caught_up' | 'missed' | 'skipped' | 'suppressed' | 'buffered';

/** One due time as it was answered. */
export interface SlotRow {
  readonly scheduleId: number;
  readonly at: number;
  readonly outcome: SlotOutcome;
  readonly reason: string | null;
  readonly note: string | null;
  readonly flowRunId: number | null;
}

/** A row of the ledger: one due time, or a range of neighbours that were answered alike. */
export interface LedgerRow extends SlotRow {
  /** The last due time of a range; null for one alone. */
  readonly untilAt: number | null;
  /** How many due times it stands for; 0: nobody has counted them. */
  readonly count: number;
  /** Of a range: the schedule that tells its due times. */
  readonly spec: string | null;
}

/** What is added: `previousAt` is the due time before it, and lets it join a range that ends there. */
export type NewSlots = SlotRow & {
  readonly untilAt?: number | null;
  readonly count?: number;
  readonly spec?: string;
  readonly previousAt?: number | null;
};

const COLUMNS =
  'schedule_id as scheduleId, at, until_at as untilAt, count, outcome, reason, note, flow_run_id as flowRunId, spec';
const ADD_SLOTS = `
  insert into slots (schedule_id, at, until_at, count, outcome, reason, note, flow_run_id, spec, decided_at)
  values (:scheduleId, :at, :untilAt, :count, :outcome, :reason, :note, :flowRunId, :spec, :now)
  on conflict do nothing`;
const EXTEND = `
  update slots
  set until_at = :untilAt, spec = :spec, decided_at = :now,
    count = case when count = 0 or :count = 0 then 0 else count + :count end
  where schedule_id = :scheduleId
    and at = :at`;
const SET_RUN = 'update slots set flow_run_id = :runId where schedule_id = :scheduleId and at = :at';
// One step of the primary key: ranges never overlap, so that the nearest row is the only one that can hold it.
const NEAREST = `select ${COLUMNS} from slots where schedule_id = +:scheduleId and at <= :at order by at desc limit 1`;
const ROWS_BEFORE = `
  select ${COLUMNS}
  from slots
  where schedule_id = :scheduleId
    and at < :before
  order by at desc
  limit :limit`;
const FORGET_AFTER = 'delete from slots where schedule_id = :scheduleId and at > :at and flow_run_id is null';
const TRIM = 'update slots set until_at = :untilAt, count = 0 where schedule_id = :scheduleId and at = :at';
const PAGE = 200;
/** Beyond this every time is the same: never. */
const FOREVER = Number.MAX_SAFE_INTEGER;

export function createSlots(database: Database) {
  const statement = lazyStatements(database);

  function nearest(scheduleId: number, at: number): LedgerRow | null {
    return (statement(NEAREST).get({ scheduleId, at }) as LedgerRow | undefined) ?? null;
  }

  /** Rows as they are kept, the newest first. */
  function* rowsBefore(scheduleId: number, before: number): Generator<LedgerRow> {
    for (let end = before; ; ) {
      const rows = statement(ROWS_BEFORE).all({ scheduleId, before: end, limit: PAGE }) as LedgerRow[];
      yield* rows;
      if (rows.length < PAGE) return;
      end = (rows.at(-1) as LedgerRow).at;
    }
  }

  return {
    /** Adds one due time or a range of them; false when the first was answered already: no slot fires twice. */
    addSlot(added: NewSlots, now: number): boolean {
      const { scheduleId, at, outcome, reason, note, flowRunId } = added;
      const former = nearest(scheduleId, at);
      const formerEnd = former === null ? null : (former.untilAt ?? former.at);
      if (former !== null && formerEnd !== null && formerEnd >= at) return false;
      const untilAt = added.untilAt ?? null;
      const count = added.count ?? 1;
      if (
        former !== null &&
        added.spec !== undefined &&
        added.previousAt === formerEnd &&
        isAlike(former, added) &&
        (former.spec === null || former.spec === added.spec)
      ) {
        statement(EXTEND).run({ scheduleId, at: former.at, untilAt: untilAt ?? at, count, spec: added.spec, now });
        return true;
      }
      const spec = untilAt === null ? null : (added.spec ?? null);
      const row = { scheduleId, at, untilAt, count, outcome, reason, note, flowRunId, spec, now };
      return statement(ADD_SLOTS).run(row).changes === 1;
    },
    setSlotRun(scheduleId: number, at: number, runId: number): void {
      statement(SET_RUN).run({ scheduleId, at, runId });
    },
    /** The clock was wrong, and went back a long way: what was answered beyond it without a run is not so any more. */
    forgetAfter(scheduleId: number, at: number): void {
      statement(FORGET_AFTER).run({ scheduleId, at });
      const row = nearest(scheduleId, at);
      if (row?.untilAt == null || row.untilAt <= at || row.spec === null) return;
      const untilAt = previousSlot(JSON.parse(row.spec) as ScheduleSpec, at + 1)?.at ?? row.at;
      statement(TRIM).run({ scheduleId, at: row.at, untilAt: Math.max(row.at, untilAt) });
    },
    /** What became of a due time, also where it stands in a range of equal neighbours. */
    slotAt(scheduleId: number, at: number): SlotRow | null {
      const row = nearest(scheduleId, at);
      if (row === null || (row.untilAt ?? row.at) < at) return null;
      return row.spec === null || isDue(row.spec, at) ? { ...row, at } : null;
    },
    /** Rows of the ledger as they are kept, the newest first: a range is one. */
    ledgerOf: (scheduleId: number, limit: number, before = FOREVER): LedgerRow[] =>
      statement(ROWS_BEFORE).all({ scheduleId, before, limit }) as LedgerRow[],
    /** Due times one by one, the newest first, before a time; ranges are told by the schedule that they were due by. */
    *slotsBefore(scheduleId: number, before = FOREVER): Generator<SlotRow> {
      for (const row of rowsBefore(scheduleId, before)) {
        if (row.untilAt === null || row.spec === null) {
          yield slotOf(row, row.at);
          continue;
        }
        const spec = JSON.parse(row.spec) as ScheduleSpec;
        let at: number | null = row.untilAt < before ? row.untilAt : (previousSlot(spec, before)?.at ?? null);
        while (at !== null && at >= row.at) {
          yield slotOf(row, at);
          at = previousSlot(spec, at)?.at ?? null;
        }
      }
    },
    /** The same, at most so many. */
    slotsOf(scheduleId: number, limit: number, before = FOREVER): SlotRow[] {
      return this.slotsBefore(scheduleId, before).take(limit).toArray();
    },
  };
}

function isAlike(former: LedgerRow, added: NewSlots): boolean {
  const isPlain = (row: SlotRow) => row.note === null && row.flowRunId === null;
  return isPlain(former) && isPlain(added) && former.outcome === added.outcome && former.reason === added.reason;
}

function isDue(spec: string, at: number): boolean {
  return nextSlot(JSON.parse(spec) as ScheduleSpec, at, { inclusive: true })?.at === at;
}

function slotOf({ scheduleId, outcome, reason, note, flowRunId }: LedgerRow, at: number): SlotRow {
  return { scheduleId, at, outcome, reason, note, flowRunId };
}
