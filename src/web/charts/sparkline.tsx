/** How a figure went lately, the size of a word: one path of whole numbers, and a dot at the newest. No axes. */

/** More cannot be told apart at this size: the newest are drawn. */
const MOST = 60;
const WIDTH = 120;
const HEIGHT = 24;
const PAD = 3;

/**
 * `values` oldest first; null leaves a gap. `label` says in words what the line shows, such as "rmse over the last 26
 * runs: 2.07 to 1.89".
 */
export function Sparkline({ values, label }: { values: readonly (number | null)[]; label: string }) {
  const { d, end } = sparkPath(values);
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      {d === '' ? null : <path d={d} />}
      {end === null ? null : <path d={`M${end.x} ${end.y}h0`} stroke-width="5" />}
    </svg>
  );
}

/** The line, and where its last point lies; pure, for tables of tests. */
export function sparkPath(values: readonly (number | null)[]): {
  d: string;
  end: { readonly x: number; readonly y: number } | null;
} {
  const shown = values.slice(-MOST).map((value) => (value !== null && Number.isFinite(value) ? value : null));
  const known = shown.filter((value) => value !== null);
  if (known.length === 0) return { d: '', end: null };
  const low = Math.min(...known);
  // Halves, so that the difference of the largest numbers is still a number.
  const range = Math.max(...known) / 2 - low / 2;
  const place = (value: number, index: number) => ({
    x: shown.length === 1 ? WIDTH / 2 : PAD + Math.round((index / (shown.length - 1)) * (WIDTH - 2 * PAD)),
    y: range === 0 ? HEIGHT / 2 : HEIGHT - PAD - Math.round(((value / 2 - low / 2) / range) * (HEIGHT - 2 * PAD)),
  });
  let d = '';
  let end: { x: number; y: number } | null = null;
  let isDrawing = false;
  for (const [index, value] of shown.entries()) {
    if (value === null) {
      isDrawing = false;
      continue;
    }
    end = place(value, index);
    d += `${isDrawing ? 'L' : 'M'}${end.x} ${end.y}`;
    isDrawing = true;
  }
  return { d: known.length === 1 ? '' : d, end };
}
