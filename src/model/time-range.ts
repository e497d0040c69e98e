/**
 * From and to as people write them: times, dates, and durations counted from another time. A date as an end means its
 * whole day. Pure; everything is given back as instants that are included.
 */
import { parseTime } from './asked-time.ts';
import { parseDuration } from './duration.ts';
import { WeirError } from './errors.ts';
import { inCalendar } from './instant.ts';
import { wallOf } from './zone.ts';

/** `from` and `to`, both included. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** A time, a date, a time of today, `now`, or how long before `now` such as `7d`. */
export function parseFrom(text: string, zone: string, field: string, now: number): number {
  if (text.trim() === 'now') return now;
  return isDuration(text) ? inCalendar(now - parseDuration(text.trim()), field) : parseTime(text, zone, field, now);
}

/** A time, the end of a date, a time of today, `now`, or how long after `from` such as `7d`. */
export function parseTo(
  text: string,
  zone: string,
  field: string,
  { from, now }: { from: number; now: number },
): number {
  if (text.trim() === 'now') return now;
  if (isDuration(text)) return inCalendar(from + parseDuration(text.trim()), field);
  if (!isDate(text)) return parseTime(text, zone, field, now);
  let date: Temporal.PlainDate;
  try {
    date = Temporal.PlainDate.from(text.trim());
  } catch {
    return parseTime(text, zone, field, now);
  }
  return inCalendar(date.add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds - 1, field);
}

/** `2026-03-08T01:00..2026-03-08T09:00`, `2026-03-08..8h`; its end is not part of it. @throws WeirError `usage` */
export function parseSpan(text: string, zone: string, field: string, now: number): TimeRange {
  const [first = '', last = '', ...more] = text.split('..');
  if (first === '' || last === '' || more.length > 0) {
    throw new WeirError('usage', `${field}: "${text}" is no stretch of time`, {
      hint: 'write its begin and its end, such as 2026-03-08T01:00..2026-03-08T09:00 or 2026-03-08T01:00..8h',
    });
  }
  const from = parseTime(first, zone, field, now);
  const to = parseTo(last, zone, field, { from, now });
  return ordered({ from, to: isDate(last) ? to + 1 : to }, zone, field);
}

/** @throws WeirError `usage` where the end lies before the begin */
export function ordered(range: TimeRange, zone: string, field: string): TimeRange {
  if (range.to >= range.from) return range;
  const told = (at: number) => new Date(wallOf(zone, at)).toISOString().slice(0, 16).replace('T', ' ');
  throw new WeirError('usage', `${field}: the end, ${told(range.to)}, lies before the begin, ${told(range.from)}`);
}

function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text.trim());
}

function isDuration(text: string): boolean {
  return /^\s*\d+(\.\d+)?(ms|[smhdw])/.test(text);
}
