/**
 * Whose lines `weir logs` shows: `TASK` is a task's name (all its mapped runs), its name with label, its number, or its
 * place as `weir retry` counts it; `TASK.ATTEMPT` only one of its attempts. Pure.
 */
import { nearest, WeirError } from '../../model/errors.ts';
import { atPlace, refusePlace } from '../../model/task-selection.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';

export interface ChosenTasks {
  readonly tasks: readonly TaskRunRow[];
  readonly attempt: number | null;
}

/** The tasks that the text names and, where it names one of their attempts, which; none when there is no such task. */
export function selectTasks(all: readonly TaskRunRow[], text: string): ChosenTasks {
  // A name with a dot in it comes before an attempt.
  const exact = named(all, text);
  if (exact.length > 0) return { tasks: exact, attempt: null };
  const [, name = '', attempt] = /^(.*)\.(\d+)$/.exec(text) ?? [];
  return attempt === undefined ? { tasks: [], attempt: null } : { tasks: named(all, name), attempt: Number(attempt) };
}

/** @throws WeirError `not-found` that lists the tasks */
export function refuseUnknownTask(runId: number, tasks: readonly TaskRunRow[], text: string): never {
  refusePlace(tasks, text.replace(/\.\d+$/, ''));
  const names = [...new Set(tasks.map((task) => task.name))];
  const near = nearest(text.replace(/\.\d+$/, ''), names);
  const told = names.length > 12 ? `${names.slice(0, 12).join(', ')} and ${names.length - 12} more` : names.join(', ');
  throw new WeirError('not-found', `run ${runId} has no task "${text}"; it has ${told || 'none'}`, {
    hint: near === undefined ? `weir show ${runId}` : `did you mean ${near}?`,
  });
}

/** @throws WeirError `not-found` for an attempt that none of them has had; a subflow's tasks count their own */
export function refuseUnknownAttempt(runId: number, { tasks, attempt }: ChosenTasks, text: string): void {
  if (attempt === null || tasks.some((task) => task.childRunId !== null)) return;
  const most = Math.max(...tasks.map((task) => task.attempt));
  if (attempt >= 1 && attempt <= most) return;
  const name = text.replace(/\.\d+$/, '');
  const had = most < 1 ? 'has not begun' : `had ${most} ${most === 1 ? 'attempt' : 'attempts'}`;
  throw new WeirError('not-found', `run ${runId} has no "${text}": ${name} ${had}`, {
    hint:
      most < 1
        ? `weir show ${runId}`
        : `the last one: weir logs ${runId} ${/^[\w.-]+$/.test(name) ? `${name}.${most}` : `'${name}.${most}'`}`,
  });
}

function named(tasks: readonly TaskRunRow[], text: string): readonly TaskRunRow[] {
  const byName = tasks.filter((task) => task.name === text);
  if (byName.length > 0) return byName;
  const byLabel = tasks.filter(
    (task) => String(task.id) === text || `${task.name} ${task.label}` === text || task.label === text,
  );
  return byLabel.length > 0 ? byLabel : atPlace(tasks, text);
}
