/**
 * One registered model: what is in production and why, each figure over the versions with the bar that a candidate had to
 * clear, the versions with what can be done with them, and every decision that was made.
 */
import { type Action, Actions } from '../../action.tsx';
import { runPage } from '../../address.ts';
import { CHART_STYLE } from '../../charts/chart-style.ts';
import { type ChartPoint, LineChart } from '../../charts/line-chart.tsx';
import { briefFigure } from '../../charts/scale.ts';
import { type Clock, Time } from '../../time.tsx';
import { Decisions, type DecisionsData } from './decisions.tsx';
import { Versions, type VersionsData } from './versions.tsx';

export interface ModelData {
  readonly name: string;
  readonly description: string;
  readonly versions: VersionsData;
  readonly decisions: DecisionsData;
  readonly production: {
    readonly version: number;
    readonly metric: string | null;
    readonly value: number | null;
    readonly at: number | null;
    readonly run: number | null;
    readonly by: string | null;
  } | null;
  readonly charts: readonly MetricOverVersions[];
  /** Of all versions, how many the charts show. */
  readonly charted: number;
  /** Names of figures that have no chart. */
  readonly uncharted: number;
  /** What can be done with the model. */
  readonly actions: readonly Action[];
}

export interface MetricOverVersions {
  readonly title: string;
  readonly metric: string;
  /** Not the figure itself, but what it was beyond that of the version in production then. */
  readonly isDifference: boolean;
  readonly goal: 'min' | 'max' | null;
  /** Oldest first; x is the place among the versions charted. */
  readonly points: readonly ChartPoint[];
  /** What the candidate had to clear on the same data. */
  readonly bars: readonly { readonly x: number; readonly y: number }[];
  readonly versions: readonly string[];
  /** Places of versions that were promoted. */
  readonly promoted: ReadonlySet<number>;
}

export const MODEL_STYLE = `${CHART_STYLE}
.versions td button{padding:.1rem .5rem}
.versions tr:target{background:var(--soft)}
.decided td:nth-child(2){font-weight:500}
`;

export function ModelPage({ data, clock }: { data: ModelData; clock: Clock }) {
  const { charts, charted, versions, uncharted } = data;
  return (
    <>
      <section id="head">
        <Head data={data} clock={clock} />
      </section>
      <section id="metrics" hidden={charts.length === 0}>
        {charts.length === 0 ? null : (
          <>
            <h2>
              Figures over versions
              {charted < versions.count || uncharted > 0 ? (
                <small>
                  {charted < versions.count ? `the newest ${charted} of ${versions.count}` : ''}
                  {uncharted > 0 ? ` ${charts.length} of ${charts.length + uncharted} figures` : ''}
                </small>
              ) : null}
            </h2>
            {charts.map((chart, index) => (
              <Chart chart={chart} id={`data-${index}`} hasHits={charts.length * charted <= 80} />
            ))}
          </>
        )}
      </section>
      <section id="versions">
        <Versions data={versions} clock={clock} />
      </section>
      <section id="decisions">
        <Decisions data={data.decisions} clock={clock} />
      </section>
    </>
  );
}

function Head({ data, clock }: { data: ModelData; clock: Clock }) {
  const { name, description, production, versions, actions } = data;
  return (
    <>
      <h1>{name}</h1>
      {description === '' ? null : <p>{description}</p>}
      <p class="lead">
        {production === null ? (
          'No version is in production'
        ) : (
          <>
            <b>Version {production.version}</b> is in production
            {production.value === null ? null : (
              <>
                {' '}
                with {production.metric} <b>{briefFigure(production.value)}</b>
              </>
            )}
            {production.at === null ? null : (
              <>
                , since <Time at={production.at} clock={clock} withZone />
              </>
            )}
            {production.run !== null ? (
              <>
                , promoted by <a href={runPage(production.run)}>run {production.run}</a>
              </>
            ) : production.by === null ? null : (
              `, promoted by ${production.by}`
            )}
          </>
        )}
        . {versions.count === 1 ? 'One version' : `${versions.count} versions`} so far.
      </p>
      <Actions actions={actions} />
    </>
  );
}

function Chart({ chart, id, hasHits }: { chart: MetricOverVersions; id: string; hasHits: boolean }) {
  const { title, metric, isDifference, goal, points, bars, versions, promoted } = chart;
  return (
    <LineChart
      id={id}
      title={title}
      series={[{ name: metric, points }]}
      axis={{ kind: 'order', names: versions }}
      goal={goal}
      gate={{
        name: isDifference ? 'the margin to clear' : 'to beat: production and the margin, on the same data',
        points: bars,
      }}
      {...(promoted.size === 0 ? {} : { rings: { name: 'promoted', at: promoted } })}
      hasHits={hasHits}
      hasTable={false}
    />
  );
}
