/** The last runs of a flow as bars with the due times that had none, its rates of success, and how long it takes. */
import { quantileSorted } from 'd3-array';
import { formatDuration } from '../../../model/duration.ts';
import type { DeploymentRow } from '../../../store/deployments.ts';
import type { PastRun } from '../../../store/flow-history.ts';
import type { LedgerRow } from '../../../store/slots.ts';
import type { Store } from '../../../store/store.ts';
import { runPage } from '../../../web/address.ts';
import type { BandPoint } from '../../../web/charts/band-chart.tsx';
import type { RunBar } from '../../../web/charts/run-bars.tsx';
import type { SummaryData } from '../../../web/pages/flow/summary.tsx';
import { OUTCOME_WORDS } from '../../../web/slot-table.tsx';
import { lookOf } from '../../../web/state-mark.tsx';
import { type Clock, clockTime, took } from '../../../web/time.tsx';

const DAY = 86_400_000;
const WINDOWS = [7, 30, 90];
/** Of one schedule: rows of the ledger looked at for due times without a run. */
const LEDGER_LOOKED_AT = 120;
const MOST_GAPS = 20;
/** A point of the band is made of the last so many that completed, and there is none before there are a few. */
const ROLLING = 20;
const FEWEST = 5;
const MOST_DOTS = 45;

interface Parts {
  readonly flow: string;
  /** Newest first. */
  readonly runs: readonly PastRun[];
  readonly rows: readonly DeploymentRow[];
  readonly clock: Clock;
}

export function gatherSummary(store: Store, { flow, runs, rows, clock }: Parts): SummaryData {
  const oldest = runs.at(-1)?.createdAt ?? clock.now;
  const gaps = gapsOf(store, rows, oldest, clock);
  const bars = [...runs.map(barOf), ...gaps].sort((a, b) => a.at - b.at);
  const ends = WINDOWS.map((days) => ({ days, ...store.flowHistory.endsSince(flow, clock.now - days * DAY) }));
  return {
    bars,
    words: wordsOf(runs, gaps.length),
    rates: ends.map(({ days, runs: all, failed, cancelled, unfinished }) => ({
      days,
      succeeded: Math.max(0, all - failed - cancelled - unfinished),
      failed,
      cancelled,
      unfinished,
    })),
    isCapped: ends.some(({ isCapped }) => isCapped),
    duration: durationOf(runs),
  };
}

function barOf({ id, name, runTimeMs, startAt, createdAt }: PastRun): RunBar & { readonly at: number } {
  return { kind: 'run', id, href: runPage(id), name, runTimeMs, at: startAt ?? createdAt };
}

/** Due times that were missed or skipped since the oldest run that is shown; the newest of very many. */
function gapsOf(store: Store, rows: readonly DeploymentRow[], since: number, clock: Clock): RunBar[] {
  const found = rows.flatMap(({ id }) =>
    store.deployments
      .schedulesOf(id)
      .flatMap((schedule) =>
        store.deployments
          .ledgerOf(schedule.id, LEDGER_LOOKED_AT)
          .filter(
            (row) =>
              (row.untilAt ?? row.at) >= since &&
              row.flowRunId === null &&
              (row.outcome === 'missed' || row.outcome === 'skipped'),
          ),
      ),
  );
  return found
    .sort((a, b) => b.at - a.at)
    .slice(0, MOST_GAPS)
    .map((row) => ({ kind: 'gap', at: Math.max(row.at, since), text: gapText(row, clock) }));
}

function gapText({ at, untilAt, count, outcome, reason }: LedgerRow, clock: Clock): string {
  const times = untilAt === null ? clockTime(at, clock) : `${clockTime(at, clock)} to ${clockTime(untilAt, clock)}`;
  const many = count > 1 ? `${count} due times, ` : '';
  return `${OUTCOME_WORDS[outcome]}: ${many}${times}${reason === null ? '' : `, ${reason}`}`.slice(0, 200);
}

/** "last 90 runs: 88 completed, 2 failed; 3 gaps where a due time had no run". */
function wordsOf(runs: readonly PastRun[], gaps: number): string {
  const counts = new Map<string, number>();
  for (const { name } of runs) {
    const word = lookOf(name).word.toLowerCase();
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const words = [...counts].map(([word, count]) => `${count} ${word}`).join(', ');
  const missing = gaps === 0 ? '' : `; ${gaps} ${gaps === 1 ? 'gap' : 'gaps'} where due times had no run`;
  return `${runs.length === 1 ? 'the only run' : `last ${runs.length} runs`}: ${words}${missing}`;
}

function durationOf(runs: readonly PastRun[]): SummaryData['duration'] {
  const completed = runs.filter(({ type, startAt }) => type === 'COMPLETED' && startAt !== null).toReversed();
  if (completed.length < FEWEST) return null;
  const dots = completed.map(({ startAt, runTimeMs }) => ({ x: startAt ?? 0, y: runTimeMs }));
  const points = dots.flatMap(({ x }, index): BandPoint[] => {
    if (index + 1 < FEWEST) return [];
    const times = sorted(dots.slice(Math.max(0, index + 1 - ROLLING), index + 1));
    return [{ x, low: quantileSorted(times, 0.5) ?? 0, high: quantileSorted(times, 0.9) ?? 0 }];
  });
  const all = sorted(dots);
  const p50 = took(Math.round(quantileSorted(all, 0.5) ?? 0));
  const p90 = took(Math.round(quantileSorted(all, 0.9) ?? 0));
  const facts = [
    `half took at most ${p50}`,
    `nine of ten at most ${p90}`,
    `line and band: p50 and p90 of the ${Math.min(ROLLING, completed.length)} before`,
  ];
  const last = points.at(-1);
  return {
    facts,
    words: `Duration of ${completed.length} runs that completed: p50 ${p50}, p90 ${p90}${last === undefined ? '' : `; lately p50 ${formatDuration(Math.round(last.low))}, p90 ${formatDuration(Math.round(last.high))}`}`,
    points: points.slice(-MOST_DOTS),
    dots: dots.slice(-MOST_DOTS),
  };
}

function sorted(dots: readonly { readonly y: number }[]): number[] {
  return dots.map(({ y }) => y).sort((a, b) => a - b);
}
