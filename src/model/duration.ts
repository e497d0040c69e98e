/**
 * Durations as people write them ("1h30m", "250ms") to milliseconds and back.
 * Every place that takes a duration (SDK options, YAML, command line, configuration) parses it here, so that
 * it is written one way everywhere. It must never guess a unit: "10" is refused.
 */

import { WeirError } from './errors.ts';

/** `"250ms"`, `"90s"`, `"1h30m"`, `"1.5h"`, `"7d"`, `"1w"`, or milliseconds as a number. */
export type Duration = string | number;

/** Milliseconds of each unit, longest first: the order in which parts must be written. */
const UNITS = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
const UNIT_NAMES = Object.keys(UNITS) as readonly Unit[];
type Unit = keyof typeof UNITS;

const PART = /\s*(\d+(?:\.\d+)?)(ms|[smhdw])\s*/y;
const BARE_NUMBER = /^\s*\d+(?:\.\d+)?\s*$/;
/** The span of a Date, 100 000 000 days; beyond it no time could be told. */
const LONGEST_MS = 8.64e15;

/** Whole milliseconds of a duration; throws `invalid-value` with a sentence that says how to write it. */
export function parseDuration(value: Duration): number {
  if (typeof value === 'number') return parseMilliseconds(value);
  if (typeof value !== 'string') throw refused(`${describe(value)} is not a duration`);
  if (BARE_NUMBER.test(value)) throw bareNumber(value.trim());

  let totalMs = 0;
  let position = 0;
  let lastUnit = -1;
  while (position < value.length) {
    PART.lastIndex = position;
    const part = PART.exec(value);
    if (part === null) throw refused(`"${value}" is not a duration`);
    const unit = part[2] as Unit;
    const unitIndex = UNIT_NAMES.indexOf(unit);
    if (unitIndex <= lastUnit) {
      throw refused(`"${value}" is not a duration: its units must go from long to short, each once`);
    }
    totalMs += Number(part[1]) * UNITS[unit];
    position = PART.lastIndex;
    lastUnit = unitIndex;
  }
  if (lastUnit === -1) throw refused('an empty text is not a duration');
  if (totalMs > LONGEST_MS) throw refused(`"${value}" is too long for a duration`);
  return Math.round(totalMs);
}

/** A duration for people, in its two longest units: `350ms`, `4.2s`, `1m 5s`, `1h 30m`, `2d 3h`; below 0, `0ms`. */
export function formatDuration(ms: number): string {
  // Each step rounds first and compares afterwards, so that 59.96 s is "1m" and never "60s".
  const milliseconds = Math.max(0, Math.round(ms));
  if (milliseconds < 1000) return `${milliseconds}ms`;
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `${tenths / 10}s`;
  const seconds = Math.round(ms / UNITS.s);
  if (seconds < 3600) return twoUnits(seconds, 60, 'm', 's');
  const minutes = Math.round(ms / UNITS.m);
  if (minutes < 1440) return twoUnits(minutes, 60, 'h', 'm');
  return twoUnits(Math.round(ms / UNITS.h), 24, 'd', 'h');
}

function parseMilliseconds(value: number): number {
  if (!Number.isFinite(value) || value < 0) {
    throw refused(`${value} is not a duration: milliseconds must be a number of 0 or more`);
  }
  if (value > LONGEST_MS) throw refused(`${value} ms is too long for a duration`);
  return Math.round(value);
}

function twoUnits(amount: number, ratio: number, long: Unit, short: Unit): string {
  const rest = amount % ratio;
  const whole = `${Math.floor(amount / ratio)}${long}`;
  return rest === 0 ? whole : `${whole} ${rest}${short}`;
}

function bareNumber(text: string): WeirError {
  return new WeirError('invalid-value', `${text} what? write "${text}s", "${text}m" or "${text}h"`);
}

function refused(sentence: string): WeirError {
  return new WeirError('invalid-value', sentence, { hint: 'write it like "250ms", "90s", "1h30m", "7d" or "1w"' });
}

function describe(value: unknown): string {
  return value === null ? 'null' : `a value of type ${typeof value}`;
}
