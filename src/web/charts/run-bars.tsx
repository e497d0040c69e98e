/**
 * The last runs of a flow as bars as high as they took long, over the time when they ran, with marks where a due time had
 * no run. One path for each colour; a failure has a cap at the top, so that it is told without colour.
 */
import type { StateName } from '../../model/state.ts';
import { type Hue, lookOf } from '../state-mark.tsx';
import { took } from '../time.tsx';
import { atX, Plot } from './plot.tsx';
import { durationTicks, orderTicks, place, SIZE } from './scale.ts';
import { momentTexts } from './time-ticks.ts';

export type RunBar =
  | {
      readonly kind: 'run';
      readonly id: number;
      readonly href: string;
      readonly name: StateName;
      readonly runTimeMs: number;
      readonly at: number;
    }
  /** Due times without a run; equal neighbours are one. */
  | { readonly kind: 'gap'; readonly at: number; readonly text: string };

const FEWEST_PLACES = 30;

/** Oldest first. */
export function RunBars({ bars, label, zone }: { bars: readonly RunBar[]; label: string; zone: string }) {
  const times = bars.flatMap((bar) => (bar.kind === 'run' ? [bar.runTimeMs] : [])).sort((a, b) => a - b);
  const usual = times[Math.floor(times.length * 0.9)] ?? 0;
  // One that took far longer than the others reaches the top; drawn to scale, it would make the others flat.
  const most = Math.max(1, Math.min(times.at(-1) ?? 0, usual * 3));
  const y = { from: 0, to: most * 1.12 };
  // The newest stands at the right edge; a few are not blown up.
  const places = Math.max(FEWEST_PLACES, bars.length);
  const x = { from: bars.length - places - 0.5, to: bars.length - 0.5 };
  const paths = new Map<Hue, string>();
  bars.forEach((bar, index) => {
    if (bar.kind === 'gap') return;
    const [left, right] = [place(index - 0.34, x), place(index + 0.34, x)];
    const top = SIZE - Math.max(12, place(Math.min(bar.runTimeMs, most), y));
    const { hue } = lookOf(bar.name);
    const width = right - left;
    // Filled paths need not be closed.
    const cap = hue === 'fail' ? `M${left} 0h${width}v22h-${width}` : '';
    paths.set(hue, `${paths.get(hue) ?? ''}M${left} ${SIZE}V${top}h${width}V${SIZE}${cap}`);
  });
  // From the newest backwards, so far apart that they can be read.
  const step = orderTicks(places, 9)[1] ?? 1;
  const named = Array.from(
    { length: Math.ceil(bars.length / step) },
    (_, index) => bars.length - 1 - index * step,
  ).reverse();
  const texts = momentTexts(
    named.map((index) => bars[index]?.at ?? 0),
    zone,
  );
  return (
    <figure class="chart bars-of-runs">
      <Plot
        label={label}
        x={x}
        y={y}
        xTicks={named
          .map((value, index) => ({ value, text: texts[index] ?? '' }))
          .filter(({ text }, index) => text !== texts[index - 1])}
        yTicks={durationTicks(y.to, 3)}
        hitWidth={100 / places}
        lines={[...paths].map(([hue, d]) => <path class={`bar ${hue}`} d={d} />)}
        marks={bars.map((bar, index) =>
          bar.kind === 'run' ? null : (
            <text class="gap" x={atX(index, x)} y="96%">
              {'\u25b3'}
            </text>
          ),
        )}
        hits={bars.map((bar, index) => <Hit bar={bar} left={`${place(index - 0.5, x) / 10}%`} />)}
      />
    </figure>
  );
}

/** Only what failed, and gaps: the table of tasks leads to all runs. */
function Hit({ bar, left }: { bar: RunBar; left: string }) {
  if (bar.kind === 'run' && lookOf(bar.name).hue !== 'fail') return null;
  const field = (
    <rect x={left}>
      <title>
        {bar.kind === 'gap'
          ? bar.text
          : `run ${bar.id}: ${lookOf(bar.name).word.toLowerCase()}, ${took(bar.runTimeMs)}`}
      </title>
    </rect>
  );
  return bar.kind === 'gap' ? (
    field
  ) : (
    <a href={bar.href} tabindex={-1}>
      {field}
    </a>
  );
}
