/**
 * Drives the tasks of a YAML flow: each as soon as everything it needs has ended, when its trigger rule and its condition
 * let it. Decides what is called with what; how a call runs, is tried again, reused or recorded is the same as for any
 * other task (calls.ts).
 */
import { WeirError } from '../../model/errors.ts';
import { nextTurn } from '../../model/next-turn.ts';
import type { StateType } from '../../model/state.ts';
import { unmetReason, upstreamEnd } from '../../model/trigger.ts';
import type { FlowDefinition } from '../../sdk/flow.ts';
import { ReturnedState, Skipped } from '../../sdk/states.ts';
import { Gate } from '../gate.ts';
import { type GraphCall, type Scope, scopes } from '../scope.ts';
import type { YamlExpression, YamlTask, YamlWork } from '../yaml/yaml-flow.ts';
import type { TaskCallParts } from './call-parts.ts';
import { type Contexts, expressionsOf, names, runContexts } from './contexts.ts';
import { environmentOf } from './environment.ts';
import { itemsOf, listsOf } from './items.ts';
import type { YamlPlace } from './place.ts';
import { readersOf, taskCall } from './task-call.ts';
import { endsOf, type ItemEnd, itemEnd, judgeNeeds, type TaskEnd } from './task-end.ts';
import { upstreamOf, viewOnce } from './upstream.ts';

/** Calls made in one turn: the first commands run while the last calls are being made. */
const CALLS_AT_ONCE = 20;

/** A value that is not there. */
const NO_ITEM = Symbol('no item');

export class GraphRun {
  readonly #place: YamlPlace;
  readonly #params: Readonly<Record<string, unknown>>;
  readonly #scope: Scope;
  readonly #needs: ReadonlyMap<string, readonly string[]>;
  /** Names of tasks that others come after. */
  readonly #needed: ReadonlySet<string>;
  readonly #ends = new Map<string, Promise<TaskEnd>>();
  #contexts: Contexts = {};

  /** Made in the scope of the flow's body. */
  constructor(place: YamlPlace, params: Readonly<Record<string, unknown>>) {
    this.#place = place;
    this.#params = params;
    this.#scope = scopes.getStore() as Scope;
    this.#needs = new Map(place.flow.tasks.map(({ name, needs }) => [name, needs]));
    this.#needed = new Set([...this.#needs.values()].flat());
  }

