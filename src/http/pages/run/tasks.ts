/**
 * The tasks of a run as its page lists them: all of a small run below their callers, of very many those that did not
 * succeed and then the others, fifty at a time; subflows that the address names are unfolded.
 */
import { retryAt } from '../../../model/retry-at.ts';
import { isFinal, isSuccess, type State } from '../../../model/state.ts';
import { taskTitle } from '../../../model/task-title.ts';
import type { FlowRunRow } from '../../../store/flow-runs.ts';
import type { Store } from '../../../store/store.ts';
import type { TaskOutline } from '../../../store/task-outlines.ts';
import type { TaskRunRow } from '../../../store/task-runs.ts';
import { runAction, runPage } from '../../../web/address.ts';
import type { Span } from '../../../web/charts/gantt.tsx';
import { shorten } from '../../../web/pages/log.tsx';
import type { TaskLine, TasksView } from '../../../web/pages/run/tasks.tsx';
import { graphView } from './graph.ts';
import type { LayOut } from './graph-layout.ts';
import { type TaskTimes, taskTimes } from './task-times.ts';

export const TASKS_SHOWN = 50;
/** Of a subflow that is unfolded; its own page has the others. */
const CHILDREN_SHOWN = 20;
const LONGEST_TITLE = 120;
const LONGEST_MESSAGE = 160;

/** What the address asks for. */
export interface TasksAsked {
  /** Where the shown ones begin. */
  readonly from: number;
  /** Runs of subflows that are unfolded. */
  readonly open: readonly number[];
}

export interface TasksInput {
  readonly store: Store;
  readonly run: FlowRunRow;
  readonly outlines: readonly TaskOutline[];
  readonly span: Span | null;
  readonly asked: TasksAsked;
  readonly layOut: LayOut | null;
}

export function gatherTasks({ store, run, outlines, span, asked, layOut }: TasksInput): TasksView {
  const titles = distinctTitles(outlines);
  const times = taskTimes(store.taskOutlines.timesBefore(run.flow, run.id));
  const order = inOrder(outlines);
  const from = asked.from < outlines.length ? asked.from : 0;
  const shown = order.slice(from, from + TASKS_SHOWN);
  const places = new Map(order.map(({ task }, index) => [task.id, index]));
  const pageOf = (start: number) => withQuery(run.id, { from: start, open: asked.open });
  return {
    runId: run.id,
    isOver: isFinal(run.state.type),
    attempt: run.attempt,
    lines: linesOf(store, { run, shown, titles, times, depth: 0, asked }),
    count: outlines.length,
    from,
    earlier: from === 0 ? null : pageOf(Math.max(0, from - TASKS_SHOWN)),
    half: pageOf(from + TASKS_SHOWN / 2),
    later: from + TASKS_SHOWN >= outlines.length ? null : pageOf(from + TASKS_SHOWN),
    span,
    retryTo: isFinal(run.state.type) && run.parentRunId === null ? runAction(run.id, 'retry') : null,
    graph: graphView({
      tasks: outlines,
      titles,
      layOut,
      hrefOf(id) {
        const start = Math.floor((places.get(id) ?? 0) / TASKS_SHOWN) * TASKS_SHOWN;
        const isShown = (places.get(id) ?? 0) >= from && (places.get(id) ?? 0) < from + TASKS_SHOWN;
        return isShown ? `#t${id}` : `${pageOf(start)}#t${id}`;
      },
    }),
  };
}

interface Placed {
  readonly task: TaskOutline;
  readonly depth: number;
}

/** Of a small run each below its caller; of a large one what did not succeed, then the rest, in the order of the calls. */
function inOrder(tasks: readonly TaskOutline[]): Placed[] {
  if (tasks.length > TASKS_SHOWN) {
    const [well, not] = [tasks.filter(isWell), tasks.filter((task) => !isWell(task))];
    return [...not, ...well].map((task) => ({ task, depth: 0 }));
  }
  const ids = new Set(tasks.map(({ id }) => id));
  const children = Map.groupBy(tasks, ({ parentTaskId }) =>
    parentTaskId !== null && ids.has(parentTaskId) ? parentTaskId : 0,
  );
  const placed: Placed[] = [];
  const add = (parent: number, depth: number) => {
    for (const task of children.get(parent) ?? []) {
      placed.push({ task, depth });
      add(task.id, depth + 1);
    }
  };
  add(0, 0);
  return placed;
}

