/**
 * What the models see: for each day, what is known in its evening, and the target, tomorrow's maximum temperature.
 * A feature must never look at tomorrow: the test on leakage changes tomorrow and expects the features to stay.
 */
import type { Day } from './data.ts';

/** Rows with the names of their features kept once, beside them. Plain data: it travels between threads. */
export interface Table {
  features: string[];
  rows: Row[];
}

export interface Row {
  /** The day in whose evening the forecast is made. */
  date: string;
  /** In the order of `features`. */
  x: number[];
  /** Today's maximum temperature, °C: where every forecast starts. */
  today: number;
  /** Tomorrow's maximum temperature, °C. */
  y: number;
}

export interface Split {
  train: Table;
  heldOut: Table;
}

/** How far back the longest feature looks; the first days of the data have no row. */
const LONGEST = 30;

/**
 * Days to a table. Everything that defines a feature is inside this one function: its text is the code that Weir
 * compares before it takes a table from the cache, so an edit here is seen.
 */
export function buildFeatures(days: Day[]): Table {
  const rows = days.slice(LONGEST - 1, -1).map((today, at) => {
    const i = at + LONGEST - 1;
    const past = (n: number): Day[] => days.slice(i - n + 1, i + 1); // the last n days, today included
    const ago = (n: number): Day => days[i - n] ?? today;
    // The date of tomorrow is known today; this is the only thing about it that is.
    const tomorrow = Temporal.PlainDate.from(today.date).add({ days: 1 });
    const season = (2 * Math.PI * tomorrow.dayOfYear) / tomorrow.daysInYear;
    const features = {
      max: today.tempMax,
      max_1_ago: ago(1).tempMax,
      max_2_ago: ago(2).tempMax,
      max_mean_7: mean(past(7).map((day) => day.tempMax)),
      max_mean_30: mean(past(LONGEST).map((day) => day.tempMax)),
      min: today.tempMin,
      min_1_ago: ago(1).tempMin,
      min_mean_7: mean(past(7).map((day) => day.tempMin)),
      range: today.tempMax - today.tempMin, // clear skies: warm days, cold nights
      rain: Math.log1p(today.precipitation),
      rain_mean_3: Math.log1p(mean(past(3).map((day) => day.precipitation))),
      wind: today.wind,
      wind_mean_3: mean(past(3).map((day) => day.wind)),
      season_sin: Math.sin(season),
      season_cos: Math.cos(season),
    };
    return { date: today.date, features, today: today.tempMax, y: days[i + 1]?.tempMax ?? NaN };
  });
  return {
    features: Object.keys(rows[0]?.features ?? {}),
    // Four decimals are more than a thermometer has, and keep the stored table small.
    rows: rows.map(({ features, ...row }) => ({ ...row, x: Object.values(features).map((v) => round(v, 4)) })),
  };
}

/** Sets the last weeks aside. By time, never at random: a forecast is judged on days that came later. */
export function holdOut(table: Table, weeks: number): Split {
  const cut = table.rows.length - weeks * 7;
  if (cut <= 0) throw new Error(`${table.rows.length} rows are too few to hold out ${weeks} weeks.`);
  return {
    train: { features: table.features, rows: table.rows.slice(0, cut) },
    heldOut: { features: table.features, rows: table.rows.slice(cut) },
  };
}

export function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals)) + 0; // + 0 turns -0 into 0, as JSON would
}
