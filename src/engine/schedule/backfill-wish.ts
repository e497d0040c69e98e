/** What a backfill is asked for, from what people write to what is planned. Only reads. */
import { nearest, WeirError } from '../../model/errors.ts';
import type { ScheduleSpec } from '../../model/schedule-spec.ts';
import { ordered, parseFrom, parseTo } from '../../model/time-range.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import type { LedgerSchedule } from '../../store/ledger.ts';
import type { Store } from '../../store/store.ts';
import { zoneOfTimes } from '../tell/told-times.ts';
import { type BackfillPlan, type BackfillWish, MOST_LOOKED_AT, planBackfill } from './backfill.ts';

/** As written. */
export interface BackfillWords {
  /** A time, a date, or how long ago. */
  readonly from?: string;
  /** The same, or how long after `from`; left out, now. */
  readonly to?: string;
  /** Identity of one schedule; left out, all. */
  readonly schedule?: string;
  readonly newestFirst?: boolean;
  readonly max: number;
}

/** `zone`: of times without an offset; null: that of the deployment's schedules. @throws WeirError `usage`, `not-found` */
export function backfillWish(
  store: Store,
  deployment: DeploymentRow,
  words: BackfillWords,
  { now, zone }: { readonly now: number; readonly zone: string | null },
): BackfillWish {
  const schedules = store.ledger.schedulesEver(deployment.id);
  const schedule = scheduleNamed(deployment, schedules, words.schedule);
  const range = rangeOf(words, zone ?? zoneOfSchedules(schedules), now);
  return { deployment, schedule, ...range, newestFirst: words.newestFirst === true, max: words.max };
}

/** @throws WeirError `usage` where too many due times lie in that time */
export function planBackfillOf(
  store: Store,
  wish: BackfillWish,
  now: number,
  most: number = MOST_LOOKED_AT,
): BackfillPlan {
  const plan = planBackfill(store, wish, now, most);
  if (plan !== null) return plan;
  throw new WeirError('usage', `more than ${most} due times lie in that time`, {
    hint: 'choose a shorter time with --from and --to',
  });
}

/** The zone that all of them have, else that of times told. */
export function zoneOfSchedules(schedules: readonly { readonly spec: string }[]): string {
  const [zone, ...others] = new Set(schedules.map(({ spec }) => (JSON.parse(spec) as ScheduleSpec).timezone));
  return zone === undefined || others.length > 0 ? zoneOfTimes() : zone;
}

function rangeOf({ from, to }: BackfillWords, zone: string, now: number) {
  if (from === undefined)
    throw new WeirError('usage', '--from is missing: since when', {
      hint: 'such as --from 2026-11-01, or --from 7d; --to is now unless it is given',
    });
  const begin = parseFrom(from, zone, '--from', now);
  const end = to === undefined ? Math.max(begin, now) : parseTo(to, zone, '--to', { from: begin, now });
  return ordered({ from: begin, to: end }, zone, '--to');
}

function scheduleNamed(
  { flow, name }: DeploymentRow,
  schedules: readonly LedgerSchedule[],
  identity: string | undefined,
): string | null {
  if (schedules.length === 0)
    throw new WeirError('usage', `${flow}/${name} has no schedule, so nothing of it was ever due`, {
      hint: `weir deployment run ${flow} starts a run`,
    });
  if (identity === undefined) return null;
  const names = schedules.map((schedule) => schedule.identity);
  if (names.includes(identity)) return identity;
  const near = nearest(identity, names);
  throw new WeirError('not-found', `${flow}/${name} has no schedule "${identity}"; it has ${names.join(', ')}`, {
    ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
  });
}
