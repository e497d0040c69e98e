/** What went into a run and what came out, beside the runs of its flow before it. Figures are those of `weir show --json`. */
import { decode } from '../../../model/codec.ts';
import { type PlainJson, toPlainJson } from '../../../model/plain-json.ts';
import { comparisonInWords } from '../../../model/promotion.ts';
import type { FlowRunRow } from '../../../store/flow-runs.ts';
import type { RunDecision, RunFigures } from '../../../store/run-neighbours.ts';
import type { Store } from '../../../store/store.ts';
import { shorten } from '../../../web/pages/log.tsx';
import type { DecisionView, MetricView, ParamView, ValuesView } from '../../../web/pages/run/values.tsx';

const RUNS_BEFORE = 30;
const LARGEST_RESULT = 4096;
const LONGEST_VALUE = 300;
/** Names beyond these are in `weir show --json`. */
const MOST_PARAMS = 60;
const MOST_METRICS = 30;

export function gatherValues(store: Store, run: FlowRunRow, before: number | null): ValuesView {
  const decisions = store.runNeighbours.decisions(run.id);
  const figures = store.runNeighbours.figures(run.flow, run.id, RUNS_BEFORE);
  const former = before === null ? null : store.flowRuns.byId(before);
  const params = paramsOf(run, former);
  return {
    params: params.slice(0, MOST_PARAMS),
    counts: { params: params.length, metrics: Object.keys(run.metrics).length },
    metrics: Object.entries(run.metrics)
      .slice(0, MOST_METRICS)
      .map(([name, value]) => metricOf(run, name, value, figures, decisions)),
    decisions: decisions.map(decisionOf),
    result:
      run.result === null || run.result.length > LARGEST_RESULT
        ? null
        : JSON.stringify(toPlainJson(decode(run.result)), null, 2),
    resultSize: run.resultSize,
  };
}

function paramsOf(run: FlowRunRow, former: FlowRunRow | null): ParamView[] {
  const now = fieldsOf(run);
  const then = former === null ? new Map<string, PlainJson>() : fieldsOf(former);
  const names = [...new Set([...now.keys(), ...then.keys()])];
  return names.map((name) => {
    const [value, was] = [textOf(now.get(name)), textOf(then.get(name))];
    const [shown, shownWas] = [value, was].map((text) => (text === null ? null : shorten(text, LONGEST_VALUE)));
    return {
      name,
      value: shown ?? null,
      was: former === null || value === was ? null : { runId: former.id, value: shownWas ?? null },
    };
  });
}

/** A Map: names may be anything, `__proto__` as well. */
export function fieldsOf({ params }: Pick<FlowRunRow, 'params'>): ReadonlyMap<string, PlainJson> {
  const fields = toPlainJson(decode(params));
  return new Map(fields !== null && typeof fields === 'object' && !Array.isArray(fields) ? Object.entries(fields) : []);
}

function textOf(value: PlainJson | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function metricOf(
  run: FlowRunRow,
  name: string,
  value: number,
  figures: readonly RunFigures[],
  decisions: readonly RunDecision[],
): MetricView {
  const known = figures.map((each) => ({ runId: each.id, value: own(each.metrics, name) }));
  const told = known.filter((each): each is { runId: number; value: number } => each.value !== null);
  const goal = decisions.find((decision) => decision.metric === name)?.goal ?? null;
  return {
    name,
    value,
    former: told.find(({ runId }) => runId < run.id) ?? null,
    best: goal === null || told.length < 2 ? null : bestOf(told, goal),
    history: known.map((each) => each.value).reverse(),
  };
}

/** Of equals the earliest: what came later was no better. */
function bestOf(told: readonly { runId: number; value: number }[], goal: 'min' | 'max') {
  return told.reduce((best, each) => {
    const isBetter = goal === 'min' ? each.value <= best.value : each.value >= best.value;
    return isBetter ? each : best;
  });
}

function own(metrics: Readonly<Record<string, number>>, name: string): number | null {
  return Object.hasOwn(metrics, name) ? (metrics[name] ?? null) : null;
}

function decisionOf(decision: RunDecision): DecisionView {
  const { model, kind, metric, goal, margin, candidate, candidate_value, production, production_value } = decision;
  const { promoted, reason } = decision;
  const isComparison = kind === 'compare' && metric !== null && goal !== null && candidate_value !== null;
  const sentence = {
    compare: () => comparisonInWords({ promoted, candidate, production, reason }),
    promote: () => `version ${candidate} ${reason}`,
    rollback: () => reason,
  }[kind]();
  return {
    model,
    sentence: `${sentence[0]?.toUpperCase() ?? ''}${sentence.slice(1)}.`,
    isPromoted: promoted,
    comparison: isComparison
      ? {
          ...{ metric, goal, candidate, production },
          candidateValue: candidate_value,
          productionValue: production_value,
          margin: margin ?? 0,
        }
      : null,
  };
}
