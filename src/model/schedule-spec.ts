/**
 * What a person writes as a schedule, checked as a whole and with every default filled in.
 * A resolved spec is plain JSON and holds all that was chosen once (zone, anchor, the numbers for `~`), so that a
 * stored spec means the same for ever, on any machine.
 */
import { checkCron, chooseRandom, parseCronLine, stepWarnings } from './cron.ts';
import { nearest, WeirError } from './errors.ts';
import { parseDurationOf, parsePeriod } from './interval.ts';
import { parseRule, type Rule, ruleIn } from './rrule.ts';
import {
  parseScheduleShape,
  refused,
  type ScheduleInput,
  type ScheduleSettings,
  shown,
  type WrittenSchedule,
} from './schedule-input.ts';
import type { Catchup, Overlap } from './slot.ts';
import { parseZone } from './zone.ts';

/** What the surroundings give to a schedule that does not say it itself. */
export interface ScheduleSurroundings {
  /** The zone of the machine, pinned at the first deploy. */
  readonly machineZone: string;
  /** Whose schedule it is, such as `flow/deployment`: it and the schedule's identity choose the numbers for `~`. */
  readonly seed: string;
  /** Anchor of an interval that names none: its creation, pinned at the first deploy. Epoch ms. */
  readonly createdAt: number;
  /** Settings of the flow or deployment. */
  readonly defaults?: Pick<ScheduleSettings, 'timezone' | 'catchup' | 'catchupWindow' | 'overlap'>;
  /** How errors name the schedule; default `schedule`. */
  readonly field?: string;
}

interface Common {
  readonly name: string | null;
  readonly timezone: string;
  /** False: the machine's zone was taken. */
  readonly isTimezoneWritten: boolean;
  readonly catchup: Catchup;
  /** Null: the larger of 7 days and one period. */
  readonly catchupWindowMs: number | null;
  readonly overlap: Overlap;
  readonly jitter: { readonly maxMs: number; readonly each: boolean } | null;
}

/** A schedule that has been checked; plain JSON. */
export type ScheduleSpec =
  | (Common & {
      readonly kind: 'cron';
      /** As written, in capitals with single spaces. */
      readonly cron: string;
      /** The same with every `~` replaced by its number. */
      readonly fields: string;
      readonly dayOr: boolean;
      readonly seconds: boolean;
    })
  | (Common & {
      readonly kind: 'interval';
      /** Normalised, such as `90m` or `14d`. */
      readonly interval: string;
      readonly ms: number;
      /** Days of the calendar, or 0 for elapsed time. */
      readonly days: number;
      readonly anchorAt: number;
      readonly isAnchorWritten: boolean;
    })
  | (Common & {
      readonly kind: 'rrule';
      /** Normalised: `DTSTART:... FREQ=...`. */
      readonly rrule: string;
      readonly rule: Rule;
    })
  /** Once for each boot of the machine. */
  | (Common & { readonly kind: 'reboot' });

/** Checks one schedule and fills its defaults; throws `invalid-value` with the field at fault. */
export function resolveSchedule(input: ScheduleInput, surroundings: ScheduleSurroundings): ScheduleSpec {
  const field = surroundings.field ?? 'schedule';
  const written = parseScheduleShape(input, field);
  if (written.cron !== undefined) return resolveCron(written, surroundings, field);
  if (written.interval !== undefined) return resolveInterval(written, surroundings, field);
  return resolveRule(written, surroundings, field);
}

/** Checks one schedule or a list of them; two of the same identity are refused. */
export function resolveSchedules(
  input: ScheduleInput | readonly ScheduleInput[] | undefined,
  surroundings: ScheduleSurroundings,
): ScheduleSpec[] {
  if (input === undefined) return [];
  if (!isList(input)) return [resolveSchedule(input, surroundings)];
  const field = surroundings.field ?? 'schedule';
  const specs = input.map((one, index) => resolveSchedule(one, { ...surroundings, field: `${field}[${index}]` }));
  const places = new Map<string, number>();
  for (const [index, spec] of specs.entries()) {
    const identity = scheduleIdentity(spec);
    const first = places.get(identity);
    if (first !== undefined) {
      throw new WeirError(
        'invalid-value',
        `${field}[${index}]: "${identity}" is also the identity of ${field}[${first}].`,
        {
          hint: 'Give each schedule a name of its own.',
        },
      );
    }
    places.set(identity, index);
  }
  return specs;
}

