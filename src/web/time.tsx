/** Times and durations as pages say them: the zone is the server's (or ?tz=), by name; JavaScript may add the viewer's. */
import { formatDuration } from '../model/duration.ts';

/** When a page was made, and for which zone. */
export interface Clock {
  readonly now: number;
  readonly zone: string;
  /** Times are told with their date, whatever day it is: what is read later knows no today. */
  readonly isDated?: boolean;
}

/** A moment: "14:30" today, "Mon 5 Jan 14:30" within half a year, else with its year. `ago` says how far away instead. */
export function Time({
  at,
  clock,
  ago = false,
  withZone = false,
}: {
  at: number;
  clock: Clock;
  ago?: boolean;
  withZone?: boolean;
}) {
  const text = ago ? relativeTime(at, clock.now) : clockTime(at, clock);
  return (
    <time
      datetime={new Date(at).toISOString()}
      {...(ago ? { title: `${clockTime(at, clock)} ${zoneName(at, clock.zone)}` } : {})}
    >
      {text}
      {withZone ? ` ${zoneName(at, clock.zone)}` : ''}
    </time>
  );
}

/** In whole units, so that a page does not change with every second; never negative. */
function relativeTime(at: number, now: number): string {
  const distance = Math.abs(now - at);
  if (distance < 45_000) return at <= now ? 'just now' : 'in a moment';
  const words = coarse(distance);
  return at <= now ? `${words} ago` : `in ${words}`;
}

export function clockTime(at: number, { now, zone, isDated = false }: Clock): string {
  const { day, time, year } = wordsOf(at, zone);
  if (isDated) return `${day} ${year} ${time}`;
  if (day === wordsOf(now, zone).day) return time;
  return Math.abs(now - at) < HALF_A_YEAR ? `${day} ${time}` : `${day} ${year} ${time}`;
}

/** "CET" where the zone has letters of its own, else "GMT+5:30". */
function zoneName(at: number, zone: string): string {
  for (const locale of ['en-GB', 'en-US']) {
    const name = part(formatter(locale, zone, { timeZoneName: 'short' }), at, 'timeZoneName');
    if (/^[A-Z]{2,5}$/.test(name)) return name;
  }
  return part(formatter('en-GB', zone, { timeZoneName: 'short' }), at, 'timeZoneName');
}

/** "14:30:05", for lines of a log. */
export function secondsTime(at: number, zone: string): string {
  return formatter('en-GB', zone, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(
    at,
  );
}

/** "5 Jan 2026". */
export function dayText(at: number, zone: string): string {
  return formatter('en-GB', zone, { day: 'numeric', month: 'short', year: 'numeric' }).format(at);
}

export function took(ms: number): string {
  return formatDuration(ms);
}

const HALF_A_YEAR = 180 * 86_400_000;
const COARSE = [
  ['day', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

function coarse(ms: number): string {
  for (const [unit, size] of COARSE) {
    if (ms < size && unit !== 'min') continue;
    const count = Math.max(1, Math.round(ms / size));
    return unit === 'day' ? `${count} ${count === 1 ? 'day' : 'days'}` : `${count} ${unit}`;
  }
  return '';
}

function wordsOf(at: number, zone: string): { day: string; time: string; year: string } {
  const parts = new Map(
    formatter('en-GB', zone, {
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  return {
    day: `${parts.get('weekday')} ${parts.get('day')} ${parts.get('month')}`,
    time: `${parts.get('hour')}:${parts.get('minute')}`,
    year: parts.get('year') ?? '',
  };
}

function part(format: Intl.DateTimeFormat, at: number, type: string): string {
  return format.formatToParts(at).find((each) => each.type === type)?.value ?? '';
}

/** Making a formatter costs more than a page; there are few zones and a handful of shapes. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(locale: string, timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${timeZone} ${Object.keys(options).join()}`;
  let found = formatters.get(key);
  if (found === undefined) {
    found = new Intl.DateTimeFormat(locale, { ...options, timeZone });
    formatters.set(key, found);
  }
  return found;
}