function isWell({ state }: TaskOutline): boolean {
  return isSuccess(state.type);
}

interface Lines {
  readonly run: Pick<FlowRunRow, 'id'>;
  readonly shown: readonly Placed[];
  readonly titles: ReadonlyMap<number, string>;
  readonly times: TaskTimes;
  readonly depth: number;
  readonly asked: TasksAsked;
}

function linesOf(store: Store, { run, shown, titles, times, depth, asked }: Lines): TaskLine[] {
  const rows = store.taskOutlines.inFull(shown.map(({ task }) => task.id));
  return rows.flatMap((row, index) => {
    const line = taskLine(row, {
      title: shorten(titles.get(row.id) ?? row.name, LONGEST_TITLE),
      depth: depth + (shown[index]?.depth ?? 0),
      typicalMs: times.of(row),
      asked,
      pageId: run.id,
    });
    return line.child?.isOpen === true ? [line, ...unfolded(store, line, asked, run.id)] : [line];
  });
}

/** The tasks of a subflow, below the one that stands for it. */
function unfolded(store: Store, parent: TaskLine, asked: TasksAsked, pageId: number): TaskLine[] {
  const child = parent.child === null ? null : store.flowRuns.byId(parent.child.runId);
  if (child === null || parent.depth > 5) return [];
  const outlines = store.taskOutlines.ofRun(child.id);
  const shown = inOrder(outlines).slice(0, CHILDREN_SHOWN);
  const times = taskTimes(store.taskOutlines.timesBefore(child.flow, child.id));
  const titles = distinctTitles(outlines);
  return linesOf(store, { run: { id: pageId }, shown, titles, times, depth: parent.depth + 1, asked });
}

interface LineContext {
  readonly title: string;
  readonly depth: number;
  readonly typicalMs: number | null;
  readonly asked: TasksAsked;
  /** The run whose page it is on. */
  readonly pageId: number;
}

function taskLine(task: TaskRunRow, { title, depth, typicalMs, asked, pageId }: LineContext): TaskLine {
  const { id, state, states, why, cachedFromRun, childRunId, progress, startAt, endAt, runTimeMs, attempt } = task;
  const isReused = task.reusedFromAttempt !== null && state.type === 'COMPLETED';
  const isOpen = childRunId !== null && asked.open.includes(childRunId);
  const open = isOpen ? asked.open.filter((each) => each !== childRunId) : [...asked.open, childRunId ?? 0];
  return {
    ...{ id, runId: task.flowRunId, title, depth, state, states, why, cachedFromRun, isReused, progress },
    ...{ startAt, endAt, runTimeMs, attempt, typicalMs, metrics: task.metrics, usage: task.usage },
    child:
      childRunId === null
        ? null
        : { runId: childRunId, isOpen, toggle: `${withQuery(pageId, { from: asked.from, open })}#t${id}` },
    retryAt: retryAt(state),
    message: messageOf(state, task),
  };
}

/** Why it ended, or waits, as it does; what it failed of in its first line. */
function messageOf(state: State, { error, why }: TaskRunRow): string | null {
  if (isSuccess(state.type) && state.name !== 'Skipped') return null;
  const [line = ''] = (error?.message ?? state.message ?? '').trim().split('\n', 1);
  return line === '' || line === why ? null : shorten(line, LONGEST_MESSAGE);
}

/** Mapped tasks without a name of their own are numbered in the order of their calls. */
export function distinctTitles(
  tasks: readonly Pick<TaskOutline, 'id' | 'name' | 'label'>[],
): ReadonlyMap<number, string> {
  const groups = Map.groupBy(tasks, taskTitle);
  const titles = [...groups].flatMap(([title, group]) =>
    group.map((task, index): [number, string] => [task.id, group.length === 1 ? title : `${title} ${index + 1}`]),
  );
  return new Map(titles);
}

function withQuery(runId: number, { from, open }: TasksAsked): string {
  const query = new URLSearchParams();
  if (from > 0) query.set('tasks', String(from));
  if (open.length > 0) query.set('open', open.join());
  return query.size === 0 ? runPage(runId) : `${runPage(runId)}?${query}`;
}
