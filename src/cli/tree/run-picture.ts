/**
 * What is known of a run while it is looked at: its state and the newest state of each task, fed by events.
 * Keeps no text and no results: ten thousand tasks must stay a few megabytes.
 */
import type { EngineEvent } from '../../engine/events.ts';
import type { State } from '../../model/state.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';

/** One task run as it is drawn. */
export interface TaskGlimpse {
  readonly identity: string;
  /** Identity of the task that called it; '' for the flow's own body. */
  readonly scope: string;
  readonly name: string;
  readonly label: string | null;
  readonly state: State;
  readonly runTimeMs: number;
  readonly attempt: number;
  readonly isReused: boolean;
  readonly progress: TaskRunRow['progress'];
  /** What it failed with, or why it was reused. */
  readonly remark: string | null;
}

export interface RunPicture {
  readonly runId: number;
  readonly flow: string;
  readonly state: State | null;
  /** When this look at it began to count: its first RUNNING, epoch ms. */
  readonly startAt: number | null;
  readonly progress: TaskRunRow['progress'];
  /** The flow's own function waits until then; null when it does not, or is long awake. */
  readonly sleepingUntil: number | null;
  /** In the order in which they were first called. */
  readonly tasks: ReadonlyMap<string, TaskGlimpse>;
  take(event: EngineEvent): void;
}

export function createPicture(run: {
  readonly id: number;
  readonly flow: string;
  readonly startAt: number | null;
}): RunPicture {
  const tasks = new Map<string, TaskGlimpse>();
  let { startAt } = run;
  let state: State | null = null;
  let progress: TaskRunRow['progress'] = null;
  let sleepingUntil: number | null = null;

  return {
    runId: run.id,
    flow: run.flow,
    tasks,
    get state() {
      return state;
    },
    get startAt() {
      return startAt;
    },
    get progress() {
      return progress;
    },
    get sleepingUntil() {
      return sleepingUntil;
    },
    take(event) {
      if (event.kind === 'log' || event.runId !== run.id) return;
      if (event.kind === 'sleeping') {
        sleepingUntil = event.until;
      } else if (event.kind === 'run-state') {
        sleepingUntil = null;
        state = event.state;
        if (state.type === 'RUNNING') startAt ??= state.at;
      } else if (event.kind === 'progress') {
        const { done, total, label } = event;
        const task = event.task === null ? undefined : tasks.get(event.task.identity);
        if (task !== undefined) tasks.set(task.identity, { ...task, progress: { done, total, label } });
        else if (event.task === null) progress = { done, total, label };
      } else if (event.kind === 'task-state') {
        tasks.set(event.task.identity, glimpse(event.task, event.reused));
      }
    },
  };
}

function glimpse(task: TaskRunRow, isReused: boolean): TaskGlimpse {
  const { identity, scope, name, label, state, runTimeMs, attempt, progress } = task;
  const failure = state.type === 'FAILED' ? (task.error?.message ?? state.message) : null;
  const remark = failure ?? (isReused ? task.why : null);
  return { identity, scope, name, label, state, runTimeMs, attempt, isReused, progress, remark };
}
