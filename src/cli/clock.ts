/** Due times as lists of the terminal tell them: with the weekday, and with the offset where the clocks change meanwhile. */
import { isZoneAsked, zoneOfTimes } from '../engine/tell/told-times.ts';

/** How times of a list are told: all of them in one way, so that they stand below each other. */
export interface Clock {
  readonly zone: string;
  /** `Mon 2026-11-23 06:00`, with seconds or offset where some time of the list needs them. */
  tell(at: number): string;
}

/** `--tz`; else the zone that all of it has, else the machine's. */
export function clockFor(times: readonly number[], zones: readonly string[]): Clock {
  const own = new Set(zones);
  const zone = isZoneAsked() || own.size !== 1 ? zoneOfTimes() : ([...own][0] as string);
  const offsets = new Set(times.map((at) => localOf(at, zone).offset));
  const isWhole = times.every((at) => at % 60_000 === 0);
  return {
    zone,
    tell(at) {
      const local = localOf(at, zone);
      const weekday = local.toLocaleString('en', { weekday: 'short' });
      const time = local
        .toPlainDateTime()
        .toString({ smallestUnit: isWhole ? 'minute' : 'second' })
        .replace('T', ' ');
      return `${weekday} ${time}${offsets.size > 1 ? ` ${local.offset}` : ''}`;
    },
  };
}

/** `06:00`, on the clock of a zone. */
export function timeIn(at: number, zone: string): string {
  const local = localOf(at, zone);
  return local.toPlainTime().toString({ smallestUnit: at % 60_000 === 0 ? 'minute' : 'second' });
}

function localOf(at: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(Math.round(at)).toZonedDateTimeISO(zone);
}
