/**
 * Cron expressions: the grammar as croner has it, plus what it lacks (`@every`, `CRON_TZ=`, `a~b`), each mistake
 * told with the field at fault. The axis below lets croner walk wall times read as UTC; it must never walk instants,
 * because only wall-slots.ts knows what a clock change does to them.
 */
import { Cron } from 'croner';
import { nearest, WeirError } from './errors.ts';
import { seededFraction } from './seeded.ts';
import type { WallAxis } from './wall-slots.ts';

/** A line as written, split into what stands before the fields, and the fields. */
export type CronLine =
  | { readonly kind: 'fields'; readonly timezone: string | null; readonly fields: string }
  | { readonly kind: 'every'; readonly timezone: string | null; readonly interval: string }
  | { readonly kind: 'reboot'; readonly timezone: string | null };

/** Takes `CRON_TZ=Zone` and `@daily` and the like apart; the fields come back in capitals with single spaces. */
export function parseCronLine(text: string, field: string): CronLine {
  const prefix = /^\s*(?:CRON_)?TZ=(\S*)\s+/.exec(text);
  const timezone = prefix?.[1] ?? null;
  const rest = text.slice(prefix?.[0].length ?? 0).trim();
  refuseCrontabLine(rest, field);
  if (!rest.startsWith('@')) {
    return { kind: 'fields', timezone, fields: rest.toUpperCase().replaceAll('?', '*').split(/\s+/).join(' ') };
  }
  const [word = '', ...more] = rest.toLowerCase().split(/\s+/);
  if (word === '@every') return { kind: 'every', timezone, interval: more.join('') };
  if (word === '@reboot' && more.length === 0) return { kind: 'reboot', timezone };
  const fields = Object.hasOwn(NICKNAMES, word) ? NICKNAMES[word] : undefined;
  if (fields !== undefined && more.length === 0) return { kind: 'fields', timezone, fields };
  const near = nearest(word, [...Object.keys(NICKNAMES), '@every', '@reboot']);
  throw new WeirError('invalid-value', `${field}: "${rest}" is not a nickname of a time.`, {
    hint:
      near && near !== word
        ? `Did you mean ${near}?`
        : `Known are ${Object.keys(NICKNAMES).join(', ')}, @reboot, @every 90m.`,
  });
}

/** A line that was taken over from a crontab as it stood there, with its command. */
function refuseCrontabLine(text: string, field: string): void {
  const [, time = '', command = ''] = /^(@[a-z]+|\S+(?:\s+\S+){4})\s+(\S.*)$/is.exec(text) ?? [];
  const isTime = time.startsWith('@')
    ? Object.hasOwn(NICKNAMES, time.toLowerCase()) || time.toLowerCase() === '@reboot'
    : time.split(/\s+/).every((part) => MAY_BE_FIELD.test(part));
  const [program = ''] = command.split(/\s+/);
  if (!isTime || MAY_BE_FIELD.test(program) || /^\d/.test(program)) return;
  throw new WeirError(
    'invalid-value',
    `${field}: "${text}" is a crontab's line with its command; a schedule is the time alone.`,
    { hint: `The schedule is "${time}"; a task of the flow has the command, run: ${command}` },
  );
}

/** Replaces `a~b`, `a~`, `~b` and `~` by a number: the same one each time for the same seed. */
export function chooseRandom(fields: string, seed: string, field: string): string {
  if (!fields.includes('~')) return fields;
  return named(fields)
    .map(({ text, range }) =>
      text
        .split(',')
        .map((item, index) =>
          item.includes('~') ? chosen(item, range, `${seed}\0${range.name}\0${index}`, field) : item,
        )
        .join(','),
    )
    .join(' ');
}

