/**
 * Times as people write them on the command line (ISO 8601: a date, a date with a time, with or without offset or zone)
 * to instants. What has no offset is meant in the given zone. Pure.
 */
import { WeirError } from './errors.ts';

/** Epoch ms; `field` begins the error. A wall time that a clock change makes ambiguous, or that never was, is refused. */
export function parseInstant(text: string, zone: string, field: string): number {
  return inCalendar(read(text, zone, field), field);
}

/** The first and the last day of the years 1 to 9999, without their edges: some zone is elsewhere. */
const EARLIEST = Date.UTC(2000, 0, 2) - 63_082_281_600_000;
const LATEST = Date.UTC(9999, 11, 30);

/** What lies beyond could be told to nobody. @throws WeirError `usage` */
export function inCalendar(at: number, field: string): number {
  if (at >= EARLIEST && at <= LATEST) return at;
  throw new WeirError('usage', `${field}: that time lies beyond the years 1 to 9999`);
}

function read(text: string, zone: string, field: string): number {
  const written = text.trim().replace(/^(\d{4}-\d\d-\d\d) (\d)/, '$1T$2');
  try {
    if (/\[.+\]$/.test(written))
      return Temporal.ZonedDateTime.from(written, { disambiguation: 'reject' }).epochMilliseconds;
    if (/T.*(z|[+-]\d\d(:?\d\d)?)$/i.test(written)) return Temporal.Instant.from(written).epochMilliseconds;
  } catch (cause) {
    throw notATime(text, field, cause);
  }
  let wall: Temporal.PlainDateTime;
  try {
    wall = Temporal.PlainDateTime.from(written);
  } catch (cause) {
    throw notATime(text, field, cause);
  }
  if (wall.year < 1 || wall.year > 9999) return wall.year < 1 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const earlier = wall.toZonedDateTime(zone, { disambiguation: 'earlier' });
  const later = wall.toZonedDateTime(zone, { disambiguation: 'later' });
  if (earlier.equals(later)) return earlier.epochMilliseconds;
  const isGap = !earlier.toPlainDateTime().equals(wall);
  throw new WeirError(
    'usage',
    `${field}: ${text} ${isGap ? 'never was' : 'was twice'} in ${zone}: the clocks were changed`,
    {
      hint: `write it with its offset: ${instantText(earlier)} or ${instantText(later)}`,
    },
  );
}

function instantText(at: Temporal.ZonedDateTime): string {
  return at.toString({ timeZoneName: 'never', smallestUnit: 'minute' });
}

function notATime(text: string, field: string, cause: unknown): WeirError {
  return new WeirError('usage', `${field}: "${text}" is not a time`, {
    hint: 'write it like 2026-11-23, 2026-11-23T06:00, 2026-11-23T06:00+01:00 or 2026-11-23T05:00Z',
    cause,
  });
}
