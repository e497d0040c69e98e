/**
 * What happens to a run, as it travels from a server to `weir watch --api`: enough to show it as on this machine. Times
 * are ISO 8601; a task is told with what its place in the tree needs. Both directions stand here, so that they agree.
 */
import type { PlainError } from '../../model/plain-error.ts';
import type { State } from '../../model/state.ts';
import type { LogChunk } from '../../store/logs.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import type { EngineEvent } from '../events.ts';
import { stateJson } from './run-json.ts';
import { isoTime } from './told-times.ts';

type StateJson = ReturnType<typeof stateJson>;
type Progress = { readonly done: number; readonly total: number | null; readonly label: string | null };

/** A task as its events tell it. */
export interface TaskEventJson {
  readonly id: number;
  readonly flow_run: number;
  /** Tells it apart from all other calls of its run; `scope` is the identity of its caller, '' for the flow itself. */
  readonly identity: string;
  readonly scope: string;
  readonly name: string;
  readonly key: string | null;
  readonly state: StateJson;
  readonly attempt: number;
  readonly total_run_time_ms: number;
  readonly why: string | null;
  readonly error: Pick<PlainError, 'name' | 'message'> | null;
  readonly progress: Progress | null;
  /** The run of the subflow that it stands for. */
  readonly run: number | null;
}

export type EventJson =
  | { readonly event: 'run'; readonly run: number; readonly state: StateJson }
  | { readonly event: 'task'; readonly run: number; readonly reused: boolean; readonly task: TaskEventJson }
  | ({ readonly event: 'progress'; readonly run: number; readonly task: TaskEventJson | null } & Progress)
  | {
      readonly event: 'log';
      readonly run: number;
      readonly task: TaskEventJson | null;
      readonly attempt: number;
      readonly stream: LogChunk['stream'];
      readonly level: LogChunk['level'];
      readonly at: string;
      /** Number of its first line within the run; it may have many. */
      readonly line: number | null;
      readonly text: string;
      readonly fields: string | null;
    };

/** Null: nothing that is told elsewhere. */
export function eventJson(event: EngineEvent): EventJson | null {
  switch (event.kind) {
    case 'run-state':
      return { event: 'run', run: event.runId, state: stateJson(event.state) };
    case 'task-state':
      return { event: 'task', run: event.runId, reused: event.reused, task: taskJson(event.task) };
    case 'progress': {
      const { runId: run, task, done, total, label } = event;
      return { event: 'progress', run, task: task === null ? null : taskJson(task), done, total, label };
    }
    case 'log': {
      const { flowRunId: run, attempt, stream, level, at, text, fields } = event.chunk;
      const line = 'firstLine' in event.chunk ? (event.chunk.firstLine as number) : null;
      const task = event.task === null ? null : taskJson(event.task);
      return { event: 'log', run, task, attempt, stream, level, at: isoTime(at), line, text, fields };
    }
    default:
      return null;
  }
}

function taskJson(task: TaskRunRow): TaskEventJson {
  const { id, identity, scope, name, label: key, attempt, why, error, progress } = task;
  return {
    ...{
      id,
      flow_run: task.flowRunId,
      identity,
      scope,
      name,
      key,
      state: stateJson(task.state),
      attempt,
      why,
      progress,
    },
    ...{ total_run_time_ms: task.runTimeMs, run: task.childRunId },
    error: error === null ? null : { name: error.name, message: error.message },
  };
}

/** The event again, as far as what shows a run reads it. */
export function eventOf(json: EventJson): EngineEvent {
  switch (json.event) {
    case 'run':
      return { kind: 'run-state', runId: json.run, state: stateOf(json.state) };
    case 'task':
      return { kind: 'task-state', runId: json.run, task: taskOf(json.task), reused: json.reused };
    case 'progress': {
      const { run: runId, done, total, label } = json;
      return { kind: 'progress', runId, task: json.task === null ? null : taskOf(json.task), done, total, label };
    }
    case 'log': {
      const { run: flowRunId, attempt, stream, level, text, fields, line } = json;
      const taskRunId = json.task?.id ?? null;
      const chunk = { flowRunId, taskRunId, attempt, stream, level, at: Date.parse(json.at), text, fields };
      const told = line === null ? chunk : { ...chunk, firstLine: line };
      return { kind: 'log', chunk: told, task: json.task === null ? null : taskOf(json.task) };
    }
  }
}

function stateOf({ type, name, message, at }: StateJson): State {
  return { type, name, message, at: Date.parse(at) };
}

/** What is not told of it is as of a task of which nothing is known. */
function taskOf(json: TaskEventJson): TaskRunRow {
  const { id, identity, scope, name, key: label, attempt, why, progress, error } = json;
  const state = stateOf(json.state);
  return {
    ...{ id, flowRunId: json.flow_run, identity, scope, name, label, kind: 'function', callIndex: 0, position: 0 },
    ...{ codeHash: '', inputHash: null, cacheKey: null, cacheExpiresAt: null, parentTaskId: null },
    ...{ childRunId: json.run, upstream: [], tags: [], state, states: [state], flowAttempt: 1 },
    ...{ reusedFromAttempt: null, cachedFromRun: null, cachedFromTask: null, why, result: null, resultHash: null },
    ...{ resultSize: null, reusable: false, again: null, metrics: {}, progress, usage: null, spent: 0 },
    ...{ startAt: null, endAt: null, runTimeMs: json.total_run_time_ms, attempt },
    error: error === null ? null : { ...error, stack: null },
  };
}
