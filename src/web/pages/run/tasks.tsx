/** The tasks of a run: the graph, and the table whose last column is its time line. A part of them where there are many. */
import { formatBytes } from '../../../model/bytes.ts';
import { isFinal, type State, type Timing } from '../../../model/state.ts';
import { logPage, runPage } from '../../address.ts';
import { Gantt, type Span } from '../../charts/gantt.tsx';
import { Graph, type GraphView } from '../../charts/graph.tsx';
import { TimeAxis } from '../../charts/time-axis.tsx';
import { Attempt, runTime } from '../../run-table.tsx';
import { StateMark } from '../../state-mark.tsx';
import { type Clock, Time, took } from '../../time.tsx';
import { Figure } from './values.tsx';

export interface TasksView {
  readonly runId: number;
  readonly isOver: boolean;
  /** The run's. */
  readonly attempt: number;
  readonly lines: readonly TaskLine[];
  /** May be more than `lines`. */
  readonly count: number;
  /** Where the shown ones begin. */
  readonly from: number;
  readonly earlier: string | null;
  readonly later: string | null;
  /** Where what is left out begins when only the first half of them is shown. */
  readonly half: string;
  /** What the bars share. */
  readonly span: Span | null;
  readonly graph: GraphView | null | 'too-many';
  /** Where `weir retry --from` a task is posted to; null while nothing can be run again. */
  readonly retryTo: string | null;
}

export interface TaskLine extends Timing {
  readonly id: number;
  readonly runId: number;
  readonly title: string;
  /** How many calls are around it. */
  readonly depth: number;
  readonly state: State;
  readonly states: readonly State[];
  /** Why it was reused, or ran again. */
  readonly why: string | null;
  readonly cachedFromRun: number | null;
  /** The run of the subflow that it stands for, and where its tasks unfold, or fold, in this table. */
  readonly child: { readonly runId: number; readonly toggle: string; readonly isOpen: boolean } | null;
  readonly isReused: boolean;
  readonly progress: { readonly done: number; readonly total: number | null; readonly label: string | null } | null;
  readonly typicalMs: number | null;
  /** It failed, and waits until then. */
  readonly retryAt: number | null;
  readonly metrics: Readonly<Record<string, number>>;
  readonly usage: { readonly peakMemory: number; readonly cpuMs: number } | null;
  /** The failure that it ended with, in a line. */
  readonly message: string | null;
}

export function Tasks({ view, clock }: { view: TasksView; clock: Clock }) {
  const { lines, count, from, span, attempt, graph } = view;
  if (count === 0) return view.isOver ? null : <p class="dim">No task was called so far.</p>;
  return (
    <>
      <h2>
        Tasks
        <small>{lines.length >= count ? count : partOf(view)}</small>
      </h2>
      {graph === null ? null : graph === 'too-many' ? (
        <p class="sub">
          The graph has too many nodes to be looked at; the table has them all, in the order of their calls.
        </p>
      ) : (
        <Graph graph={graph} />
      )}
      {view.retryTo === null ? null : <form method="post" action={view.retryTo} id="again" />}
      <table class="tasks">
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">State</th>
            <th scope="col" class="n">
              Took
            </th>
            <th scope="col" class="w">
              {attempt > 1 ? `Time of attempt ${attempt}` : <span class="away">Time</span>}
              {span === null ? null : <TimeAxis span={span} />}
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <TaskRow task={line} view={view} clock={clock} />
          ))}
        </tbody>
      </table>
      {span === null ? null : <Legend lines={lines} span={span} />}
      {view.earlier === null && view.later === null ? null : (
        <p class="pages">
          {view.earlier === null ? null : <a href={view.earlier}>Earlier tasks</a>}
          {view.later === null ? null : <a href={view.later}>More tasks</a>}
          <span class="dim">
            {from + 1} to {from + lines.length} of {count}
          </span>
        </p>
      )}
    </>
  );
}

