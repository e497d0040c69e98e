/** Due times of the ledger as the JSON that users script against: field names are a promise. */
import type { SlotOutcome } from '../../model/slot.ts';
import type { LedgerSlot } from './ledger.ts';
import { isoTime } from './told-times.ts';

/** What can become of a due time, in the order of its weight. */
export const SLOT_OUTCOMES = [
  'ran',
  'caught_up',
  'buffered',
  'skipped',
  'missed',
  'suppressed',
] as const satisfies readonly SlotOutcome[];

/** As an item of `weir schedule slots --json`. */
export function slotJson({ deployment, schedule, slot }: LedgerSlot) {
  return {
    deployment,
    schedule: schedule.identity,
    slot: isoTime(slot.at),
    outcome: slot.outcome,
    reason: slot.reason,
    run: slot.flowRunId,
    note: slot.note,
  };
}