/**
 * What makes it the same schedule over redeploys: its name, else its normalised text. A zone or an anchor is part of
 * the text only when it was written, so that what was pinned at the first deploy can be found again.
 */
export function scheduleIdentity(spec: ScheduleSpec): string {
  if (spec.name !== null) return spec.name;
  const zone = spec.isTimezoneWritten ? ` ${spec.timezone}` : '';
  if (spec.kind === 'reboot') return '@reboot';
  // A zone that DTSTART names is part of its text already.
  if (spec.kind === 'rrule') return `${spec.rrule}${/TZID=/.test(spec.rrule) ? '' : zone}`;
  if (spec.kind === 'cron') return `${spec.cron}${spec.dayOr ? '' : ' day and weekday'}${zone}`;
  const anchor = spec.isAnchorWritten ? ` from ${new Date(spec.anchorAt).toISOString()}` : '';
  return `every ${spec.interval}${anchor}${zone}`;
}

/** A schedule as people read it, without its name and zone. */
export function writtenText(spec: ScheduleSpec): string {
  switch (spec.kind) {
    case 'cron':
      return spec.cron;
    case 'interval':
      return `every ${spec.interval}`;
    case 'rrule':
      return spec.rrule;
    case 'reboot':
      return '@reboot';
  }
}

/** Sentences on what is allowed and probably not meant. */
export function scheduleWarnings(spec: ScheduleSpec): string[] {
  return spec.kind === 'cron' ? stepWarnings(spec.fields) : [];
}

/** The same schedule as it was deployed before: a zone and an anchor that nobody wrote stay what they were pinned to. */
export function repinned(former: ScheduleSpec, spec: ScheduleSpec): ScheduleSpec {
  const timezone = spec.isTimezoneWritten ? spec.timezone : former.timezone;
  if (spec.kind === 'interval' && former.kind === 'interval' && !spec.isAnchorWritten)
    return { ...spec, timezone, anchorAt: former.anchorAt };
  if (spec.kind === 'rrule' && timezone !== spec.timezone)
    return { ...spec, timezone, rule: ruleIn(parseRule(spec.rrule, 'rrule'), timezone, 'rrule') };
  return { ...spec, timezone };
}

const CATCHUP: readonly Catchup[] = ['latest', 'skip', 'all'];
const OVERLAP: readonly Overlap[] = ['skip', 'buffer_one', 'allow_all'];

function resolveCron(written: WrittenSchedule, surroundings: ScheduleSurroundings, field: string): ScheduleSpec {
  const place = `${field}.cron`;
  const line = parseCronLine(written.cron ?? '', place);
  if (line.timezone !== null && written.timezone !== undefined && line.timezone !== written.timezone) {
    throw refused(
      `${field} names two time zones, ${line.timezone} in cron and ${written.timezone} in timezone.`,
      'Keep one of them.',
    );
  }
  const zoned = line.timezone === null ? written : { ...written, timezone: line.timezone };
  if (line.kind === 'every') {
    const { cron: _, dayOr: __, seconds: ___, ...settings } = zoned;
    return resolveInterval({ ...settings, interval: line.interval }, surroundings, field, place);
  }
  const common = resolveCommon(zoned, surroundings, field, line.timezone === null ? `${field}.timezone` : place);
  if (line.kind === 'reboot') return { kind: 'reboot', ...common };
  const { dayOr = true, seconds = false } = written;
  const seed = `${surroundings.seed}\0${common.name ?? line.fields}`;
  const fields = chooseRandom(line.fields, seed, place);
  // A nickname has five fields and is right with seconds: true too.
  checkCron(fields, { dayOr, seconds: seconds && !(written.cron ?? '').includes('@') }, place);
  return { kind: 'cron', cron: line.fields, fields, dayOr, seconds, ...common };
}

function resolveInterval(
  written: WrittenSchedule,
  surroundings: ScheduleSurroundings,
  field: string,
  place = `${field}.interval`,
): ScheduleSpec {
  const common = resolveCommon(written, surroundings, field, `${field}.timezone`);
  const { ms, days, text } = parsePeriod(written.interval ?? '', place);
  const isAnchorWritten = written.anchor !== undefined;
  const anchorAt = isAnchorWritten
    ? parseAnchor(written.anchor, common.timezone, `${field}.anchor`)
    : surroundings.createdAt;
  return { kind: 'interval', interval: text, ms, days, anchorAt, isAnchorWritten, ...common };
}

