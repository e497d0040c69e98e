/** What can be done with a run, or from one of its tasks, as it stands: labels, addresses, and commands that do the same. */
import { commandLine } from '../model/shell-word.ts';
import { isFinal, isSuccess, type State } from '../model/state.ts';
import type { Action } from './action.tsx';
import { flowAction, runAction } from './address.ts';

/** A flow run row is one; what is left out is not known. */
export interface RunToActOn {
  readonly id: number;
  readonly flow: string;
  readonly state: Pick<State, 'type' | 'name'>;
  readonly parentRunId: number | null;
  readonly ownerId: number | null;
  /** Tasks that failed or were not run. */
  readonly failedTasks?: number;
  /** Its flow is deployed, so that it has a form for its parameters. */
  readonly isDeployed?: boolean;
  /** What makes a button start one run however often it is pressed: another text once there is a newer run. */
  readonly once?: string;
}

/** What most people want next comes first. None for what nobody can do anything about. */
export function runActions(run: RunToActOn): Action[] {
  const { id, state } = run;
  if (isFinal(state.type)) return isSuccess(state.type) ? again(run) : [retry(run), ...again(run)];
  if (state.type === 'CANCELLING') return [];
  // A subflow that waits for its parent goes on, and ends, with it.
  if (run.parentRunId !== null && run.ownerId === null) return [];
  const waits = state.name === 'AwaitingRetry' || state.name === 'AwaitingResume';
  const goOn: Action = {
    kind: 'post',
    label: state.name === 'AwaitingRetry' ? 'Retry now' : 'Resume',
    to: runAction(id, 'resume'),
    tone: 'main',
    command: commandLine('weir', 'resume', id),
  };
  const cancel: Action = {
    kind: 'post',
    label: 'Cancel',
    to: runAction(id, 'cancel'),
    tone: 'risk',
    command: commandLine('weir', 'cancel', id),
  };
  return waits ? [goOn, cancel] : [cancel];
}

/**
 * Running a task, and everything downstream of it, once more: only of a run that has ended, whether it failed or not.
 * `task`: as `weir retry --from` takes it, such as `train` or `train[2]`, or the number of its row.
 */
export function taskActions(run: RunToActOn, task: string | number): Action[] {
  if (!isFinal(run.state.type) || run.parentRunId !== null) return [];
  return [
    {
      kind: 'post',
      label: 'Retry from here',
      to: runAction(run.id, 'retry'),
      fields: { from: String(task) },
      command: commandLine('weir', 'retry', run.id, '--from', task),
    },
  ];
}

function retry({ id, state, failedTasks = 0 }: RunToActOn): Action {
  const tasks = failedTasks === 0 ? '' : ` (${failedTasks} ${failedTasks === 1 ? 'task' : 'tasks'})`;
  return {
    kind: 'post',
    // Of a cancelled run nothing failed: its tasks were stopped.
    label: `Retry${failedTasks === 0 || state.type === 'CANCELLED' ? '' : ' failed'}${tasks}`,
    to: runAction(id, 'retry'),
    tone: 'main',
    key: 'R',
    command: commandLine('weir', 'retry', id),
  };
}

function again({ id, flow, isDeployed = false, once }: RunToActOn): Action[] {
  const rerun: Action = {
    kind: 'post',
    label: 'Run again',
    to: runAction(id, 'rerun', once),
    command: commandLine('weir', 'rerun', id),
  };
  return isDeployed
    ? [rerun, { kind: 'link', label: 'Edit parameters and run', to: flowAction(flow, 'run', { from: id }) }]
    : [rerun];
}
