/** Runs over time, a column for each day (or week, or four), piled up by what became of them: one path a colour, a line each. */
import { countText } from '../count-text.ts';
import { BUCKETS } from '../run-buckets.ts';
import type { Hue } from '../state-mark.tsx';

export interface Column {
  /** By the words of the buckets. */
  readonly counts: ReadonlyMap<string, number>;
  /** "Mon 5 Jan". */
  readonly label: string;
}

const WIDTH = 720;
const HEIGHT = 64;
const GAP = 2;

/** `columns` oldest first; `every`: "day". */
export function RunHistogram({ columns, every }: { columns: readonly Column[]; every: string }) {
  const totals = columns.map(({ counts }) => [...counts.values()].reduce((sum, count) => sum + count, 0));
  const most = Math.max(1, ...totals);
  // A few columns keep a column's usual width, and stand at the right, where the present is.
  const step = WIDTH / Math.max(30, columns.length);
  const paths = new Map<Hue, string>();
  for (const [index, { counts }] of columns.entries()) {
    const x = Math.round(WIDTH - (columns.length - index - 0.5) * step);
    let below = 0;
    for (const { word, hue } of BUCKETS) {
      const count = counts.get(word) ?? 0;
      if (count === 0) continue;
      // One failed run among thousands is seen, too.
      const height = Math.max(hue === 'fail' ? 3 : 1, Math.round((count / most) * HEIGHT));
      const bottom = HEIGHT - Math.min(below, HEIGHT - height);
      paths.set(hue, `${paths.get(hue) ?? ''}M${x} ${bottom}v-${height}`);
      below += height;
    }
  }
  const first = columns[0]?.label ?? '';
  const last = columns.at(-1)?.label ?? '';
  return (
    <figure class="histogram">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`runs a ${every} from ${first} to ${last}, ${most} at most`}
      >
        <path class="base" d={`M0 ${HEIGHT}h${WIDTH}`} />
        {[...paths].map(([hue, d]) => (
          <path class={hue} d={d} stroke-width={Math.round(step) - GAP} />
        ))}
      </svg>
      <figcaption>
        <span>{columns.length < 30 ? '' : first}</span>
        <span>
          runs a {every}, {countText(most)} at most
        </span>
        <span>{columns.length < 30 && first !== last ? `${first} to ${last}` : last}</span>
      </figcaption>
    </figure>
  );
}
