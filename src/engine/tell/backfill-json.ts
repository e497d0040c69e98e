/** A backfill as the JSON that users script against: field names are a promise. */
import type { ScheduleSpec } from '../../model/schedule-spec.ts';
import type { Store } from '../../store/store.ts';
import { type BackfillPlan, type BackfillWish, backfillLimit, type PlannedSlot } from '../schedule/backfill.ts';
import { isoTime } from './told-times.ts';

export type BackfillJson = ReturnType<typeof backfillJson>;

/** `slots`: those that got runs, or in a dry run would. */
export function backfillJson(
  store: Store,
  { deployment, from, to, max }: BackfillWish,
  plan: BackfillPlan,
  slots: readonly (PlannedSlot & { readonly runId?: number })[],
  isDry: boolean,
) {
  const name = `${deployment.flow}/${deployment.name}`;
  const zones = store.deployments.schedulesOf(deployment.id).map(({ spec }) => zoneOf(spec));
  const items = slots.map(({ schedule, at, outcome, reason, runId }) => ({
    ...{ deployment: name, schedule: schedule.identity, timezone: zoneOf(schedule.spec), slot: isoTime(at) },
    // Why there was no run, where the ledger says nothing.
    ...{ outcome: outcome ?? ('missed' as const), reason: outcome === null ? reason : null, run: runId ?? null },
  }));
  return {
    ...{ schema: 'weir.backfill/1' as const, deployment: name, dry_run: isDry },
    ...{ from: isoTime(from), to: isoTime(to), timezones: [...new Set(zones)] },
    ...{ max, limit: backfillLimit(deployment), planned: plan.slots.length, left: plan.left, items, next: null },
  };
}

function zoneOf(spec: string): string {
  return (JSON.parse(spec) as ScheduleSpec).timezone;
}
