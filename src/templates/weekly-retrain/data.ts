/**
 * Where the data comes from, and what must be true of it before anything is trained on it.
 *
 * Daily weather of Seattle, 2012 to 2015, as measured by NOAA (see README.md). The file is complete; to play
 * "every week more data arrives", a week number says how much of it is known: 104 weeks to begin with, then seven
 * days more each week. With data of your own, `readDays` becomes a download or a query and the rest can stay.
 */
import { readFile } from 'node:fs/promises';

export interface Day {
  /** ISO date, such as 2014-03-31. */
  date: string;
  /** Millimetres. */
  precipitation: number;
  /** Degrees Celsius. */
  tempMax: number;
  tempMin: number;
  /** The mean of the day, as the source gives it. */
  wind: number;
}

export interface Report {
  days: number;
  from: string;
  to: string;
  coldest: number;
  warmest: number;
  wettest: number;
}

/** Two full years, so that the first model has seen every season twice. */
const WEEKS_TO_BEGIN_WITH = 104;
const FIRST_DAY = '2012-01-01';

/** The file ends on 2015-12-31: after this week nothing new arrives. */
export const LAST_WEEK = 104;

/** Reads the file, up to what is known by that week. */
export async function readDays(path: string, week: number): Promise<Day[]> {
  return knownBy(week, parseDays(await readFile(path, 'utf8')));
}

/** The days of the first `104 + week` weeks: week 1 ends on 2014-01-04. */
export function knownBy(week: number, days: Day[]): Day[] {
  const end = Temporal.PlainDate.from(FIRST_DAY)
    .add({ weeks: WEEKS_TO_BEGIN_WITH + week })
    .toString();
  return days.filter((day) => day.date < end); // ISO dates sort as text
}

/** Text of the CSV to days. Columns are found by name, so that their order does not matter. */
export function parseDays(csv: string): Day[] {
  const [head = '', ...lines] = csv.trim().split(/\r?\n/);
  const names = head.split(',');
  return lines.map((line, at) => {
    const cells = line.split(',');
    const text = (name: string): string => cells[names.indexOf(name)]?.trim() ?? '';
    const number = (name: string): number => {
      // Number('') is 0: an empty cell would pass for a calm, dry day at freezing point.
      const value = text(name) === '' ? NaN : Number(text(name));
      if (!Number.isFinite(value)) throw new Error(`line ${at + 2}: ${name} is "${text(name)}", not a number: ${line}`);
      return value;
    };
    return {
      date: text('date'),
      precipitation: number('precipitation'),
      tempMax: number('temp_max'),
      tempMin: number('temp_min'),
      wind: number('wind'),
    };
  });
}

/** Throws, naming every fault, if the days have gaps or impossible values; else says what is in them. */
export function checkDays(days: Day[]): Report {
  const faults: string[] = [];
  let expected: string | undefined; // the day after the one before
  for (const day of days) {
    const { date, precipitation, tempMax, tempMin, wind } = day;
    if (expected !== undefined && date > expected) faults.push(`${expected} is missing (the next one is ${date})`);
    if (expected !== undefined && date < expected) faults.push(`${date} is there twice or out of order`);
    if (![precipitation, tempMax, tempMin, wind].every(Number.isFinite))
      faults.push(`${date}: a value is not a number`);
    if (tempMin > tempMax) faults.push(`${date}: temp_min ${tempMin} is above temp_max ${tempMax}`);
    if (tempMin < -40 || tempMax > 55) faults.push(`${date}: ${tempMin} to ${tempMax} °C is no weather of Seattle`);
    if (precipitation < 0) faults.push(`${date}: precipitation is ${precipitation}, below zero`);
    if (wind < 0) faults.push(`${date}: wind is ${wind}, below zero`);
    expected = Temporal.PlainDate.from(date).add({ days: 1 }).toString();
  }
  const first = days[0];
  const last = days.at(-1);
  if (first === undefined || last === undefined) throw new Error('The data is empty.');
  if (faults.length > 0) {
    const more = faults.length > 5 ? `\n  and ${faults.length - 5} more` : '';
    throw new Error(`The data cannot be trusted:\n  ${faults.slice(0, 5).join('\n  ')}${more}`);
  }
  return {
    days: days.length,
    from: first.date,
    to: last.date,
    coldest: Math.min(...days.map((day) => day.tempMin)),
    warmest: Math.max(...days.map((day) => day.tempMax)),
    wettest: Math.max(...days.map((day) => day.precipitation)),
  };
}
