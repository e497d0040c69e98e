/** One task's time as a bar in its table row: pale while it waited, dashed while it waited to retry, solid while it ran. */
import { isFinal, type State } from '../../model/state.ts';
import { type Hue, lookOf } from '../state-mark.tsx';

/** The stretch of time that all bars of a table share. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const WIDTH = 1000;
/** A task of a millisecond in a run of an hour is still to be seen. */
const LEAST = 6;

export function Gantt({ states, span, now }: { states: readonly State[]; span: Span; now: number }) {
  const length = Math.max(1, span.to - span.from);
  const place = (at: number) => Math.round((Math.min(Math.max(at - span.from, 0), length) / length) * (WIDTH - LEAST));
  const paths = new Map<string, string>();
  states.forEach((state, index) => {
    const endAt = states[index + 1]?.at ?? (isFinal(state.type) ? state.at : now);
    if (endAt < span.from || isFinal(state.type)) return;
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
  return (
    <svg class="gantt" viewBox={`0 0 ${WIDTH} 14`} preserveAspectRatio="none" aria-hidden="true">
      {[...paths].map(([shape, d]) => (
        <path class={shape} d={d} />
      ))}
    </svg>
  );
}

/** A piece of running has the colour of what it led to. */
function shapeOf(state: State, next: State | undefined): Hue | 'wait' | 'back' {
  if (state.name === 'AwaitingRetry') return 'back';
  if (state.type !== 'RUNNING') return 'wait';
  return next === undefined ? 'run' : next.name === 'AwaitingRetry' ? 'warn' : lookOf(next.name).hue;
}
