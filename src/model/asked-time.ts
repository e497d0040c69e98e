/**
 * The time that somebody asks about (`nightly@06:00`): with or without a date and an offset, on the clock of a zone. One
 * that a clock change dropped means the moment of the change, one that came twice its first time. Pure.
 */
import { WeirError } from './errors.ts';
import { parseInstant } from './instant.ts';

/** A time of day alone means today, as in `nightly@06:00`; all else is a time as parseInstant takes it. */
export function parseTime(text: string, zone: string, field: string, now: number): number {
  return isTimeOfDay(text) ? parseAskedTime(text, zone, now) : parseInstant(text, zone, field);
}

function isTimeOfDay(text: string): boolean {
  return /^\s*([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?\s*$/.test(text);
}

/** @throws WeirError `usage` */
export function parseAskedTime(text: string, zone: string, now: number): number {
  const written = text.trim().replace(' ', 'T');
  if (written === 'now') return now;
  const readers: (() => number)[] = [
    () => Temporal.Instant.from(written).epochMilliseconds,
    () => Temporal.ZonedDateTime.from(written).epochMilliseconds,
    () => onClock(Temporal.PlainDateTime.from(written), zone),
  ];
  // A time of day first: "06:00" alone would be no date.
  const isToday = /^\d{1,2}:\d{2}/.test(written);
  const today = () => Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone).toPlainDate();
  const order = isToday
    ? [() => onClock(today().toPlainDateTime(Temporal.PlainTime.from(written.padStart(5, '0'))), zone)]
    : readers;
  for (const read of order) {
    try {
      return read();
    } catch {
      // not of this form
    }
  }
  throw new WeirError('usage', `"${text}" is no time`, {
    hint: 'write 2026-11-23T06:00, 2026-11-23T06:00:00+01:00, or 06:00 for today',
  });
}

function onClock(wall: Temporal.PlainDateTime, zone: string): number {
  const at = wall.toZonedDateTime(zone, { disambiguation: 'earlier' });
  if (at.toPlainDateTime().equals(wall)) return at.epochMilliseconds;
  // It never was: what was due then is due when the clocks have gone forward.
  return at.getTimeZoneTransition('next')?.epochMilliseconds ?? at.epochMilliseconds;
}
