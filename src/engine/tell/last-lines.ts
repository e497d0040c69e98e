/** What a task printed last, of its last attempt, as it is stored; without the error that it ended with. Only reads. */
import type { LogChunk } from '../../store/logs.ts';
import type { Store } from '../../store/store.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';

/** As many as tell what happened. */
export const LAST_LINES = 10;

/** What a command kept with its error itself, else what the log has. */
export function lastLines(store: Store, task: TaskRunRow, most = LAST_LINES): string[] {
  const { error } = task;
  const chunks = () => store.logs.lastOfTask(task.id, task.attempt, most + 1);
  const lines = error?.last_lines ?? chunks().flatMap((each) => (isOfError(each, error) ? [] : each.text.split('\n')));
  return lines.slice(-most);
}

function isOfError({ level, text }: LogChunk, error: TaskRunRow['error']): boolean {
  return level === 'error' && error !== null && text.startsWith(error.stack ?? `${error.name}: ${error.message}`);
}
