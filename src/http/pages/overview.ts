/** GET /: the overview, gathered from the store in one snapshot. */
import { basename } from 'node:path';
import type { Hono } from 'hono';
import { clockWarning } from '../../engine/clock-warning.ts';
import { failureOf } from '../../engine/flow-failure.ts';
import { formatDuration } from '../../model/duration.ts';
import { taskTitle } from '../../model/task-title.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import type { HistoryRow } from '../../store/overview.ts';
import type { Store } from '../../store/store.ts';
import { MOST_BARS } from '../../web/charts/history-bars.tsx';
import {
  type AttentionLine,
  type FlowLine,
  type OverviewData,
  OverviewPage,
  overviewTitle,
  type RunningLine,
} from '../../web/pages/overview.tsx';
import type { Pages } from '../send-page.ts';
import { typicalMs } from './typical.ts';

/** Flows with a row of their own; the others are links. */
const FLOWS_SHOWN = 20;
const MOST_FLOWS = 500;
const RUNNING_SHOWN = 10;
const LATEST_SHOWN = 9;
const ATTENTION_SHOWN = 10;

export function bindOverview(app: Hono, { store, pages }: { store: Store; pages: Pages }): void {
  app.get('/', (c) =>
    pages.send(c, (clock) => {
      const data = gatherOverview(store, clock.now);
      return {
        title: overviewTitle(data.attentionCount),
        active: 'overview',
        isLive: data.runningCount > 0,
        mood: data.attention.length > 0 ? 'fail' : data.runningCount > 0 ? 'run' : 'ok',
        content: OverviewPage({ data, clock }),
      };
    }),
  );
}

function gatherOverview(store: Store, now: number): OverviewData {
  const { overview } = store;
  const deployments = store.deployments.all();
  const slots = new Map(overview.nextSlots().map((slot) => [slot.flow, slot]));
  const names = new Set([...deployments.map((each) => each.flow), ...overview.flowsWithRuns(MOST_FLOWS)]);
  const histories = new Map([...names].map((flow) => [flow, overview.history(flow, MOST_BARS)]));
  const attention = [
    ...deployments.flatMap((each) => (each.broken === null ? [] : brokenLine(each.flow, each.broken))),
    ...clockLines(store, now),
    ...deployments.flatMap((each) => haltLines(store, each)),
    // Files that have never been deployed as well: nobody may look at the terminal.
    ...store.brokenFiles
      .all()
      .filter(({ path }) => !deployments.some((each) => each.path === path && each.broken !== null))
      .map(({ path, message }) => brokenLine(basename(path), message)),
    ...[...histories].flatMap(([flow, history]) => failureLine(store, flow, history)),
  ];
  const failing = new Set(attention.map((line) => line.flow));
  // Failing ones first, then those that ran last; those that never ran at the end.
  const order = [...names].sort(
    (a, b) =>
      Number(failing.has(b)) - Number(failing.has(a)) ||
      (histories.get(b)?.[0]?.id ?? 0) - (histories.get(a)?.[0]?.id ?? 0),
  );
  const paused = new Set(deployments.filter((each) => each.pausedAt !== null).map((each) => each.flow));
  const counts = overview.unfinishedCounts();
  const [next] = slots.values();
  return {
    attention: attention.slice(0, ATTENTION_SHOWN),
    attentionCount: attention.length,
    running: runningLines(store, histories),
    runningCount: (counts.get('RUNNING') ?? 0) + (counts.get('CANCELLING') ?? 0),
    queuedCount: (counts.get('SCHEDULED') ?? 0) + (counts.get('PENDING') ?? 0),
    next: next ?? null,
    flows: order.slice(0, FLOWS_SHOWN).map((flow) =>
      flowLine(flow, histories.get(flow) ?? [], {
        nextAt: slots.get(flow)?.at ?? null,
        isPaused: paused.has(flow),
      }),
    ),
    moreFlows: order.slice(FLOWS_SHOWN),
    latest: store.flowRuns.latest(LATEST_SHOWN, null),
  };
}

function brokenLine(flow: string, broken: string): AttentionLine {
  return { flow, what: 'broken', run: null, at: null, task: null, line: broken };
}

function clockLines(store: Store, now: number): AttentionLine[] {
  const warning = clockWarning(store, now);
  if (warning === null) return [];
  const { at, byMs } = warning;
  const line = `set ${byMs > 0 ? 'forward' : 'back'} by ${formatDuration(Math.abs(byMs))}: what was due meanwhile was ${byMs > 0 ? 'caught up or missed by its rule' : 'not started again'}`;
  return [{ flow: "The machine's clock", what: 'clock', run: null, at, task: null, line }];
}

/** What stopped by itself: a deployment that failed too often in a row, and schedules whose rows cannot be read. */
function haltLines(store: Store, deployment: DeploymentRow): AttentionLine[] {
  const { id, flow, pausedAt, pausedBy, pausedReason } = deployment;
  const line = { flow, run: null, task: null };
  const off = store.deployments.schedulesOf(id).filter(({ broken }) => broken !== null);
  return [
    ...(pausedAt !== null && pausedBy === 'weir'
      ? [{ ...line, what: 'paused', at: pausedAt, line: pausedReason } as const]
      : []),
    ...off.map(({ identity, broken }) => ({ ...line, what: 'off', at: null, line: `${identity}: ${broken}` }) as const),
  ];
}

function failureLine(store: Store, flow: string, history: readonly HistoryRow[]): AttentionLine[] {
  const failure = failureOf(store, history);
  if (failure === null) return [];
  const { state: what, ...rest } = failure;
  return [{ flow, what, ...rest }];
}

function runningLines(store: Store, histories: ReadonlyMap<string, readonly HistoryRow[]>): RunningLine[] {
  return store.overview
    .unfinished(RUNNING_SHOWN, { withSubflows: false })
    .filter((run) => run.type === 'RUNNING' || run.type === 'CANCELLING')
    .flatMap(({ id, flow }) => {
      const row = store.flowRuns.byId(id);
      if (row === null) return [];
      const tasks = store.overview
        .runningTasks(id, 3)
        .map((task) => ({ name: taskTitle(task), progress: task.progress }));
      return [{ ...row, tasks, typicalMs: typicalMs(histories.get(flow) ?? []) }];
    });
}

function flowLine(flow: string, history: readonly HistoryRow[], plan: Pick<FlowLine, 'nextAt' | 'isPaused'>): FlowLine {
  const [last] = history;
  return {
    flow,
    last: last === undefined ? null : { id: last.id, name: last.name, at: last.endAt ?? last.startAt },
    bars: history.toReversed().map(({ name, runTimeMs }) => ({ name, runTimeMs })),
    typicalMs: typicalMs(history),
    ...plan,
  };
}
