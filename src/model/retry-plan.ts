/**
 * What `weir retry` makes run again: which task runs hang on the one that was asked for, and what will become of each
 * task of a run. Pure; the guess is told by `--dry-run`, the truth by the run itself.
 */
import { partsOfCode } from './identity.ts';
import { isFinal, isSuccess, type State } from './state.ts';

/** A task run as far as a retry looks at it. */
export interface PlannedTask {
  readonly id: number;
  readonly name: string;
  readonly state: State;
  /** All that it has been in, over its attempts. */
  readonly states: readonly State[];
  readonly codeHash: string;
  readonly inputHash: string | null;
  readonly reusable: boolean;
  readonly upstream: readonly number[];
  readonly parentTaskId: number | null;
  readonly flowAttempt: number;
}

export type Selection = { readonly kind: 'from' | 'only'; readonly label: string; readonly tasks: readonly number[] };

/** Of a task that must be executed so that what it calls can be, while the rest of what it calls is reused. */
export const AROUND = 'a task that it calls runs again';

/**
 * Which task runs must run although their results could be reused, and why. `from`: the tasks, what was made with their
 * results or called after their end, and what all of these call; `only`: the tasks and what they call. What they were
 * called by runs as well.
 */
export function tasksToRunAgain(tasks: readonly PlannedTask[], selection: Selection): Map<number, string> {
  const flag = `--${selection.kind} ${selection.label}`;
  const again = new Map<number, string>();
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const called = groupBy(tasks, (task) => (task.parentTaskId === null ? [] : [task.parentTaskId]));
  const downstream = groupBy(tasks, (task) => task.upstream);
  const later = new LaterCalls(tasks);
  const open = selection.tasks.map((id) => ({ id, reason: flag }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { id, reason } = next;
    const known = again.get(id);
    if (known !== undefined && (known !== AROUND || reason === AROUND)) continue;
    again.set(id, reason);
    if (selection.kind === 'from') {
      for (const other of later.takeAfter(byId.get(id))) open.push({ id: other, reason: `called later (${flag})` });
      for (const other of downstream.get(id) ?? []) open.push({ id: other, reason: `downstream (${flag})` });
    }
    if (reason !== AROUND)
      for (const child of called.get(id) ?? []) open.push({ id: child, reason: `called again (${flag})` });
    const parent = byId.get(id)?.parentTaskId ?? null;
    if (parent !== null) open.push({ id: parent, reason: AROUND });
  }
  // What was asked for is told as such, whatever else it hangs on.
  for (const id of selection.tasks) again.set(id, flag);
  return again;
}

/**
 * What was called in the same place after a task had ended: code may have awaited its value and gone on with that, as
 * `await train(await fetch())` does. A string or number leaves no edge, and may be the name of a file that is another
 * one now; so all of these run again rather than one too few.
 */
class LaterCalls {
  /** By the calling task; the latest call last. */
  readonly #byCaller = new Map<number | null, PlannedTask[]>();

  constructor(tasks: readonly PlannedTask[]) {
    for (const task of tasks) {
      const calls = this.#byCaller.get(task.parentTaskId);
      if (calls === undefined) this.#byCaller.set(task.parentTaskId, [task]);
      else calls.push(task);
    }
    for (const calls of this.#byCaller.values()) calls.sort((a, b) => calledAt(a) - calledAt(b) || a.id - b.id);
  }

  /** Each call is given out once: what ran after one of two tasks needs not be looked at again for the other. */
  takeAfter(task: PlannedTask | undefined): number[] {
    const endedAt = task?.states.find(({ type }) => isFinal(type))?.at;
    if (task === undefined || endedAt === undefined) return [];
    const calls = this.#byCaller.get(task.parentTaskId) ?? [];
    const taken: number[] = [];
    for (let last = calls.at(-1); last !== undefined; last = calls.at(-1)) {
      // Calls of one map are made in the millisecond in which the first of them may have ended already.
      const isBeside = calledAt(last) === calledAt(task) && (last.id <= task.id || last.name === task.name);
      if (calledAt(last) < endedAt || isBeside) break;
      taken.push(last.id);
      calls.pop();
    }
    return taken;
  }
}

function calledAt({ states }: PlannedTask): number {
  return states[0]?.at ?? Number.NEGATIVE_INFINITY;
}

export interface Forecast {
  readonly verdict: 'reuse' | 'run' | 'keep-failure' | 'not-called';
  readonly why: string;
}

/**
 * What will become of each task run in the next attempt, as far as it can be known before. `tasks` are in call order, so
 * that what a call hangs on stands before it. `codes`: hashes of the tasks
 * that the code defines as it is now, by name; a name that is missing may be defined while the flow runs.
 */
export function forecast(
  tasks: readonly PlannedTask[],
  selection: Selection | null,
  codes: Readonly<Record<string, readonly string[]>> | null,
): Map<number, Forecast> {
  const again = selection === null ? new Map<number, string>() : tasksToRunAgain(tasks, selection);
  const latest = Math.max(0, ...tasks.map((task) => task.flowAttempt));
  const forecasts = new Map<number, Forecast>();
  for (const task of tasks) forecasts.set(task.id, forecastOf(task));
  return forecasts;

  function forecastOf(task: PlannedTask): Forecast {
    const reason = again.get(task.id);
    if (reason !== undefined) return { verdict: 'run', why: reason };
    const parent = task.parentTaskId === null ? undefined : forecasts.get(task.parentTaskId);
    if (parent !== undefined && parent.verdict !== 'run')
      return { verdict: 'not-called', why: 'what called it is not executed' };
    if (task.flowAttempt < latest && task.parentTaskId === null)
      return { verdict: 'not-called', why: `as in attempt ${latest}` };
    if (task.state.type !== 'COMPLETED') {
      const before =
        task.state.name === 'UpstreamFailed' ? 'an upstream failed before' : `${inWords(task.state)} before`;
      if (selection?.kind === 'only') return { verdict: 'keep-failure', why: before };
      return { verdict: 'run', why: before };
    }
    if (!task.reusable) return { verdict: 'run', why: 'the result could not be stored' };
    if (selection?.kind === 'only') return { verdict: 'reuse', why: 'whatever its inputs are' };
    if (task.inputHash === null) return { verdict: 'run', why: 'its inputs cannot be compared, give it a key' };
    const known = codes?.[task.name];
    if (known !== undefined && !known.includes(partsOfCode(task.codeHash).code))
      return { verdict: 'run', why: 'code changed' };
    const mayChange = task.upstream.some((id) => forecasts.get(id)?.verdict === 'run');
    if (mayChange) return { verdict: 'reuse', why: 'unless what it is given changes' };
    // Only the run itself looks at them.
    const hasFiles = partsOfCode(task.codeHash).files !== '';
    return { verdict: 'reuse', why: hasFiles ? 'unless a file of its code changed' : '' };
  }
}

function inWords({ type, name }: State): string {
  if (type === 'FAILED') return name === 'TimedOut' ? 'timed out' : 'failed';
  return isSuccess(type) ? name.toLowerCase() : `was ${name}`;
}

function groupBy(
  tasks: readonly PlannedTask[],
  keysOf: (task: PlannedTask) => readonly number[],
): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const task of tasks)
    for (const key of keysOf(task)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [task.id]);
      else group.push(task.id);
    }
  return groups;
}
