/** What needs a person, worst first: each with its reason and what most people do next. Only reads, and only little. */

import { basename } from 'node:path';
import { clockWarning } from '../../../engine/schedule/clock-warning.ts';
import { type DiskSpace, isDiskLow } from '../../../engine/tell/disk-space.ts';
import { failureOf } from '../../../engine/tell/flow-failure.ts';
import { formatBytes } from '../../../model/bytes.ts';
import { formatDuration } from '../../../model/duration.ts';
import type { DeploymentRow, ScheduleRow } from '../../../store/deployments.ts';
import type { HistoryRow } from '../../../store/overview.ts';
import type { Store } from '../../../store/store.ts';
import type { Action } from '../../../web/action.tsx';
import { flowPage, ledgerPage, limitsPage, logLine } from '../../../web/address.ts';
import type { AttentionLine } from '../../../web/pages/overview/attention.tsx';
import { runActions } from '../../../web/run-actions.ts';
import { lookOf } from '../../../web/state-mark.tsx';
import { took } from '../../../web/time.tsx';
import { usualTimes } from '../typical.ts';

export interface Looked {
  readonly deployments: readonly DeploymentRow[];
  readonly schedules: ReadonlyMap<number, readonly ScheduleRow[]>;
  /** Newest first. */
  readonly histories: ReadonlyMap<string, readonly HistoryRow[]>;
  /** What can be done with a deployment, by its number; what most people want first. */
  readonly actions: ReadonlyMap<number, readonly Action[]>;
  readonly disk: DiskSpace | null;
}

/** A run that is not started so long after its time is late. */
const LATE_MS = 15_000;
const LATE_SHOWN = 5;
/** Runs that go on for so many times what nine of ten take. */
const STUCK_TIMES = 3;
/** Short flows are not stuck because a machine is slow for a moment. */
const LEAST_STUCK_MS = 60_000;
const RUNNING_LOOKED_AT = 50;
/** What was missed longer ago, nobody can mend by running it now. */
const MISSED_SHOWN_FOR_MS = 7 * 86_400_000;
const SLOTS_LOOKED_AT = 100;

const NOTHING = { to: null, facts: [], at: null, run: null, quote: null, action: null, isWarning: false } as const;

export function gatherAttention(store: Store, looked: Looked, now: number): AttentionLine[] {
  return [
    ...diskLines(looked.disk),
    ...brokenLines(store, looked.deployments),
    ...clockLines(store, now),
    ...looked.deployments.flatMap((each) => haltLines(each, looked)),
    ...[...looked.histories].flatMap(([flow, history]) => failureLine(store, flow, history)),
    ...stuckLines(store, looked, now),
    ...lateLines(store, now),
    ...missedLines(store, looked, now),
  ];
}

function diskLines(disk: DiskSpace | null): AttentionLine[] {
  if (disk === null || !isDiskLow(disk)) return [];
  const text = `${formatBytes(disk.free)} of ${formatBytes(disk.total)} are free. weir db prune removes old runs.`;
  return [{ ...NOTHING, title: 'The disk', mark: 'Failed', word: 'is nearly full', quote: { text, to: null } }];
}

/** Of a file several flows may have come; one that has never been deployed is named itself. */
function brokenLines(store: Store, deployments: readonly DeploymentRow[]): AttentionLine[] {
  const known = deployments.filter(({ broken }) => broken !== null);
  const line = (title: string, to: string | null, path: string, message: string): AttentionLine => ({
    ...NOTHING,
    ...{ title, to, mark: 'Failed', word: 'Flow file is broken' },
    facts: [path],
    quote: { text: message, to: null },
  });
  return [
    ...known.map(({ flow, path, broken }) => line(flow, flowPage(flow), path, broken ?? '')),
    ...store.brokenFiles
      .all()
      .filter(({ path }) => !known.some((each) => each.path === path))
      .map(({ path, message }) => line(basename(path), null, path, message)),
  ];
}

function clockLines(store: Store, now: number): AttentionLine[] {
  const warning = clockWarning(store, now);
  if (warning === null) return [];
  const { at, byMs } = warning;
  const became = byMs > 0 ? 'caught up or missed by its rule' : 'not started again';
  const text = `set ${byMs > 0 ? 'forward' : 'back'} by ${formatDuration(Math.abs(byMs))}: what was due meanwhile was ${became}`;
  const quote = { text, to: null };
  return [
    { ...NOTHING, title: "The machine's clock", mark: 'Failed', word: 'Clock was set', at, quote, isWarning: true },
  ];
}

