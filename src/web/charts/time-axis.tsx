/** The head of a column of bars: a few round times since its beginning. */
import { formatDuration } from '../../model/duration.ts';
import type { Span } from './gantt.tsx';

const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 20, 30].map((seconds) => seconds * 1000),
  ...[1, 2, 5, 10, 20, 30].map((minutes) => minutes * 60_000),
  ...[1, 2, 4, 6, 12].map((hours) => hours * 3_600_000),
  ...[1, 2, 7, 14, 30].map((days) => days * 86_400_000),
];
const MOST_TICKS = 4;

export function TimeAxis({ span }: { span: Span }) {
  const length = Math.max(1, span.to - span.from);
  return (
    <span class="axis" aria-hidden="true">
      {axisTicks(length).map((at) => (
        <span style={`left:${((at / length) * 100).toFixed(1)}%`}>{at === 0 ? '0' : formatDuration(at)}</span>
      ))}
    </span>
  );
}

/** Round times from 0 on, at most four steps; the last one leaves room for its own words. */
export function axisTicks(length: number): number[] {
  const step = STEPS.find((each) => length / each <= MOST_TICKS) ?? (STEPS.at(-1) as number) * Math.ceil(length / 1e10);
  const ticks: number[] = [];
  for (let at = 0; at <= length * 0.9; at += step) ticks.push(at);
  return ticks;
}
