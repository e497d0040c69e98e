/**
 * The shape of a schedule as a person writes it: which keys there are, which of them go together, and of which type.
 * What the values mean is for schedule-spec.ts; nothing is filled in here.
 */
import type { Duration } from './duration.ts';
import { nearest, WeirError } from './errors.ts';
import type { Catchup, Overlap } from './slot.ts';

/** Settings of every kind of schedule, as written. */
export interface ScheduleSettings {
  readonly name?: string | undefined;
  readonly timezone?: string | undefined;
  readonly catchup?: Catchup | undefined;
  readonly catchupWindow?: Duration | undefined;
  readonly overlap?: Overlap | undefined;
  readonly jitter?: Duration | { readonly max: Duration; readonly each?: boolean | undefined } | undefined;
}

/** One schedule as the SDK takes it; a text alone is a cron expression. */
export type ScheduleInput =
  | string
  | (ScheduleSettings & {
      readonly cron: string;
      readonly dayOr?: boolean | undefined;
      readonly seconds?: boolean | undefined;
    })
  | (ScheduleSettings & { readonly interval: Duration; readonly anchor?: string | Date | undefined })
  | (ScheduleSettings & { readonly rrule: string });

/** All keys of all kinds; which of them go together is checked beside. */
export interface WrittenSchedule extends ScheduleSettings {
  readonly cron?: string;
  readonly dayOr?: boolean | undefined;
  readonly seconds?: boolean | undefined;
  readonly interval?: Duration;
  readonly anchor?: string | Date | undefined;
  readonly rrule?: string;
}

/** Throws unless the keys fit together; a text alone is a cron expression. */
export function parseScheduleShape(input: unknown, field: string): WrittenSchedule {
  if (typeof input === 'string') return { cron: input };
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw refused(
      `${field} is ${shown(input)}, which is not a schedule.`,
      'Write for example "0 6 * * MON" or { interval: "1h" }.',
    );
  }
  const written: Record<string, unknown> & WrittenSchedule = Object.fromEntries(
    Object.entries(input).filter(([, value]) => value !== undefined),
  );
  const kinds = Object.keys(KINDS).filter((kind) => kind in written);
  const kind = kinds[0];
  if (kind === undefined) throw refused(`${field} has no time.`, 'Give it one of cron, interval and rrule.');
  if (kinds.length > 1) throw refused(`${field} has both ${kinds.join(' and ')}.`, 'Write two schedules, in a list.');
  const keys = [...SETTINGS, kind, ...(KINDS[kind] ?? [])];
  for (const key of Object.keys(written)) {
    if (keys.includes(key)) continue;
    const near = nearest(key, keys);
    throw refused(
      `${field}: "${key}" is not a setting of a schedule by ${kind}.`,
      near ? `Did you mean ${near}?` : `It can have ${keys.join(', ')}.`,
    );
  }
  const types = {
    name: 'string',
    timezone: 'string',
    cron: 'string',
    rrule: 'string',
    dayOr: 'boolean',
    seconds: 'boolean',
  } as const;
  for (const [key, type] of Object.entries(types)) {
    if (key in written && typeof written[key] !== type) {
      const wanted = type === 'string' ? 'a text' : 'true or false';
      throw refused(
        `${field}.${key} is ${shown(written[key])}; it must be ${wanted}.`,
        'See weir check for the whole schedule.',
      );
    }
  }
  if (written.name === '') throw refused(`${field}.name is empty.`, 'Leave it out, or give it a name.');
  return written;
}

/** An error of a schedule's value. */
export function refused(sentence: string, hint: string): WeirError {
  return new WeirError('invalid-value', sentence, { hint });
}

/** A value as a sentence shows it. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : (JSON.stringify(value) ?? String(value));
}

const SETTINGS = ['name', 'timezone', 'catchup', 'catchupWindow', 'overlap', 'jitter'];
const KINDS: Readonly<Record<string, readonly string[]>> = {
  cron: ['dayOr', 'seconds'],
  interval: ['anchor'],
  rrule: [],
};
