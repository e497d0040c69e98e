/** Two runs side by side: what was given, what came out, how each task fared. Pure. */
import type { PlainJson } from '../model/plain-json.ts';
import type { TaskRunRow } from '../store/task-runs.ts';

/** null where that run has none. */
export type Pair<T> = readonly [T | null, T | null];

export interface ComparedRun {
  readonly params: Readonly<Record<string, PlainJson>>;
  readonly metrics: Readonly<Record<string, number>>;
  readonly tasks: readonly TaskRunRow[];
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

export function compareRuns(first: ComparedRun, second: ComparedRun): Comparison {
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
function compareTasks(first: readonly TaskRunRow[], second: readonly TaskRunRow[]): ComparedTask[] {
  const keyOf = (task: TaskRunRow) => `${task.name}\0${task.label ?? ''}`;
  const groups = [Map.groupBy(first, keyOf), Map.groupBy(second, keyOf)] as const;
  const keys = new Set([...groups[0].keys(), ...groups[1].keys()]);
  return [...keys].map((key) => {
    const [a = [], b = []] = [groups[0].get(key), groups[1].get(key)];
    const sample = (a[0] ?? b[0]) as TaskRunRow;
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
function statesOf(tasks: readonly TaskRunRow[]): string | null {
  if (tasks.length === 0) return null;
  const counts = Map.groupBy(tasks, (task) => task.state.name);
  if (tasks.length === 1) return tasks[0]?.state.name ?? null;
  return [...counts].map(([name, alike]) => `${alike.length} ${name}`).join(', ');
}

function sumOf(tasks: readonly TaskRunRow[], value: (task: TaskRunRow) => number): number | null {
  return tasks.length === 0 ? null : tasks.reduce((sum, task) => sum + value(task), 0);
}

function mostOf(tasks: readonly TaskRunRow[]): number | null {
  return tasks.length === 0 ? null : tasks.reduce((most, task) => Math.max(most, task.attempt), 0);
}

function namesOf(first: object, second: object): string[] {
  return [...new Set([...Object.keys(first), ...Object.keys(second)])];
}

function own<T>(values: Readonly<Record<string, T>>, name: string): T | null {
  return Object.hasOwn(values, name) ? (values[name] ?? null) : null;
}
