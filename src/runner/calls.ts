/**
 * Task calls of one attempt of a flow run: from the call to its final state, with inputs, reuse, cache, limits,
 * retries and time limits. The order is: inputs are there, identity known, reused or served from the cache, else
 * executed; a future resolves only when its end is committed.
 */
import { decode, tryEncode } from '../model/codec.ts';
import { WeirError } from '../model/errors.ts';
import { cacheKeyOf, hashArguments, hashCode, hashValue, taskIdentity } from '../model/identity.ts';
import { type MemoEntry, type PlainError, type TaskCall, toPlainError } from '../model/message.ts';
import { delayBefore, retriesLeft } from '../model/retry.ts';
import { isSuccess, type State, type StateName, type StateType } from '../model/state.ts';
import { type Outcome, TaskFuture, TaskFutureList } from '../sdk/future.ts';
import { ReturnedState } from '../sdk/states.ts';
import type { TaskDefinition } from '../sdk/task.ts';
import type { Channel } from './channel.ts';
import { Gate } from './gate.ts';
import { type ResultOrigins, resolveInputs } from './inputs.ts';
import { mapCalls } from './map.ts';
import { type Line, type Scope, scopes } from './scope.ts';
import { timeLimit } from './time-limit.ts';

/** Executes a task's function somewhere: in this thread, or in one of the parallel task runner's. */
export type Executor = (definition: TaskDefinition, args: readonly unknown[], scope: Scope) => Promise<unknown>;

export interface CallRules {
  readonly runner: 'sequential' | 'concurrent' | 'parallel';
  readonly maxConcurrency: number;
  readonly shellConcurrency: number;
  readonly runTags: readonly string[];
}

/** A call made in the flow's body, as its final state is judged by. */
export interface DirectCall {
  readonly future: TaskFuture<unknown>;
  /** Numbers of the calls that it was passed on to. */
  readonly passedTo: number[];
}

interface Ended {
  readonly outcome: Outcome<unknown>;
  readonly call: TaskCall;
}

export class Calls {
  readonly #channel: Channel;
  readonly #line: Line;
  readonly #rules: CallRules;
  readonly #execute: Executor;
  readonly #memo: Map<string, MemoEntry>;
  readonly #origins: ResultOrigins = new WeakMap();
  readonly #codeHashes = new WeakMap<TaskDefinition, string>();
  readonly #unfinished = new Set<Promise<unknown>>();
  readonly #passedTo = new Map<TaskFuture<unknown>, number[]>();
  readonly #direct: DirectCall[] = [];
  #lastCall = 0;
  #cancelled: string | null = null;

  constructor(channel: Channel, line: Line, rules: CallRules, memo: readonly MemoEntry[], execute: Executor) {
    this.#channel = channel;
    this.#line = line;
    this.#rules = rules;
    this.#execute = execute;
    this.#memo = new Map(memo.map((entry) => [entry.identity, entry]));
  }

  /** The calls made in the flow's own body, in order. */
  get direct(): readonly DirectCall[] {
    return this.#direct;
  }

