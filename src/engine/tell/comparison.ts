/** Two runs side by side, for the command line and the page: what was given, what came out, how each task fared. */
import { decode } from '../../model/codec.ts';
import { type PlainJson, toPlainJson } from '../../model/plain-json.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import type { TaskOutline } from '../../store/task-outlines.ts';

/** null where that run has none. */
export type Pair<T> = readonly [T | null, T | null];

interface ComparedRun {
  readonly params: Readonly<Record<string, PlainJson>>;
  readonly metrics: Readonly<Record<string, number>>;
  readonly tasks: readonly TaskOutline[];
}

export interface ComparedTask {
  readonly name: string;
  readonly key: string | null;
  /** How many calls of that name and key there were in each. */
  readonly count: readonly [number, number];
  readonly state: Pair<string>;
  /** Summed over its calls. */
  readonly runTimeMs: Pair<number>;
  readonly attempt: Pair<number>;
}

export interface Comparison {
  readonly params: readonly { readonly name: string; readonly values: Pair<PlainJson>; readonly isSame: boolean }[];
  readonly metrics: readonly { readonly name: string; readonly values: Pair<number>; readonly change: number | null }[];
  readonly tasks: readonly ComparedTask[];
}

/** The runs as they are now. */
export function compareRows(store: Store, rows: readonly [FlowRunRow, FlowRunRow]): Comparison {
  const [a, b] = rows;
  return compareRuns(sideOf(store, a), sideOf(store, b));
}

function sideOf(store: Store, row: FlowRunRow): ComparedRun {
  return { params: paramsOf(row), metrics: row.metrics, tasks: store.taskOutlines.ofRun(row.id) };
}

function paramsOf(row: FlowRunRow): ComparedRun['params'] {
  const params = toPlainJson(decode(row.params));
  return typeof params === 'object' && params !== null && !Array.isArray(params)
    ? (params as ComparedRun['params'])
    : {};
}

function compareRuns(first: ComparedRun, second: ComparedRun): Comparison {
  return {
    params: namesOf(first.params, second.params).map((name) => {
      const values = [own(first.params, name), own(second.params, name)] as const;
      return { name, values, isSame: JSON.stringify(values[0]) === JSON.stringify(values[1]) };
    }),
    metrics: namesOf(first.metrics, second.metrics).map((name) => {
      const values = [own(first.metrics, name), own(second.metrics, name)] as const;
      const [a, b] = values;
      return { name, values, change: a === null || b === null ? null : b - a };
    }),
    tasks: compareTasks(first.tasks, second.tasks),
  };
}

/** Tasks meet by name and key; those of one name without keys meet as a whole. */
function compareTasks(first: readonly TaskOutline[], second: readonly TaskOutline[]): ComparedTask[] {
  const keyOf = (task: TaskOutline) => `${task.name}\0${task.label ?? ''}`;
  const groups = [Map.groupBy(first, keyOf), Map.groupBy(second, keyOf)] as const;
  const keys = new Set([...groups[0].keys(), ...groups[1].keys()]);
  return [...keys].map((key) => {
    const [a = [], b = []] = [groups[0].get(key), groups[1].get(key)];
    const sample = (a[0] ?? b[0]) as TaskOutline;
    return {
      name: sample.name,
      key: sample.label,
      count: [a.length, b.length],
      state: [statesOf(a), statesOf(b)],
      runTimeMs: [sumOf(a, (task) => task.runTimeMs), sumOf(b, (task) => task.runTimeMs)],
      attempt: [mostOf(a), mostOf(b)],
    };
  });
}

/** `Completed`, or `36 Completed, 1 Failed`. */
function statesOf(tasks: readonly TaskOutline[]): string | null {
  if (tasks.length === 0) return null;
  const counts = Map.groupBy(tasks, (task) => task.state.name);
  if (tasks.length === 1) return tasks[0]?.state.name ?? null;
  return [...counts].map(([name, alike]) => `${alike.length} ${name}`).join(', ');
}

function sumOf(tasks: readonly TaskOutline[], value: (task: TaskOutline) => number): number | null {
  return tasks.length === 0 ? null : tasks.reduce((sum, task) => sum + value(task), 0);
}

function mostOf(tasks: readonly TaskOutline[]): number | null {
  return tasks.length === 0 ? null : tasks.reduce((most, task) => Math.max(most, task.attempt), 0);
}

function namesOf(first: object, second: object): string[] {
  return [...new Set([...Object.keys(first), ...Object.keys(second)])];
}

function own<T>(values: Readonly<Record<string, T>>, name: string): T | null {
  return Object.hasOwn(values, name) ? (values[name] ?? null) : null;
}
