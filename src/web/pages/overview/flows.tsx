/** Every flow in a row: how its last run ended, the thirty before it, how long, how well, when next. The rest by tag. */
import type { StateName } from '../../../model/state.ts';
import type { Action } from '../../action.tsx';
import { flowPage } from '../../address.ts';
import { type Bar, HistoryBars } from '../../charts/history-bars.tsx';
import { Sparkline } from '../../charts/sparkline.tsx';
import { LastRun, type LastRunView } from '../../last-run.tsx';
import { Glyph, StateMark } from '../../state-mark.tsx';
import { type Clock, Time, took } from '../../time.tsx';
import { Button } from './attention.tsx';

export interface FlowLine {
  readonly flow: string;
  readonly last: LastRunView | null;
  /** Oldest first. */
  readonly bars: readonly Bar[];
  readonly usual: { readonly medianMs: number; readonly p90Ms: number } | null;
  readonly metric: MetricLine | null;
  readonly nextAt: number | null;
  readonly isDeployed: boolean;
  readonly isPaused: boolean;
  readonly run: Action | null;
}

export interface MetricLine {
  readonly name: string;
  /** Oldest first. */
  readonly values: readonly number[];
  /** The newest, as text. */
  readonly latest: string;
}

/** Flows without a row of their own, under their first tag. */
export interface FlowGroup {
  /** Null: those without tags. */
  readonly tag: string | null;
  readonly flows: readonly { readonly flow: string; readonly last: StateName | null }[];
  /** May be more than `flows`. */
  readonly count: number;
}

export interface FlowsData {
  readonly lines: readonly FlowLine[];
  readonly groups: readonly FlowGroup[];
  /** Of all, with and without a row. */
  readonly count: number;
}

export function Flows({ flows, clock }: { flows: FlowsData; clock: Clock }) {
  const { lines, groups, count } = flows;
  const hasMetrics = lines.some(({ metric }) => metric !== null);
  return (
    <>
      <h2>
        Flows<small>{lines.length < count ? `${lines.length} of ${count}` : count}</small>
      </h2>
      <table class="flows">
        <thead>
          <tr>
            <th scope="col">Flow</th>
            <th scope="col">Last run</th>
            <th scope="col">History</th>
            <th class="n w" scope="col">
              Typically
            </th>
            {hasMetrics ? (
              <th class="w m" scope="col">
                Metric
              </th>
            ) : null}
            <th class="w" scope="col">
              Next
            </th>
            <th scope="col">
              <span class="unseen">Run</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <FlowRow line={line} hasMetrics={hasMetrics} clock={clock} />
          ))}
        </tbody>
      </table>
      {groups.map((group) => (
        <Group group={group} />
      ))}
    </>
  );
}

function FlowRow({ line, hasMetrics, clock }: { line: FlowLine; hasMetrics: boolean; clock: Clock }) {
  const { flow, last, bars, usual, metric, nextAt, isDeployed, isPaused, run } = line;
  return (
    <tr>
      <th scope="row">
        <a href={flowPage(flow)}>{flow}</a>
      </th>
      <td>
        <LastRun last={last} clock={clock} />
      </td>
      <td>{bars.length === 0 ? null : <HistoryBars bars={bars} />}</td>
      <td class="n w">
        {usual === null ? null : (
          <>
            {took(usual.medianMs)}
            <span class="sub">p90 {took(usual.p90Ms)}</span>
          </>
        )}
      </td>
      {hasMetrics ? <td class="w m">{metric === null ? null : <Metric metric={metric} />}</td> : null}
      <td class="w nw">
        {isPaused ? (
          <StateMark name="Paused" />
        ) : nextAt === null ? (
          <span class="dim">{isDeployed ? 'by hand' : 'not deployed'}</span>
        ) : (
          <Time at={nextAt} clock={clock} />
        )}
      </td>
      <td class="n">{run === null ? null : <Button action={run} about={flow} />}</td>
    </tr>
  );
}

function Metric({ metric: { name, values, latest } }: { metric: MetricLine }) {
  const label = `${name} over the last ${values.length} runs that told it, ${latest} now`;
  return (
    <>
      {values.length < 2 ? null : <Sparkline values={values} label={label} />}
      <span class="sub nw">
        {name} {latest}
      </span>
    </>
  );
}

function Group({ group: { tag, flows, count } }: { group: FlowGroup }) {
  return (
    <details id={`tag-${tag ?? ''}`}>
      <summary>
        {tag === null ? 'Other flows' : tag} <span class="dim">{count}</span>
      </summary>
      <p class="flex">
        {flows.map(({ flow, last }) => (
          <a href={flowPage(flow)}>
            {last === null ? null : <Glyph name={last} />}
            {flow}
          </a>
        ))}
        {count > flows.length ? <a href="/flows">and {count - flows.length} more</a> : null}
      </p>
    </details>
  );
}
