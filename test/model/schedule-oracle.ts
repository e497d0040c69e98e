/**
 * An oracle for cron in a time zone that shares nothing with the product: it looks at every minute of a window, without
 * croner and without segments. Slow, and simple enough to be believed.
 */

/** Due times (epoch ms) in [from, to), of five fields of numbers, lists, ranges, `*` and steps. */
export function dueMinutes(fields: string, zone: string, from: number, to: number): number[] {
  const [minutes = '', hours = '', days = '', months = '', weekdays = ''] = fields.split(' ');
  const either = !days.startsWith('*') && !weekdays.startsWith('*');
  const matches = (wall: number) => {
    const date = new Date(wall);
    const onDay = isIn(days, date.getUTCDate(), 1);
    const onWeekday = isIn(weekdays, date.getUTCDay(), 0);
    return (
      isIn(minutes, date.getUTCMinutes(), 0) &&
      isIn(hours, date.getUTCHours(), 0) &&
      isIn(months, date.getUTCMonth() + 1, 1) &&
      (either ? onDay || onWeekday : onDay && onWeekday)
    );
  };
  const isWild = hours.startsWith('*');
  const due: number[] = [];
  let latestWall = from - MINUTE + offsetAt(zone, from - MINUTE);
  let previousWall = latestWall;
  for (let at = from; at < to; at += MINUTE) {
    const wall = at + offsetAt(zone, at);
    const gap = wall - previousWall - MINUTE;
    if (isWild) {
      if (gap > 0) due.push(...lostByElapsedTime(matches, wall, gap).map((delay) => at + delay));
      if (matches(wall)) due.push(at);
    } else {
      let isDue = wall > latestWall && matches(wall);
      for (let lost = wall - gap; lost < wall; lost += MINUTE) isDue ||= matches(lost);
      if (isDue) due.push(at);
    }
    previousWall = wall;
    latestWall = Math.max(latestWall, wall);
  }
  return due.filter((at) => at < to).sort((a, b) => a - b);
}

const MINUTE = 60_000;

/** Wall times of a gap count by elapsed time only if as long a stretch after it has none of its own. */
function lostByElapsedTime(matches: (wall: number) => boolean, wall: number, gap: number): number[] {
  const delays = Array.from({ length: gap / MINUTE }, (_, index) => index * MINUTE);
  if (delays.some((delay) => matches(wall + delay))) return [];
  return delays.filter((delay) => matches(wall - gap + delay));
}

function isIn(field: string, value: number, first: number): boolean {
  return field.split(',').some((item) => {
    const [range = '', step = '1'] = item.split('/');
    if (range === '*') return (value - first) % Number(step) === 0;
    const [low = '', high = low] = range.split('-');
    return value >= Number(low) && value <= Number(high) && (value - Number(low)) % Number(step) === 0;
  });
}

const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();

/** The offset by Intl; a quarter of an hour with the same offset at both ends has it throughout. */
function offsetAt(zone: string, at: number): number {
  const quarter = Math.floor(at / QUARTER) * QUARTER;
  const offset = knownOffset(zone, quarter);
  return offset === knownOffset(zone, quarter + QUARTER) ? offset : askedOffset(zone, at);
}

const QUARTER = 15 * MINUTE;

function knownOffset(zone: string, at: number): number {
  const key = `${zone} ${at}`;
  const offset = offsets.get(key) ?? askedOffset(zone, at);
  offsets.set(key, offset);
  return offset;
}

function askedOffset(zone: string, at: number): number {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
    formats.set(zone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute) - at;
}
