/** GET /models/:name: a model with its newest versions and decisions, and older ones by `before` and `decided`. */
import type { Hono } from 'hono';
import type { DecisionEntry, VersionFigures } from '../../../store/model-lists.ts';
import type { Store } from '../../../store/store.ts';
import { modelPage } from '../../../web/address.ts';
import type { ChartPoint } from '../../../web/charts/line-chart.tsx';
import { modelActions } from '../../../web/model-actions.ts';
import { type MetricOverVersions, MODEL_STYLE, type ModelData, ModelPage } from '../../../web/pages/model/model.tsx';
import { parseNumber } from '../../query.ts';
import type { Pages } from '../../send-page.ts';
import { decidingMetric } from './deciding-metric.ts';

const VERSIONS_A_PAGE = 32;
const DECISIONS_A_PAGE = 10;
const VERSIONS_CHARTED = 52;
const CHARTS = 4;
const FEWEST_DIFFERENCES = 3;
/** Columns of the table; the others are counted. */
const COLUMNS = 3;
const DECISIONS_COUNTED = 10_000;

interface Asked {
  readonly before: number;
  readonly decided: number;
}

export function bindModel(app: Hono, { store, pages }: { store: Store; pages: Pages }): void {
  app.get('/models/:name', (c) => {
    const name = c.req.param('name');
    const number = (field: string) =>
      parseNumber(field, c.req.query(field), 1, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    const asked: Asked = { before: number('before'), decided: number('decided') };
    return pages.send(c, (clock) => ({
      title: name,
      active: 'models',
      style: MODEL_STYLE,
      content: ModelPage({ data: gatherModel(store, name, asked), clock }),
    }));
  });
}

/** @throws WeirError `not-found` when there is no such model */
function gatherModel(store: Store, name: string, { before, decided }: Asked): ModelData {
  const { registry, modelLists } = store;
  registry.get(name, 'latest');
  const summary = modelLists.summary(name);
  const found = modelLists.versions(name, VERSIONS_A_PAGE + 1, before);
  const rows = found.slice(0, VERSIONS_A_PAGE);
  const figures = modelLists.figures(name, VERSIONS_CHARTED).reverse();
  const recent = modelLists.decisions(name, VERSIONS_CHARTED * 2);
  const foundDecisions = modelLists.decisions(name, DECISIONS_A_PAGE + 1, decided);
  const decisions = foundDecisions.slice(0, DECISIONS_A_PAGE);
  const decisionCount = modelLists.decisionCount(name, DECISIONS_COUNTED);
  const deciding = decidingMetric(recent, figures.at(-1)?.metrics);
  const metrics = metricNames(figures, deciding);
  const shown = new Set(rows.map(({ version }) => version));
  return {
    name,
    description: modelLists.description(name),
    versions: {
      model: name,
      rows,
      count: summary.versions ?? 0,
      metrics: metrics.slice(0, COLUMNS),
      isNewest: before === Number.MAX_SAFE_INTEGER,
      next: found.length > rows.length ? (rows.at(-1)?.version ?? null) : null,
    },
    decisions: {
      model: name,
      rows: decisions,
      count: decisionCount,
      isCapped: decisionCount === DECISIONS_COUNTED,
      isNewest: decided === Number.MAX_SAFE_INTEGER,
      next: foundDecisions.length > decisions.length ? (decisions.at(-1)?.id ?? null) : null,
    },
    production: productionOf(store, name, summary.production, deciding),
    charts: metrics.slice(0, CHARTS).flatMap((metric) => {
      const chart = overVersions(metric, { name, figures, recent, shown });
      const difference = metric === deciding ? againstProduction(chart, recent) : null;
      return difference === null ? [chart] : [chart, difference];
    }),
    charted: figures.length,
    uncharted: Math.max(0, metrics.length - CHARTS),
    actions: modelActions({ model: name, previous: summary.previous }),
  };
}

function productionOf(
  store: Store,
  name: string,
  version: number | null,
  metric: string | null,
): ModelData['production'] {
  if (version === null) return null;
  const promotion = store.modelLists.promotionOf(name, version);
  const value = metric === null ? null : (store.registry.get(name, version).metrics[metric] ?? null);
  return {
    version,
    metric,
    value,
    at: promotion?.at ?? null,
    run: promotion?.run ?? null,
    by: promotion?.decided_by ?? null,
  };
}

/** The one that decides first, then those that most versions have. */
function metricNames(figures: readonly VersionFigures[], deciding: string | null): string[] {
  const counts = new Map<string, number>();
  for (const { metrics } of figures)
    for (const name of Object.keys(metrics)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts.keys()].sort(
    (a, b) => Number(b === deciding) - Number(a === deciding) || (counts.get(b) ?? 0) - (counts.get(a) ?? 0),
  );
}

function overVersions(
  metric: string,
  parts: {
    readonly name: string;
    readonly figures: readonly VersionFigures[];
    readonly recent: readonly DecisionEntry[];
    /** Versions with a row on this page. */
    readonly shown: ReadonlySet<number>;
  },
): MetricOverVersions {
  const { name, figures, recent, shown } = parts;
  const places = new Map(figures.map(({ version }, place) => [version, place]));
  const compared = recent.filter((each) => each.kind === 'compare' && each.metric === metric).toReversed();
  const points = figures.flatMap(({ version, metrics }, x): ChartPoint[] => {
    const y = metrics[metric];
    const row = `#v${version}`;
    const href = shown.has(version) ? row : `${modelPage(name, { before: version + 1 })}${row}`;
    return y === undefined ? [] : [{ x, y, name: `version ${version}`, href }];
  });
  return {
    title: metric,
    metric,
    isDifference: false,
    goal: compared.at(-1)?.goal ?? null,
    points,
    bars: compared.flatMap(({ candidate, production_value, goal, margin }) => {
      const x = places.get(candidate);
      if (x === undefined || production_value === null) return [];
      return [{ x, y: production_value + (goal === 'max' ? 1 : -1) * (margin ?? 0) }];
    }),
    versions: figures.map(({ version }) => String(version)),
    promoted: new Set(
      recent.flatMap(({ promoted, candidate }) => {
        const place = places.get(candidate);
        return promoted && place !== undefined ? [place] : [];
      }),
    ),
  };
}

/**
 * Each candidate less what was in production then, on the same data: figures of different weeks do not compare, these do.
 * Null where too few were compared.
 */
function againstProduction(chart: MetricOverVersions, recent: readonly DecisionEntry[]): MetricOverVersions | null {
  const { metric, goal, versions, points } = chart;
  const compared = new Map(
    recent
      .filter((each) => each.kind === 'compare' && each.metric === metric)
      .map((each) => [String(each.candidate), each]),
  );
  const bars: { x: number; y: number }[] = [];
  const differences = points.flatMap((point): ChartPoint[] => {
    const decision = compared.get(versions[point.x] ?? '');
    if (decision?.candidate_value == null || decision.production_value === null) return [];
    bars.push({ x: point.x, y: (decision.margin ?? 0) * (goal === 'max' ? 1 : -1) });
    return [{ ...point, y: decision.candidate_value - decision.production_value }];
  });
  if (differences.length < FEWEST_DIFFERENCES) return null;
  return { ...chart, title: `${metric}: candidate less production`, isDifference: true, points: differences, bars };
}
