/**
 * Planned runs over time: one lane a deployment, all on one stretch of time that begins now. Each lane is a picture in a
 * table's row, so that the table keeps its meaning for whoever hears it. Drawn in units of a thousandth of the stretch.
 */
import type { Span } from './gantt.tsx';

export interface Planned {
  readonly at: number;
  /** Null: nobody knows how long it takes. */
  readonly typicalMs: number | null;
  /** Why it will probably not run. */
  readonly whyNot: string | null;
}

export interface Lane {
  readonly planned: readonly Planned[];
  /** There are too many due times to draw them, or to reckon them all; `planned` has the first. */
  readonly isDense: boolean;
  /** What runs now ends about then. */
  readonly runningUntil: number | null;
}

const WIDTH = 1000;
const HEIGHT = 20;
/** A run of a second in a week is still to be seen. */
const LEAST = 3;

export function LanePicture({ lane, span, ticks }: { lane: Lane; span: Span; ticks: readonly number[] }) {
  const place = placer(span);
  const bar = (from: number, to: number) =>
    `M${place(from)} 4h${Math.max(LEAST, place(to) - place(from))}v12H${place(from)}z`;
  const runs = lane.isDense ? [] : lane.planned.filter(({ whyNot }) => whyNot === null);
  const others = lane.isDense ? [] : lane.planned.filter(({ whyNot }) => whyNot !== null);
  const [first] = lane.planned;
  return (
    <svg class="lane" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="grid" d={ticks.map((tick) => `M${place(tick)} 0v${HEIGHT}`).join('')} />
      {lane.runningUntil === null ? null : <path class="run" d={bar(span.from, lane.runningUntil)} />}
      {runs.length === 0 ? null : (
        <path
          class="plan"
          d={merged(runs.map(({ at, typicalMs }) => [place(at), place(at + (typicalMs ?? 0))])).join('')}
        />
      )}
      {others.length === 0 ? null : (
        <path class="not" d={others.map(({ at, typicalMs }) => bar(at, at + (typicalMs ?? 0))).join('')} />
      )}
      {lane.isDense && first !== undefined ? <path class="dense" d={`M${place(first.at)} 10H${WIDTH}`} /> : null}
    </svg>
  );
}

/** How many of the planned runs go on at once, against the places that there are. */
export function LoadPicture({ lanes, span, places }: { lanes: readonly Lane[]; span: Span; places: number }) {
  const place = placer(span);
  const steps = loadOver(lanes);
  const most = Math.max(places, ...steps.map(({ count }) => count), 1);
  const y = (count: number) => Math.round(38 - (count / most) * 34);
  const area = steps.map(({ at, count }) => `H${place(at)}V${y(count)}`).join('');
  return (
    <svg class="lane load" viewBox={`0 0 ${WIDTH} 40`} preserveAspectRatio="none" aria-hidden="true">
      <path class="plan" d={`M0 38${area}H${WIDTH}V38z`} />
      <path class="full" d={`M0 ${y(places)}H${WIDTH}`} />
    </svg>
  );
}

/** The greatest number of planned runs at once, and when that begins; runs of unknown length count for a minute. */
export function peakLoad(lanes: readonly Lane[]): { readonly count: number; readonly at: number } | null {
  return loadOver(lanes).reduce<{ count: number; at: number } | null>(
    (peak, step) => (step.count > (peak?.count ?? 0) ? step : peak),
    null,
  );
}

const UNKNOWN_LENGTH_MS = 60_000;

/** Each change of the number of runs at once, in order. */
function loadOver(lanes: readonly Lane[]): { at: number; count: number }[] {
  const changes = lanes
    .flatMap(({ planned }) => planned)
    .filter(({ whyNot }) => whyNot === null)
    .flatMap(({ at, typicalMs }) => [
      { at, by: 1 },
      { at: at + (typicalMs ?? UNKNOWN_LENGTH_MS), by: -1 },
    ])
    // What ends makes room before what begins takes it.
    .sort((a, b) => a.at - b.at || a.by - b.by);
  const steps: { at: number; count: number }[] = [];
  let count = 0;
  for (const { at, by } of changes) {
    count += by;
    const last = steps.at(-1);
    if (last?.at === at) steps[steps.length - 1] = { at, count };
    else steps.push({ at, count });
  }
  return steps;
}

function placer(span: Span): (at: number) => number {
  const length = Math.max(1, span.to - span.from);
  return (at) => Math.round((Math.min(Math.max(at - span.from, 0), length) / length) * WIDTH);
}

/** Bars that touch become one: a lane of hundreds stays a short text. */
function merged(bars: readonly (readonly [number, number])[]): string[] {
  const joined: [number, number][] = [];
  for (const [from, to] of bars) {
    const end = Math.max(to, from + LEAST);
    const last = joined.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], end);
    else joined.push([from, end]);
  }
  return joined.map(([from, to]) => `M${from} 4h${to - from}v12h-${to - from}z`);
}
