/**
 * Recurrence rules of RFC 5545, read with the part at fault named, and walked on a wall clock that knows no clock changes
 * (wall-slots.ts says what those make of it). COUNT and UNTIL become the wall time of the last occurrence once, when the
 * rule is read: occurrences whose time does not exist are no part of the set and must not be counted.
 */
import { RRuleTemporal } from 'rrule-temporal';
import { nearest, WeirError } from './errors.ts';
import { firstWallSlot, type WallAxis } from './wall-slots.ts';
import { wallOf } from './zone.ts';

/** A rule as written, taken apart; wall times are local times read as UTC, epoch ms. */
export interface WrittenRule {
  /** Always the same for the same rule: capitals, `DTSTART:...` first. */
  readonly text: string;
  /** Zone of `DTSTART;TZID=`; UTC where it ends with Z; null where it names none. */
  readonly zone: string | null;
  readonly isUtc: boolean;
  /** DTSTART as it stands there. */
  readonly start: number;
  /** Without COUNT and UNTIL. */
  readonly parts: RuleParts;
  readonly count: number | null;
  readonly until: { readonly wall: number; readonly isUtc: boolean } | null;
}

export type RuleParts = Readonly<Record<string, string>>;

/** A rule in its zone; plain JSON. */
export interface Rule {
  readonly parts: RuleParts;
  /** Wall time of DTSTART in the zone. */
  readonly startWall: number;
  /** Wall time after which nothing is due. */
  readonly lastWall: number | null;
  /** By elapsed time: hours and shorter, without a part that names hours, days or months. */
  readonly isElapsed: boolean;
}

/** @throws WeirError `invalid-value` that names the part at fault */
export function parseRule(text: string, field: string): WrittenRule {
  const lines = text.trim().replace(/\\n/g, '\n').split(/\s+/);
  let start: { wall: number; isUtc: boolean } | null = null;
  let startText = '';
  let zone: string | null = null;
  let ruleText: string | null = null;
  for (const line of lines) {
    const [, name = '', tzid, value = ''] = /^(?:(DTSTART|RRULE)(?:;TZID=([^:;]+))?:)?(\S+)$/i.exec(line) ?? [];
    if (name.toUpperCase() === 'DTSTART') {
      if (start !== null) throw refused(field, 'DTSTART stands there twice', 'Keep one of them.');
      start = parseTime(value, 'DTSTART', field);
      startText = value.toUpperCase();
      zone = tzid ?? (start.isUtc ? 'UTC' : null);
    } else if (/^(RDATE|EXDATE|EXRULE|DTEND|DURATION)\b/i.test(line)) {
      const what = line.split(/[:;]/)[0]?.toUpperCase();
      throw refused(
        field,
        `${what} is not supported`,
        'A schedule has DTSTART and one RRULE; write two schedules for more.',
      );
    } else if (/^FREQ=|;FREQ=/i.test(value)) {
      if (ruleText !== null) throw refused(field, 'it has two rules', 'Write two schedules, in a list.');
      ruleText = value.toUpperCase().replace(/;$/, '');
    } else {
      throw refused(field, `"${line}" is neither DTSTART nor a rule with FREQ`, EXAMPLE);
    }
  }
  if (ruleText === null) throw refused(field, 'it has no FREQ', EXAMPLE);
  if (start === null) throw refused(field, 'it has no DTSTART, from which it is counted', EXAMPLE);
  const { COUNT: countText, UNTIL: untilText, ...parts } = parseParts(ruleText, field);
  if (countText !== undefined && untilText !== undefined)
    throw refused(field, 'it has both COUNT and UNTIL', 'RFC 5545 allows one of them.');
  const count = countText === undefined ? null : whole('COUNT', countText, 1, MOST_COUNTED, field);
  const until = untilText === undefined ? null : parseTime(untilText, 'UNTIL', field);
  const head = `DTSTART${zone === null || zone === 'UTC' ? '' : `;TZID=${zone}`}:${startText}`;
  return { text: `${head} ${ruleText}`, zone, isUtc: start.isUtc, start: start.wall, parts, count, until };
}

