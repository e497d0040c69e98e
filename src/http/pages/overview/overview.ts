/** GET /: the overview, gathered from the store in one snapshot. */

import type { Hono } from 'hono';
import type { DiskSpace } from '../../../engine/tell/disk-space.ts';
import { retryAt } from '../../../model/retry-at.ts';
import { taskTitle } from '../../../model/task-title.ts';
import type { DeploymentRow } from '../../../store/deployments.ts';
import type { HistoryRow } from '../../../store/overview.ts';
import type { Store } from '../../../store/store.ts';
import type { Action } from '../../../web/action.tsx';
import { MOST_BARS } from '../../../web/charts/history-bars.tsx';
import { deploymentActions } from '../../../web/flow-actions.ts';
import {
  OVERVIEW_STYLE,
  type OverviewData,
  OverviewPage,
  overviewTitle,
} from '../../../web/pages/overview/overview.tsx';
import type { RunningLine } from '../../../web/pages/overview/running.tsx';
import { runActions } from '../../../web/run-actions.ts';
import { deploymentToActOn } from '../../deployment-to-act-on.ts';
import type { Pages } from '../../send-page.ts';
import { typicalMs } from '../typical.ts';
import { gatherAttention, type Looked, plain } from './attention.ts';
import { gatherFlows, type KnownFlow } from './flows.ts';

const MOST_FLOWS = 500;
const RUNNING_SHOWN = 8;
const ATTENTION_SHOWN = 8;
/** Characters of the page for flows, what needs attention and what runs; what a line of those takes. */
const ROOM = 28_000;
const ATTENTION_SIZE = 500;
const RUNNING_SIZE = 600;
const LATEST_SHOWN = 5;
/** With more flows than these their table is the page. */
const FEW_FLOWS = 10;

export interface OverviewParts {
  readonly store: Store;
  readonly pages: Pages;
  /** Room where the database lies; null: unknown. */
  readonly disk: () => DiskSpace | null;
}

export function bindOverview(app: Hono, { store, pages, disk }: OverviewParts): void {
  app.get('/', (c) =>
    pages.send(c, (clock) => {
      const data = gatherOverview(store, disk(), clock.now);
      return {
        title: overviewTitle(data.attentionCount),
        active: 'overview',
        isLive: data.runningCount > 0,
        mood: data.attention.some((line) => !line.isWarning)
          ? 'fail'
          : data.attention.length > 0
            ? 'warn'
            : data.runningCount > 0
              ? 'run'
              : 'ok',
        style: OVERVIEW_STYLE,
        content: OverviewPage({ data, clock }),
      };
    }),
  );
}

function gatherOverview(store: Store, disk: DiskSpace | null, now: number): OverviewData {
  const { overview } = store;
  const deployments = store.deployments.all();
  const perFlow = Map.groupBy(deployments, ({ flow }) => flow);
  const schedules = Map.groupBy(store.deployments.allSchedules(), ({ deploymentId }) => deploymentId);
  const names = [...new Set([...perFlow.keys(), ...overview.flowsWithRuns(MOST_FLOWS)])];
  const histories = new Map(names.map((flow) => [flow, overview.history(flow, MOST_BARS)]));
  const actions = new Map(deployments.map((each) => [each.id, actionsOf(each, { perFlow, schedules, histories })]));
  const looked: Looked = { deployments, schedules, histories, actions, disk };
  const attention = gatherAttention(store, looked, now);
  const slots = new Map(overview.nextSlots().map((slot) => [slot.flow, slot]));
  const counts = overview.unfinishedCounts();
  const [next] = slots.values();
  const known = names.map((flow): KnownFlow => {
    const rows = perFlow.get(flow) ?? [];
    const [only] = rows;
    return {
      flow,
      tags: only?.tags ?? [],
      history: histories.get(flow) ?? [],
      nextAt: slots.get(flow)?.at ?? null,
      isDeployed: rows.length > 0,
      isPaused: rows.length > 0 && rows.every(({ pausedAt }) => pausedAt !== null),
      // Of several deployments its own page asks which one is meant.
      run: only === undefined || rows.length > 1 ? null : plain(actions.get(only.id)?.[0]),
    };
  });
  const shown = attention.slice(0, ATTENTION_SHOWN);
  const running = runningLines(store, histories);
  // Names stand in a link, its address and the button.
  const taken = [
    ...shown.map(({ title, quote }) => ATTENTION_SIZE + 3 * title.length + (quote?.text.length ?? 0)),
    ...running.map(({ flow }) => RUNNING_SIZE + 3 * flow.length),
  ];
  const room = ROOM - taken.reduce((sum, size) => sum + size, 0);
  return {
    attention: shown,
    attentionCount: attention.length,
    running,
    runningCount: (counts.get('RUNNING') ?? 0) + (counts.get('CANCELLING') ?? 0),
    queuedCount: (counts.get('SCHEDULED') ?? 0) + (counts.get('PENDING') ?? 0),
    next: next ?? null,
    flows: gatherFlows(store, inOrder(known, new Set(attention.map(({ title }) => title))), room),
    latest: names.length > FEW_FLOWS ? [] : store.flowRuns.latest(LATEST_SHOWN, null),
    hasRuns: overview.newestId() > 0,
  };
}

function actionsOf(
  deployment: DeploymentRow,
  {
    perFlow,
    schedules,
    histories,
  }: {
    readonly perFlow: ReadonlyMap<string, readonly DeploymentRow[]>;
    readonly schedules: ReadonlyMap<number, readonly unknown[]>;
    readonly histories: ReadonlyMap<string, readonly HistoryRow[]>;
  },
): Action[] {
  const isOnly = perFlow.get(deployment.flow)?.length === 1;
  const hasSchedule = schedules.has(deployment.id);
  const once = String(histories.get(deployment.flow)?.[0]?.id ?? 0);
  return deploymentActions(deploymentToActOn(deployment, { isOnly, hasSchedule, once }));
}

/** What needs attention first, then what ran last; what never ran at the end. */
function inOrder(flows: readonly KnownFlow[], failing: ReadonlySet<string>): KnownFlow[] {
  return flows.toSorted(
    (a, b) =>
      Number(failing.has(b.flow)) - Number(failing.has(a.flow)) || (b.history[0]?.id ?? 0) - (a.history[0]?.id ?? 0),
  );
}

function runningLines(store: Store, histories: ReadonlyMap<string, readonly HistoryRow[]>): RunningLine[] {
  return store.overview
    .unfinished(RUNNING_SHOWN, { withSubflows: false })
    .filter((run) => run.type === 'RUNNING' || run.type === 'CANCELLING')
    .flatMap(({ id, flow }) => {
      const row = store.flowRuns.byId(id);
      if (row === null) return [];
      const tasks = store.overview.runningTasks(id, 3).map((task) => ({
        name: taskTitle(task),
        progress: task.progress,
        retryAt: retryAt({ name: task.stateName, message: task.stateMessage }),
      }));
      const typical = typicalMs(histories.get(flow) ?? []);
      return [{ ...row, tasks, typicalMs: typical, cancel: plain(runActions(row)[0]) }];
    });
}
