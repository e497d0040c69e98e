/** How long each task of a flow usually runs: of calls with the same label where there are enough, else of all its calls. Pure. */
import type { TaskTime } from '../../../store/task-outlines.ts';

const ENOUGH = 3;

export interface TaskTimes {
  /** ms; null while too few are known. */
  of(task: { readonly name: string; readonly label: string | null }): number | null;
}

export function taskTimes(known: readonly TaskTime[]): TaskTimes {
  const byName = Map.groupBy(known, ({ name }) => name);
  const medians = new Map<string, number | null>();
  return {
    of({ name, label }) {
      const key = `${name}\0${label ?? ''}`;
      const found = medians.get(key);
      if (found !== undefined) return found;
      const alike = byName.get(name) ?? [];
      const same = alike.filter((each) => each.label === label);
      const times = (same.length >= ENOUGH ? same : alike).map(({ runTimeMs }) => runTimeMs);
      const median = times.length < ENOUGH ? null : middle(times);
      medians.set(key, median);
      return median;
    },
  };
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
