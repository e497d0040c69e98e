/**
 * Flows called inside a flow run: each is a run of its own, driven here, in its parent's host, attempt after attempt.
 * In its parent it is a task call, so that identity, edges, reuse and failures are those of any other task.
 */
import { tryEncode } from '../model/codec.ts';
import { WeirError } from '../model/errors.ts';
import type { SubflowCall, SubflowStanding, SubflowStart } from '../model/request.ts';
import { resolveRunName } from '../model/run-name.ts';
import type { State } from '../model/state.ts';
import type { FlowDefinition } from '../sdk/flow.ts';
import { ReturnedState } from '../sdk/states.ts';
import { defineTask, type TaskDefinition } from '../sdk/task.ts';
import type { Attempt, AttemptParts, Ended } from './attempt.ts';
import { abortReason, delay } from './delay.ts';
import { rulesOf } from './describe.ts';
import { type FlowPlace, nameOfFlow, placeOfFlow } from './flow-place.ts';
import type { Scope } from './scope.ts';
import { SubflowTimedOut } from './subflow-timed-out.ts';

/** What a call of a flow is in its parent. */
interface SubflowTask extends TaskDefinition {
  readonly flow: FlowDefinition;
  /** Makes of what its flow returned what the call's result is to be. */
  readonly settle?: (returned: unknown) => unknown;
}

/** A flow in a flow in a flow...: more is a mistake, and would fill the memory before it is noticed. */
const DEEPEST = 50;

export class Subflows {
  readonly #parts: AttemptParts;
  readonly #begin: (parts: AttemptParts) => Attempt;
  readonly #tasks = new Map<FlowDefinition, SubflowTask>();
  /** Attempts of subflows that go on now. */
  readonly #going = new Set<Attempt>();

  constructor(parts: AttemptParts, begin: (parts: AttemptParts) => Attempt) {
    this.#parts = parts;
    this.#begin = begin;
  }

  /** The task that stands for a flow: without retries and limits, because those of the flow are its run's own. */
  taskOf(flow: FlowDefinition): TaskDefinition {
    let task = this.#tasks.get(flow);
    if (task === undefined) {
      const { version } = flow.options;
      const { runName = null } = flow.options;
      const options = {
        name: nameOfFlow(flow, this.#parts.loaded),
        ...(version === undefined ? {} : { version }),
        ...(runName === null ? {} : { runName: (params: unknown) => resolveRunName(runName, params) ?? '' }),
      };
      task = { ...defineTask('subflow', options, flow.run, flow.graph?.code ?? flow.run.toString()), flow };
      this.#tasks.set(flow, task);
    }
    return task;
  }

  /** Drives the run of one call to its end; gives what its flow returned, or throws what it threw. */
  async run(task: TaskDefinition, params: unknown, scope: Scope): Promise<unknown> {
    const { flow, settle = (returned: unknown) => returned } = task as SubflowTask;
    const { channel, run, depth, lines } = this.#parts;
    const call = scope.call as number;
    if (depth >= DEEPEST)
      throw new WeirError('invalid-flow', `the flow "${task.name}" is called ${DEEPEST + 1} flows deep`, {
        hint: `a flow that calls itself must end: at most ${DEEPEST} flows can stand in one another`,
      });
    const place = await placeOfFlow(flow, nameOfFlow(flow, this.#parts.loaded), this.#parts.loaded);
    const subflow = this.#describe(flow, place, params);
    const { signal } = scope;
    // One for all attempts: between two of them it must be heard as well.
    const cancel = new AbortController();
    const onAbort = () =>
      cancel.abort(new Error(`run ${run.runId}, which called it, was stopped: ${abortReason(signal).message}`));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    let forget = () => {};
    try {
      for (;;) {
        signal.throwIfAborted();
        const start = (await channel.ask({ ask: 'begin-subflow', call, subflow })) as SubflowStart;
        forget = lines.onCancel(start.run.runId, (reason) => cancel.abort(new Error(reason)));
        const ended = await this.#attempt(start, flow, place, scope, cancel.signal);
        const { state, retryAt } = (await channel.ask({ ask: 'subflow-standing', call })) as SubflowStanding;
        // Asked to stop when it had just begun to wait for its retry: nobody but its parent can end it.
        const isCancelling = state.type === 'CANCELLING';
        if (retryAt === null && !isCancelling) return settle(outcomeIn(state, ended));
        if (retryAt !== null) await delay(retryAt - Date.now(), cancel.signal);
        if (cancel.signal.aborted || isCancelling) {
          const message = isCancelling ? (state.message ?? 'cancelled') : abortReason(cancel.signal).message;
          await channel.ask({ ask: 'cancel-subflow', call, reason: message });
          return new ReturnedState('CANCELLED', 'Cancelled', message, false);
        }
      }
    } finally {
      forget();
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Nothing is left to wait for: fails the innermost attempts that wait for it all the same; false when there are none. */
  failHopeless(error: () => Error): boolean {
    for (const attempt of this.#going) attempt.failHopeless(error);
    return this.#going.size > 0;
  }

  async #attempt(
    { line, run }: SubflowStart,
    flow: FlowDefinition,
    { name, entry }: FlowPlace,
    scope: Scope,
    cancelled: AbortSignal,
  ): Promise<Ended> {
    const { lines, depth, toJsonSchema, run: around } = this.#parts;
    const schema = flow.options.params;
    const attempt = this.#begin({
      ...this.#parts,
      // Its slot is that of the run around it.
      run: run.slot === null ? run : { ...run, slot: { ...run.slot, zone: around.slot?.zone ?? null } },
      flow: { name, entry, definition: flow },
      channel: lines.open(line),
      paramsSchema: schema === undefined ? null : toJsonSchema(schema),
      depth: depth + 1,
      holds: scope.holds,
    });
    const cancel = () => attempt.cancel(abortReason(cancelled).message);
    if (cancelled.aborted) cancel();
    else cancelled.addEventListener('abort', cancel, { once: true });
    this.#going.add(attempt);
    try {
      return await attempt.run();
    } finally {
      this.#going.delete(attempt);
      cancelled.removeEventListener('abort', cancel);
      lines.close(line);
    }
  }

  #describe(flow: FlowDefinition, { name, path, entry }: FlowPlace, params: unknown): SubflowCall {
    const encoded = tryEncode(params, 'params');
    if ('reason' in encoded)
      throw new WeirError('invalid-parameters', `the parameters of flow "${name}" cannot be stored: ${encoded.reason}`);
    const { options } = flow;
    const rules = rulesOf(flow, this.#parts.moduleTasks);
    return {
      flow: name,
      path,
      entry,
      version: options.version ?? null,
      options: rules,
      tags: [...new Set([...this.#parts.run.tags, ...(options.tags ?? [])])],
      name: resolveRunName(rules.runName, params),
      params: encoded.bytes,
    };
  }
}

/** How the call ends in its parent. What the engine stored counts: it may have known of a cancel before the runner did. */
function outcomeIn(state: State, ended: Ended): unknown {
  if (state.type !== ended.state.type) return new ReturnedState(state.type, state.name, state.message, false);
  if (ended.thrown !== null) {
    const { error } = ended.thrown;
    throw state.name === 'TimedOut' ? new SubflowTimedOut(error) : error;
  }
  if (state.type === 'COMPLETED' && state.message === null) return ended.result;
  // With nothing left of the flow's own retries, the call may have some.
  return new ReturnedState(state.type, state.name, state.message, ended.retriable, ended.result);
}