/** What stopped by itself: a deployment that failed too often in a row, and schedules whose rows cannot be read. */
function haltLines(deployment: DeploymentRow, { schedules, actions }: Looked): AttentionLine[] {
  const { id, flow, pausedAt, pausedBy, pausedReason } = deployment;
  const line = { ...NOTHING, title: flow, to: flowPage(flow), mark: 'Failed' } as const;
  const resume = actions.get(id)?.find(({ label }) => label === 'Resume') ?? null;
  const off = (schedules.get(id) ?? []).filter(({ broken }) => broken !== null);
  return [
    ...(pausedAt !== null && pausedBy === 'weir'
      ? [{ ...line, word: 'Paused after failures', at: pausedAt, quote: quoted(pausedReason), action: resume }]
      : []),
    ...off.map(({ identity, broken }) => ({
      ...line,
      word: 'Schedule is off',
      quote: quoted(`${identity}: ${broken}`),
    })),
  ];
}

function failureLine(store: Store, flow: string, history: readonly HistoryRow[]): AttentionLine[] {
  const failure = failureOf(store, history);
  if (failure === null) return [];
  const { run, state, at, task, end, line, logLine: place } = failure;
  const row = store.flowRuns.byId(run);
  return [
    {
      ...{ title: flow, to: flowPage(flow), mark: state, word: lookOf(state).word, at, run, isWarning: false },
      facts: [...(task === null ? [] : [`in task ${task}`]), ...(end === null ? [] : [end])],
      quote: line === null ? null : { text: line, to: place === null ? null : logLine(place.runId, place.number) },
      action: row === null ? null : plain(runActions(row)[0]),
    },
  ];
}

/** Runs that go on far longer than their flow ever does. */
function stuckLines(store: Store, { histories }: Looked, now: number): AttentionLine[] {
  return store.overview
    .unfinished(RUNNING_LOOKED_AT, { withSubflows: false })
    .flatMap(({ id, flow, type, stateAt }) => {
      const usual = usualTimes(histories.get(flow) ?? []);
      if (type !== 'RUNNING' || usual === null) return [];
      const elapsed = now - stateAt;
      if (elapsed < Math.max(LEAST_STUCK_MS, STUCK_TIMES * usual.p90Ms)) return [];
      const row = store.flowRuns.byId(id);
      const line: AttentionLine = {
        ...{
          title: flow,
          to: flowPage(flow),
          mark: 'Late',
          word: 'Runs unusually long',
          run: id,
          at: stateAt,
          quote: null,
        },
        facts: [`for ${took(Math.floor(elapsed / 1000) * 1000)}, where nine of ten take ${took(usual.p90Ms)} at most`],
        action: row === null ? null : plain(runActions(row)[0]),
        isWarning: true,
      };
      return [line];
    });
}

function lateLines(store: Store, now: number): AttentionLine[] {
  return store.flowRuns
    .claimable(now - LATE_MS, LATE_SHOWN)
    .filter(({ state }) => state.name === 'Scheduled' || state.name === 'Late')
    .map(({ id, flow, scheduledAt }) => ({
      ...{ title: flow, to: flowPage(flow), mark: 'Late', word: 'Late', run: id, at: scheduledAt, quote: null },
      facts: ['due, and not started yet'],
      action: { kind: 'link', label: 'See the queue', to: limitsPage() },
      isWarning: true,
    }));
}

/** A schedule whose last due time has no run because nobody was there, and that nothing has made up for since. */
function missedLines(store: Store, looked: Looked, now: number): AttentionLine[] {
  const lines = new Map<string, AttentionLine>();
  for (const slot of store.agenda.toExplain(now - MISSED_SHOWN_FOR_MS, SLOTS_LOOKED_AT)) {
    const { scheduleId, deployment: name, flow, outcome, reason, flowRunId } = slot;
    const at = slot.untilAt ?? slot.at;
    const deployment = looked.deployments.find((each) => `${each.flow}/${each.name}` === name);
    if (outcome !== 'missed' || flowRunId !== null || deployment === undefined || lines.has(name)) continue;
    const [last] = store.deployments.ledgerOf(scheduleId, 1);
    const startedSince = (looked.histories.get(flow)?.[0]?.startAt ?? 0) > at;
    if (last?.at !== slot.at || startedSince || deployment.pausedAt !== null) continue;
    lines.set(name, {
      ...{ title: flow, to: flowPage(flow), mark: 'Late', word: 'Missed', at, run: null, facts: [], isWarning: true },
      quote: reason === null ? null : { text: reason, to: ledgerPage({ deployment: name }) },
      action: plain(looked.actions.get(deployment.id)?.[0], 'Run now'),
    });
  }
  return [...lines.values()];
}

function quoted(text: string | null): AttentionLine['quote'] {
  return text === null ? null : { text, to: null };
}

/** Many of them stand below each other: none is louder than the others. */
export function plain(action: Action | undefined, label?: string): Action | null {
  if (action === undefined) return null;
  const said = label === undefined ? action : { ...action, label };
  if (said.kind === 'link') return said;
  const { tone: _, key: __, ...rest } = said;
  return rest;
}
