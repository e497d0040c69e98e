/**
 * Whose lines `weir logs` shows: `TASK` is a task's name (all its mapped runs), its name with label, or its number;
 * `TASK.ATTEMPT` only one of its attempts. Pure.
 */
import { nearest, WeirError } from '../../model/errors.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';

/** The tasks that the text names and, where it names one of their attempts, which; none when there is no such task. */
export function selectTasks(
  tasks: Iterable<TaskRunRow>,
  text: string,
): { readonly tasks: TaskRunRow[]; readonly attempt: number | null } {
  const all = [...tasks];
  // A name with a dot in it comes before an attempt.
  const exact = named(all, text);
  if (exact.length > 0) return { tasks: exact, attempt: null };
  const [, name = '', attempt] = /^(.*)\.(\d+)$/.exec(text) ?? [];
  return attempt === undefined ? { tasks: [], attempt: null } : { tasks: named(all, name), attempt: Number(attempt) };
}

/** @throws WeirError `not-found` that lists the tasks */
export function refuseUnknownTask(runId: number, tasks: Iterable<TaskRunRow>, text: string): never {
  const names = [...new Set([...tasks].map((task) => task.name))];
  const near = nearest(text.replace(/\.\d+$/, ''), names);
  const told = names.length > 12 ? `${names.slice(0, 12).join(', ')} and ${names.length - 12} more` : names.join(', ');
  throw new WeirError('not-found', `run ${runId} has no task "${text}"; it has ${told || 'none'}`, {
    hint: near === undefined ? `weir show ${runId}` : `did you mean ${near}?`,
  });
}

function named(tasks: readonly TaskRunRow[], text: string): TaskRunRow[] {
  const byName = tasks.filter((task) => task.name === text);
  if (byName.length > 0) return byName;
  return tasks.filter(
    (task) => String(task.id) === text || `${task.name} ${task.label}` === text || task.label === text,
  );
}