/** DTSTART's zone counts where it names one; where it is in UTC, one that is written beside it, else UTC. */
function resolveRule(written: WrittenSchedule, surroundings: ScheduleSurroundings, field: string): ScheduleSpec {
  const place = `${field}.rrule`;
  const rule = parseRule(written.rrule ?? '', place);
  const own = rule.zone === null ? null : parseZone(rule.zone, place);
  const beside = written.timezone ?? surroundings.defaults?.timezone;
  if (
    own !== null &&
    !rule.isUtc &&
    written.timezone !== undefined &&
    parseZone(written.timezone, `${field}.timezone`) !== own
  )
    throw refused(
      `${field} names two time zones, ${own} in rrule and ${written.timezone} in timezone.`,
      'Keep one of them.',
    );
  const timezone = rule.isUtc ? (beside ?? 'UTC') : (own ?? beside);
  const zoned = timezone === undefined ? written : { ...written, timezone };
  const common = resolveCommon(zoned, surroundings, field, `${field}.timezone`);
  return { kind: 'rrule', rrule: rule.text, rule: ruleIn(rule, common.timezone, place), ...common };
}

function resolveCommon(
  written: WrittenSchedule,
  surroundings: ScheduleSurroundings,
  field: string,
  zonePlace: string,
): Common {
  const { defaults = {}, machineZone } = surroundings;
  const timezone = written.timezone ?? defaults.timezone;
  const window = written.catchupWindow ?? defaults.catchupWindow;
  return {
    name: written.name ?? null,
    timezone: parseZone(timezone ?? machineZone, timezone === undefined ? "the machine's time zone" : zonePlace),
    isTimezoneWritten: timezone !== undefined,
    catchup: oneOf(CATCHUP, written.catchup ?? defaults.catchup ?? 'latest', `${field}.catchup`),
    catchupWindowMs: window === undefined ? null : parseDurationOf(`${field}.catchupWindow`, window),
    overlap: oneOf(OVERLAP, written.overlap ?? defaults.overlap ?? 'skip', `${field}.overlap`),
    jitter: resolveJitter(written.jitter, `${field}.jitter`),
  };
}

function resolveJitter(jitter: ScheduleSettings['jitter'], field: string): Common['jitter'] {
  if (jitter === undefined) return null;
  const unknown =
    typeof jitter === 'object' ? Object.keys(jitter ?? {}).find((key) => !/^(max|each)$/.test(key)) : undefined;
  if (unknown !== undefined)
    throw refused(`${field}: "${unknown}" is not a setting of jitter.`, 'It can have max and each.');
  const { max, each = false } = typeof jitter === 'object' && jitter !== null ? jitter : { max: jitter };
  const maxMs = parseDurationOf(field, max);
  return maxMs === 0 ? null : { maxMs, each: each === true };
}

/** An instant ("2026-01-01T11:00Z"), or a wall time in the schedule's zone ("2026-01-01T11:00", "2026-01-01"). */
function parseAnchor(anchor: unknown, zone: string, field: string): number {
  const text = anchor instanceof Date && !Number.isNaN(anchor.getTime()) ? anchor.toISOString() : String(anchor).trim();
  const readings = [
    () => Temporal.Instant.from(text).epochMilliseconds,
    () => Temporal.ZonedDateTime.from(text).epochMilliseconds,
    () => Temporal.PlainDateTime.from(text).toZonedDateTime(zone).epochMilliseconds,
  ];
  for (const read of readings) {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  throw refused(
    `${field} is "${text}", which is not a time.`,
    'Write it as 2026-01-01, 2026-01-01T11:00 or 2026-01-01T10:00Z.',
  );
}

function oneOf<Word extends string>(words: readonly Word[], value: Word, field: string): Word {
  if (words.includes(value)) return value;
  const near = nearest(String(value), words);
  throw refused(
    `${field} is ${shown(value)}; it must be ${words.slice(0, -1).join(', ')} or ${words.at(-1)}.`,
    near ? `Did you mean ${near}?` : `The default is ${words[0]}.`,
  );
}

function isList(input: ScheduleInput | readonly ScheduleInput[]): input is readonly ScheduleInput[] {
  return Array.isArray(input);
}
