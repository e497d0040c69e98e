/**
 * From what a user types for a task of a run to its task runs: a name, `train[2]` where several calls have it (counted
 * from 0, in call order), `train[*]` for all of them, the name with its label as `show` prints it, or a row's id.
 */
import { nearest, WeirError } from './errors.ts';
import type { State } from './state.ts';

export interface SelectableTask {
  readonly id: number;
  readonly name: string;
  readonly label: string | null;
  readonly state: State;
  readonly flowAttempt: number;
}

const MOST_LISTED = 10;
const PLACED = /^(.*)\[(\d+|\*)\]$/;

/**
 * Ids of the task runs, and how to name them so that it is understood again. `tasks` are in call order.
 * @throws WeirError `not-found`, or `usage` when several are meant
 */
export function selectTasks(
  tasks: readonly SelectableTask[],
  text: string,
): { readonly label: string; readonly tasks: readonly number[] } {
  const names = [...new Set(tasks.map((task) => task.name))];
  const called = namesakes(tasks, text);
  if (called.length === 1) return { label: text, tasks: called.map((task) => task.id) };
  if (called.length > 1) throw ambiguous(text, called);
  const labelled = latest(tasks.filter((task) => task.label !== null && `${task.name} ${task.label}` === text));
  const [only] = labelled;
  if (only !== undefined && labelled.length === 1) return { label: text, tasks: [only.id] };
  if (/^\d+$/.test(text)) {
    const row = tasks.find((task) => task.id === Number(text));
    if (row !== undefined) return { label: text, tasks: [row.id] };
  }
  const placed = atPlace(tasks, text);
  if (placed.length > 0) return { label: text, tasks: placed.map((task) => task.id) };
  refusePlace(tasks, text);
  const near = nearest(PLACED.exec(text)?.[1] ?? text, names);
  const known = names.length === 0 ? 'the run has called no task' : `it has ${listed(names)}`;
  throw new WeirError(
    'not-found',
    `the run has no task "${text}"; ${known}`,
    near === undefined ? {} : { hint: `did you mean ${near}?` },
  );
}

/** The task runs that `train[2]` or `train[*]` means; none for a text that is no such, or where it was not called so often. */
export function atPlace<Task extends SelectableTask>(tasks: readonly Task[], text: string): readonly Task[] {
  const [, name, place] = PLACED.exec(text) ?? [];
  if (name === undefined) return [];
  const called = namesakes(tasks, name);
  return place === '*' ? called : called.slice(Number(place), Number(place) + 1);
}

/** @throws WeirError `not-found` for a place behind the last call of a name */
export function refusePlace(tasks: readonly SelectableTask[], text: string): void {
  const [, name = ''] = PLACED.exec(text) ?? [];
  const { length } = namesakes(tasks, name);
  if (length === 0) return;
  throw new WeirError(
    'not-found',
    `there is no ${text}: "${name}" was called ${length === 1 ? 'once' : `${length} times`}`,
    {
      hint: length === 1 ? `${name}[0]` : `${name}[0] to ${name}[${length - 1}]`,
    },
  );
}

function ambiguous(name: string, called: readonly SelectableTask[]): WeirError {
  const each = called.map(
    (task, place) => `${name}[${place}]${task.label === null ? '' : ` ${task.label}`} (${task.state.name})`,
  );
  return new WeirError('usage', `"${name}" was called ${called.length} times: ${listed(each)}`, {
    hint: `choose one, such as '${name}[0]', or all of them: '${name}[*]'`,
  });
}

function namesakes<Task extends SelectableTask>(tasks: readonly Task[], name: string): readonly Task[] {
  return latest(tasks.filter((task) => task.name === name));
}

/** Rows that a later attempt did not call any more are meant only where there are no others. */
function latest<Task extends SelectableTask>(tasks: readonly Task[]): readonly Task[] {
  const attempt = Math.max(0, ...tasks.map((task) => task.flowAttempt));
  return tasks.filter((task) => task.flowAttempt === attempt);
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_LISTED).join(', ');
  return names.length > MOST_LISTED ? `${shown} and ${names.length - MOST_LISTED} more` : shown;
}