/** Throws with the field at fault unless croner can walk it; `seconds` says whether six or seven fields were meant. */
export function checkCron(fields: string, options: { seconds: boolean; dayOr: boolean }, field: string): void {
  const count = fields === '' ? 0 : fields.split(' ').length;
  if (options.seconds ? count !== 6 && count !== 7 : count !== 5)
    throw wrongCount(fields, count, options.seconds, field);
  for (const { text, index, range } of named(fields)) {
    const alone = Array.from({ length: count }, (_, place) => (place === index ? text : '*')).join(' ');
    try {
      new Cron(alone, { utcOffset: 0 });
    } catch (cause) {
      throw new WeirError(
        'invalid-value',
        `${field}: "${text}" is not a valid ${range.name} in "${fields}"${why(cause)}.`,
        {
          hint: hintFor(text, range),
          cause,
        },
      );
    }
  }
  if (cronAxis(fields, options.dayOr).atOrAfter(Date.UTC(2000, 0, 1)) === null) {
    throw new WeirError('invalid-value', `${field}: "${fields}" never fires: no year has such a day.`, {
      hint: 'Day 30 and 31 are not in every month; L in the day of month means its last day.',
    });
  }
}

/** Wall times of checked fields. Day of month and weekday: either, unless one begins with `*` or `dayOr` is false. */
export function cronAxis(fields: string, dayOr: boolean): WallAxis {
  const key = `${dayOr} ${fields}`;
  const known = axes.get(key);
  if (known) return known;
  const parts = named(fields);
  const written = (name: string) => parts.find((part) => part.range.name === name)?.text ?? '*';
  const isStarred = written('day of month').startsWith('*') || written('weekday').startsWith('*');
  // An offset instead of the zone "UTC": croner then leaves Intl alone and is about eight times as fast (3 to 30 us).
  const cron = new Cron(fields, { utcOffset: 0, domAndDow: isStarred || !dayOr });
  const axis: WallAxis = {
    atOrAfter: (wall) => cron.nextRun(new Date(Math.ceil(wall / 1000) * 1000 - 1))?.getTime() ?? null,
    before: (wall) => cron.previousRuns(1, new Date(wall))[0]?.getTime() ?? null,
    isWild: written('hour').startsWith('*'),
  };
  if (axes.size >= REMEMBERED) axes.clear();
  axes.set(key, axis);
  return axis;
}

/** One sentence for each `*` with a step that does not divide its field, with the gap that comes of it. */
export function stepWarnings(fields: string): string[] {
  const warnings: string[] = [];
  for (const { text, range } of named(fields)) {
    for (const item of text.split(',')) {
      const step = Number(/^\*\/(\d+)$/.exec(item)?.[1] ?? 1);
      const size = range.last - range.first + 1;
      if (range.name === 'year' || size % step === 0) continue;
      const last = range.first + Math.floor((size - 1) / step) * step;
      const gap = size - (last - range.first);
      const unit = `${range.unit}${gap === 1 ? '' : 's'}`;
      const months = range.name === 'day of month' ? ', fewer in shorter months' : '';
      warnings.push(
        `"${item}" in the ${range.name} field does not divide ${size}: it starts again at ${range.first} after ${last}, ` +
          `a gap of ${gap} ${unit} instead of ${step}${months}.`,
      );
    }
  }
  return warnings;
}