/** The rule in the zone that it is read in. @throws WeirError `invalid-value` when it never fires */
export function ruleIn(written: WrittenRule, zone: string, field: string): Rule {
  const { parts, count, until, start, isUtc } = written;
  const isElapsed = isShort(parts) && !Object.keys(parts).some((part) => LONG_PARTS.includes(part));
  const inZone = ({ wall, isUtc: utc }: { wall: number; isUtc: boolean }) => (utc ? wallOf(zone, wall) : wall);
  const toWall = (time: { wall: number; isUtc: boolean }) =>
    isElapsed ? (time.isUtc ? time.wall : instantOf(zone, time.wall)) : inZone(time);
  const startWall = toWall({ wall: start, isUtc });
  const open: Rule = { parts, startWall, lastWall: until === null ? null : toWall(until), isElapsed };
  const axis = ruleAxis(open, field);
  const first = axis.atOrAfter(startWall);
  if (first === null) throw refused(field, 'it never fires', 'No time fits all of its parts.');
  if (count === null) return open;
  const walked = isElapsed ? 'UTC' : zone;
  let last = firstWallSlot(axis, walked, instantOf(walked, startWall) - DAY_MS, false);
  for (let counted = 1; counted < count && last !== null; counted++)
    last = firstWallSlot(axis, walked, last.at + 1, false);
  return { ...open, lastWall: last === null ? null : wallOf(walked, last.at) };
}

/** Wall times of a rule; nothing before DTSTART, nothing after its end. */
export function ruleAxis(rule: Rule, field = 'rrule'): WallAxis {
  const key = JSON.stringify(rule);
  const known = axes.get(key);
  if (known !== undefined) return known;
  const { parts, startWall, lastWall, isElapsed } = rule;
  const walker = walkerOf(parts, startWall, field);
  const axis: WallAxis = {
    atOrAfter(wall) {
      if (lastWall !== null && wall > lastWall) return null;
      const next = foundBy(() => walker.next(new Date(Math.max(Math.ceil(wall), startWall)), true));
      return next === null || (lastWall !== null && next > lastWall) ? null : next;
    },
    before(wall) {
      if (wall <= startWall) return null;
      const end = lastWall === null ? wall : Math.min(wall, lastWall + 1);
      return foundBy(() => walker.previous(new Date(Math.ceil(end)), false));
    },
    isWild: isShort(parts) && !isElapsed && parts.BYHOUR === undefined,
    dropsGaps: true,
  };
  if (axes.size >= REMEMBERED) axes.clear();
  axes.set(key, axis);
  return axis;
}

const EXAMPLE = 'Write for example "DTSTART:20260101T060000 RRULE:FREQ=WEEKLY;BYDAY=MO,WE".';
const DAY_MS = 86_400_000;
const MOST_COUNTED = 10_000;
/** Periods without any occurrence after which there is none: 80 years of days. */
const MOST_LOOKED_AT = 30_000;
const REMEMBERED = 1000;
const axes = new Map<string, WallAxis>();

const SHORT = ['HOURLY', 'MINUTELY', 'SECONDLY'];
const FREQUENCIES = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', ...SHORT];
const DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const LONG_PARTS = ['BYHOUR', 'BYDAY', 'BYMONTHDAY', 'BYYEARDAY', 'BYWEEKNO', 'BYMONTH', 'BYSETPOS'];
/** Whole numbers, by name: from, to, and whether they count back from the end when negative. */
const NUMBERS: Readonly<Record<string, readonly [number, number, boolean]>> = {
  INTERVAL: [1, 100_000, false],
  BYSECOND: [0, 59, false],
  BYMINUTE: [0, 59, false],
  BYHOUR: [0, 23, false],
  BYMONTHDAY: [1, 31, true],
  BYYEARDAY: [1, 366, true],
  BYWEEKNO: [1, 53, true],
  BYMONTH: [1, 12, false],
  BYSETPOS: [1, 366, true],
};
const NAMES = ['FREQ', 'COUNT', 'UNTIL', 'BYDAY', 'WKST', ...Object.keys(NUMBERS)];

function isShort(parts: RuleParts): boolean {
  return SHORT.includes(parts.FREQ ?? '');
}

function parseParts(text: string, field: string): Record<string, string> {
  const parts: Record<string, string> = {};
  for (const part of text.split(';')) {
    const [name = '', value = '', ...more] = part.split('=');
    if (!NAMES.includes(name)) {
      const near = nearest(name, NAMES);
      throw refused(
        field,
        `"${name}" is not a part of a rule`,
        near ? `Did you mean ${near}?` : `Known are ${NAMES.join(', ')}.`,
      );
    }
    if (value === '' || more.length > 0) throw refused(field, `"${part}" has no value`, `Write ${name}=...`);
    if (parts[name] !== undefined) throw refused(field, `${name} stands there twice`, 'Keep one of them.');
    parts[name] = value;
    checkPart(name, value, field);
  }
  return parts;
}

