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

/**
 * Ids of the task runs, and how to name them so that it is understood again. `tasks` are in call order.
 * @throws WeirError `not-found`, or `usage` when several are meant
 */
export function selectTasks(
  tasks: readonly SelectableTask[],
  text: string,
): { readonly label: string; readonly tasks: readonly number[] } {
  const names = [...new Set(tasks.map((task) => task.name))];
  const [, name = text, place] = /^(.*)\[(\d+|\*)\]$/.exec(text) ?? [];
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
  const placed = place === undefined ? [] : namesakes(tasks, name);
  if (placed.length > 0) {
    if (place === '*') return { label: text, tasks: placed.map((task) => task.id) };
    const chosen = placed[Number(place)];
    if (chosen !== undefined) return { label: text, tasks: [chosen.id] };
    const last = placed.length - 1;
    throw new WeirError('not-found', `there is no ${text}: "${name}" was called ${placed.length} times`, {
      hint: `${name}[0] to ${name}[${last}]`,
    });
  }
  const near = nearest(name, names);
  const known = names.length === 0 ? 'the run has called no task' : `it has ${listed(names)}`;
  throw new WeirError(
    'not-found',
    `the run has no task "${text}"; ${known}`,
    near === undefined ? {} : { hint: `did you mean ${near}?` },
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

function namesakes(tasks: readonly SelectableTask[], name: string): readonly SelectableTask[] {
  return latest(tasks.filter((task) => task.name === name));
}

/** Rows that a later attempt did not call any more are meant only where there are no others. */
function latest(tasks: readonly SelectableTask[]): readonly SelectableTask[] {
  const attempt = Math.max(0, ...tasks.map((task) => task.flowAttempt));
  return tasks.filter((task) => task.flowAttempt === attempt);
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_LISTED).join(', ');
  return names.length > MOST_LISTED ? `${shown} and ${names.length - MOST_LISTED} more` : shown;
}
