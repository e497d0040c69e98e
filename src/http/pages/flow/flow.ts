/** GET /flows/:name: one flow, gathered from the store in one snapshot; also of flows that only the command line runs. */
import type { Hono } from 'hono';
import { WeirError } from '../../../model/errors.ts';
import { flowTarget } from '../../../model/flow-file.ts';
import { commandLine } from '../../../model/shell-word.ts';
import type { PastRun } from '../../../store/flow-history.ts';
import type { Store } from '../../../store/store.ts';
import { badgePicture, type FlowQuery } from '../../../web/address.ts';
import { FLOW_STYLE, type FlowData, FlowPage } from '../../../web/pages/flow/flow.tsx';
import { lookOf } from '../../../web/state-mark.tsx';
import type { Clock } from '../../../web/time.tsx';
import { parseNumber } from '../../query.ts';
import type { Pages } from '../../send-page.ts';
import type { BadgeKeys } from '../../signals/badge-keys.ts';
import { actionsOf, deploymentLines, type ScheduleWords, wordsOfSchedules } from './deployments.ts';
import { gatherGrid } from './grid.ts';
import { gatherMetrics } from './metrics.ts';
import { sourceOf } from './source.ts';
import { gatherSummary } from './summary.ts';

const RUNS_OF_BARS = 90;
const RUNS_OF_GRID = 30;
/** Of lines, and what `runs` may ask for. */
const RUNS_OF_LINES = 40;
const MOST_RUNS = 200;
const MOST_RUNS_OF_GRID = 60;

export function bindFlow(app: Hono, parts: { store: Store; pages: Pages; badgeKeys: BadgeKeys }): void {
  const { store, pages, badgeKeys } = parts;
  app.get('/flows/:name', async (c) => {
    const flow = c.req.param('name');
    const query = parseQuery(c.req.query());
    // Words for schedules need a library that is loaded when it is first asked for: before the snapshot.
    const words = await wordsOfSchedules(store, flow);
    const key = badgeKeys.of(flow);
    const badge = key === null ? null : new URL(c.req.url).origin + badgePicture(flow, key);
    return pages.send(c, (clock) => {
      const runs = store.flowHistory.runs(flow, Math.max(RUNS_OF_BARS, query.runs ?? RUNS_OF_LINES));
      const data = { ...gatherFlow({ store, flow, query, words, runs, clock }), badge };
      const { last } = data;
      return {
        title: flow,
        active: 'flows',
        isLive: runs.some(({ type }) => type === 'RUNNING'),
        ...(last === null ? {} : { mood: lookOf(last.name).hue }),
        style: FLOW_STYLE,
        content: FlowPage({ data, clock }),
      };
    });
  });
}

interface Parts {
  readonly store: Store;
  readonly flow: string;
  readonly query: FlowQuery;
  readonly words: ScheduleWords;
  /** Newest first. */
  readonly runs: readonly PastRun[];
  readonly clock: Clock;
}

/** @throws WeirError `not-found` when nobody knows the flow */
function gatherFlow({ store, flow, query, words, runs, clock }: Parts): Omit<FlowData, 'badge'> {
  const rows = store.deployments.ofFlow(flow);
  const [newest] = runs;
  if (rows.length === 0 && newest === undefined) throw unknownFlow(store, flow);
  const once = String(newest?.id ?? 0);
  const deployments = deploymentLines(store, rows, words, once, clock.now);
  const due = deployments.flatMap(({ next }) => next.flatMap(({ at, whyNot }) => (whyNot === null ? [at] : [])));
  const [only] = rows;
  return {
    flow,
    description: rows.find(({ description }) => description !== '')?.description ?? '',
    last:
      newest === undefined
        ? null
        : { id: newest.id, name: newest.name, at: newest.startAt, runTimeMs: newest.runTimeMs },
    nextAt: due.length === 0 ? null : Math.min(...due),
    isPaused: rows.length > 0 && deployments.every(({ paused }) => paused !== null),
    isBroken: rows.some(({ broken }) => broken !== null),
    actions: only !== undefined && rows.length === 1 ? actionsOf(store, only, true, once) : [],
    deployments,
    command: rows.length > 0 ? null : startCommand(store, flow),
    summary:
      newest === undefined ? null : gatherSummary(store, { flow, runs: runs.slice(0, RUNS_OF_BARS), rows, clock }),
    grid:
      newest === undefined
        ? null
        : gatherGrid(store, flow, runs.slice(0, Math.min(query.runs ?? RUNS_OF_GRID, MOST_RUNS_OF_GRID))),
    metrics: gatherMetrics(store, { flow, query, runs: runs.slice(0, query.runs ?? RUNS_OF_LINES) }),
    source: sourceOf(store, flow, rows),
  };
}

function parseQuery(query: Readonly<Record<string, string>>): FlowQuery {
  const runs = parseNumber<number | undefined>('runs', query.runs, 1, MOST_RUNS, undefined);
  const text = (value: string | undefined) => (value === undefined || value === '' ? undefined : value.slice(0, 200));
  return { runs, x: query.x === 'time' ? 'time' : undefined, metric: text(query.metric), label: text(query.label) };
}

/** How the last run was started, if by its file. */
function startCommand(store: Store, flow: string): string | null {
  const row = store.flowRuns.latestOfFlow(flow, 0);
  if (row === null || flowTarget(row.path) === null) return null;
  return commandLine('weir', 'run', row.entry === 'default' ? row.path : `${row.path}:${row.entry}`);
}

export function unknownFlow(store: Store, flow: string): WeirError {
  const names = [
    ...new Set([...store.deployments.all().map((each) => each.flow), ...store.overview.flowsWithRuns(100)]),
  ];
  const shown = names.slice(0, 10).join(', ');
  return new WeirError('not-found', `there is no flow "${flow.slice(0, 100)}"`, {
    hint:
      names.length === 0
        ? 'no flow has run or is deployed yet: weir run flow.ts'
        : `flows are ${shown}${names.length > 10 ? ` and ${names.length - 10} more` : ''}`,
  });
}
