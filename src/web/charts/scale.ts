/**
 * From figures to places on a chart: where an axis begins and ends, and which values and moments stand beside it.
 * Pure; places are whole numbers from 0 to 1000, so that a path is short and a picture can be stretched.
 */
import { tickStep, ticks } from 'd3-array';
import { formatDuration } from '../../model/duration.ts';

export const SIZE = 1000;

export interface Domain {
  readonly from: number;
  readonly to: number;
}

export interface Tick {
  readonly value: number;
  readonly text: string;
  /** Left out where there is little room; where none says so, every second one is. */
  readonly isMinor?: boolean;
}

/** Where a value lies between the ends; in the middle when both are one. Halves keep the largest numbers finite. */
export function place(value: number, { from, to }: Domain): number {
  const length = to / 2 - from / 2;
  if (length <= 0) return SIZE / 2;
  return Math.round(((value / 2 - from / 2) / length) * SIZE);
}

/** From the least to the greatest, with room for marks above and below; around a single value. */
export function valueDomain(values: readonly number[]): Domain {
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (values.length === 0) return { from: 0, to: 1 };
  const pad = low === high ? Math.abs(low) * 0.05 || 1 : (high / 2 - low / 2) * 0.24;
  return { from: Math.max(-Number.MAX_VALUE, low - pad), to: Math.min(Number.MAX_VALUE, high + pad) };
}

/** About `count` round values within the domain, all with the same number of digits. */
export function valueTicks({ from, to }: Domain, count = 4): Tick[] {
  const step = tickStep(from, to, count);
  const values = Number.isFinite(step) && step > 0 ? ticks(from, to, count) : [];
  const greatest = Math.max(Math.abs(from), Math.abs(to));
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const isPlain = greatest < 1e6 && digits <= 6;
  return values.map((value) => ({
    value,
    text: (isPlain ? value.toFixed(digits) : shortNumber(value)).replace(/^-/, '\u2212'),
  }));
}

/** A few round durations from 0 up. */
export function durationTicks(to: number, count = 4): Tick[] {
  const step = DURATION_STEPS.find((each) => to / each <= count) ?? Math.ceil(to / count / DAY) * DAY;
  return Array.from({ length: Math.floor(to / step) + 1 }, (_, index) => ({
    value: index * step,
    text: index === 0 ? '0' : formatDuration(index * step),
  }));
}

/** Of a row of numbered things, those that stand below the axis: about `count`, the first one and round steps after it. */
export function orderTicks(length: number, count = 8): number[] {
  const step = ORDER_STEPS.find((each) => (length - 1) / each < count) ?? Math.ceil(length / count);
  return Array.from({ length: Math.ceil(length / step) }, (_, index) => index * step);
}

/** A figure in few letters: seven digits tell two models apart, more are noise of the arithmetic. */
export function formatFigure(value: number): string {
  const text = String(Number(value.toPrecision(7)));
  return text.length <= 12 ? text.replace('e+', 'e') : shortNumber(value);
}

/** The same for figures that stand below each other: as many digits behind the point as the longest of them needs. */
export function columnFormat(values: readonly number[]): (value: number) => string {
  const texts = values.map(formatFigure);
  if (texts.some((text) => text.includes('e'))) return formatFigure;
  const digits = Math.max(0, ...texts.map((text) => text.split('.')[1]?.length ?? 0));
  return (value) => value.toFixed(digits);
}

/** For beside a point, where there is no room: four digits. */
export function briefFigure(value: number): string {
  return formatFigure(Number(value.toPrecision(4)));
}

function shortNumber(value: number): string {
  if (value === 0) return '0';
  return Number(value.toPrecision(4)).toExponential().replace('e+', 'e');
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ORDER_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
const DURATION_STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 5, 7, 14, 28].map((count) => count * DAY),
];
