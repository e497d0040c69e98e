/**
 * Instants as ISO 8601 with offset: in UTC, unless the command line, or whoever asks a server from elsewhere, asked for
 * another zone.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ReaderZone } from '../../model/reader-zone.ts';

let zone: string | null = null;
const reader = new AsyncLocalStorage<ReaderZone>();

/** From now on times are told in this zone, checked by `parseZone`; the command line's `--tz`. */
export function tellTimesIn(name: string): void {
  zone = name;
}

/** Times that `work` tells are told to this reader. Nothing that goes on after the answer may begin in it. */
export function tellTimesTo<T>(to: ReaderZone, work: () => T): T {
  return reader.run(to, work);
}

/** The same function, which tells times to the present reader also when it is called later. */
export function forSameReader<Args extends unknown[], T>(work: (...args: Args) => T): (...args: Args) => T {
  return AsyncLocalStorage.bind(work);
}

/** Of the person whose request is answered; null: nobody's, or not told. */
export function zoneOfReader(): string | null {
  return reader.getStore()?.zone ?? null;
}

/** `2026-11-23T01:44:05.000Z`, or with the offset of the zone that was asked for. */
export function isoTime(at: number): string;
export function isoTime(at: number | null): string | null;
export function isoTime(at: number | null): string | null {
  if (at === null) return null;
  const asked = zoneAsked();
  if (asked === null) return new Date(at).toISOString();
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(asked);
  return local.toString({ timeZoneName: 'never', fractionalSecondDigits: 3 });
}

/** For people, without the offset: `2026-11-23 01:44:05`, in the zone of `--tz`, else in the machine's. */
export function localTime(at: number): string {
  return localOf(at).toPlainDateTime().toString({ fractionalSecondDigits: 0 }).replace('T', ' ');
}

/** `14:30:05.123`, for lines of a log. */
export function timeOfDay(at: number): string {
  return localOf(at).toPlainTime().toString({ fractionalSecondDigits: 3 });
}

/** `14:30:05`, with the date where it is not that of `now`. */
export function clockTime(at: number, now: number): string {
  const isSameDay = localOf(at).toPlainDate().equals(localOf(now).toPlainDate());
  return isSameDay ? localTime(at).slice(11) : localTime(at);
}

/** The zone in which people are told times, and mean those that they write without an offset. */
export function zoneOfTimes(): string {
  return zoneOfReader() ?? zone ?? Temporal.Now.timeZoneId();
}

/** The zone that was asked for; null: none. */
export function zoneAsked(): string | null {
  const to = reader.getStore();
  return to?.isAsked ? to.zone : zone;
}

/** Whether a zone was asked for. */
export function isZoneAsked(): boolean {
  return zoneAsked() !== null;
}

function localOf(at: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(Math.round(at)).toZonedDateTimeISO(zoneOfTimes());
}
