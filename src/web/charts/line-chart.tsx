/**
 * Figures over runs or versions as lines with axes. Series differ by dash and mark before they differ by colour; runs
 * that failed stand as crosses on the axis, the best point is named, a bar to clear is dashed. Draws what it is given and
 * decides nothing; figures that are no numbers are left out.
 */
import { ChartTable } from './chart-table.tsx';
import { anchorAt, atX, atY, Plot } from './plot.tsx';
import {
  briefFigure,
  type Domain,
  formatFigure,
  orderTicks,
  place,
  SIZE,
  type Tick,
  valueDomain,
  valueTicks,
} from './scale.ts';
import { Key, MOST_SERIES, SeriesLine } from './series.tsx';
import { timeTicks } from './time-ticks.ts';

export interface ChartPoint {
  /** Epoch ms, or the place in the order. */
  readonly x: number;
  readonly y: number;
  /** Such as "run 12". */
  readonly name: string;
  readonly href?: string;
  /** Stands above the point where it differs from that of the point before: a parameter, a stage. */
  readonly label?: string;
}

export interface ChartSeries {
  readonly name: string;
  /** In the order of x. */
  readonly points: readonly ChartPoint[];
}

/** Time, or things one after another, each with a name of few letters. */
export type ChartAxis =
  | { readonly kind: 'time'; readonly zone: string }
  | { readonly kind: 'order'; readonly names: readonly string[] };

export interface LineChartProps {
  /** Of the part that unfolds: one a page. */
  readonly id: string;
  readonly title: string;
  /** At most four; the first is the one that matters. */
  readonly series: readonly ChartSeries[];
  readonly axis: ChartAxis;
  /** What has no figure because it failed. */
  readonly failures?: readonly Omit<ChartPoint, 'y'>[];
  /** What a figure has to clear; changes at each point. */
  readonly gate?: { readonly name: string; readonly points: readonly { readonly x: number; readonly y: number }[] };
  /** Which figures are better; names the best of the first series. */
  readonly goal?: 'min' | 'max' | null;
  /** Points of the first series with a ring around them. */
  readonly rings?: { readonly name: string; readonly at: ReadonlySet<number> };
  /** In the table. */
  readonly format?: (value: number) => string;
  /** In the picture, where there is less room. */
  readonly brief?: (value: number) => string;
  /** Links over the points for the mouse, 130 bytes each: not where there are many. */
  readonly hasHits?: boolean;
  /** "Show data" below it; a page with one table for several charts has its own. */
  readonly hasTable?: boolean;
  readonly empty?: string;
}

/** Above these, no point has a link of its own for the mouse. */
const MOST_HITS = 120;
const MOST_LABELS = 8;

export function LineChart(props: LineChartProps) {
  const {
    id,
    title,
    axis,
    gate,
    goal = null,
    rings,
    format = formatFigure,
    brief = briefFigure,
    hasHits = true,
    hasTable = true,
  } = props;
  const series = props.series
    .slice(0, MOST_SERIES)
    .map((each) => ({ ...each, points: each.points.filter(isDrawable) }));
  const points = series.flatMap((each) => each.points);
  const [first] = series;
  const last = first?.points.at(-1);
  if (first === undefined || last === undefined)
    return (
      <figure class="chart">
        <figcaption>
          <b>{title}</b>
        </figcaption>
        <p class="dim">{props.empty ?? 'No figure yet.'}</p>
      </figure>
    );
  const failures = props.failures ?? [];
  const gatePoints = (gate?.points ?? []).filter(({ y }) => Number.isFinite(y));
  const x = domainOf(axis, [...points, ...failures]);
  const y = valueDomain([...points, ...gatePoints].map((point) => point.y));
  const best = bestOf(first.points, goal);
  // From each on, until the next, the label holds.
  const labels = labelled(first.points);
  return (
    <figure class="chart">
      <figcaption>
        <b>{title}</b>
        <i>latest {brief(last.y)}</i>
        {best === null || first.points.length < 2 ? null : (
          <i>
            best {brief(best.y)} ({best.name})
          </i>
        )}
        {series.length < 2 ? null : series.map((each, index) => <Key mark={index}>{each.name}</Key>)}
        {gatePoints.length === 0 || gate === undefined ? null : <Key mark="gate">{gate.name}</Key>}
        {rings === undefined ? null : <Key mark="ring">{rings.name}</Key>}
        {failures.length === 0 ? null : <Key mark="x">failed</Key>}
      </figcaption>
      <Plot
        label={describe(title, first.points, { best, failures: failures.length, format: brief })}
        x={x}
        y={y}
        xTicks={xTicks(axis, x)}
        yTicks={valueTicks(y)}
        lines={
          <>
            {labels.length === 0 ? null : (
              <path class="grid" d={labels.map((point) => `M${place(point.x, x)} 0v${SIZE}`).join('')} />
            )}
            {gatePoints.length === 0 ? null : <path class="gate" d={stepPath(gatePoints, x, y)} />}
            {series.map((each, index) => <SeriesLine points={each.points} mark={index} x={x} y={y} />).reverse()}
          </>
        }
        marks={
          <>
            {failures.map((failure) => (
              <text class="x" x={atX(failure.x, x)} y="100%">
                {'\u00d7'}
              </text>
            ))}
            {rings === undefined
              ? null
              : first.points
                  .filter((point) => rings.at.has(point.x))
                  .map((point) => <circle cx={atX(point.x, x)} cy={atY(point.y, y)} r="7" />)}
            {labels.map((point) => (
              <text class="lab alt" x={atX(point.x, x)} y="0" dx="4" dy="9">
                {point.label}
              </text>
            ))}
            {best === null || first.points.length < 2 ? null : (
              <text
                class="note"
                x={atX(best.x, x)}
                y={atY(best.y, y)}
                dy={goal === 'min' ? 20 : -12}
                text-anchor={anchorAt(best.x, x, 0.16)}
              >
                best {brief(best.y)}
              </text>
            )}
          </>
        }
        {...(hasHits && first.points.length <= MOST_HITS
          ? { hits: [...first.points, ...failures].map((point) => <Hit point={point} x={x} y={y} format={format} />) }
          : {})}
      />
      {hasTable ? <ChartTable id={id} series={series} format={format} /> : null}
    </figure>
  );
}

