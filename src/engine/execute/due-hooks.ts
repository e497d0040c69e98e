/**
 * Hooks that a state has called for: recorded with it, run by the host of the attempt that brought it about, and where
 * that host is gone, by this process in a fresh one. Each runs at least once; one that ends its host is given up.
 */
import { hookOf, writtenHook } from '../../model/hook.ts';
import type { DueHook } from '../../model/run-start.ts';
import type { Execution } from '../../pool/execution.ts';
import type { Pool } from '../../pool/pool.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import type { ActiveRun } from './active-run.ts';
import type { Queue } from './queue.ts';
import { saveTasks } from './reports.ts';

/** What a run has to run once its attempt has ended. Flows without any hook are not asked. */
export function dueHooks(store: Store, run: ActiveRun): readonly DueHook[] {
  if (!run.mayHaveHooks) return [];
  saveTasks(store, run);
  return store.hooks.dueOf(run.row.id);
}

/**
 * For tasks that ended without their runner's word. Nobody can tell any more which of them declare a hook: it is
 * recorded when any task of their file does, and whoever runs it looks.
 */
export function recordTaskHooks(store: Store, { id, options }: FlowRunRow, tasks: readonly TaskRunRow[]): void {
  for (const task of tasks) {
    const hook = hookOf(task.state.type);
    if (hook === null || hook === 'on_running' || !options.taskHooks?.includes(hook)) continue;
    store.hooks.recordOfTask(id, task.id, hook, task.state);
  }
}

/** The hook that was under way when its host ended: it has run, and it would end the next host as well. */
export function giveUpHook(store: Store, run: ActiveRun, reason: string, at: number): void {
  const [due] = store.hooks.dueOf(run.row.id);
  if (due === undefined) return;
  store.hooks.markRan(due.id, at);
  store.logs.append({
    flowRunId: run.row.id,
    taskRunId: null,
    attempt: run.row.attempt,
    stream: 'log',
    level: 'error',
    at,
    text: `${writtenHook(due.hook, run.row.path)} did not end: ${reason}`,
    fields: null,
  });
}

export type TellHooks = (row: FlowRunRow, hooks: readonly DueHook[]) => void;

export interface HookRunner {
  /** Runs what is due of runs that have ended and that nobody holds, each told before; resolves when nothing is left. */
  run(tell?: TellHooks): Promise<void>;
  /** What is under way stays due. */
  stop(reason: string): Promise<void>;
}

export function createHookRunner({
  queue,
  pool,
  store,
}: {
  readonly queue: Queue;
  readonly pool: Pool;
  readonly store: Store;
}): HookRunner {
  let execution: Execution | null = null;
  let running: Promise<void> | null = null;
  let stopped = false;

  async function runAll(tell: TellHooks): Promise<void> {
    while (!stopped) {
      const claimed = await queue.claimHooks();
      if (claimed === null) return;
      const row = store.flowRuns.byId(claimed.assignment.runId);
      if (row !== null) tell(row, claimed.hooks);
      execution = pool.execute(claimed.assignment, queue, claimed.hooks);
      // Stopped while it was being claimed.
      if (stopped) void execution.interrupt('stopped');
      await execution.ended;
    }
  }

  return {
    run(tell = () => {}) {
      running ??= runAll(tell).finally(() => {
        running = null;
        execution = null;
      });
      return running;
    },
    async stop(reason) {
      stopped = true;
      await execution?.interrupt(reason);
      await running;
    },
  };
}
