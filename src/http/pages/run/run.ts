/** GET /runs/:id: one run, gathered from the store in one snapshot. */
import type { Hono } from 'hono';
import { isFinal, isSuccess } from '../../../model/state.ts';
import type { FlowRunRow } from '../../../store/flow-runs.ts';
import type { Store } from '../../../store/store.ts';
import type { TaskOutline } from '../../../store/task-outlines.ts';
import type { Span } from '../../../web/charts/gantt.tsx';
import { MOST_BARS } from '../../../web/charts/history-bars.tsx';
import type { HeadView } from '../../../web/pages/run/head.tsx';
import { type RunData, RunPage } from '../../../web/pages/run/run.tsx';
import { RUN_STYLE } from '../../../web/pages/run/style.ts';
import { runActions } from '../../../web/run-actions.ts';
import { lookOf } from '../../../web/state-mark.tsx';
import { findRun } from '../../find-run.ts';
import { parseNumber } from '../../query.ts';
import type { Pages } from '../../send-page.ts';
import { renderWithin } from '../budget.ts';
import { typicalMs } from '../typical.ts';
import { gatherArtifacts } from './artifacts.ts';
import { environmentOf } from './environment.ts';
import { gatherEvents } from './events.ts';
import { failureOf } from './failure.ts';
import { type LayOut, loadLayout } from './graph-layout.ts';
import { loadMarkdown, type RenderMarkdown } from './markdown.ts';
import { tailOf } from './tail.ts';
import { gatherTasks, type TasksAsked } from './tasks.ts';
import { RUN_TRIMS } from './trims.ts';
import { gatherValues } from './values.ts';

const RUNS_TO_COMPARE = 20;
const MOST_OPEN = 10;

export function bindRun(app: Hono, { store, pages }: { store: Store; pages: Pages }): void {
  app.get('/runs/:id', async (c) => {
    const asked = { from: parseNumber('tasks', c.req.query('tasks'), 0, 1e9, 0), open: parseOpen(c.req.query('open')) };
    const helpers = await loadHelpers(store, c.req.param('id'));
    return pages.send(c, (clock) => {
      const run = findRun(store, c.req.param('id'));
      const { state } = run;
      return {
        title: `${run.flow}, run ${run.id}: ${lookOf(state.name).word.toLowerCase()}`,
        active: 'runs',
        runId: run.id,
        isLive: !isFinal(state.type),
        mood: lookOf(state.name).hue,
        style: RUN_STYLE,
        content: renderWithin(gatherRun(store, run, { now: clock.now, asked, ...helpers }), RUN_TRIMS, (data) =>
          RunPage({ data, clock }),
        ),
      };
    });
  });
}

export interface Helpers {
  readonly layOut: LayOut | null;
  readonly markdown: RenderMarkdown;
}

/** Libraries that only some runs need. */
export async function loadHelpers(store: Store, id: string): Promise<Helpers> {
  const run = findRun(store, id);
  const artifacts = store.runArtifacts.ofRun(run.id, 100);
  const hasText = artifacts.some(({ kind }) => kind === 'markdown' || kind === 'summary');
  return {
    layOut: store.taskOutlines.hasEdges(run.id) ? await loadLayout() : null,
    markdown: hasText
      ? (await loadMarkdown())({
          runId: run.id,
          keys: new Set(artifacts.map(({ key }) => key)),
          pictures: new Set(artifacts.filter(({ kind }) => kind === 'image').map(({ key }) => key)),
        })
      : () => '',
  };
}

interface Context extends Helpers {
  readonly now: number;
  readonly asked: TasksAsked;
}

export function gatherRun(store: Store, run: FlowRunRow, { now, asked, layOut, markdown }: Context): RunData {
  const outlines = store.taskOutlines.ofRun(run.id);
  const history = store.overview.history(run.flow, MOST_BARS).filter(({ id }) => id !== run.id);
  const usual = typicalMs(history);
  const span = spanOf(store, run, usual, now);
  const head = headOf(store, run, outlines, span);
  const tasks = gatherTasks({ store, run, outlines, span, asked, layOut });
  return {
    run,
    head,
    typicalMs: usual,
    failure: failureOf(store, run),
    tasks,
    values: gatherValues(store, run, head.before),
    artifacts: gatherArtifacts(store, run, markdown),
    ...tailOf(store, run, outlines),
    environment: environmentOf(store, run, outlines),
    events: gatherEvents(store, run, tasks.lines),
  };
}

/** The latest attempt; of one that goes on as far as it usually takes, at least a tenth more than it has taken. */
function spanOf(store: Store, run: FlowRunRow, usual: number | null, now: number): Span | null {
  const states = store.flowRuns.states(run.id);
  const from = states.findLast((state) => state.type === 'RUNNING')?.at;
  if (from === undefined) return null;
  if (run.state.type !== 'RUNNING') return { from, to: run.state.at };
  const taken = Math.max(1000, now - from);
  return { from, to: from + Math.max(usual ?? 0, taken * 1.1) };
}

function headOf(store: Store, run: FlowRunRow, tasks: readonly TaskOutline[], span: Span | null): HeadView {
  const { runNeighbours, deployments } = store;
  const deployment = run.deploymentId === null ? null : deployments.byId(run.deploymentId);
  const others = runNeighbours.latest(run.flow, run.id, RUNS_TO_COMPARE);
  return {
    before: runNeighbours.before(run.flow, run.id),
    after: runNeighbours.after(run.flow, run.id),
    others: others.map(({ id, stateName, startAt }) => ({ id, word: lookOf(stateName).word, startAt })),
    deployment:
      deployment === null
        ? null
        : {
            name: `${deployment.flow}/${deployment.name}`,
            version:
              run.codeHash === null ? null : runNeighbours.versionOfCode(deployment.id, run.codeHash, run.createdAt),
          },
    attempts: run.options.retries === 0 ? null : run.options.retries + 1,
    attemptAt: span?.from ?? null,
    actions: runActions({
      ...run,
      once: String(Math.max(run.id, others[0]?.id ?? 0)),
      failedTasks: tasks.filter((task) => !isSuccess(task.state.type)).length,
      isDeployed: deployment !== null && deployment.deletedAt === null,
    }),
  };
}

/** Numbers of runs; what is none is left out. */
function parseOpen(text: string | undefined): number[] {
  const numbers = (text ?? '').split(',').filter((each) => /^\d{1,15}$/.test(each));
  return numbers.slice(0, MOST_OPEN).map(Number);
}
