/** The figures of a flow over its runs, with the bars that its candidates had to clear. */
import { decode } from '../../../model/codec.ts';
import { toPlainJson } from '../../../model/plain-json.ts';
import type { PastRun } from '../../../store/flow-history.ts';
import type { DecisionEntry } from '../../../store/model-lists.ts';
import type { Store } from '../../../store/store.ts';
import { type FlowQuery, runPage } from '../../../web/address.ts';
import type { ChartPoint } from '../../../web/charts/line-chart.tsx';
import type { MetricOverRuns, MetricsData } from '../../../web/pages/flow/metrics.tsx';

const CHARTS = 3;
/** Of all charts together, so that the page stays small. */
const MOST_POINTS = 90;
const LABELS = 6;
/** A label that is longer hides its neighbours. */
const LONGEST_LABEL = 20;
/** A longer name of a parameter is no address. */
const LONGEST_NAME = 100;

interface Parts {
  readonly flow: string;
  readonly query: FlowQuery;
  /** Newest first. */
  readonly runs: readonly PastRun[];
}

/** Null where no run has told a figure. */
export function gatherMetrics(store: Store, { flow, query, runs: newestFirst }: Parts): MetricsData | null {
  const runs = newestFirst.toReversed();
  const names = namesOf(runs);
  if (names.length === 0) return null;
  const x = query.x ?? 'run';
  const decisions = store.modelLists.decisionsOfRuns(runs.map(({ id }) => id));
  const wanted = query.metric === undefined ? names : names.filter((name) => name === query.metric);
  const shown = wanted.slice(0, Math.max(1, Math.min(CHARTS, Math.floor(MOST_POINTS / runs.length))));
  const texts = labelsOf(store, runs, query.label);
  const places = runs.map((run, index) => (x === 'time' ? (run.startAt ?? run.createdAt) : index));
  return {
    flow,
    query,
    x,
    names,
    charts: shown.map((metric) => overRuns(metric, { runs, places, decisions, texts })),
    labels: labelNames(store, runs.at(-1)),
    runs: runs.map(({ id, metrics }) => ({ id, values: shown.map((name) => metrics[name] ?? null) })),
    axis: runs.map(({ id }) => String(id)),
  };
}

/** Those that most runs have first. */
function namesOf(runs: readonly PastRun[]): string[] {
  const counts = new Map<string, number>();
  for (const { metrics } of runs)
    for (const name of Object.keys(metrics)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts.keys()].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0));
}

function overRuns(
  metric: string,
  parts: {
    readonly runs: readonly PastRun[];
    readonly places: readonly number[];
    readonly decisions: readonly DecisionEntry[];
    readonly texts: ReadonlyMap<number, string>;
  },
): MetricOverRuns {
  const { runs, places, decisions, texts } = parts;
  const compared = new Map(decisions.filter((each) => each.metric === metric).map((each) => [each.run, each]));
  const points: ChartPoint[] = [];
  const failures: Omit<ChartPoint, 'y'>[] = [];
  const bars: { x: number; y: number }[] = [];
  for (const [index, { id, type, metrics }] of runs.entries()) {
    const x = places[index] ?? 0;
    const y = metrics[metric];
    const label = texts.get(id);
    const point = { x, name: `run ${id}`, href: runPage(id), ...(label === undefined ? {} : { label }) };
    if (y !== undefined) points.push({ ...point, y });
    else if (type === 'FAILED' || type === 'CRASHED') failures.push(point);
    const decision = compared.get(id);
    if (decision?.production_value != null)
      bars.push({ x, y: decision.production_value + (decision.goal === 'max' ? 1 : -1) * (decision.margin ?? 0) });
  }
  const goal = [...compared.values()].at(-1)?.goal ?? null;
  return { metric, goal, points: points.sort((a, b) => a.x - b.x), failures, bars: bars.sort((a, b) => a.x - b.x) };
}

/** What one parameter was in each run: "alpha 0.1". */
function labelsOf(store: Store, runs: readonly PastRun[], name: string | undefined): ReadonlyMap<number, string> {
  const texts = new Map<number, string>();
  if (name === undefined) return texts;
  for (const { id } of runs) {
    const params = paramsOf(store, id);
    if (!Object.hasOwn(params, name)) continue;
    const value = params[name];
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    texts.set(id, `${name} ${text}`.slice(0, LONGEST_LABEL));
  }
  return texts;
}

/** Parameters with a value that fits beside a point. */
function labelNames(store: Store, newest: PastRun | undefined): string[] {
  if (newest === undefined) return [];
  return Object.entries(paramsOf(store, newest.id))
    .filter(([name, value]) => name.length <= LONGEST_NAME && (value === null || typeof value !== 'object'))
    .map(([name]) => name)
    .slice(0, LABELS);
}

function paramsOf(store: Store, id: number): Readonly<Record<string, unknown>> {
  const bytes = store.flowHistory.params(id);
  const params = bytes === null ? null : toPlainJson(decode(bytes));
  if (params === null || typeof params !== 'object' || Array.isArray(params)) return {};
  return params as Readonly<Record<string, unknown>>;
}
