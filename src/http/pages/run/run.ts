/** GET /runs/:id: one run, gathered from the store in one snapshot. */
import type { Hono } from 'hono';
import { decode } from '../../../model/codec.ts';
import { toPlainJson } from '../../../model/plain-json.ts';
import { isFinal, isSuccess } from '../../../model/state.ts';
import { taskTitle } from '../../../model/task-title.ts';
import type { FlowRunRow } from '../../../store/flow-runs.ts';
import type { Store } from '../../../store/store.ts';
import type { TaskRunRow } from '../../../store/task-runs.ts';
import { MOST_BARS } from '../../../web/charts/history-bars.tsx';
import { type RunData, RunPage } from '../../../web/pages/run/run.tsx';
import type { TaskLine } from '../../../web/pages/run/tasks.tsx';
import type { FailureView } from '../../../web/pages/run/why.tsx';
import { lookOf } from '../../../web/state-mark.tsx';
import { findRun } from '../../find-run.ts';
import type { Pages } from '../../send-page.ts';
import { lastLogLines } from '../log-lines.ts';
import { typicalMs } from '../typical.ts';
import { viewArtifact } from './artifact-view.ts';

const TASKS_SHOWN = 50;
const TAIL_LINES = 150;
/** Keeps the page within its budget, whatever a run prints. */
const TAIL_CHARACTERS = 10_000;
const LAST_LINES_SHOWN = 10;
const LARGEST_RESULT = 4096;

export function bindRun(app: Hono, { store, pages }: { store: Store; pages: Pages }): void {
  app.get('/runs/:id', (c) =>
    pages.send(c, (clock) => {
      const run = findRun(store, c.req.param('id'));
      const { state } = run;
      return {
        title: `${run.flow}, run ${run.id}: ${lookOf(state.name).word.toLowerCase()}`,
        active: 'runs',
        runId: run.id,
        isLive: !isFinal(state.type),
        mood: lookOf(state.name).hue,
        content: RunPage({ data: gatherRun(store, run, clock.now), clock }),
      };
    }),
  );
}

function gatherRun(store: Store, run: FlowRunRow, now: number): RunData {
  const tasks = store.taskRuns.ofRun(run.id);
  const titles = distinctTitles(tasks);
  const states = store.flowRuns.states(run.id);
  const startedAt = states.findLast((state) => state.type === 'RUNNING')?.at ?? null;
  return {
    run,
    failure: failureOf(run, tasks),
    tasks: chooseTasks(tasks).map((task) => taskLine(task, titles.get(task.id) ?? task.name)),
    taskCount: tasks.length,
    span: startedAt === null ? null : { from: startedAt, to: run.state.type === 'RUNNING' ? now : run.state.at },
    typicalMs: typicalMs(store.overview.history(run.flow, MOST_BARS)),
    params: toPlainJson(decode(run.params)),
    result:
      run.result === null || run.result.length > LARGEST_RESULT
        ? null
        : JSON.stringify(toPlainJson(decode(run.result)), null, 2),
    resultSize: run.resultSize,
    artifacts: store.artifacts.ofRun(run.id).map(viewArtifact),
    log: lastLogLines(store, run.id, { before: null, limit: TAIL_LINES, characters: TAIL_CHARACTERS }),
    states,
  };
}

/** All of them, or of very many those that did not succeed and as many of the others as there is room for. */
function chooseTasks(tasks: readonly TaskRunRow[]): TaskRunRow[] {
  if (tasks.length <= TASKS_SHOWN) return [...tasks];
  const ordered = [
    ...tasks.filter((task) => !isSuccess(task.state.type)),
    ...tasks.filter((task) => isSuccess(task.state.type)),
  ];
  return ordered.slice(0, TASKS_SHOWN);
}

/** Mapped tasks without a name of their own are numbered in the order of their calls. */
function distinctTitles(tasks: readonly TaskRunRow[]): ReadonlyMap<number, string> {
  const groups = Map.groupBy(tasks, taskTitle);
  const titles = [...groups].flatMap(([title, group]) =>
    group.map((task, index): [number, string] => [task.id, group.length === 1 ? title : `${title} ${index + 1}`]),
  );
  return new Map(titles);
}

function taskLine(task: TaskRunRow, title: string): TaskLine {
  const { id, state, states, why, cachedFromRun, childRunId, progress, startAt, endAt, runTimeMs, attempt } = task;
  const isReused = task.reusedFromAttempt !== null && state.type === 'COMPLETED';
  return {
    id,
    title,
    state,
    states,
    why,
    cachedFromRun,
    childRunId,
    isReused,
    progress,
    startAt,
    endAt,
    runTimeMs,
    attempt,
  };
}

/** Of a run that failed, or that waits to be tried again after it did. */
function failureOf(run: FlowRunRow, tasks: readonly TaskRunRow[]): FailureView | null {
  const isWrong = isFinal(run.state.type) && !isSuccess(run.state.type) && run.state.type !== 'CANCELLED';
  if (!isWrong && run.state.name !== 'AwaitingRetry') return null;
  const failed = tasks
    .filter((each) => each.state.type === 'FAILED' && each.state.name !== 'UpstreamFailed')
    .sort((a, b) => (a.endAt ?? 0) - (b.endAt ?? 0));
  // A failure that the flow caught is not why it failed: the task that raised the run's own error is.
  const task = run.error === null ? failed[0] : failed.find((each) => each.error?.message === run.error?.message);
  const error = task?.error ?? run.error;
  const lastLines = (error?.last_lines ?? []).slice(-LAST_LINES_SHOWN).map((line) => line.slice(0, 500));
  const sentence =
    error === null || error === undefined
      ? (run.state.message ?? lookOf(run.state.name).word)
      : `${error.exit_code === undefined ? nameBefore(error.name) : ''}${error.message.slice(0, 4000)}`;
  return {
    task: task === undefined ? null : taskTitle(task),
    sentence,
    hint: error?.hint ?? null,
    lastLines,
    stack: lastLines.length > 0 ? null : (error?.stack?.slice(0, 4000) ?? null),
  };
}

/** "TypeError: ", but not the names that say nothing. */
function nameBefore(name: string): string {
  return name === 'Error' || name === 'WeirError' ? '' : `${name}: `;
}
