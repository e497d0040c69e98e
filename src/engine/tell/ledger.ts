/** The ledger of several schedules as one list, the newest first, a page at a time. Only reads. */
import type { SlotOutcome } from '../../model/slot.ts';
import type { LedgerSchedule } from '../../store/ledger.ts';
import type { SlotRow } from '../../store/slots.ts';
import type { Store } from '../../store/store.ts';

/** A due time as it was answered, and whose it is. */
export interface LedgerSlot {
  readonly deployment: string;
  readonly schedule: LedgerSchedule;
  readonly slot: SlotRow;
}

/** Where a page ended: the next one begins behind it. */
export interface LedgerPlace {
  readonly at: number;
  readonly scheduleId: number;
}

export interface LedgerQuery {
  readonly deploymentIds: readonly number[];
  /** Both included. */
  readonly from: number;
  readonly to: number;
  /** None: all. */
  readonly outcomes: readonly SlotOutcome[];
  readonly behind: LedgerPlace | null;
  readonly limit: number;
}

export interface LedgerLook {
  readonly slots: readonly LedgerSlot[];
  /** Where it stopped because it had looked at enough; null: it found its number, or the end. */
  readonly stoppedAt: LedgerPlace | null;
}

/** At most `limit` due times; of one moment those of the schedule with the lowest number first. */
export function ledgerPage(store: Store, query: LedgerQuery): readonly LedgerSlot[] {
  return lookThroughLedger(store, query, Number.POSITIVE_INFINITY).slots;
}

/** The same, looking at no more than `most` due times: of what is rare there are few among very many. */
export function lookThroughLedger(store: Store, query: LedgerQuery, most: number): LedgerLook {
  const { outcomes, limit } = query;
  const heads = headsOf(store, query);
  const slots: LedgerSlot[] = [];
  // Newest last, as it is taken from there.
  heads.sort((a, b) => (isBehind(a.slot, b.slot) ? -1 : 1));
  for (let looked = 0; slots.length < limit; looked++) {
    const head = heads.pop();
    if (head === undefined) break;
    const { deployment, schedule, slot } = head;
    if (outcomes.length === 0 || outcomes.includes(slot.outcome)) slots.push({ deployment, schedule, slot });
    if (looked + 1 >= most && slots.length < limit) return { slots, stoppedAt: slot };
    const next = head.rest.next();
    if (next.done) continue;
    const place = heads.findLastIndex((each) => isBehind(each.slot, next.value)) + 1;
    heads.splice(place, 0, { ...head, slot: next.value });
  }
  return { slots, stoppedAt: null };
}

type Head = LedgerSlot & { readonly rest: Iterator<SlotRow> };

/** The newest due time of each schedule, and what is older. */
function headsOf(store: Store, query: LedgerQuery): Head[] {
  const heads: Head[] = [];
  for (const id of query.deploymentIds) {
    const row = store.deployments.byId(id);
    if (row === null) continue;
    for (const schedule of store.ledger.schedulesEver(id)) {
      const rest = inRange(store, schedule.id, query);
      const first = rest.next();
      if (!first.done) heads.push({ schedule, deployment: `${row.flow}/${row.name}`, rest, slot: first.value });
    }
  }
  return heads;
}

function* inRange(store: Store, scheduleId: number, { from, to, behind }: LedgerQuery): Generator<SlotRow> {
  // Of the moment where the page before ended, schedules with a higher number are still to come.
  const end = behind === null ? to : Math.min(to, scheduleId > behind.scheduleId ? behind.at : behind.at - 1);
  for (const slot of store.deployments.slotsBefore(scheduleId, end + 1)) {
    if (slot.at < from) return;
    yield slot;
  }
}

/** Later in a list that begins with the newest. */
function isBehind(one: LedgerPlace, other: LedgerPlace): boolean {
  return one.at === other.at ? one.scheduleId > other.scheduleId : one.at < other.at;
}
