/**
 * Time zones as pieces of time between two changes of the clock, and the names people write for them.
 * Everything about offsets comes from the Temporal of the runtime; nothing here asks for the machine's zone or time.
 */
import { nearest, WeirError } from './errors.ts';

/** A stretch of time with one offset: `startAt` inclusive, `endAt` exclusive, either may be infinite. */
export interface Segment {
  readonly startAt: number;
  readonly endAt: number;
  readonly offsetMs: number;
  /** The offset before `startAt`; equal to `offsetMs` where nothing is before. */
  readonly offsetBeforeMs: number;
}

/** The stretch of `zone` that holds the instant; about 8 us when it was not asked for lately. */
export function segmentAt(zone: string, at: number): Segment {
  let known = recent.get(zone);
  if (!known) {
    known = [];
    recent.set(zone, known);
  }
  for (const segment of known) {
    if (at >= segment.startAt && at < segment.endAt) return segment;
  }
  const segment = readSegment(zone, at);
  known.unshift(segment);
  if (known.length > REMEMBERED) known.pop();
  return segment;
}

/** The name as the zone database spells it ("europe/berlin" gives "Europe/Berlin"); throws with the nearest names. */
export function parseZone(name: string, field: string): string {
  try {
    return new Temporal.ZonedDateTime(0n, name).timeZoneId;
  } catch (cause) {
    const near = nearestZones(name);
    const hint =
      near.length > 0
        ? `Did you mean ${near.join(' or ')}?`
        : 'Write a region and a city, such as Europe/Berlin or America/New_York, or UTC.';
    throw new WeirError('invalid-value', `${field}: "${name}" is not a known time zone.`, { hint, cause });
  }
}

/** Wall time as milliseconds on an axis without clock changes: the local date and time read as if it were UTC. */
export function wallOf(zone: string, at: number): number {
  return at + segmentAt(zone, at).offsetMs;
}

const REMEMBERED = 8;
const recent = new Map<string, Segment[]>();

function readSegment(zone: string, at: number): Segment {
  const here = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  const next = here.getTimeZoneTransition('next');
  // 'previous' is strictly before, so a clock change at this very instant is asked for from the next nanosecond.
  const start = here.add({ nanoseconds: 1 }).getTimeZoneTransition('previous');
  const offsetMs = here.offsetNanoseconds / 1e6;
  const startAt = start ? start.epochMilliseconds : -Infinity;
  return {
    startAt,
    endAt: next ? next.epochMilliseconds : Infinity,
    offsetMs,
    offsetBeforeMs: start ? start.subtract({ nanoseconds: 1 }).offsetNanoseconds / 1e6 : offsetMs,
  };
}

function nearestZones(word: string): string[] {
  const zones = Intl.supportedValuesOf('timeZone');
  const city = (zone: string) => zone.slice(zone.lastIndexOf('/') + 1);
  const written = city(word.trim().replaceAll(' ', '_')).toLowerCase();
  const found = new Set(zones.filter((zone) => city(zone).toLowerCase() === written));
  for (let round = 0; round < 2; round++) {
    const whole = nearest(
      word,
      zones.filter((zone) => !found.has(zone)),
    );
    if (whole) found.add(whole);
  }
  if (found.size === 0 && written.length > 3) {
    const like = nearest(written, zones.map(city));
    for (const zone of zones) if (like && city(zone) === like) found.add(zone);
  }
  return [...found].slice(0, 3);
}
