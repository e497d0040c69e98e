/**
 * One task's time as a bar in its table row: pale while it waited, dashed while it waited to retry, solid while it ran; a
 * tick where it usually ends. What still runs grows by itself, from the figures that the server gave.
 */
import { isFinal, type State } from '../../model/state.ts';
import { type Hue, lookOf } from '../state-mark.tsx';

/** The stretch of time that all bars of a table share; `to` lies ahead while something runs. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const WIDTH = 1000;
/** A task of a millisecond in a run of an hour is still to be seen. */
const LEAST = 6;

interface Bar {
  readonly states: readonly State[];
  readonly span: Span;
  readonly now: number;
  /** How long the task usually runs, ms. */
  readonly typicalMs: number | null;
}

export function Gantt({ states, span, now, typicalMs }: Bar) {
  const length = Math.max(1, span.to - span.from);
  const place = (at: number) => Math.round((Math.min(Math.max(at - span.from, 0), length) / length) * (WIDTH - LEAST));
  const paths = new Map<string, string>();
  let growsFrom: number | null = null;
  let beganAt: number | null = null;
  states.forEach((state, index) => {
    const isLast = index === states.length - 1;
    const endAt = states[index + 1]?.at ?? (isFinal(state.type) ? state.at : now);
    if (endAt < span.from || isFinal(state.type)) return;
    if (state.type === 'RUNNING') beganAt = state.at;
    if (state.type === 'RUNNING' && isLast && span.to > now) {
      growsFrom = state.at;
      return;
    }
    const from = place(state.at);
    const shape = shapeOf(state, states[index + 1]);
    const width = Math.max(place(endAt) - from, shape === 'wait' || shape === 'back' ? 0 : LEAST);
    if (width === 0) return;
    const path =
      shape === 'back'
        ? `M${from} 7h${width}`
        : shape === 'wait'
          ? `M${from} 5h${width}v4h-${width}z`
          : `M${from} 2h${width}v10h-${width}z`;
    paths.set(shape, (paths.get(shape) ?? '') + path);
  });
  const usualEnd = beganAt === null || typicalMs === null ? null : beganAt + typicalMs;
  return (
    <svg class="gantt" viewBox={`0 0 ${WIDTH} 14`} preserveAspectRatio="none" aria-hidden="true">
      {[...paths].map(([shape, d]) => (
        <path class={shape} d={d} />
      ))}
      {growsFrom === null ? null : <Growing from={growsFrom} span={span} now={now} place={place} />}
      {usualEnd === null || usualEnd > span.to || usualEnd < span.from ? null : (
        <path class="p50" d={`M${place(usualEnd)} 0v14`} />
      )}
    </svg>
  );
}

/** Drawn to the end of the axis and shown to where it is by now; the rest of the time it takes to get there. */
function Growing({ from, span, now, place }: { from: number; span: Span; now: number; place: (at: number) => number }) {
  const x = place(from);
  const share = Math.max(0.01, (now - from) / Math.max(1, span.to - from));
  const restMs = Math.max(0, span.to - now);
  return (
    <rect
      class="run grow"
      x={x}
      y="2"
      width={WIDTH - x}
      height="10"
      style={`--k:${share.toFixed(3)};animation-duration:${Math.max(0.5, Math.round(restMs / 100) / 10)}s`}
    />
  );
}

/** A piece of running has the colour of what it led to. */
function shapeOf(state: State, next: State | undefined): Hue | 'wait' | 'back' {
  if (state.name === 'AwaitingRetry') return 'back';
  if (state.type !== 'RUNNING') return 'wait';
  return next === undefined ? 'run' : next.name === 'AwaitingRetry' ? 'warn' : lookOf(next.name).hue;
}
