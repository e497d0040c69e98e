/** How the series of a line chart look, in the picture and in its key: each differs by dash and mark before it does by colour. */
import { dotPath, linePath } from './plot.tsx';
import type { Domain } from './scale.ts';

/** Line, then mark: without colour each is still another. */
const MARKS = [
  { dash: '', mark: 'dot', isHollow: false },
  { dash: '6 4', mark: 'dot sq', isHollow: false },
  { dash: '1 5', mark: 'dot', isHollow: true },
  { dash: '9 4 1 4', mark: 'dot sq', isHollow: true },
] as const;

export const MOST_SERIES = MARKS.length;

/** Above these, marks of points are smaller, and then none. */
const LARGE_DOTS = 40;
const ANY_DOTS = 120;

interface SeriesLineProps {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** Which series it is, from 0. */
  readonly mark: number;
  readonly x: Domain;
  readonly y: Domain;
}

export function SeriesLine({ points, mark, x, y }: SeriesLineProps) {
  const look = MARKS[mark] ?? MARKS[0];
  const dots = points.length > ANY_DOTS ? '' : dotPath(points, x, y);
  const size = points.length > LARGE_DOTS ? ' many' : '';
  return (
    <g class={`s${mark}`}>
      {points.length < 2 ? null : (
        <path d={linePath(points, x, y)} {...(look.dash === '' ? {} : { 'stroke-dasharray': look.dash })} />
      )}
      {dots === '' ? null : <path class={`${look.mark}${size}`} d={dots} />}
      {dots === '' || !look.isHollow ? null : <path class={look.mark === 'dot' ? 'hole' : 'hole sq'} d={dots} />}
    </g>
  );
}

/** One entry of the key. */
export function Key({ mark, children }: { mark: number | 'gate' | 'ring' | 'x'; children?: unknown }) {
  const look = typeof mark === 'number' ? (MARKS[mark] ?? MARKS[0]) : null;
  return (
    <i>
      <svg viewBox="0 0 30 10" aria-hidden="true" {...(typeof mark === 'number' ? { class: `s${mark}` } : {})}>
        {look !== null ? (
          <>
            <path d="M0 5h30" {...(look.dash === '' ? {} : { 'stroke-dasharray': look.dash })} />
            <path class={look.mark} d="M15 5h0" />
            {look.isHollow ? <path class="hole" d="M15 5h0" /> : null}
          </>
        ) : mark === 'gate' ? (
          <path class="gate" d="M0 5h30" />
        ) : mark === 'ring' ? (
          <circle cx="15" cy="5" r="6" fill="none" stroke="currentColor" stroke-width="1.5" />
        ) : (
          <path class="fail" d="M11 1l8 8m0-8l-8 8" />
        )}
      </svg>
      {children}
    </i>
  );
}
