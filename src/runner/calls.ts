/**
 * The task calls of one attempt of a flow run: a call gives its future at once; when its inputs are there it is
 * described, reused from an earlier attempt, or run. A future resolves only when its end is committed.
 */
import { tryEncode } from '../model/codec.ts';
import { WeirError } from '../model/errors.ts';
import { handedFilesOf } from '../model/handed-file.ts';
import type { TaskCall } from '../model/report.ts';
import type { MemoEntry, RunStart } from '../model/run-start.ts';
import { type Outcome, TaskFuture, TaskFutureList } from '../sdk/future.ts';
import type { TaskDefinition } from '../sdk/task.ts';
import { type DescribedCall, describeCall } from './call-identity.ts';
import type { Capacity } from './capacity.ts';
import type { Channel } from './channel.ts';
import { type Entrance, Gate, GateInGate } from './gate.ts';
import type { HookRuns } from './hooks.ts';
import { type Inputs, type ResultOrigins, resolveInputs } from './inputs.ts';
import { mapCalls } from './map.ts';
import { Only, type OnlyVerdict } from './only.ts';
import {
  type GraphCall,
  type InnerScope,
  keepOpen,
  LazyScope,
  type Line,
  type Scope,
  scopes,
  withGate,
} from './scope.ts';
import { type Executor, TaskRun } from './task-run.ts';
import { lostOf, Unexecuted } from './unexecuted.ts';

export interface CallRules {
  readonly runner: 'sequential' | 'concurrent' | 'parallel';
  readonly capacity: Capacity;
  readonly runTags: readonly string[];
  /** The flow has a time limit. */
  readonly isTimed: boolean;
}

/** A call made in the flow's body, as its final state is judged by. */
export interface DirectCall {
  readonly future: TaskFuture<unknown>;
  /** Numbers of the calls that it was passed on to. */
  readonly passedTo: number[];
}

export class Calls {
  readonly #channel: Channel;
  readonly #line: Line;
  readonly #rules: CallRules;
  readonly #execute: Executor;
  readonly #hooks: HookRuns;
  readonly #memo: Map<string, MemoEntry>;
  readonly #only: Only | null;
  readonly #unexecuted: Unexecuted;
  readonly #origins: ResultOrigins = new WeakMap();
  readonly #passedTo = new Map<number, number[]>();
  readonly #direct: DirectCall[] = [];
  readonly #brokenMaps: { list: TaskFutureList<unknown>; error: unknown }[] = [];
  #lastCall = 0;

  constructor(
    channel: Channel,
    line: Line,
    rules: CallRules,
    { memo, only }: Pick<RunStart, 'memo' | 'only'>,
    execute: Executor,
    hooks: HookRuns,
  ) {
    this.#channel = channel;
    this.#line = line;
    this.#rules = rules;
    this.#execute = execute;
    this.#hooks = hooks;
    this.#memo = new Map(memo.map((entry) => [entry.identity, entry]));
    this.#only = only === null ? null : new Only(only, memo);
    this.#unexecuted = new Unexecuted(channel, hooks, (value, call) => this.#rememberOrigin(value, call));
  }

  /** The calls made in the flow's own body, in order. */
  get direct(): readonly DirectCall[] {
    return this.#direct;
  }

  /** The error of a map whose arrays did not fit and that nobody looked at. */
  get brokenMap(): { readonly error: unknown } | null {
    return this.#brokenMaps.find(({ list }) => !list.observed) ?? null;
  }

