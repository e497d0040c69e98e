/**
 * Runs for due times that have none: planned by looking, carried out in one transaction that looks again, so that no due
 * time ever gets two, whoever asks at the same moment. All of them wait in the queue; a limit of the backfill's own lets so
 * many begin at once.
 */
import { type BackfillSlot, backfillSlots } from '../../model/backfill.ts';
import { previousSlot } from '../../model/schedule.ts';
import type { ScheduleSpec } from '../../model/schedule-spec.ts';
import type { SlotOutcome } from '../../model/slot.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import type { LedgerSchedule } from '../../store/ledger.ts';
import type { Store } from '../../store/store.ts';
import { runOfDeployment } from '../verbs/deployment-run.ts';

export interface BackfillWish {
  readonly deployment: DeploymentRow;
  /** Identity of the one schedule that is meant; null: all. */
  readonly schedule: string | null;
  /** Both included. */
  readonly from: number;
  readonly to: number;
  readonly newestFirst: boolean;
  /** How many of its runs may go on at once. */
  readonly max: number;
}

export interface PlannedSlot {
  readonly schedule: LedgerSchedule;
  readonly at: number;
  readonly outcome: SlotOutcome | null;
  readonly reason: string;
}

export interface BackfillPlan {
  /** In the order in which they will begin. */
  readonly slots: readonly PlannedSlot[];
  /** How many more there are than one backfill makes runs for. */
  readonly left: number;
}

export interface BackfilledSlot extends PlannedSlot {
  readonly runId: number;
}

/** Runs that one backfill makes, at most. */
export const MOST_BACKFILLED = 1000;
/** Due times that are looked at for it. */
export const MOST_LOOKED_AT = 50_000;
/** What is younger belongs to the scheduler, which is about to answer it. */
const YOUNGEST_MS = 60_000;

/** Null: the stretch has too many due times to look at. Only reads. */
export function planBackfill(
  store: Store,
  wish: BackfillWish,
  now: number,
  most: number = MOST_LOOKED_AT,
): BackfillPlan | null {
  const slots: PlannedSlot[] = [];
  for (const schedule of store.ledger.schedulesEver(wish.deployment.id)) {
    if (wish.schedule !== null && schedule.identity !== wish.schedule) continue;
    const found = slotsOf(store, schedule, wish, now, most);
    if (found === null) return null;
    for (const slot of found) slots.push({ schedule, ...slot });
  }
  slots.sort((a, b) => (wish.newestFirst ? b.at - a.at : a.at - b.at));
  return { slots: slots.slice(0, MOST_BACKFILLED), left: Math.max(0, slots.length - MOST_BACKFILLED) };
}

/** Enqueues the runs of a plan; what has got one meanwhile is left out. */
export function carryOutBackfill(
  store: Store,
  wish: BackfillWish,
  plan: BackfillPlan,
  at: number,
): Promise<BackfilledSlot[]> {
  return store.writer.write(() => {
    const done: BackfilledSlot[] = [];
    for (const slot of plan.slots) {
      if (store.ledger.hasRun(slot.schedule.id, slot.at)) continue;
      const runId = enqueue(store, wish, slot, at);
      const given = { scheduleId: slot.schedule.id, at: slot.at, runId, reason: slot.reason };
      // Asked in this very transaction: nobody can have been quicker.
      if (!store.ledger.giveRun(given, at)) throw new Error(`the slot ${slot.at} has got a run meanwhile`);
      done.push({ ...slot, runId });
    }
    return done;
  });
}

/** The limit that holds the runs of a backfill back; `weir concurrency-limit create` changes it while they wait. */
export function backfillLimit({ flow, name }: Pick<DeploymentRow, 'flow' | 'name'>): string {
  return `backfill:${flow}/${name}`;
}

function slotsOf(
  store: Store,
  schedule: LedgerSchedule,
  { from, to }: BackfillWish,
  now: number,
  most: number,
): BackfillSlot[] | null {
  const until = Math.min(to, now - YOUNGEST_MS);
  if (until < from) return [];
  const answered = function* () {
    for (const slot of store.deployments.slotsBefore(schedule.id, until + 1)) {
      if (slot.at < from) return;
      yield slot;
    }
  };
  const isRemoved = schedule.removedAt !== null;
  const stretch = { spec: JSON.parse(schedule.spec) as ScheduleSpec, from, to: until, answered: answered() };
  return backfillSlots(
    {
      ...stretch,
      // Of a schedule that is gone only what the ledger holds can be meant.
      createdAt: isRemoved ? -Infinity : schedule.createdAt,
      nextAt: isRemoved ? null : schedule.nextAt,
    },
    most,
  );
}

function enqueue(store: Store, { deployment, max }: BackfillWish, { schedule, at }: PlannedSlot, now: number): number {
  const run = runOfDeployment(deployment);
  const limit = backfillLimit(deployment);
  const { occupies = {}, concurrencyLimits } = run.options;
  return store.flowRuns.insert({
    ...run,
    options: {
      ...run.options,
      occupies: { ...occupies, [limit]: 1 },
      concurrencyLimits: { ...concurrencyLimits, [limit]: max },
    },
    trigger: 'backfill',
    idempotencyKey: null,
    scheduleId: schedule.id,
    slotAt: at,
    slotStartAt: previousSlot(JSON.parse(schedule.spec) as ScheduleSpec, at)?.at ?? null,
    slotCoversFrom: store.flowRuns.newestCompletedSlot(deployment.flow, at),
    state: { type: 'SCHEDULED', name: 'Scheduled', message: 'backfill', at: now },
    // Now, not at its slot: what is due regularly meanwhile need not wait behind a year of the past.
    scheduledAt: now,
    ownerId: null,
    token: null,
  });
}
