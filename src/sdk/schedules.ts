/** What a flow may write as `schedule`, and builders that say the same with types. The grammar lives in model/schedule.ts. */
import type { Duration } from '../model/duration.ts';

interface Common {
  /** Keeps the schedule's identity, and so its ledger, when its text changes. */
  name?: string;
  /** IANA zone, such as `'Europe/Berlin'`; default: the machine's zone, pinned at the first deploy. */
  timezone?: string;
  /** What to do with slots missed by sleep or shutdown. Default `latest`: one run, however many were missed. */
  catchup?: 'latest' | 'skip' | 'all';
  /** How old a missed slot may be to be caught up. Default: the larger of 7 days and one period. */
  catchupWindow?: Duration;
  /** What to do while the previous run is still going. Default `skip`, recorded. */
  overlap?: 'skip' | 'buffer_one' | 'allow_all';
  /** A delay that is always the same for the schedule, so that many machines spread; `each` draws one anew per slot. */
  jitter?: Duration | { max: Duration; each?: boolean };
}

export type CronSchedule = Common & { cron: string; dayOr?: boolean; seconds?: boolean };
export type IntervalSchedule = Common & { interval: Duration; anchor?: string };
export type RuleSchedule = Common & { rrule: string };
export type ScheduleInput = string | CronSchedule | IntervalSchedule | RuleSchedule;

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

/**
 * A schedule by a recurrence rule of RFC 5545 with its DTSTART. Daily and longer rules keep the wall clock, and drop a day
 * on which their time does not exist. DTSTART in UTC (`Z`) is read in `timezone` where that is given.
 *
 * @example schedule: rrule('DTSTART;TZID=Europe/Berlin:20260105T060000 RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO')
 */
export function rrule(rule: string, options: Omit<RuleSchedule, 'rrule'> = {}): RuleSchedule {
  return { ...options, rrule: rule };
}
