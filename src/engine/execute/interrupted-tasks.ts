/**
 * The open tasks of a run that no host executes any more: its process has died, or it was cancelled while it waited for
 * somebody to go on with it. They share what becomes of it. Called inside a transaction.
 */
import type { State } from '../../model/state.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import { ActiveRun } from './active-run.ts';
import { recordTaskHooks } from './due-hooks.ts';

/** Moves what is not finished of `tasks`, and gives the rows that it changes, to be written. */
export function interruptTasks(
  store: Store,
  run: FlowRunRow,
  tasks: readonly TaskRunRow[],
  state: State,
): readonly TaskRunRow[] {
  if (tasks.length === 0) return [];
  const active = new ActiveRun(run, '', run.attempt, tasks);
  for (const task of active.unfinished()) active.abandon(task, state);
  const changed = [...active.dirty];
  recordTaskHooks(store, run, changed);
  return changed;
}
