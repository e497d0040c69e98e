/** What a week leaves behind for people: the table of candidates, the chart over the weeks, a few sentences. */
import type { Chart } from './chart.ts';
import type { Report } from './data.ts';
import type { Candidate } from './regressors.ts';

/** What the flow returns: one line a week. */
export interface Outcome {
  week: number;
  /** Days of data known by this week. */
  rows: number;
  best: { name: string; rmse: number };
  /** The version the candidate was compared with, on the same held-out weeks; null when there was none. */
  production: { version: number; rmse: number } | null;
  promoted: boolean;
  /** The candidate's version in the registry. */
  version: number;
}

/** A week of the chart. `production` is the model that was in Production before the decision. */
export interface Week {
  week: number;
  candidate: number;
  production: number | null;
  promoted: boolean;
}

/** What the registry keeps of a comparison, as far as the chart needs it. */
export interface Comparison {
  candidate: number;
  candidateValue: number | null;
  productionValue: number | null;
  promoted: boolean;
}

/** The weeks so far, from the registry's own log of decisions. A week that was run again counts by its last decision. */
export function weeksOf(
  versions: readonly { version: number; tags: Readonly<Record<string, string>> }[],
  decisions: readonly Comparison[],
): Week[] {
  const weekOf = new Map(versions.map(({ version, tags }) => [version, Number(tags.week)]));
  const weeks = new Map<number, Week>();
  for (const { candidate, candidateValue, productionValue, promoted } of decisions) {
    const week = weekOf.get(candidate);
    if (!week || candidateValue === null) continue; // registered by hand, or promoted by hand
    weeks.set(week, { week, candidate: candidateValue, production: productionValue, promoted });
  }
  return [...weeks.values()].sort((a, b) => a.week - b.week);
}

export function weekChart(history: Week[]): Chart {
  return {
    title: 'Error on the held-out weeks',
    xLabel: 'week',
    yLabel: 'RMSE, °C',
    series: [
      {
        name: 'production',
        color: '#8a8f98',
        points: history.flatMap((week) => (week.production === null ? [] : [{ x: week.week, y: week.production }])),
      },
      {
        name: 'candidate (filled: promoted)',
        color: '#0b6bcb',
        points: history.map((week) => ({ x: week.week, y: week.candidate, filled: week.promoted })),
      },
    ],
  };
}

export function candidateRows(candidates: Candidate[]) {
  return candidates
    .toSorted((a, b) => a.rmse - b.rmse)
    .map(({ name, rmse }) => ({ candidate: name, 'RMSE, °C': Number(rmse.toFixed(3)) }));
}

export function summaryText(outcome: Outcome, report: Report, candidates: Candidate[], reason: string): string {
  const { week, best, production, promoted, version } = outcome;
  const naive = candidates.find((candidate) => candidate.spec.kind === 'same-as-today');
  return [
    `### Week ${week}: ${promoted ? `version ${version} promoted` : `version ${production?.version} stays in Production`}`,
    '',
    `- Best candidate: **${best.name}**, RMSE ${best.rmse.toFixed(3)} °C on the held-out weeks.`,
    production === null
      ? '- There was no model in Production yet.'
      : `- Production, version ${production.version}: RMSE ${production.rmse.toFixed(3)} °C on the same weeks.`,
    ...(naive ? [`- "Tomorrow is like today": RMSE ${naive.rmse.toFixed(3)} °C.`] : []),
    `- Decision: ${reason}`,
    `- Data: ${report.days} days, ${report.from} to ${report.to}, ${report.coldest} to ${report.warmest} °C.`,
    '',
  ].join('\n');
}
