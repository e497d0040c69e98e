/**
 * The frame of a chart with axes: grid, ticks, and a field that stretches with the page. Lines are drawn on a field of
 * 1000 x 1000 that is stretched to the width at hand, with strokes that are not; text and marks stand at percentages of it,
 * so that they keep their size from 320 px to a sheet of paper without a script.
 */
import type { Child } from 'hono/jsx';
import { type Domain, place, SIZE, type Tick } from './scale.ts';

export interface PlotProps {
  /** What the picture shows, for those who do not see it. */
  readonly label: string;
  readonly x: Domain;
  readonly y: Domain;
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
  /** Paths on the stretched field. */
  readonly lines: Child;
  /** Text and marks, placed by `atX` and `atY`. */
  readonly marks?: Child;
  /** What the mouse finds: links over points. The table of the figures has the same for everybody else. */
  readonly hits?: Child;
  /** Of fields that the mouse finds, in percent. */
  readonly hitWidth?: number;
}

export function Plot({ label, x, y, xTicks, yTicks, lines, marks, hits, hitWidth }: PlotProps) {
  const longest = Math.max(2, ...yTicks.map(({ text }) => text.length));
  const hasMinor = xTicks.some(({ isMinor }) => isMinor);
  const grid = yTicks.map(({ value }) => `M0 ${SIZE - place(value, y)}h${SIZE}`).join('');
  return (
    <div class="plot" style={`margin-left:${(longest * 0.44 + 0.9).toFixed(1)}rem`}>
      <svg role="img" aria-label={label}>
        <svg
          viewBox={`0 0 ${SIZE} ${SIZE}`}
          preserveAspectRatio="none"
          width="100%"
          height="100%"
          overflow="visible"
          aria-hidden="true"
        >
          <path class="grid" d={grid} />
          {lines}
        </svg>
        <g class="ty">
          {yTicks.map(({ value, text }) => (
            <text y={atY(value, y)}>{text}</text>
          ))}
        </g>
        <g class="tx">
          {xTicks.map(({ value, text, isMinor = false }, index) => (
            <text
              x={atX(value, x)}
              y="100%"
              {...edgeAnchor(value, x)}
              {...((hasMinor ? isMinor : index % 2 === 1) ? { class: 'alt' } : {})}
            >
              {text}
            </text>
          ))}
        </g>
        {marks}
      </svg>
      {hits === undefined ? null : (
        <svg
          class="hits"
          aria-hidden="true"
          {...(hitWidth === undefined ? {} : { style: `--w:${hitWidth.toFixed(2)}%` })}
        >
          {hits}
        </svg>
      )}
    </div>
  );
}

/** `34.2%`, from the left. */
export function atX(value: number, x: Domain): string {
  return `${place(value, x) / (SIZE / 100)}%`;
}

/** From the top. */
export function atY(value: number, y: Domain): string {
  return `${(SIZE - place(value, y)) / (SIZE / 100)}%`;
}

/** Text near an edge grows inwards; `share`: of the field that counts as near. */
export function anchorAt(value: number, x: Domain, share = 0.06): 'start' | 'middle' | 'end' {
  const at = place(value, x);
  return at < SIZE * share ? 'start' : at > SIZE * (1 - share) ? 'end' : 'middle';
}

/** In the middle it is what the style sheet says. */
function edgeAnchor(value: number, x: Domain): { readonly 'text-anchor'?: 'start' | 'end' } {
  const anchor = anchorAt(value, x);
  return anchor === 'middle' ? {} : { 'text-anchor': anchor };
}

/** A line through points: "M0 500L1000 20". */
export function linePath(points: readonly { readonly x: number; readonly y: number }[], x: Domain, y: Domain): string {
  return points
    .map((point, index) => `${index === 0 ? 'M' : 'L'}${place(point.x, x)} ${SIZE - place(point.y, y)}`)
    .join('');
}

/** Lines of no length: with round ends they are dots, with square ones squares, whatever the field is stretched to. */
export function dotPath(points: readonly { readonly x: number; readonly y: number }[], x: Domain, y: Domain): string {
  return points.map((point) => `M${place(point.x, x)} ${SIZE - place(point.y, y)}h0`).join('');
}