  newScope(parts: InnerScope): Scope {
    return new LazyScope(parts, this.#line, this.#rules.capacity);
  }

  call(definition: TaskDefinition, args: readonly unknown[], scope = currentScope()): TaskFuture<unknown> {
    const number = ++this.#lastCall;
    // In call order: a sequential call takes its place in the row now, not when its inputs are there.
    const turn = this.#rules.runner === 'sequential' ? { entered: scope.gate.enter() } : null;
    const perform = () => this.#perform(number, definition, args, scope, turn);
    const outcome = scopes.getStore() === scope ? perform() : scopes.run(scope, perform);
    const future = new TaskFuture<unknown>(number, outcome);
    keepOpen(scope, outcome);
    const passedTo: number[] = [];
    this.#passedTo.set(number, passedTo);
    if (scope.call === null) this.#direct.push({ future, passedTo });
    return future;
  }

  /** As `call`, for what a graph has decided already: its upstreams have ended, whatever it is given is plain. */
  graphCall(definition: TaskDefinition, args: readonly unknown[], plan: GraphCall): TaskFuture<unknown> {
    const scope = currentScope();
    const number = ++this.#lastCall;
    const { upstream, verdict, error } = plan;
    const described = (): DescribedCall => {
      const { call, fault } = describeCall({
        number,
        definition,
        args,
        upstream,
        scope,
        runTags: this.#rules.runTags,
        context: () => this.#line.contextOf(scope),
      });
      // No key of the author's: it stands for everything that the call is given.
      return { call: { ...call, isKeyed: false }, fault };
    };
    const outcome =
      verdict === undefined
        ? this.#outcomeOf(described(), { ok: true, args, upstream }, definition, scope, plan)
        : this.#unexecuted.ruled(described().call, definition, verdict, error);
    keepOpen(scope, outcome);
    return new TaskFuture<unknown>(number, outcome);
  }

  map(definition: TaskDefinition, args: readonly unknown[]): TaskFutureList<unknown> {
    const scope = currentScope();
    if (this.#rules.runner === 'sequential') return this.#mapInTurn(definition, args, scope);
    return this.#listOf(this.#mapCalls(definition, args, scope), scope);
  }

  #mapCalls(definition: TaskDefinition, args: readonly unknown[], scope: Scope) {
    const call = (itemArgs: readonly unknown[]) => this.call(definition, itemArgs, scope);
    return mapCalls(definition.name, args, call, () => this.#channel.room());
  }

  /** The whole map has one place in the row, or what is called after it could wait for it in front of it. */
  #mapInTurn(definition: TaskDefinition, args: readonly unknown[], scope: Scope): TaskFutureList<unknown> {
    const inner = withGate(scope, new Gate(1));
    const entered = scope.gate.enter();
    const calls = (async () => {
      await entered;
      return this.#mapCalls(definition, args, inner);
    })();
    const leave = () => scope.gate.leave();
    keepOpen(scope, calls.then((futures) => Promise.all(futures.map((future) => future.outcome))).then(leave, leave));
    return this.#listOf(calls, scope);
  }

  #listOf(
    futures: readonly TaskFuture<unknown>[] | Promise<readonly TaskFuture<unknown>[]>,
    scope: Scope,
  ): TaskFutureList<unknown> {
    const made = Promise.resolve(futures);
    const list = new TaskFutureList(made);
    keepOpen(
      scope,
      made.catch((error: unknown) => void this.#brokenMaps.push({ list, error })),
    );
    return list;
  }

  async #perform(
    number: number,
    definition: TaskDefinition,
    args: readonly unknown[],
    scope: Scope,
    turn: { readonly entered: Promise<void> | undefined } | null,
  ): Promise<Outcome<unknown>> {
    try {
      if (turn !== null) await turn.entered;
      const inputs = await this.#inputsOf(number, definition, args);
      const described = describeCall({
        number,
        definition,
        args: inputs.ok ? inputs.args : null,
        upstream: inputs.upstream,
        scope,
        runTags: this.#rules.runTags,
        context: () => this.#line.contextOf(scope),
      });
      return await this.#outcomeOf(described, inputs, definition, scope, { isInTurn: turn !== null });
    } finally {
      if (turn !== null) scope.gate.leave();
    }
  }

