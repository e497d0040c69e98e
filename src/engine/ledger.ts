/** The ledger of several schedules as one list, the newest first, a page at a time. Only reads. */
import type { SlotOutcome } from '../model/slot.ts';
import type { LedgerSchedule } from '../store/ledger.ts';
import type { SlotRow } from '../store/slots.ts';
import type { Store } from '../store/store.ts';

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

/** At most `limit` due times; of one moment those of the schedule with the lowest number first. */
export function ledgerPage(store: Store, query: LedgerQuery): LedgerSlot[] {
  const { deployments } = store;
  const heads: { schedule: LedgerSchedule; deployment: string; rest: Iterator<SlotRow>; slot: SlotRow }[] = [];
  for (const id of query.deploymentIds) {
    const row = deployments.byId(id);
    if (row === null) continue;
    for (const schedule of store.ledger.schedulesEver(id)) {
      const rest = wanted(store, schedule.id, query);
      const first = rest.next();
      if (!first.done) heads.push({ schedule, deployment: `${row.flow}/${row.name}`, rest, slot: first.value });
    }
  }
  const page: LedgerSlot[] = [];
  // Newest last, as it is taken from there.
  heads.sort((a, b) => (isBehind(a.slot, b.slot) ? -1 : 1));
  while (page.length < query.limit) {
    const head = heads.pop();
    if (head === undefined) break;
    page.push({ deployment: head.deployment, schedule: head.schedule, slot: head.slot });
    const next = head.rest.next();
    if (next.done) continue;
    const place = heads.findLastIndex((each) => isBehind(each.slot, next.value)) + 1;
    heads.splice(place, 0, { ...head, slot: next.value });
  }
  return page;
}

function* wanted(store: Store, scheduleId: number, { from, to, outcomes, behind }: LedgerQuery): Generator<SlotRow> {
  // Of the moment where the page before ended, schedules with a higher number are still to come.
  const end = behind === null ? to : Math.min(to, scheduleId > behind.scheduleId ? behind.at : behind.at - 1);
  for (const slot of store.deployments.slotsBefore(scheduleId, end + 1)) {
    if (slot.at < from) return;
    if (outcomes.length === 0 || outcomes.includes(slot.outcome)) yield slot;
  }
}

/** Later in a list that begins with the newest. */
function isBehind(one: LedgerPlace, other: LedgerPlace): boolean {
  return one.at === other.at ? one.scheduleId > other.scheduleId : one.at < other.at;
}