  newScope(parts: Pick<Scope, 'call' | 'path' | 'taskName' | 'taskAttempt' | 'signal' | 'holds'>): Scope {
    const capacity = this.#rules.runner === 'sequential' ? 1 : this.#rules.maxConcurrency;
    return { ...parts, gate: new Gate(capacity), shellGate: new Gate(this.#rules.shellConcurrency), counts: new Map() };
  }

  call(definition: TaskDefinition, args: readonly unknown[]): TaskFuture<unknown> {
    const scope = currentScope();
    const number = ++this.#lastCall;
    const early = this.#rules.runner === 'sequential' ? scope.gate.enter() : null;
    const outcome = scopes.run(scope, () => this.#perform(number, definition, args, scope, early));
    const future = new TaskFuture<unknown>(number, outcome);
    this.#keepTrack(outcome);
    const passedTo: number[] = [];
    this.#passedTo.set(future, passedTo);
    if (scope.call === null) this.#direct.push({ future, passedTo });
    return future;
  }

  map(definition: TaskDefinition, args: readonly unknown[]): TaskFutureList<unknown> {
    const scope = currentScope();
    const futures = mapCalls(definition.name, args, (itemArgs) =>
      scopes.run(scope, () => this.call(definition, itemArgs)),
    );
    this.#keepTrack(futures);
    return new TaskFutureList(futures);
  }

  /** Waits until no call is open, also those that open calls make. */
  async allEnded(): Promise<void> {
    while (this.#unfinished.size > 0) await Promise.allSettled([...this.#unfinished]);
  }

  /** Nothing starts any more; calls that wait end as Cancelled. */
  cancel(reason: string): void {
    this.#cancelled = reason;
  }

  #keepTrack(work: Promise<unknown>): void {
    this.#unfinished.add(work);
    const done = () => this.#unfinished.delete(work);
    work.then(done, done);
  }

  async #perform(
    number: number,
    definition: TaskDefinition,
    args: readonly unknown[],
    scope: Scope,
    early: Promise<boolean> | boolean | null,
  ): Promise<Outcome<unknown>> {
    let inside = early !== null;
    const leave = () => {
      if (inside) scope.gate.leave();
      inside = false;
    };
    try {
      if (early !== null && !(await early)) inside = false;
      const inputs = await resolveInputs(args, definition.waitFor, this.#origins, (future, accepted) => {
        // An accepted failure is looked at by the task that gets it.
        if (accepted) void future.state();
        else this.#passedTo.get(future)?.push(number);
      });
      const call = this.#describe(number, definition, inputs.ok ? inputs.args : null, inputs.upstream, scope);
      if (!inputs.ok) return await this.#upstreamFailed(call, inputs.failed);
      const known = this.#memo.get(call.identity);
      if (known?.result && call.inputHash !== null) return this.#reuse(call, known.result);
      const ended = await this.#execution(
        call,
        definition,
        inputs.args,
        scope,
        known?.attempt ?? 0,
        early !== null,
        leave,
      );
      leave();
      if (ended.outcome.ok) this.#rememberOrigin(ended.outcome.value, number);
      await this.#channel.committed();
      return ended.outcome;
    } catch (error) {
      // A fault of ours, or of a function of the author's that belongs to the task (its cache key): the task failed.
      const state = stateNow('FAILED', 'Failed', toPlainError(error).message);
      return { ok: false, state, error };
    } finally {
      leave();
    }
  }