/** Of what stands in these bars, and nothing else. */
function Legend({ lines, span }: { lines: readonly TaskLine[]; span: Span }) {
  const least = (span.to - span.from) / 100;
  // What lies before the attempt is not drawn.
  const isDrawn = ({ states, isReused }: TaskLine, isMeant: (state: State) => boolean) =>
    !isReused &&
    states.some((state, index) => {
      const until = states[index + 1]?.at ?? (isFinal(state.type) ? state.at : span.to);
      return isMeant(state) && until - Math.max(span.from, state.at) > least;
    });
  const waits = (line: TaskLine) => isDrawn(line, ({ type, name }) => type !== 'RUNNING' && name !== 'AwaitingRetry');
  const backsOff = (line: TaskLine) => isDrawn(line, ({ name }) => name === 'AwaitingRetry');
  const words = [
    lines.some(waits) ? 'Pale: waiting.' : '',
    lines.some(backsOff) ? 'Dotted: waiting to retry.' : '',
    lines.some(({ typicalMs }) => typicalMs !== null) ? 'Tick: where it usually ends.' : '',
  ].filter((word) => word !== '');
  return words.length === 0 ? null : <p class="sub w">{words.join(' ')}</p>;
}

function partOf({ lines, count, from }: TasksView): string {
  return from === 0
    ? `${lines.length} of ${count}: what did not succeed, then the first`
    : `${from + 1} to ${from + lines.length} of ${count}`;
}

function TaskRow({ task, view, clock }: { task: TaskLine; view: TasksView; clock: Clock }) {
  const { span, retryTo, runId } = view;
  const { progress, cachedFromRun, child, why, typicalMs, depth, message } = task;
  const remarks = remarksOf(task);
  return (
    <tr id={`t${task.id}`}>
      <th scope="row" {...(depth === 0 ? {} : { style: `padding-left:${Math.min(depth, 6) * 1.25}rem` })}>
        <a href={logPage(task.runId, task.id)}>{task.title}</a>
        {child === null ? null : (
          <span class="sub">
            <a href={runPage(child.runId)}>run {child.runId}</a>,{' '}
            <a href={child.toggle}>{child.isOpen ? 'fold' : 'unfold'}</a>
          </span>
        )}
        {why === null ? null : <span class="sub">{why}</span>}
        {cachedFromRun === null ? null : (
          <span class="sub">
            result of <a href={runPage(cachedFromRun)}>run {cachedFromRun}</a>
          </span>
        )}
        {message === null ? null : <span class="sub">{message}</span>}
        {remarks.length === 0 ? null : <span class="sub">{remarks}</span>}
      </th>
      <td>
        <StateMark name={task.isReused ? 'Cached' : task.state.name} {...(task.isReused ? { word: 'Reused' } : {})} />
        {retryTo === null || task.runId !== runId || task.depth > 0 ? null : (
          <button type="submit" form="again" name="from" value={String(task.id)}>
            Retry from here
          </button>
        )}
        <Attempt count={task.attempt} />
        {task.retryAt === null ? null : (
          <span class="sub">
            again at <Time at={task.retryAt} clock={clock} withZone />
          </span>
        )}
        {progress === null || isFinal(task.state.type) ? null : (
          <span class="sub">
            {progress.done}
            {progress.total === null ? '' : ` of ${progress.total}`} {progress.label ?? ''}
          </span>
        )}
      </td>
      <td class="n" {...(typicalMs === null ? {} : { title: `usually ${took(typicalMs)}` })}>
        {task.startAt === null ? '' : took(runTime(task, clock.now))}
      </td>
      <td class="w">
        {span === null || task.isReused ? null : (
          <Gantt states={task.states} span={span} now={clock.now} typicalMs={typicalMs} />
        )}
      </td>
    </tr>
  );
}

/** "rmse 1.92, peak memory 1.2 GiB, CPU 3m 20s", and what else is known in figures. */
function remarksOf({ metrics, usage }: TaskLine) {
  const figures = Object.entries(metrics).slice(0, MOST_METRICS);
  const known = [
    ...figures.map(([name, value]) => (
      <>
        {name} <Figure value={value} />
      </>
    )),
    ...(usage === null
      ? []
      : [`peak memory ${formatBytes(usage.peakMemory)}${usage.cpuMs < 1 ? '' : `, CPU ${took(usage.cpuMs)}`}`]),
  ];
  return known.flatMap((each, index) => (index === 0 ? [each] : [', ', each]));
}

const MOST_METRICS = 6;
