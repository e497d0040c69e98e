/**
 * Which moments stand below an axis of time: round ones of the wall clock in the zone of the page, few enough to be read.
 * Pure.
 */
import type { Domain, Tick } from './scale.ts';

type Unit = 'seconds' | 'minutes' | 'hours' | 'days' | 'months' | 'years';

interface Step {
  readonly unit: Unit;
  readonly count: number;
  /** About how long. */
  readonly ms: number;
}

const DAY = 86_400_000;
const STEPS: readonly Step[] = [
  ...[1, 5, 15, 30].map((count): Step => ({ unit: 'seconds', count, ms: count * 1000 })),
  ...[1, 5, 15, 30].map((count): Step => ({ unit: 'minutes', count, ms: count * 60_000 })),
  ...[1, 3, 6, 12].map((count): Step => ({ unit: 'hours', count, ms: count * 3_600_000 })),
  ...[1, 2, 7, 14].map((count): Step => ({ unit: 'days', count, ms: count * DAY })),
  ...[1, 3, 6].map((count): Step => ({ unit: 'months', count, ms: count * 30.4 * DAY })),
  ...[1, 2, 5, 10, 50, 100].map((count): Step => ({ unit: 'years', count, ms: count * 365.2 * DAY })),
];

/** At most about `count` of them; days carry their month, months of January their year. */
export function timeTicks({ from, to }: Domain, zone: string, count = 8): Tick[] {
  if (!(to > from)) return [{ value: from, text: momentText(zoned(from, zone)) }];
  const step = STEPS.find(({ ms }) => (to - from) / ms <= count) ?? STEPS.at(-1);
  if (step === undefined) return [];
  const found: Tick[] = [];
  const days: number[] = [];
  let at = floorTo(zoned(from, zone), step);
  let former: Temporal.ZonedDateTime | null = null;
  for (let guard = 0; guard < 4 * count && at.epochMilliseconds <= to; guard++) {
    if (at.epochMilliseconds >= from) {
      const isNewDay = former === null || !former.toPlainDate().equals(at.toPlainDate());
      const tick = { value: at.epochMilliseconds, text: textOf(at, step.unit, isNewDay) };
      found.push(tick);
      if (step.ms < DAY && tick.text === dayText(at)) days.push(found.length - 1);
      former = at;
    }
    at = next(at, step);
  }
  // Hours without their days tell nothing.
  const [first] = days;
  if (first === undefined) return found;
  const isMajor = (index: number) => (days.length > 1 ? days.includes(index) : (index - first) % 2 === 0);
  return found.map((tick, index) => (isMajor(index) ? tick : { ...tick, isMinor: true }));
}

function zoned(at: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(Math.round(at)).toZonedDateTimeISO(zone);
}

function floorTo(at: Temporal.ZonedDateTime, { unit, count }: Step): Temporal.ZonedDateTime {
  const day = at.startOfDay();
  switch (unit) {
    case 'seconds':
    case 'minutes':
    case 'hours':
      return at.round({ smallestUnit: unit, roundingIncrement: count, roundingMode: 'floor' });
    case 'days':
      // Weeks begin on Monday; every second day is counted from the first of the month.
      if (count % 7 === 0) return day.subtract({ days: day.dayOfWeek - 1 });
      return day.subtract({ days: (day.day - 1) % count });
    case 'months':
      return day.with({ day: 1 }).subtract({ months: (day.month - 1) % count });
    case 'years':
      return day.with({ day: 1, month: 1 }).subtract({ years: day.year % count });
  }
}

/** By the wall clock: a day of 25 hours is one day. Every second day begins anew with the month. */
function next(at: Temporal.ZonedDateTime, { unit, count }: Step): Temporal.ZonedDateTime {
  if (unit === 'hours' && count > 1) return at.toPlainDateTime().add({ hours: count }).toZonedDateTime(at.timeZoneId);
  const following = at.add({ [unit]: count });
  if (unit === 'days' && count === 2 && following.month !== at.month) return following.with({ day: 1 });
  return following;
}

function textOf(at: Temporal.ZonedDateTime, unit: Unit, isNewDay: boolean): string {
  switch (unit) {
    case 'years':
      return String(at.year);
    case 'months':
      return at.month === 1 ? String(at.year) : monthName(at);
    case 'days':
      return dayText(at);
    default:
      return isNewDay && at.hour === 0 && at.minute === 0 ? dayText(at) : clockText(at, unit);
  }
}

function dayText(at: Temporal.ZonedDateTime): string {
  return `${at.day} ${monthName(at)}`;
}

function momentText(at: Temporal.ZonedDateTime): string {
  return `${dayText(at)} ${clockText(at, 'minutes')}`;
}

function clockText(at: Temporal.ZonedDateTime, unit: Unit): string {
  return at.toPlainTime().toString({ smallestUnit: unit === 'seconds' ? 'second' : 'minute' });
}

function monthName(at: Temporal.ZonedDateTime): string {
  return MONTHS[at.month - 1] ?? '';
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Moments one after another: the clock where all are of a day or two, else their days. */
export function momentTexts(times: readonly number[], zone: string): string[] {
  const span = Math.max(...times) - Math.min(...times);
  const moments = times.map((at) => zoned(at, zone));
  if (span > 300 * DAY) return moments.map((at) => `${monthName(at)} ${at.year}`);
  if (span > 2 * DAY) return moments.map(dayText);
  return moments.map((at) => clockText(at, span < 600_000 ? 'seconds' : 'minutes'));
}