function Hit({
  point,
  x,
  y,
  format,
}: {
  point: Omit<ChartPoint, 'y'> & { readonly y?: number };
  x: Domain;
  y: Domain;
  format: (value: number) => string;
}) {
  const circle = (
    <circle cx={atX(point.x, x)} cy={point.y === undefined ? '100%' : atY(point.y, y)}>
      <title>{`${point.name}: ${point.y === undefined ? 'failed' : format(point.y)}${point.label === undefined ? '' : `, ${point.label}`}`}</title>
    </circle>
  );
  return point.href === undefined ? (
    circle
  ) : (
    <a href={point.href} tabindex={-1}>
      {circle}
    </a>
  );
}

function isDrawable({ x, y }: ChartPoint): boolean {
  return Number.isFinite(x) && Number.isFinite(y);
}

/** Where the label changes; of very many changes some. */
function labelled(points: readonly ChartPoint[]): ChartPoint[] {
  const changes = points.filter(hasNewLabel);
  const step = Math.ceil(changes.length / MOST_LABELS);
  return changes.filter((_, index) => index % step === 0);
}

function hasNewLabel({ label }: ChartPoint, index: number, points: readonly ChartPoint[]): boolean {
  return label !== undefined && label !== points[index - 1]?.label;
}

function domainOf(axis: ChartAxis, points: readonly { readonly x: number }[]): Domain {
  if (axis.kind === 'order') return { from: 0, to: Math.max(0, axis.names.length - 1) };
  const times = points.map(({ x }) => x);
  return { from: Math.min(...times), to: Math.max(...times) };
}

function xTicks(axis: ChartAxis, x: Domain): Tick[] {
  if (axis.kind === 'time') return timeTicks(x, axis.zone);
  return orderTicks(axis.names.length).map((value) => ({ value, text: axis.names[value] ?? '' }));
}

/** Each bar holds until the next. */
function stepPath(points: readonly { readonly x: number; readonly y: number }[], x: Domain, y: Domain): string {
  const [only] = points;
  if (points.length === 1 && only !== undefined) return `M0 ${SIZE - place(only.y, y)}h${SIZE}`;
  return points
    .map((point, index) => {
      const [at, height] = [place(point.x, x), SIZE - place(point.y, y)];
      return index === 0 ? `M${at} ${height}` : `H${at}V${height}`;
    })
    .join('');
}

function bestOf(points: readonly ChartPoint[], goal: 'min' | 'max' | null): ChartPoint | null {
  if (goal === null) return null;
  return points.reduce<ChartPoint | null>(
    (best, point) => (best === null || (goal === 'min' ? point.y < best.y : point.y > best.y) ? point : best),
    null,
  );
}

/** "rmse: 26 points from run 1 (2.073) to run 26 (1.889), best 1.81 (run 12), 2 failed". */
function describe(
  title: string,
  points: readonly ChartPoint[],
  { best, failures, format }: { best: ChartPoint | null; failures: number; format: (value: number) => string },
): string {
  const [from] = points;
  const to = points.at(-1);
  if (from === undefined || to === undefined) return title;
  const span =
    points.length === 1
      ? `${format(from.y)} (${from.name})`
      : `${points.length} points from ${format(from.y)} (${from.name}) to ${format(to.y)} (${to.name})`;
  return `${title}: ${span}${best === null ? '' : `, best ${format(best.y)} (${best.name})`}${failures === 0 ? '' : `, ${failures} failed`}`;
}
