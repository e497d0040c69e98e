/** The figures of a flow over its runs: a line each, with runs that failed, the best, and the bar that was to clear. */
import { type FlowQuery, flowMetricsFile, flowPage, runPage } from '../../address.ts';
import { type ChartPoint, LineChart } from '../../charts/line-chart.tsx';
import { formatFigure } from '../../charts/scale.ts';
import type { Clock } from '../../time.tsx';

export interface MetricsData {
  readonly flow: string;
  /** How this page was asked for. */
  readonly query: FlowQuery;
  readonly x: 'run' | 'time';
  /** All there are in these runs. */
  readonly names: readonly string[];
  readonly charts: readonly MetricOverRuns[];
  /** What a parameter can label: names. */
  readonly labels: readonly string[];
  /** Oldest first, with those that failed. */
  readonly runs: readonly { readonly id: number; readonly values: readonly (number | null)[] }[];
  /** Oldest first: numbers of the runs on the axis. */
  readonly axis: readonly string[];
}

export interface MetricOverRuns {
  readonly metric: string;
  readonly goal: 'min' | 'max' | null;
  readonly points: readonly ChartPoint[];
  readonly failures: readonly Omit<ChartPoint, 'y'>[];
  /** What the candidate had to clear. */
  readonly bars: readonly { readonly x: number; readonly y: number }[];
}

const TABLE_ROWS = 10;
const LONGEST = 40;
const NAMES_SHOWN = 12;

export function Metrics({ data, clock }: { data: MetricsData; clock: Clock }) {
  const { flow, query, x, names, charts, labels, runs, axis } = data;
  const to = (change: FlowQuery) => `${flowPage(flow, { ...query, ...change })}#metrics`;
  return (
    <>
      <h2 class="flex">
        <span>
          Metrics
          <small>
            {query.metric === undefined && charts.length < names.length ? `${charts.length} of ${names.length}, ` : ''}
            {runs.length === 1 ? 'in the only run' : `over the last ${runs.length} runs`}
          </small>
        </span>
        <small class="end flex">
          {query.runs === undefined && runs.length >= 40 ? <a href={to({ runs: 200 })}>200 runs</a> : null}
          {x === 'time' ? <a href={to({ x: undefined })}>by run</a> : <a href={to({ x: 'time' })}>by time</a>}
          <a href={flowMetricsFile(flow)}>CSV</a>
        </small>
      </h2>
      {names.length < 2 && labels.length === 0 ? null : (
        <p class="flex sub">
          {names.length < 2 ? null : (
            <>
              {query.metric === undefined ? <b>all</b> : <a href={to({ metric: undefined })}>all</a>}
              {names
                .slice(0, NAMES_SHOWN)
                .map((name) =>
                  name === query.metric ? <b>{cut(name)}</b> : <a href={to({ metric: name })}>{cut(name)}</a>,
                )}
              {names.length > NAMES_SHOWN ? <span>{names.length - NAMES_SHOWN} more in the CSV</span> : null}
            </>
          )}
          {labels.length === 0 ? null : (
            <span class="end flex">
              label
              {labels.map((name) =>
                name === query.label ? (
                  <a href={to({ label: undefined })}>no {cut(name)}</a>
                ) : (
                  <a href={to({ label: name })}>{cut(name)}</a>
                ),
              )}
            </span>
          )}
        </p>
      )}
      {charts.map((chart, index) => (
        <LineChart
          id={`data-${index}`}
          title={chart.metric}
          series={[{ name: chart.metric, points: chart.points }]}
          axis={x === 'time' ? { kind: 'time', zone: clock.zone } : { kind: 'order', names: axis }}
          goal={chart.goal}
          failures={chart.failures}
          gate={{ name: 'to beat: production and the margin, on the same data', points: chart.bars }}
          hasHits={index === 0 && chart.points.length <= 30}
          hasTable={false}
        />
      ))}
      <details id="metrics-data">
        <summary class="sub">
          {runs.length > TABLE_ROWS ? `Show data of the newest ${TABLE_ROWS} runs` : 'Show data'}
        </summary>
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col" class="n">
                  Run
                </th>
                {charts.map(({ metric }) => (
                  <th scope="col" class="n">
                    {cut(metric)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {runs
                .slice(-TABLE_ROWS)
                .toReversed()
                .map(({ id, values }) => (
                  <tr>
                    <th scope="row" class="n">
                      <a href={runPage(id)}>{id}</a>
                    </th>
                    {values.map((value) => (
                      <td class="n">{value === null ? '' : formatFigure(value)}</td>
                    ))}
                  </tr>
                ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}
