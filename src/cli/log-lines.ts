/** Log chunks as lines: for people, prefixed by time and task, or as JSON. */
import { isoTime, timeOfDay } from '../engine/told-times.ts';
import type { LogChunk, StoredLogChunk } from '../store/logs.ts';
import type { TaskRunRow } from '../store/task-runs.ts';
import { colors } from './output.ts';
import { taskName } from './progress-lines.ts';
import { plainText, terminalText } from './terminal-text.ts';

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

export function lineJson({ text, number, chunk, task }: LogLine) {
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
    ...(chunk.fields === null ? {} : { fields: JSON.parse(chunk.fields) as unknown }),
  };
}

/** `14:30:05.123 train alpha=7 loss is NaN`; the task is left out where all lines are of one. */
export function lineText({ text, chunk, task, path }: LogLine, isMixed: boolean): string {
  const names = [...(path === '' ? [] : [plainText(path)]), ...(task === null ? [] : [taskName(task)])];
  const who = isMixed && names.length > 0 ? `${colors.cyan(names.join(' > '))} ` : '';
  const said = terminalText(text, { colors: colors.isColorSupported });
  const fields = chunk.fields === null ? '' : ` ${colors.dim(terminalText(chunk.fields, { colors: false }))}`;
  const isError = chunk.level === 'error' || chunk.level === 'warn';
  return `${colors.dim(timeOfDay(chunk.at))} ${who}${isError ? (chunk.level === 'error' ? colors.red(said) : colors.yellow(said)) : said}${fields}`;
}