interface Range {
  readonly name: string;
  readonly unit: string;
  readonly first: number;
  readonly last: number;
  readonly names?: readonly string[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const RANGES: readonly Range[] = [
  { name: 'second', unit: 'second', first: 0, last: 59 },
  { name: 'minute', unit: 'minute', first: 0, last: 59 },
  { name: 'hour', unit: 'hour', first: 0, last: 23 },
  { name: 'day of month', unit: 'day', first: 1, last: 31 },
  { name: 'month', unit: 'month', first: 1, last: 12, names: MONTHS },
  { name: 'weekday', unit: 'day', first: 0, last: 6, names: WEEKDAYS },
  { name: 'year', unit: 'year', first: 1, last: 9999 },
];

/** By its characters and names; no program is called so. */
const MAY_BE_FIELD =
  /^(?:[\d*?~,#lw/-]|sun|mon|tue|wed|thu|fri|sat|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)+$/i;

const NICKNAMES: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

const REMEMBERED = 2000;
const axes = new Map<string, WallAxis>();

function named(fields: string): { text: string; index: number; range: Range }[] {
  const texts = fields.split(' ');
  const ranges = texts.length === 5 ? RANGES.slice(1) : RANGES;
  return texts.flatMap((text, index) => {
    const range = ranges[index];
    return range ? [{ text, index, range }] : [];
  });
}

function chosen(item: string, range: Range, seed: string, field: string): string {
  const [low = '', high = '', ...more] = item.split('~');
  // A lone ~ in the day of month stays below 29, else a monthly schedule would leave out short months.
  const last = range.name === 'day of month' && item === '~' ? 28 : range.last;
  const from = low === '' ? range.first : bound(low, range);
  const to = high === '' ? last : bound(high, range);
  if (more.length > 0 || !(from >= range.first && to <= range.last && from <= to)) {
    throw new WeirError('invalid-value', `${field}: "${item}" is not a valid ${range.name}.`, {
      hint: `Write a range to choose from, from low to high, such as ${range.first}~${range.last}, or ~ for any ${range.name}.`,
    });
  }
  return String(from + Math.floor(seededFraction(seed) * (to - from + 1)));
}

function bound(text: string, range: Range): number {
  const index = range.names?.indexOf(text) ?? -1;
  if (index >= 0) return range.first + index;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

function wrongCount(fields: string, count: number, seconds: boolean, field: string): WeirError {
  const has = `${field}: "${fields}" has ${count} field${count === 1 ? '' : 's'}`;
  if (seconds) {
    return new WeirError('invalid-value', `${has}; with seconds: true it needs six or seven.`, {
      hint: 'They are: second, minute, hour, day of month, month, weekday, and, if wanted, year.',
    });
  }
  return new WeirError('invalid-value', `${has}; it needs five: minute, hour, day of month, month, weekday.`, {
    hint:
      count === 6 || count === 7
        ? 'If the first field is meant to be seconds, say so with seconds: true.'
        : 'For example "0 6 * * MON" is Mondays at 06:00.',
  });
}

/** croner's reason in Weir's words, empty where it says no more than that the field is wrong. */
function why(cause: unknown): string {
  const reason = cause instanceof Error ? cause.message : '';
  if (/From value is larger/.test(reason)) return ': its range goes backwards';
  if (/stepping with (numeric|missing) prefix/.test(reason)) return ': a step needs * or a range before it';
  if (/illegal stepping: 0|steps cannot be greater/.test(reason)) return ': its step is out of range';
  if (/nth weekday out of range/.test(reason)) return ': after # comes 1 to 5';
  return '';
}

function hintFor(text: string, range: Range): string {
  const step = /^(\d*)\/(\d+)$/.exec(text);
  if (step) return step[1] ? `Write ${step[1]}-${range.last}/${step[2]}.` : `Write */${step[2]}.`;
  const backwards = /^(\w+)-(\w+)$/.exec(text);
  if (backwards && bound(backwards[1] ?? '', range) > bound(backwards[2] ?? '', range)) {
    const last = range.names?.at(-1) ?? range.last;
    const first = range.names?.[0] ?? range.first;
    return `Write two ranges: ${backwards[1]}-${last},${first}-${backwards[2]}.`;
  }
  const word = /[A-Z]{3,}/.exec(text)?.[0];
  const near = word && range.names && !range.names.includes(word) ? nearest(word, range.names) : undefined;
  if (near) return `Did you mean ${near}?`;
  const names = range.names ? ` or ${range.names[0]}-${range.names.at(-1)}` : '';
  return `${range.name === 'hour' ? 'An' : 'A'} ${range.name} is ${range.first}-${range.last}${names}; lists 1,2, ranges 1-5 and steps */2 are possible.`;
}
