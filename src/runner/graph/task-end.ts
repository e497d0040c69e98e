/**
 * How a task of a graph ended: as the trigger rules of what needs it count it, as expressions see it, and as what tells
 * one execution from another. Pure.
 */
import type { StateType } from '../../model/state.ts';
import {
  judgeTrigger,
  type TriggerOutcome,
  type TriggerRule,
  type UpstreamEnd,
  upstreamEnd,
} from '../../model/trigger.ts';
import type { Outcome } from '../../sdk/future.ts';

/** What a command, subflow or promotion of a graph leaves; JSON, and what its task run's result is. */
export interface TaskResult {
  readonly outputs: Readonly<Record<string, unknown>>;
  /** By name: where later tasks find the file, and what is in it. */
  readonly files: Readonly<Record<string, { readonly path: string; readonly sha256: string; readonly size: number }>>;
  readonly metrics: Readonly<Record<string, number>>;
  /** Of a subflow, what it returned; of a promotion, its decision; of a command its exit code. */
  readonly result: unknown;
  /**
   * ISO 8601. What a task left on the disk is not seen, so whatever needs a task that was executed again is executed
   * again itself, however equal its outputs are: this tells one execution from another.
   */
  readonly finished_at: string;
}

/** One task run of it: the task itself, or an item of its for_each. */
export interface ItemEnd {
  /** null: it never came to a call. */
  readonly call: number | null;
  readonly state: StateType;
  /** null unless it completed. */
  readonly result: TaskResult | null;
  readonly item: unknown;
}

export interface TaskEnd {
  readonly name: string;
  readonly items: readonly ItemEnd[];
  readonly hasItems: boolean;
  /** A failure of it fails nothing. */
  readonly isTolerated: boolean;
}

export function itemEnd(call: number, outcome: Outcome<unknown>, item: unknown): ItemEnd {
  const isDone = outcome.ok && outcome.state.type === 'COMPLETED';
  return { call, state: outcome.state.type, result: isDone ? (outcome.value as TaskResult) : null, item };
}

/** For the rules; a for_each without items counts as one skip. */
export function endsOf({ items, name }: TaskEnd): readonly { readonly name: string; readonly end: UpstreamEnd }[] {
  if (items.length === 0) return [{ name, end: 'skip' }];
  return items.map(({ state }) => ({ name, end: upstreamEnd(state) ?? 'failure' }));
}

/**
 * Whether a rule lets a task run. A failure that is tolerated (`continue_on_failure`) meets it either way: what needs it
 * goes on as after a success, and a rule that asks for failures finds one.
 */
export function judgeNeeds(rule: TriggerRule, needs: readonly TaskEnd[]): TriggerOutcome {
  const asTold = needs.flatMap(endsOf).map(({ end }) => end);
  if (judgeTrigger(rule, asTold) === 'run') return 'run';
  const forgiven = needs.flatMap((need) =>
    endsOf(need).map(({ end }): UpstreamEnd => (need.isTolerated && end === 'failure' ? 'success' : end)),
  );
  return judgeTrigger(rule, forgiven);
}

/** What `${{ tasks.NAME... }}` reaches. Of a for_each, each member is a list in item order, null where there is none. */
export function viewOf({ items, hasItems }: TaskEnd): unknown {
  const views = items.map(viewOfItem);
  if (!hasItems) return views[0] ?? viewOfItem({ call: null, state: 'SKIPPED', result: null, item: null });
  const all = (member: 'outputs' | 'files' | 'metrics' | 'result') =>
    views.map((view, at) => (items[at]?.result === null ? null : view[member]));
  return {
    state: stateOfAll(items),
    outputs: all('outputs'),
    files: all('files'),
    metrics: all('metrics'),
    result: all('result'),
    items: views,
  };
}

function viewOfItem({ state, result, item }: ItemEnd) {
  const files = Object.entries(result?.files ?? {}).map(([name, { path }]) => [name, path]);
  return {
    state: state.toLowerCase(),
    item,
    outputs: result?.outputs ?? {},
    files: Object.fromEntries(files) as Record<string, string>,
    metrics: result?.metrics ?? {},
    result: result?.result ?? null,
  };
}

function stateOfAll(items: readonly ItemEnd[]): string {
  const ends = items.map(({ state }) => upstreamEnd(state));
  if (ends.includes('failure')) return 'failed';
  return ends.length === 0 || ends.every((end) => end === 'skip') ? 'skipped' : 'completed';
}

/** What makes a task that needs these run again; how a task failed does not matter, but that it did, and when. */
export function traceOf({ name, items }: TaskEnd): unknown {
  return [name, items.map(({ state, result }) => [state, result?.finished_at ?? null])];
}

/** What a task is given by these, whenever it was made: file contents instead of places. */
export function contentOf({ name, items }: TaskEnd): unknown {
  return [
    name,
    items.map(({ result }) => [
      result?.outputs ?? null,
      Object.entries(result?.files ?? {}).map(([file, { sha256 }]) => [file, sha256]),
    ]),
  ];
}