  #inputsOf(number: number, definition: TaskDefinition, args: readonly unknown[]): Promise<Inputs> | Inputs {
    return resolveInputs(args, definition.waitFor, this.#origins, (future, accepted) => {
      // An accepted failure is looked at by the task that gets it.
      if (accepted) void future.state();
      else this.#passedTo.get(future.call)?.push(number);
    });
  }

  async #outcomeOf(
    described: DescribedCall,
    inputs: Inputs,
    definition: TaskDefinition,
    scope: Scope,
    place: CallPlace,
  ): Promise<Outcome<unknown>> {
    const { fault } = described;
    let { call } = described;
    this.#hooks.taskCalled(call, definition);
    const verdict = this.#only?.verdict(call) ?? EXECUTE;
    if (verdict.kind !== 'execute') return this.#unexecuted.withhold(call, verdict);
    if (!inputs.ok) return this.#unexecuted.upstreamFailed(call, definition, inputs.failed);
    const known = this.#memo.get(call.identity) ?? verdict.former;
    if (known !== null && call.inputHash !== null && !scope.signal.aborted) {
      const kept = this.#unexecuted.keptOf(call, known);
      const looking = kept === null ? null : lostOf(call, kept.value);
      const lost = looking === null ? null : await looking;
      if (kept !== null && lost === null) return this.#unexecuted.reuse(call, kept.value);
      if (lost !== null) call = { ...call, lost };
    }
    const taskRun = new TaskRun({
      channel: this.#channel,
      execute: this.#execute,
      hooks: this.#hooks,
      newScope: (parts) => this.newScope(parts),
      definition,
      call,
      args: inputs.args,
      scope,
      attemptsBefore: known?.attempt ?? 0,
      mayUseCache: known?.again !== true,
      spent: known?.spent ?? null,
      isTimed: this.#rules.isTimed || definition.timeoutMs !== null,
      gate: place.isInTurn ? null : gateOf(definition, scope, place),
      admit: place.admit ?? null,
      onEnd: place.onEnd ?? null,
    });
    const outcome = fault === null ? await taskRun.run() : taskRun.refuse(fault.error);
    if (outcome.ok) this.#rememberOrigin(outcome.value, call);
    // When the task around it is tried again, this call is made again and finds what it left.
    if (scope.call !== null) this.#memo.set(call.identity, memoOf(call, taskRun, outcome));
    if (place.isLast !== true) await this.#channel.committed();
    return outcome;
  }

  #rememberOrigin(value: unknown, { call, taskKind }: TaskCall): void {
    if (typeof value !== 'object' || value === null) return;
    this.#origins.set(value, call);
    // Its files are passed on one by one.
    if (taskKind === 'shell') for (const [, file] of handedFilesOf(value)) this.#origins.set(file, call);
  }
}

const EXECUTE: OnlyVerdict = { kind: 'execute', former: null };

function memoOf(call: TaskCall, taskRun: TaskRun, outcome: Outcome<unknown>): MemoEntry {
  const encoded = outcome.ok && outcome.state.type === 'COMPLETED' ? tryEncode(outcome.value) : null;
  const result = encoded !== null && 'bytes' in encoded ? encoded.bytes : null;
  return { identity: call.identity, attempt: taskRun.attempts, result };
}

/** How a call gets its place. */
interface CallPlace extends Pick<GraphCall, 'gate' | 'takesPlace' | 'admit' | 'onEnd' | 'isLast'> {
  /** It has it already. */
  readonly isInTurn?: boolean;
}

/** Unless it is said, a subflow takes no place: its own tasks do, at its own gate. `gate`: one that it has to enter before. */
function gateOf({ kind }: TaskDefinition, scope: Scope, { gate: own = null, takesPlace }: CallPlace): Entrance | null {
  if (kind === 'subflow' && takesPlace !== true) return own;
  const gate = kind === 'function' ? scope.gate : scope.shellGate;
  return own === null ? gate : new GateInGate(own, gate);
}

function currentScope(): Scope {
  const scope = scopes.getStore();
  if (scope === undefined) throw new WeirError('outside-flow', 'a task was called outside a flow run');
  return scope;
}
