/**
 * A run that any process on the file executes, followed by its rows: every look gives what happened since the last one,
 * as the events that its own process would have told. Only reads; a look at an unchanged file costs microseconds.
 */
import { isFinal } from '../../model/state.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import type { EngineEvent } from '../events.ts';

const LOG_PAGE = 1000;

export interface Follower {
  /** In the order in which they happened. */
  look(): EngineEvent[];
  /** As of the last look; what it told then was all. */
  readonly row: FlowRunRow;
  readonly isOver: boolean;
}

/**
 * The run with its subflows. States are told from the run's beginning, log lines from now on (`logsAfter`: from behind
 * that chunk).
 */
export function createFollower(store: Store, run: FlowRunRow, logsAfter = store.logs.newestId(run.id)): Follower {
  /** By row: a retried call may go on in its row under another identity. */
  const seen = new Map<number, { readonly states: number; readonly progress: string }>();
  const tasks = new Map<number, TaskRunRow>();
  const subflows = new Map<number, Follower>();
  let row = run;
  let isFirstLook = true;
  let seenStates = 0;
  let since = 0;
  let lastLog = logsAfter;

  function runEvents(): EngineEvent[] {
    const states = store.flowRuns.states(run.id);
    const fresh = states.slice(seenStates);
    seenStates = states.length;
    return fresh.map((state) => ({ kind: 'run-state', runId: run.id, state }));
  }

  function taskEvents(): EngineEvent[] {
    const events: EngineEvent[] = [];
    for (const task of store.taskRuns.changedSince(run.id, since)) {
      tasks.set(task.id, task);
      since = Math.max(since, task.state.at);
      if (task.childRunId !== null) followSubflow(task.childRunId);
      const before = seen.get(task.id);
      const progress = task.progress === null ? '' : JSON.stringify(task.progress);
      const isReused = task.reusedFromAttempt !== null && task.flowAttempt === row.attempt;
      for (const state of task.states.slice(before?.states ?? 0))
        events.push({ kind: 'task-state', runId: run.id, task: { ...task, state }, reused: isReused });
      if (task.progress !== null && before?.progress !== progress)
        events.push({ kind: 'progress', runId: run.id, task, ...task.progress });
      seen.set(task.id, { states: task.states.length, progress });
    }
    return events;
  }

  /** One that began while its parent was followed has not said anything before that. */
  function followSubflow(id: number): void {
    const child = subflows.has(id) ? null : store.flowRuns.byId(id);
    if (child !== null) subflows.set(id, isFirstLook ? createFollower(store, child) : createFollower(store, child, 0));
  }

  function logEvents(): EngineEvent[] {
    const events: EngineEvent[] = [];
    for (;;) {
      const chunks = store.logs.after(run.id, lastLog, LOG_PAGE);
      for (const chunk of chunks) {
        const id = chunk.taskRunId;
        const task = id === null ? null : (tasks.get(id) ?? store.taskRuns.byId(id));
        if (task !== null) tasks.set(task.id, task);
        events.push({ kind: 'log', chunk, task });
      }
      lastLog = chunks.at(-1)?.id ?? lastLog;
      if (chunks.length < LOG_PAGE) return events;
    }
  }

  return {
    get row() {
      return row;
    },
    get isOver() {
      return isOver(row);
    },
    look() {
      // The run first: when it is over by then, everything of it is in the file already.
      row = store.flowRuns.byId(run.id) ?? row;
      const own = [...taskEvents(), ...logEvents(), ...runEvents()];
      const events = [...own, ...[...subflows.values()].flatMap((subflow) => subflow.look())];
      isFirstLook = false;
      return events
        .map((event, place) => ({ event, place, at: timeOf(event) }))
        .sort((a, b) => a.at - b.at || a.place - b.place)
        .map(({ event }) => event);
    },
  };
}

/** Nothing of the run happens any more, unless somebody retries it. */
export function isOver(row: FlowRunRow): boolean {
  return isFinal(row.state.type) && row.ownerId === null;
}

function timeOf(event: EngineEvent): number {
  switch (event.kind) {
    case 'log':
      return event.chunk.at;
    case 'run-state':
      return event.state.at;
    case 'task-state':
      return event.task.state.at;
    default:
      return Number.POSITIVE_INFINITY;
  }
}
