/**
 * Intervals: every so much elapsed time (h, m, s), or every so many days of the calendar (d, w), counted from an
 * anchor in both directions. The unit that was written decides: 48h is elapsed time, 2d keeps the wall clock.
 */
import { type Duration, parseDuration } from './duration.ts';
import { WeirError } from './errors.ts';
import type { Slot } from './slot.ts';
import type { WallAxis } from './wall-slots.ts';
import { wallOf } from './zone.ts';

/** Length of one period; `days` above 0 means days of the calendar, else it is elapsed time. */
export interface Period {
  readonly ms: number;
  readonly days: number;
  /** Always the same for the same period, such as `90m` or `14d`. */
  readonly text: string;
}

/** Refuses what is not positive, shorter than a second, or mixes calendar days with elapsed time. */
export function parsePeriod(value: Duration, field: string): Period {
  const ms = parseDurationOf(field, value);
  const units = typeof value === 'string' ? (value.match(/[a-z]+/g) ?? []) : [];
  const isCalendar = units.some((unit) => unit === 'd' || unit === 'w');
  if (isCalendar && units.some((unit) => unit !== 'd' && unit !== 'w')) {
    throw new WeirError('invalid-value', `${field}: "${value}" mixes days of the calendar with elapsed time.`, {
      hint: 'Write it in d and w (the wall clock is kept) or in h, m and s (elapsed time), not both.',
    });
  }
  if (isCalendar && ms % DAY_MS !== 0) {
    throw new WeirError('invalid-value', `${field}: "${value}" is not a whole number of days.`, {
      hint: `Write it in hours: ${ms / 3_600_000}h.`,
    });
  }
  if (ms < 1000) {
    throw new WeirError('invalid-value', `${field}: "${value}" is too short; the shortest interval is 1s.`, {
      hint: 'Write for example 90s, 15m, 6h or 1d.',
    });
  }
  if (ms > LONGEST_MS) {
    throw new WeirError('invalid-value', `${field}: "${value}" is too long; the longest interval is 36500d.`, {
      hint: 'A single time is a cron expression with a year and seconds: true.',
    });
  }
  return isCalendar ? { ms, days: ms / DAY_MS, text: `${ms / DAY_MS}d` } : { ms, days: 0, text: elapsedText(ms) };
}

/** A duration of a schedule; its errors name the field. */
export function parseDurationOf(field: string, value: Duration): number {
  try {
    return parseDuration(value);
  } catch (cause) {
    if (!(cause instanceof WeirError)) throw cause;
    const hint = cause.hint === undefined ? {} : { hint: cause.hint };
    throw new WeirError(cause.code, `${field}: ${cause.message}`, { ...hint, cause });
  }
}

/** First slot at or after the instant, of an interval of elapsed time. */
export function firstElapsedSlot(periodMs: number, anchorAt: number, at: number): Slot {
  const behind = floorRest(anchorAt - at, periodMs);
  return { at: at + behind, note: null, suppressed: false };
}

/** Last slot before the instant, of an interval of elapsed time. */
export function lastElapsedSlot(periodMs: number, anchorAt: number, before: number): Slot {
  return firstElapsedSlot(periodMs, anchorAt, before - periodMs);
}

/** Wall times of an interval in days: the anchor's wall clock in its zone, every so many dates. */
export function calendarAxis(periodMs: number, anchorAt: number, zone: string): WallAxis {
  const anchor = wallOf(zone, anchorAt);
  return {
    atOrAfter: (wall) => wall + floorRest(anchor - wall, periodMs),
    before: (wall) => wall - periodMs + floorRest(anchor - wall, periodMs),
    isWild: false,
  };
}

const DAY_MS = 86_400_000;
/** About a hundred years: slots on both sides of any anchor stay within the times that Temporal knows. */
const LONGEST_MS = 36_500 * DAY_MS;

/** Rest of a division that is never negative. */
function floorRest(value: number, by: number): number {
  return ((value % by) + by) % by;
}

function elapsedText(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