function checkPart(name: string, value: string, field: string): void {
  if (name === 'FREQ' && !FREQUENCIES.includes(value)) {
    const near = nearest(value, FREQUENCIES);
    throw refused(
      field,
      `FREQ=${value} is not known`,
      near ? `Did you mean ${near}?` : `It is ${FREQUENCIES.join(', ')}.`,
    );
  }
  if (name === 'WKST' && !DAYS.includes(value))
    throw refused(field, `WKST=${value} is no weekday`, `It is ${DAYS.join(', ')}.`);
  if (name === 'BYDAY')
    for (const day of value.split(','))
      if (!/^([+-]?([1-9]|[1-4]\d|5[0-3]))?(MO|TU|WE|TH|FR|SA|SU)$/.test(day))
        throw refused(
          field,
          `"${day}" in BYDAY is no weekday`,
          `Write ${DAYS.join(', ')}, or 1MO, -1FR within a month or year.`,
        );
  const range = NUMBERS[name];
  if (range === undefined) return;
  const [least, most, mayCountBack] = range;
  for (const each of name === 'INTERVAL' ? [value] : value.split(',')) {
    if (mayCountBack && /^-\d+$/.test(each)) whole(name, each.slice(1), least, most, field);
    else whole(name, each.replace(/^\+/, ''), least, most, field);
  }
}

function whole(name: string, text: string, least: number, most: number, field: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw refused(field, `${name}=${text} is out of range`, `${name} takes whole numbers from ${least} to ${most}.`);
}

/** `20260101T060000`, with Z, or a date alone: as UNTIL the whole day, as DTSTART its midnight. */
function parseTime(text: string, name: 'DTSTART' | 'UNTIL', field: string): { wall: number; isUtc: boolean } {
  const form = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?$/i.exec(text);
  const [, year = '', month = '', day = '', hour, minute, second, zulu = ''] = form ?? [];
  const time = hour === undefined ? (name === 'UNTIL' ? '23:59:59' : '00:00:00') : `${hour}:${minute}:${second}`;
  try {
    const plain = Temporal.PlainDateTime.from(`${year}-${month}-${day}T${time}`, { overflow: 'reject' });
    return { wall: plain.toZonedDateTime('UTC').epochMilliseconds, isUtc: zulu !== '' };
  } catch {
    throw refused(
      field,
      `${name} is "${text}", which is not a time`,
      'Write it as 20260101T060000, with Z behind it for UTC.',
    );
  }
}

/** The instant of a wall time; one that does not exist or comes twice is read as everywhere: after the gap, the first. */
function instantOf(zone: string, wall: number): number {
  const plain = Temporal.Instant.fromEpochMilliseconds(wall).toZonedDateTimeISO('UTC').toPlainDateTime();
  return plain.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;
}

function walkerOf(parts: RuleParts, startWall: number, field: string): RRuleTemporal {
  const rruleString = Object.entries(parts)
    .map(([name, value]) => `${name}=${value}`)
    .join(';');
  try {
    return new RRuleTemporal({
      rruleString: `RRULE:${rruleString}`,
      dtstart: Temporal.Instant.fromEpochMilliseconds(startWall).toZonedDateTimeISO('UTC'),
      strict: true,
      cache: false,
      maxIterations: MOST_LOOKED_AT,
    });
  } catch (cause) {
    throw refused(field, cause instanceof Error ? cause.message : String(cause), 'See RFC 5545, 3.3.10.', cause);
  }
}

/** Null when there is none, also where the walker gives up looking for one. */
function foundBy(look: () => { readonly epochMilliseconds: number } | null): number | null {
  try {
    return look()?.epochMilliseconds ?? null;
  } catch (error) {
    if (error instanceof Error && /^Maximum iterations/.test(error.message)) return null;
    throw error;
  }
}

function refused(field: string, why: string, hint: string, cause?: unknown): WeirError {
  return new WeirError(
    'invalid-value',
    `${field}: ${why.replace(/\.$/, '')}.`,
    cause === undefined ? { hint } : { hint, cause },
  );
}
