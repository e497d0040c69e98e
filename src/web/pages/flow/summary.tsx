/** How a flow did lately: its last runs as bars, how often it succeeded in the last days, how long it takes. */
import { BandChart, type BandPoint } from '../../charts/band-chart.tsx';
import { type RunBar, RunBars } from '../../charts/run-bars.tsx';
import type { Clock } from '../../time.tsx';

export interface SummaryData {
  /** Oldest first. */
  readonly bars: readonly RunBar[];
  /** "last 90 runs: 88 completed, 2 failed; 3 due times missed". */
  readonly words: string;
  readonly rates: readonly Rate[];
  /** There are more runs than were counted. */
  readonly isCapped: boolean;
  readonly duration: {
    readonly facts: readonly string[];
    readonly words: string;
    readonly points: readonly BandPoint[];
    readonly dots: readonly { readonly x: number; readonly y: number }[];
  } | null;
}

export interface Rate {
  readonly days: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly unfinished: number;
}

export function Summary({ data, clock }: { data: SummaryData; clock: Clock }) {
  const { bars, words, rates, isCapped, duration } = data;
  return (
    <>
      <h2>
        Summary<small>{words}</small>
      </h2>
      <RunBars bars={bars} label={words} zone={clock.zone} />
      <table class="num">
        <thead>
          <tr>
            <th scope="col">{isCapped ? 'Newest 100000 runs of' : 'Runs of'}</th>
            <th scope="col" class="n">
              Success
            </th>
            <th scope="col" class="n">
              Succeeded
            </th>
            <th scope="col" class="n">
              Failed
            </th>
            <th scope="col" class="n w">
              Cancelled
            </th>
            <th scope="col" class="n w">
              Unfinished
            </th>
          </tr>
        </thead>
        <tbody>
          {rates.map((rate) => (
            <tr>
              <th scope="row">{rate.days} days</th>
              <td class="n">{shareOf(rate)}</td>
              <td class="n">{rate.succeeded}</td>
              <td class="n">{rate.failed}</td>
              <td class="n w">{rate.cancelled}</td>
              <td class="n w">{rate.unfinished}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {duration === null ? null : (
        <BandChart
          title="Duration"
          facts={duration.facts}
          label={duration.words}
          points={duration.points}
          dots={duration.dots}
          zone={clock.zone}
        />
      )}
    </>
  );
}

/** Of those that ended by themselves; never "100%" while something failed. */
export function shareOf({ succeeded, failed }: Pick<Rate, 'succeeded' | 'failed'>): string {
  if (succeeded + failed === 0) return '';
  const percent = (succeeded / (succeeded + failed)) * 100;
  if (failed === 0 || succeeded === 0) return `${Math.round(percent)}%`;
  const shown = percent > 99 || percent < 1 ? percent.toFixed(1) : String(Math.round(percent));
  if (shown === '100.0') return '>99.9%';
  return shown === '0.0' ? '<0.1%' : `${shown}%`;
}
