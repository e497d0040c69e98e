/**
 * One flow: how it stands and when it is due, its last runs as bars, how often it succeeds and how long it takes, its tasks
 * run by run, its figures over runs, its deployments, its source.
 */
import type { StateName } from '../../../model/state.ts';
import type { Action } from '../../action.tsx';
import { Actions } from '../../action.tsx';
import { runPage, runsOfFlow } from '../../address.ts';
import { CHART_STYLE } from '../../charts/chart-style.ts';
import { Glyph, lookOf } from '../../state-mark.tsx';
import { type Clock, Time, took } from '../../time.tsx';
import { BadgeSection } from './badge.tsx';
import { type DeploymentLine, Deployments } from './deployments.tsx';
import { GRID_STYLE, Grid, type GridData } from './grid.tsx';
import { Metrics, type MetricsData } from './metrics.tsx';
import { SourceSection, type SourceView } from './source-view.tsx';
import { Summary, type SummaryData } from './summary.tsx';

export interface FlowData {
  readonly flow: string;
  readonly description: string;
  readonly last: {
    readonly id: number;
    readonly name: StateName;
    readonly at: number | null;
    readonly runTimeMs: number;
  } | null;
  /** The next due time of all deployments that is not held up. */
  readonly nextAt: number | null;
  readonly isPaused: boolean;
  readonly isBroken: boolean;
  readonly actions: readonly Action[];
  readonly deployments: readonly DeploymentLine[];
  /** How it is started where nothing is deployed. */
  readonly command: string | null;
  readonly summary: SummaryData | null;
  readonly grid: GridData | null;
  readonly metrics: MetricsData | null;
  readonly source: SourceView | null;
  /** The address of its badge for pages elsewhere; null: there is none yet. */
  readonly badge: string | null;
}

/** Nobody reads more before the figures. */
const LONGEST_DESCRIPTION = 1000;

export const FLOW_STYLE = `${CHART_STYLE}${GRID_STYLE}
#badge{margin-top:2rem}.toc{display:flex;flex-wrap:wrap;gap:0 1.1rem;font-size:.875rem;line-height:1.75rem;margin:.75rem 0 0}
.num{width:auto}.num th,.num td{padding-right:1.75rem}.num tr>:last-child{padding-right:0}#deployments th{width:9rem}
.code{display:grid;grid-template-columns:auto 1fr;background:var(--soft);border-radius:4px;margin:.5rem 0;max-height:32rem;overflow:auto}
.code pre{white-space:pre;max-height:none;margin:0;overflow:visible}
.code pre:first-child{color:var(--dim);text-align:right;padding-right:0;user-select:none;position:sticky;left:0}
`;

export function FlowPage({ data, clock }: { data: FlowData; clock: Clock }) {
  const { summary, grid, metrics, source, deployments } = data;
  return (
    <>
      <section id="head">
        <Head data={data} clock={clock} />
      </section>
      <section id="summary">
        {summary === null ? <NoRuns data={data} /> : <Summary data={summary} clock={clock} />}
      </section>
      <section id="grid" hidden={grid === null}>
        {grid === null ? null : <Grid data={grid} />}
      </section>
      <section id="metrics" hidden={metrics === null}>
        {metrics === null ? null : <Metrics data={metrics} clock={clock} />}
      </section>
      <section id="deployments">
        <Deployments flow={data.flow} lines={deployments} command={data.command} clock={clock} />
      </section>
      <section id="source" hidden={source === null}>
        {source === null ? null : <SourceSection view={source} />}
      </section>
      <section id="badge" hidden={data.badge === null}>
        {data.badge === null ? null : <BadgeSection flow={data.flow} url={data.badge} />}
      </section>
    </>
  );
}

function Head({ data, clock }: { data: FlowData; clock: Clock }) {
  const { flow, description, last, nextAt, isPaused, isBroken, actions, summary, grid, metrics, source } = data;
  const parts = [
    ...(summary === null ? [] : [['summary', 'Summary']]),
    ...(grid === null ? [] : [['grid', 'Tasks']]),
    ...(metrics === null ? [] : [['metrics', 'Metrics']]),
    ['deployments', 'Deployments'],
    ...(source === null ? [] : [['source', 'Source']]),
  ];
  return (
    <>
      <h1>
        {last === null ? null : <Glyph name={isPaused ? 'Paused' : last.name} />}
        <span>{flow}</span>
      </h1>
      {description === '' ? null : <p>{description.slice(0, LONGEST_DESCRIPTION)}</p>}
      <p class="lead">
        {last === null ? (
          'It has not run yet'
        ) : (
          <>
            <a href={runPage(last.id)}>Run {last.id}</a>: <b>{lookOf(last.name).word.toLowerCase()}</b>
            {last.at === null ? null : (
              <>
                {' '}
                <Time at={last.at} clock={clock} ago />, {took(last.runTimeMs)}
              </>
            )}
          </>
        )}
        {isBroken ? '; its file is broken' : ''}
        {isPaused ? (
          '; it is paused'
        ) : nextAt === null ? null : (
          <>
            ; next{' '}
            <b>
              <Time at={nextAt} clock={clock} withZone />
            </b>
          </>
        )}
        . <a href={runsOfFlow(flow)}>All runs</a>
      </p>
      <Actions actions={actions} />
      <nav class="toc" aria-label="On this page">
        {parts.map(([id, word]) => (
          <a href={`#${id}`}>{word}</a>
        ))}
      </nav>
    </>
  );
}

function NoRuns({ data }: { data: FlowData }) {
  return (
    <>
      <h2>Summary</h2>
      <p>
        No run yet{data.nextAt === null ? '' : ': the schedule starts the first one'}.{' '}
        {data.command === null ? null : <code>{data.command}</code>}
      </p>
    </>
  );
}