  #describe(
    number: number,
    definition: TaskDefinition,
    args: readonly unknown[] | null,
    upstream: readonly number[],
    scope: Scope,
  ): TaskCall {
    const codeHash = this.#codeHash(definition);
    let inputHash: string | null;
    if (args === null) inputHash = hashValue('upstream failed');
    else if (definition.key !== null) inputHash = hashValue(String(definition.key(...(args as never[]))));
    else inputHash = hashArguments(args);
    const counted = `${definition.name}\0${codeHash}\0${inputHash ?? `unique ${number}`}`;
    const index = scope.counts.get(counted) ?? 0;
    scope.counts.set(counted, index + 1);
    return {
      call: number,
      identity: taskIdentity({
        scope: scope.path,
        name: definition.name,
        codeHash,
        inputHash: inputHash ?? `unique ${number}`,
        index,
      }),
      scope: scope.path,
      name: definition.name,
      label: args === null ? definition.runName : runLabel(definition.runName, args),
      taskKind: definition.kind,
      index,
      position: number,
      codeHash,
      inputHash,
      cacheKey: args === null ? null : this.#cacheKey(definition, args, codeHash, inputHash),
      parentCall: scope.call,
      upstream,
      tags: [...new Set([...this.#rules.runTags, ...definition.tags])],
      timeoutMs: definition.timeoutMs,
    };
  }

  #codeHash(definition: TaskDefinition): string {
    let hash = this.#codeHashes.get(definition);
    if (hash === undefined) {
      hash = hashCode(definition.code, definition.version ?? undefined);
      this.#codeHashes.set(definition, hash);
    }
    return hash;
  }

  #cacheKey(
    definition: TaskDefinition,
    args: readonly unknown[],
    codeHash: string,
    inputHash: string | null,
  ): string | null {
    if (definition.cache === null) return null;
    const { key } = definition.cache;
    const wanted = key === 'inputs' ? inputHash : key(this.#line.contextOf(currentScope()), ...(args as never[]));
    return wanted === null ? null : cacheKeyOf({ taskName: definition.name, codeHash, key: String(wanted) });
  }

  async #upstreamFailed(call: TaskCall, failed: Outcome<unknown> & { ok: false }): Promise<Outcome<unknown>> {
    const state = stateNow(
      'FAILED',
      'UpstreamFailed',
      `an upstream did not complete: ${failed.state.message ?? failed.state.name}`,
    );
    this.#channel.report({ kind: 'task-called', at: state.at, ...call });
    this.#channel.report({ kind: 'task-state', call: call.call, state });
    await this.#channel.committed();
    return { ok: false, state, error: failed.error };
  }

  #reuse(call: TaskCall, bytes: Uint8Array): Outcome<unknown> {
    const value = decode(bytes);
    const state = stateNow('COMPLETED', 'Completed', null);
    this.#channel.report({ kind: 'task-reused', at: state.at, ...call });
    this.#rememberOrigin(value, call.call);
    return { ok: true, state, value };
  }

  /** From PENDING to a final state: cache first, then as many attempts as the retries allow. */
  async #execution(
    call: TaskCall,
    definition: TaskDefinition,
    args: readonly unknown[],
    scope: Scope,
    attemptsBefore: number,
    entered: boolean,
    leave: () => void,
  ): Promise<Ended> {
    this.#channel.report({ kind: 'task-called', at: Date.now(), ...call });
    if (call.cacheKey !== null && definition.cache?.refresh === false) {
      const cached = (await this.#channel.ask({ ask: 'cached-result', key: call.cacheKey })) as {
        result: Uint8Array;
        run: number;
        task: number;
      } | null;
      if (cached !== null) return this.#cached(call, cached);
    }
    const gate = definition.kind === 'shell' ? scope.shellGate : scope.gate;
    for (let attempt = 1; ; attempt++) {
      const mustEnter = !entered || attempt > 1;
      if (mustEnter && !(await gate.enter()))
        return this.#end(
          call,
          stateNow('CANCELLED', 'Cancelled', 'the run was cancelled'),
          new Error('the run was cancelled'),
        );
      let ended: Ended | 'retry';
      try {
        ended = await this.#attempt(call, definition, args, scope, attempt, attemptsBefore + attempt);
      } finally {
        if (mustEnter) gate.leave();
        else leave();
      }
      if (ended !== 'retry') return ended;
      const delayMs = delayBefore(definition.retry, attempt, Math.random);
      if (delayMs > 0) await abortableDelay(delayMs, scope.signal);
    }
  }

  async #attempt(
    call: TaskCall,
    definition: TaskDefinition,
    args: readonly unknown[],
    scope: Scope,
    attempt: number,
    taskAttempt: number,
  ): Promise<Ended | 'retry'> {
    if (this.#cancelled !== null)
      return this.#end(call, stateNow('CANCELLED', 'Cancelled', this.#cancelled), new Error(this.#cancelled));
    const wanted = Object.fromEntries(
      Object.entries(definition.occupies ?? {}).filter(([limit]) => !scope.holds.has(limit)),
    );
    if (Object.keys(wanted).length > 0) await this.#channel.ask({ ask: 'acquire', call: call.call, occupies: wanted });
    const running = stateNow('RUNNING', attempt === 1 ? 'Running' : 'Retrying', null);
    this.#channel.report({ kind: 'task-state', call: call.call, state: running });
    const limit = timeLimit(definition.timeoutMs, scope.signal, `task "${definition.name}"`);
    const inner = this.newScope({
      call: call.call,
      path: call.identity,
      taskName: definition.name,
      taskAttempt,
      signal: limit.signal,
      holds: new Set([...scope.holds, ...Object.keys(wanted)]),
    });
    try {
      const value = await limit.race(scopes.run(inner, () => this.#execute(definition, args, inner)));
      if (value instanceof ReturnedState) return this.#returnedState(call, definition, value, attempt);
      return this.#completed(call, definition, value);
    } catch (error) {
      if (this.#cancelled !== null) return this.#end(call, stateNow('CANCELLED', 'Cancelled', this.#cancelled), error);
      const plain = toPlainError(error);
      const state = stateNow('FAILED', limit.expired ? 'TimedOut' : 'Failed', plain.message);
      const again = retriesLeft(definition.retry, attempt) && (await allows(definition, error));
      return again ? this.#awaitRetry(call, definition, attempt, state, plain) : this.#end(call, state, error, plain);
    } finally {
      limit.clear();
      inner.gate.close();
    }
  }

  #completed(call: TaskCall, definition: TaskDefinition, value: unknown): Ended {
    const encoded = tryEncode(value);
    const state = stateNow(
      'COMPLETED',
      'Completed',
      'bytes' in encoded ? null : `the result cannot be stored, so it cannot be reused: ${encoded.reason}`,
    );
    const expiresMs = definition.cache?.expiresMs ?? null;
    this.#channel.report({
      kind: 'task-state',
      call: call.call,
      state,
      reusable: 'bytes' in encoded,
      cacheExpiresAt: expiresMs === null ? null : state.at + expiresMs,
      ...('bytes' in encoded ? { result: encoded.bytes } : {}),
    });
    return { outcome: { ok: true, state, value }, call };
  }

  #returnedState(
    call: TaskCall,
    definition: TaskDefinition,
    returned: ReturnedState,
    attempt: number,
  ): Ended | 'retry' {
    const state = stateNow(returned.type, returned.name, returned.message);
    if (isSuccess(returned.type)) {
      const encoded = tryEncode(returned.result);
      const reusable = returned.type === 'COMPLETED' && 'bytes' in encoded;
      this.#channel.report({
        kind: 'task-state',
        call: call.call,
        state,
        reusable,
        ...('bytes' in encoded ? { result: encoded.bytes } : {}),
      });
      return { outcome: { ok: true, state, value: returned.result }, call };
    }
    const error = new Error(returned.message ?? `the task returned ${returned.name}`);
    const plain = toPlainError(error);
    if (returned.type === 'FAILED' && returned.retriable && retriesLeft(definition.retry, attempt)) {
      return this.#awaitRetry(call, definition, attempt, state, plain);
    }
    return this.#end(call, state, error, plain);
  }

  #awaitRetry(call: TaskCall, definition: TaskDefinition, attempt: number, failed: State, error: PlainError): 'retry' {
    const { retries } = definition.retry;
    const message = `attempt ${attempt} of ${retries + 1} failed: ${failed.message ?? failed.name}`;
    this.#channel.report({
      kind: 'task-state',
      call: call.call,
      state: stateNow('SCHEDULED', 'AwaitingRetry', message),
      error,
    });
    return 'retry';
  }

  #end(call: TaskCall, state: State, error: unknown, plain: PlainError = toPlainError(error)): Ended {
    this.#channel.report({ kind: 'task-state', call: call.call, state, error: plain });
    return { outcome: { ok: false, state, error }, call };
  }

  #cached(call: TaskCall, cached: { result: Uint8Array; run: number; task: number }): Ended {
    const state = stateNow('COMPLETED', 'Cached', `from run ${cached.run}`);
    this.#channel.report({
      kind: 'task-state',
      call: call.call,
      state,
      reusable: true,
      result: cached.result,
      cachedFrom: { run: cached.run, task: cached.task },
    });
    return { outcome: { ok: true, state, value: decode(cached.result) }, call };
  }

  #rememberOrigin(value: unknown, call: number): void {
    if (typeof value === 'object' && value !== null) this.#origins.set(value, call);
  }
}

function currentScope(): Scope {
  const scope = scopes.getStore();
  if (scope === undefined) throw new WeirError('outside-flow', 'a task was called outside a flow run');
  return scope;
}

function stateNow(type: StateType, name: StateName, message: string | null): State {
  return { type, name, message, at: Date.now() };
}

/** `retryIf` false, or itself throwing, means no retry. */
async function allows(definition: TaskDefinition, error: unknown): Promise<boolean> {
  if (definition.retryIf === null) return true;
  try {
    return await definition.retryIf(error);
  } catch {
    return false;
  }
}

/** `alpha={1}` with the arguments in the places of their numbers, shortened. */
function runLabel(template: string | null, args: readonly unknown[]): string | null {
  return (
    template?.replace(/\{(\d+)\}/g, (_, position: string) => {
      const value = args[Number(position)];
      return (typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))).slice(0, 80);
    }) ?? null
  );
}

function abortableDelay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
