/**
 * Drives the tasks of a YAML flow: each as soon as everything it needs has ended, when its trigger rule and its condition
 * let it. Decides what is called with what; how a call runs, is tried again, reused or recorded is the same as for any
 * other task (calls.ts).
 */

import { WeirError } from '../../model/errors.ts';
import { expandMatrix, refuseTooMany } from '../../model/matrix.ts';
import { unmetReason } from '../../model/trigger.ts';
import { ReturnedState, Skipped } from '../../sdk/states.ts';
import { Gate } from '../gate.ts';
import { type GraphCall, type Scope, scopes } from '../scope.ts';
import type { YamlData, YamlTask } from '../yaml/yaml-flow.ts';
import type { TaskCallParts } from './call-parts.ts';
import { type Contexts, names, runContexts } from './contexts.ts';
import { type YamlPlace, zoneOf } from './place.ts';
import { readersOf, taskCall } from './task-call.ts';
import { endsOf, type ItemEnd, itemEnd, judgeNeeds, type TaskEnd, viewOf } from './task-end.ts';

/** Calls made in one turn: the first ones end and are stored while the last are being made. */
const CALLS_AT_ONCE = 500;

/** A value that is not there. */
const NO_ITEM = Symbol('no item');

export class GraphRun {
  readonly #place: YamlPlace;
  readonly #params: Readonly<Record<string, unknown>>;
  readonly #scope: Scope;
  readonly #ends = new Map<string, Promise<TaskEnd>>();
  #contexts: Contexts = {};

  /** Made in the scope of the flow's body. */
  constructor(place: YamlPlace, params: Readonly<Record<string, unknown>>) {
    this.#place = place;
    this.#params = params;
    this.#scope = scopes.getStore() as Scope;
  }

