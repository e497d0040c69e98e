/** The last runs of a flow as bars: one path for each colour, so thirty runs cost about as much as three. */
import type { StateName } from '../../model/state.ts';
import { type Hue, lookOf } from '../state-mark.tsx';

export interface Bar {
  readonly name: StateName;
  readonly runTimeMs: number;
}

export const MOST_BARS = 30;

const STEP = 6;
const HEIGHT = 26;
/** Failures reach the top and have a cap there: they are told from successes without colour. */
const CAP = 4;

/** `bars` oldest first; the newest stands at the right edge. Heights follow the root of the duration. */
export function HistoryBars({ bars }: { bars: readonly Bar[] }) {
  const longest = Math.max(1, ...bars.map((bar) => bar.runTimeMs));
  const paths = new Map<Hue, string>();
  bars.forEach((bar, index) => {
    const { hue } = lookOf(bar.name);
    const x = (MOST_BARS - bars.length + index) * STEP + STEP / 2;
    const height = Math.round(4 + 14 * Math.sqrt(bar.runTimeMs / longest));
    const cap = hue === 'fail' ? `M${x} ${CAP}v-${CAP}` : '';
    paths.set(hue, `${paths.get(hue) ?? ''}M${x} ${HEIGHT}v-${height}${cap}`);
  });
  // The newest stands at the right edge in every row; where runs are yet to come there is only a base line.
  const missing = Array.from(
    { length: MOST_BARS - bars.length },
    (_, index) => `M${index * STEP + STEP / 2} ${HEIGHT}v-2`,
  ).join('');
  return (
    <svg
      class="bars"
      viewBox={`0 0 ${MOST_BARS * STEP} ${HEIGHT}`}
      preserveAspectRatio="xMaxYMax slice"
      role="img"
      aria-label={describe(bars)}
    >
      {missing === '' ? null : <path class="none" d={missing} />}
      {[...paths].map(([hue, d]) => (
        <path class={hue} d={d} />
      ))}
    </svg>
  );
}

/** "last 30 runs: 27 completed, 3 failed". */
function describe(bars: readonly Bar[]): string {
  const counts = new Map<string, number>();
  for (const bar of bars) {
    const { word } = lookOf(bar.name);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const words = [...counts].map(([word, count]) => `${count} ${word.toLowerCase()}`);
  return `last ${bars.length} ${bars.length === 1 ? 'run' : 'runs'}: ${words.join(', ')}`;
}
