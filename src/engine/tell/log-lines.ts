/** Log chunks as lines, and lines as the JSON that users script against: field names are a promise. */
import type { LogChunk, StoredLogChunk } from '../../store/logs.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import { isoTime } from './told-times.ts';

export type LogLine = {
  readonly text: string;
  /** Number within the run, from 1. */
  readonly number: number | null;
  readonly chunk: LogChunk;
  readonly task: TaskRunRow | null;
  /** The calls that lead to the subflow which said it, as `load > parts`; '' for the run itself. */
  readonly path: string;
};

export function linesOf(chunk: LogChunk, task: TaskRunRow | null, path = ''): LogLine[] {
  const first = 'firstLine' in chunk ? (chunk as StoredLogChunk).firstLine : null;
  return chunk.text
    .split('\n')
    .map((text, offset) => ({ text, number: first === null ? null : first + offset, chunk, task, path }));
}

/** Every line of the chunk as an object of its own. */
export function logLineJson(chunk: LogChunk, task: TaskRunRow | null) {
  return linesOf(chunk, task).map(lineJson);
}

export function lineJson({ text, number, chunk, task, path }: LogLine) {
  return {
    run: chunk.flowRunId,
    line: number,
    at: isoTime(chunk.at),
    task: task?.name ?? null,
    key: task?.label ?? null,
    task_id: chunk.taskRunId,
    attempt: chunk.attempt,
    stream: chunk.stream,
    level: chunk.level,
    text,
    // Only of a subflow: the calls that lead to it.
    ...(path === '' ? {} : { path }),
    ...(chunk.fields === null ? {} : { fields: JSON.parse(chunk.fields) as unknown }),
  };
}
