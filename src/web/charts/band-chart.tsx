/** A stretch between two figures over time, such as the usual durations: half of the runs below the line, a tenth above the band. */
import { dotPath, linePath, Plot } from './plot.tsx';
import { durationTicks, type Tick } from './scale.ts';
import { timeTicks } from './time-ticks.ts';

export interface BandPoint {
  readonly x: number;
  readonly low: number;
  readonly high: number;
}

export interface BandChartProps {
  readonly title: string;
  /** Said beside the title. */
  readonly facts: readonly string[];
  /** What the picture shows, for those who do not see it. */
  readonly label: string;
  /** In the order of x, epoch ms; durations in ms. None where there is too little to tell. */
  readonly points: readonly BandPoint[];
  /** What the band is made of. */
  readonly dots: readonly { readonly x: number; readonly y: number }[];
  readonly zone: string;
}

export function BandChart({ title, facts, label, points, dots, zone }: BandChartProps) {
  const times = [...dots, ...points].map((point) => point.x);
  const x = { from: Math.min(...times), to: Math.max(...times) };
  const high90 = Math.max(1, ...points.map((point) => point.high));
  // Single ones far above the band are drawn at the top: to scale they would make it flat.
  const most =
    points.length === 0
      ? Math.max(1, ...dots.map((dot) => dot.y))
      : Math.min(high90 * 2, Math.max(high90, ...dots.map((dot) => dot.y)));
  const yTicks: Tick[] = durationTicks(most * 1.1);
  const y = { from: 0, to: most * 1.1 };
  const low = points.map((point) => ({ x: point.x, y: point.low }));
  const high = points.map((point) => ({ x: point.x, y: point.high }));
  return (
    <figure class="chart">
      <figcaption>
        <b>{title}</b>
        {facts.map((fact) => (
          <i>{fact}</i>
        ))}
      </figcaption>
      <Plot
        label={label}
        x={x}
        y={y}
        xTicks={timeTicks(x, zone)}
        yTicks={yTicks}
        lines={
          <>
            {points.length < 2 ? null : (
              <path class="area" d={`${linePath(high, x, y)}${linePath(low.toReversed(), x, y).replace('M', 'L')}z`} />
            )}
            <path
              class="dot faint"
              d={dotPath(
                dots.map((dot) => ({ x: dot.x, y: Math.min(dot.y, most) })),
                x,
                y,
              )}
            />
            {points.length < 2 ? null : <path d={linePath(low, x, y)} />}
          </>
        }
      />
    </figure>
  );
}