  /** How the run ends, by what became of all its tasks. */
  async run(): Promise<ReturnedState> {
    const { tasks } = this.#place.flow;
    const run = await runContexts(this.#scope, tasks.flatMap(readersOf), zoneOf(this.#place.flow));
    this.#contexts = { ...run, params: this.#params };
    for (const task of tasks) this.#ends.set(task.name, this.#end(task));
    const ends = await Promise.all(this.#ends.values());
    const { flowRun } = this.#scope.line.contextOf(this.#scope);
    this.#place.ended.set(flowRun.id, Object.fromEntries(ends.map((end) => [end.name, viewOf(end)])));
    return conclude(ends);
  }

  /** What is needed stands before it in the list. */
  async #end(task: YamlTask): Promise<TaskEnd> {
    const needs = await Promise.all(task.needs.map((name) => this.#ends.get(name) as Promise<TaskEnd>));
    this.#scope.signal.throwIfAborted();
    const tasks = await this.#tasksBefore(task);
    const contexts = { ...this.#contexts, tasks };
    const parts = { task, needs, contexts, place: this.#place };
    const hasItems = task.forEach !== null;
    const end = (items: readonly ItemEnd[]): TaskEnd => ({
      name: task.name,
      items,
      hasItems,
      isTolerated: task.continueOnFailure,
    });
    const withheld = this.#withheld(parts);
    if (withheld !== null) return end([await this.#call(parts, NO_ITEM, withheld)]);
    if (task.forEach === null) return end([await this.#call(parts, NO_ITEM)]);
    let items: readonly unknown[];
    try {
      items = this.#itemsOf(task, contexts);
    } catch (error) {
      return end([await this.#call(parts, NO_ITEM, refused(error))]);
    }
    if (items.length > 0) return end(await this.#callAll(parts, items));
    await this.#call(parts, NO_ITEM, { verdict: Skipped('for_each has no items') });
    return end([]);
  }

  /** All that is upstream has ended, because what is needed directly has. */
  async #tasksBefore(task: YamlTask): Promise<Readonly<Record<string, unknown>>> {
    const named = new Set<string>();
    const add = (name: string) => {
      if (named.has(name)) return;
      named.add(name);
      for (const need of this.#place.flow.tasks.find((each) => each.name === name)?.needs ?? []) add(need);
    };
    for (const need of task.needs) add(need);
    const ends = await Promise.all([...named].map((name) => this.#ends.get(name) as Promise<TaskEnd>));
    return Object.fromEntries(ends.map((end) => [end.name, viewOf(end)]));
  }

  /** Its rule or its condition says no; null: it may run. */
  #withheld({ task, needs, contexts }: UncalledParts): Verdict | null {
    const outcome = judgeNeeds(task.trigger, needs);
    if (outcome !== 'run') {
      const reason = unmetReason(task.trigger, needs.flatMap(endsOf));
      if (outcome === 'skip') return { verdict: Skipped(reason) };
      const message = `an upstream did not complete: ${reason}`;
      return { verdict: new ReturnedState('FAILED', 'UpstreamFailed', message, false) };
    }
    if (task.condition === null || names([task.condition], 'item')) return null;
    return this.#conditionOf(task, contexts);
  }

  #conditionOf({ condition }: YamlTask, contexts: Contexts): Verdict | null {
    const { yaml } = this.#place;
    if (condition === null) return null;
    try {
      return yaml.isTruthy(yaml.evaluate(condition, contexts))
        ? null
        : { verdict: Skipped(`if: ${condition.text} is false`) };
    } catch (error) {
      return refused(error);
    }
  }

  #itemsOf({ name, forEach }: YamlTask, contexts: Contexts): readonly unknown[] {
    if (forEach?.kind === 'items') return this.#listOf(forEach.items, `for_each of task "${name}"`, contexts);
    const dimensions = Object.entries(forEach?.dimensions ?? {}).map(
      ([dimension, data]): [string, readonly unknown[]] => [
        dimension,
        this.#listOf(data, `for_each.matrix.${dimension} of task "${name}"`, contexts),
      ],
    );
    return expandMatrix(Object.fromEntries(dimensions));
  }

  #listOf(data: YamlData, what: string, contexts: Contexts): readonly unknown[] {
    const value = this.#place.yaml.renderData(data, contexts);
    if (!Array.isArray(value))
      throw new WeirError('invalid-value', `${what} is ${shown(value)}; it must be a list`, {
        hint: 'a task hands on a list as JSON: echo \'{"days": ["a", "b"]}\' > "$WEIR_OUTPUT"',
      });
    refuseTooMany(value.length);
    return value;
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
      if (at > 0 && at % CALLS_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
      const end = this.#call(parts, item, null, { gate, admit });
      ends.push(end);
      void end.then(({ state }) => {
        if (state !== 'COMPLETED' && state !== 'SKIPPED') failed ??= at;
      });
    }
    return Promise.all(ends);
  }

  async #call(
    parts: UncalledParts,
    item: unknown,
    withheld: Verdict | null = null,
    among: Pick<GraphCall, 'gate' | 'admit'> = {},
  ): Promise<ItemEnd> {
    const { callMaker } = this.#scope.line;
    const { task } = parts;
    const contexts = item === NO_ITEM ? parts.contexts : { ...parts.contexts, item };
    const given = item === NO_ITEM ? null : item;
    const verdict = withheld ?? (item === NO_ITEM ? null : this.#itemCondition(task, contexts));
    const whole = { ...parts, contexts, item: given, hasItem: item !== NO_ITEM };
    const upstream = parts.needs.flatMap(({ items }) => items.flatMap(({ call }) => call ?? []));
    const { definition, args, refusal } = await taskCall(whole, verdict !== null);
    const ruling = verdict ?? (refusal === null ? null : refused(refusal));
    if (callMaker === null) throw new WeirError('internal', 'a graph was driven outside of a flow');
    const future = callMaker.graphCall(definition, args, { upstream, ...among, ...(ruling ?? {}) });
    return itemEnd(future.call, await future.outcome, given);
  }

  #itemCondition(task: YamlTask, contexts: Contexts): Verdict | null {
    return task.condition !== null && names([task.condition], 'item') ? this.#conditionOf(task, contexts) : null;
  }
}

/** All of a call but its item. */
type UncalledParts = Omit<TaskCallParts, 'item' | 'hasItem'>;

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

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}
