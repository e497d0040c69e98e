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
  /** In the order of x, epoch ms; durations in ms. */
  readonly points: readonly BandPoint[];
  readonly zone: string;
}

export function BandChart({ title, facts, label, points, zone }: BandChartProps) {
  const times = points.map((point) => point.x);
  const x = { from: Math.min(...times), to: Math.max(...times) };
  const most = Math.max(1, ...points.map((point) => point.high));
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
          points.length === 1 ? (
            <path class="dot" d={dotPath(low, x, y)} />
          ) : (
            <>
              <path class="area" d={`${linePath(high, x, y)}${linePath(low.toReversed(), x, y).replace('M', 'L')}z`} />
              <path d={linePath(low, x, y)} />
            </>
          )
        }
      />
    </figure>
  );
}
