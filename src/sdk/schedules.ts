/** What a flow may write as `schedule`, and builders that say the same with types. The grammar lives in model/schedule.ts. */
import type { Duration } from '../model/duration.ts';

interface Common {
  /** Keeps the schedule's identity, and so its ledger, when its text changes. */
  name?: string;
  /** IANA zone, such as `'Europe/Berlin'`; default: the machine's zone, pinned at the first deploy. */
  timezone?: string;
  /** What to do with slots missed by sleep or shutdown. Default `latest`: one run, however many were missed. */
  catchup?: 'latest' | 'skip' | 'all';
  catchupWindow?: Duration;
  /** What to do while the previous run is still going. Default `skip`, recorded. */
  overlap?: 'skip' | 'buffer_one' | 'allow_all';
  jitter?: Duration;
}

export type CronSchedule = Common & { cron: string; dayOr?: boolean; seconds?: boolean };
export type IntervalSchedule = Common & { interval: Duration; anchor?: string };
export type ScheduleInput = string | CronSchedule | IntervalSchedule;

/**
 * A schedule by a cron expression of five fields (six with `seconds`), read in its time zone.
 *
 * @example schedule: cron('0 6 * * MON', { timezone: 'Europe/Berlin' })
 */
export function cron(expression: string, options: Omit<CronSchedule, 'cron'> = {}): CronSchedule {
  return { ...options, cron: expression };
}

/**
 * A schedule by a fixed distance, counted from its anchor: elapsed time for hours and below, calendar days for `d`, `w`.
 *
 * @example schedule: interval('90m')
 */
export function interval(every: Duration, options: Omit<IntervalSchedule, 'interval'> = {}): IntervalSchedule {
  return { ...options, interval: every };
}