  /** How the run ends, by what became of all its tasks. */
  async run(): Promise<ReturnedState> {
    const { tasks } = this.#place.flow;
    const run = await runContexts(this.#scope, tasks.flatMap(readersOf));
    this.#contexts = { ...run, params: this.#params };
    const { flowRun } = this.#scope.line.contextOf(this.#scope);
    const ended = new Map<string, unknown>();
    this.#place.ended.set(flowRun.id, ended);
    for (const task of tasks) {
      const end = this.#end(task);
      this.#ends.set(task.name, end);
      // Handlers see what had ended, also when the run is cancelled in the middle.
      end.then(
        (each) => ended.set(task.name, viewOnce(each)),
        () => {},
      );
    }
    return conclude(await Promise.all(this.#ends.values()));
  }

  /** What is needed stands before it in the list. */
  async #end(task: YamlTask): Promise<TaskEnd> {
    const needs = await this.#endsOf(task.needs);
    this.#scope.signal.throwIfAborted();
    const upstream = upstreamOf(needs, await this.#endsOf(this.#namesBefore(task)));
    const contexts = { ...this.#contexts, tasks: upstream.views };
    const parts: UncalledParts = { task, upstream, contexts, place: this.#place, subflow: notLookedFor };
    const hasItems = task.forEach !== null;
    const end = (items: readonly ItemEnd[]): TaskEnd => ({
      name: task.name,
      items,
      hasItems,
      isTolerated: task.continueOnFailure,
    });
    const withheld = this.#withheld(parts);
    if (withheld !== null) return end([await this.#call(parts, NO_ITEM, withheld)]);
    const whole = task.work.kind === 'flow' ? { ...parts, subflow: await this.#find(task.work) } : parts;
    if (task.forEach === null) return end([await this.#call(whole, NO_ITEM)]);
    let items: readonly unknown[];
    try {
      items = itemsOf(task, this.#place, this.#around(parts, listsOf(task).flatMap(expressionsOf)));
    } catch (error) {
      return end([await this.#call(parts, NO_ITEM, refused(error))]);
    }
    if (items.length > 0) return end(await this.#callAll(whole, items));
    await this.#call(parts, NO_ITEM, { verdict: Skipped('for_each has no items') });
    return end([]);
  }

  async #find(work: Extract<YamlWork, { kind: 'flow' }>): Promise<() => FlowDefinition> {
    try {
      const flow = await this.#place.findFlow(work);
      return () => flow;
    } catch (error) {
      return () => {
        throw error;
      };
    }
  }

  #endsOf(names: Iterable<string>): Promise<TaskEnd[]> {
    return Promise.all([...names].map((name) => this.#ends.get(name) as Promise<TaskEnd>));
  }

  /** All that is upstream; it has ended, because what is needed directly has. */
  #namesBefore(task: YamlTask): Iterable<string> {
    const names = new Set(task.needs);
    // What is added on the way is visited as well.
    for (const name of names) for (const need of this.#needs.get(name) ?? []) names.add(need);
    return names;
  }

  /** Its rule or its condition says no; null: it may run. */
  #withheld(parts: UncalledParts): Verdict | null {
    const { task, upstream } = parts;
    const outcome = judgeNeeds(task.trigger, upstream.needs);
    if (outcome !== 'run') {
      const reason = unmetReason(task.trigger, upstream.needs.flatMap(endsOf));
      if (outcome === 'skip') return { verdict: Skipped(reason) };
      const message = `an upstream did not complete: ${reason}`;
      return { verdict: new ReturnedState('FAILED', 'UpstreamFailed', message, false) };
    }
    if (task.condition === null || names([task.condition], 'item')) return null;
    return this.#conditionOf(parts);
  }

  #conditionOf(parts: UncalledParts): Verdict | null {
    const { yaml } = this.#place;
    const { condition } = parts.task;
    if (condition === null) return null;
    try {
      return yaml.isTruthy(yaml.evaluate(condition, this.#around(parts, [condition])))
        ? null
        : { verdict: Skipped(`if: ${condition.text} is false`) };
    } catch (error) {
      return refused(error);
    }
  }

  /** What the expressions may name, the environment included where they do. */
  #around(parts: UncalledParts, expressions: readonly YamlExpression[]): Contexts {
    if (!names(expressions, 'env')) return parts.contexts;
    return environmentOf(parts.place, parts.contexts, parts.task.surroundings, true).contexts;
  }

  async #callAll(parts: UncalledParts, items: readonly unknown[]): Promise<readonly ItemEnd[]> {
    const { task } = parts;
    const gate = task.maxConcurrency === null ? null : new Gate(task.maxConcurrency);
    let failed: number | null = null;
    /** An item that waits for its place when another one fails is not begun. */
    const admit = () =>
      task.failFast && failed !== null ? Skipped(`item ${failed + 1} failed, and fail_fast is set`) : null;
    const ends: Promise<ItemEnd>[] = [];
    for (const [at, item] of items.entries()) {
      if (at > 0 && at % CALLS_AT_ONCE === 0) await nextTurn();
      const onEnd = (state: StateType) => {
        if (upstreamEnd(state) === 'failure') failed ??= at;
      };
      const end = this.#call(parts, item, null, { gate, admit, onEnd });
      // The first that is rejected ends the run; the others must not be taken for forgotten.
      end.catch(() => {});
      ends.push(end);
    }
    return Promise.all(ends);
  }

  /** Nothing is waited for before it is called, so that items are called in their order. */
  async #call(
    parts: UncalledParts,
    item: unknown,
    withheld: Verdict | null = null,
    among: Pick<GraphCall, 'gate' | 'admit' | 'onEnd'> = {},
  ): Promise<ItemEnd> {
    const { callMaker } = this.#scope.line;
    const contexts = item === NO_ITEM ? parts.contexts : { ...parts.contexts, item };
    const given = item === NO_ITEM ? null : item;
    const verdict = withheld ?? (item === NO_ITEM ? null : this.#itemCondition({ ...parts, contexts }));
    const whole = { ...parts, contexts, item: given, hasItem: item !== NO_ITEM };
    const upstream = parts.upstream.needs.flatMap(({ items }) => items.flatMap(({ call }) => call ?? []));
    // A run that was cancelled meanwhile begins nothing more.
    this.#scope.signal.throwIfAborted();
    const { definition, args, refusal } = taskCall(whole, verdict !== null);
    const ruling = verdict ?? (refusal === null ? null : refused(refusal));
    if (callMaker === null) throw new WeirError('internal', 'a graph was driven outside of a flow');
    const takesPlace = this.#place.flow.maxConcurrency !== null;
    const isLast = !this.#needed.has(parts.task.name);
    const plan = { upstream, takesPlace, isLast, ...among, ...(ruling ?? {}) };
    const future = callMaker.graphCall(definition, args, plan);
    return itemEnd(future.call, await future.outcome, given);
  }

  #itemCondition(parts: UncalledParts): Verdict | null {
    const { condition } = parts.task;
    return condition !== null && names([condition], 'item') ? this.#conditionOf(parts) : null;
  }
}

function notLookedFor(): never {
  throw new WeirError('internal', 'a flow was called that nobody looked for');
}

/** All of a call but its item. */
type UncalledParts = Omit<TaskCallParts, 'item' | 'hasItem' | 'variables'>;

type Verdict = Pick<GraphCall, 'verdict' | 'error'>;

/** What it would be called with cannot be had: it fails, and would fail again. */
function refused(error: unknown): Verdict {
  const message = error instanceof Error ? error.message : String(error);
  return { verdict: new ReturnedState('FAILED', 'Failed', message, false), error };
}

/** Failed when any task failed that may not; counted by task runs, as everywhere. */
function conclude(ends: readonly TaskEnd[]): ReturnedState {
  const all = ends.flatMap((end) => endsOf(end).map(({ end: how }) => ({ how, end })));
  const failed = all.filter(({ how, end }) => how === 'failure' && !end.isTolerated).length;
  if (failed > 0) return new ReturnedState('FAILED', 'Failed', `${failed}/${all.length} tasks failed.`, true);
  return new ReturnedState('COMPLETED', 'Completed', null, false, resultOf(ends));
}

/** What its tasks handed on, by name; null when they did not. */
function resultOf(ends: readonly TaskEnd[]): unknown {
  const told = ends.flatMap((end) => {
    const outputs = end.items.map(({ result }) => result?.outputs ?? null);
    const isEmpty = outputs.every((each) => each === null || Object.keys(each).length === 0);
    return isEmpty ? [] : [[end.name, end.hasItems ? outputs : outputs[0]]];
  });
  return told.length === 0 ? null : Object.fromEntries(told);
}
