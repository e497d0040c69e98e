/** A backfill as the JSON that users script against: field names are a promise. */
import type { BackfillPlan, BackfillWish, PlannedSlot } from '../schedule/backfill.ts';
import { isoTime } from './told-times.ts';

/** `slots`: those that got runs, or in a dry run would. */
export function backfillJson(
  { deployment: { flow, name }, max }: BackfillWish,
  { left }: BackfillPlan,
  slots: readonly (PlannedSlot & { readonly runId?: number })[],
  isDry: boolean,
) {
  const items = slots.map(({ schedule, at, outcome, runId }) => ({
    ...{ deployment: `${flow}/${name}`, schedule: schedule.identity, slot: isoTime(at) },
    ...{ outcome: outcome ?? 'missed', run: runId ?? null },
  }));
  return { schema: 'weir.backfill/1', dry_run: isDry, max, left, items, next: null };
}
