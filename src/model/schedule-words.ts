/**
 * A schedule in words, as people check whether it says what they meant: `at 06:00, only on Monday`. Expressions are put
 * into words by cronstrue, rules by rrule-temporal, which are loaded only for that.
 */
import { type ScheduleSpec, writtenText } from './schedule-spec.ts';

/** As it is written, with its name: `nightly: 30 2 * * *`, `every 90m`. */
export function scheduleText(spec: ScheduleSpec): string {
  const text = writtenText(spec);
  return spec.name === null ? text : `${spec.name}: ${text}`;
}

/** As a list shows it: as it is written, but rules in words. */
export async function scheduleInShort(spec: ScheduleSpec): Promise<string> {
  if (spec.kind !== 'rrule') return scheduleText(spec);
  const words = await ruleInWords(spec);
  return spec.name === null ? words : `${spec.name}: ${words}`;
}

/** What is said where a schedule has no next due time. */
export function neverDue(specs: readonly Pick<ScheduleSpec, 'kind'>[]): string {
  return specs.some(({ kind }) => kind === 'reboot') ? 'at the next boot of the machine' : 'never due';
}

/** What it means; the expression itself where nobody finds words for it. */
export async function scheduleInWords(spec: ScheduleSpec): Promise<string> {
  if (spec.kind === 'cron') return cronInWords(spec);
  if (spec.kind === 'interval') return intervalInWords(spec);
  if (spec.kind === 'rrule') return ruleInWords(spec);
  return 'at each boot of the machine';
}

type Cron = Extract<ScheduleSpec, { kind: 'cron' }>;
type Rule = Extract<ScheduleSpec, { kind: 'rrule' }>;
type Interval = Extract<ScheduleSpec, { kind: 'interval' }>;

async function cronInWords({ cron, fields, dayOr }: Cron): Promise<string> {
  const { default: cronstrue } = await import('cronstrue');
  const options = {
    use24HourTimeFormat: true,
    // A day field that begins with a star restricts nothing by itself, and then both must hold.
    logicalAndDayFields: !dayOr || hasStarredDay(fields),
  };
  try {
    const words = cronstrue.toString(fields, options);
    const chosen = cron === fields ? '' : `, chosen for it: ${fields}`;
    return `${words.charAt(0).toLowerCase()}${words.slice(1)}${chosen}`;
  } catch {
    return fields;
  }
}

/** By the library that walks rules; its hours are put like all others. */
async function ruleInWords({ rrule }: Rule): Promise<string> {
  const { toText } = await import('rrule-temporal/totext');
  try {
    const words = toText(rrule.replace(' ', '\nRRULE:'), 'en', { excludeTzAbbreviation: true });
    return words.replace(/\b(\d{1,2})((?::\d\d)*) ([AP])M\b/g, (_, hour: string, rest: string, half: string) => {
      const hours = (Number(hour) % 12) + (half === 'P' ? 12 : 0);
      return `${String(hours).padStart(2, '0')}${rest === '' ? ':00' : rest}`;
    });
  } catch {
    return rrule;
  }
}

function hasStarredDay(fields: string): boolean {
  const parts = fields.split(' ');
  // With seconds, everything stands one place further.
  const first = parts.length === 5 ? 2 : 3;
  return [parts[first], parts[first + 2]].some((part) => part?.startsWith('*'));
}

/** Days keep the wall clock, hours count elapsed time: the words say which. */
function intervalInWords({ interval, days, anchorAt, timezone }: Interval): string {
  const anchor = Temporal.Instant.fromEpochMilliseconds(anchorAt).toZonedDateTimeISO(timezone).toPlainDateTime();
  if (days === 0) return `every ${interval} of elapsed time`;
  const time = anchor.toPlainTime().toString({ smallestUnit: anchor.second === 0 ? 'minute' : 'second' });
  if (days === 1) return `every day at ${time}`;
  return days % 7 === 0
    ? `every ${days === 7 ? 'week' : `${days / 7} weeks`} on ${weekday(anchor)} at ${time}`
    : `every ${days} days at ${time}`;
}

function weekday(at: Temporal.PlainDateTime): string {
  return at.toLocaleString('en', { weekday: 'long' });
}
