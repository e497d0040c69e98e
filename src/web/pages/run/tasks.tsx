/** The tasks of a run as a table, whose last column is its time line. */
import { isFinal, type State, type Timing } from '../../../model/state.ts';
import { runPage } from '../../address.ts';
import { Gantt, type Span } from '../../charts/gantt.tsx';
import { Attempt, runTime } from '../../run-table.tsx';
import { StateMark } from '../../state-mark.tsx';
import { type Clock, took } from '../../time.tsx';
import type { RunData } from './run.tsx';

export interface TaskLine extends Timing {
  readonly id: number;
  readonly title: string;
  readonly state: State;
  readonly states: readonly State[];
  /** Why it was reused, or ran again. */
  readonly why: string | null;
  readonly cachedFromRun: number | null;
  /** The run of the subflow that it stands for. */
  readonly childRunId: number | null;
  readonly isReused: boolean;
  readonly progress: { readonly done: number; readonly total: number | null; readonly label: string | null } | null;
}

export function Tasks({ data, clock }: { data: RunData; clock: Clock }) {
  const { tasks, taskCount, span, run } = data;
  if (taskCount === 0) return isFinal(run.state.type) ? null : <p class="dim">No task was called so far.</p>;
  return (
    <>
      <h2>
        Tasks
        <small>
          {tasks.length === taskCount
            ? taskCount
            : `${tasks.length} of ${taskCount}: what did not succeed, then the first`}
        </small>
      </h2>
      <table>
        <thead>
          <tr>
            <th>Task</th>
            <th>State</th>
            <th class="n">Took</th>
            <th class="w" style="width:34%">
              {run.attempt > 1 ? `Time of attempt ${run.attempt}` : 'Time'}
            </th>
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => (
            <TaskRow task={task} span={span} clock={clock} />
          ))}
        </tbody>
      </table>
    </>
  );
}

function TaskRow({ task, span, clock }: { task: TaskLine; span: Span | null; clock: Clock }) {
  const { progress, cachedFromRun, childRunId, why } = task;
  return (
    <tr>
      <th scope="row">
        {task.title}
        {childRunId === null ? null : (
          <span class="sub">
            <a href={runPage(childRunId)}>run {childRunId}</a>
          </span>
        )}
        {why === null ? null : <span class="sub">{why}</span>}
        {cachedFromRun === null ? null : (
          <span class="sub">
            result of <a href={runPage(cachedFromRun)}>run {cachedFromRun}</a>
          </span>
        )}
      </th>
      <td>
        <StateMark name={task.isReused ? 'Cached' : task.state.name} {...(task.isReused ? { word: 'Reused' } : {})} />
        <Attempt count={task.attempt} />
        {progress === null ? null : (
          <span class="sub">
            {progress.done}
            {progress.total === null ? '' : ` of ${progress.total}`} {progress.label ?? ''}
          </span>
        )}
      </td>
      <td class="n">{task.startAt === null ? '' : took(runTime(task, clock.now))}</td>
      <td class="w">
        {span === null || task.isReused ? null : <Gantt states={task.states} span={span} now={clock.now} />}
      </td>
    </tr>
  );
}
