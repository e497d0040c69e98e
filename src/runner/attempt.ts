/**
 * Drives one attempt of a flow run: parameters, the flow's body, its task calls, the final state.
 * Tells the engine everything by reports and ends with exactly one `run-ended`.
 */

import { mkdirSync } from 'node:fs';
import { crashPoint } from '../crash-points.ts';
import { decode, tryEncode } from '../model/codec.ts';
import type { RunnerSources } from '../model/message.ts';
import { toPlainError } from '../model/plain-error.ts';
import type { Report } from '../model/report.ts';
import type { Request } from '../model/request.ts';
import type { DueHook, RunStart } from '../model/run-start.ts';
import type { State } from '../model/state.ts';
import type { RunContext, Unaddressed } from '../sdk/runtime.ts';
import type { TaskDefinition } from '../sdk/task.ts';
import { type CallRules, Calls } from './calls.ts';
import { capacityOf } from './capacity.ts';
import { endOpenLines } from './capture.ts';
import type { Channel } from './channel.ts';
import type { CodeVersion } from './code-version.ts';
import { failureLog, ownFrames, wasTold } from './failure-log.ts';
import { conclude } from './final-state.ts';
import { HookRuns } from './hooks.ts';
import type { Lines } from './lines.ts';
import type { LoadedFile, LoadedFlow } from './loaded-file.ts';
import { validateParams } from './params.ts';
import { flowFolder, type ProjectCopy } from './project-copy.ts';
import { allEnded, type CallMaker, type Line, type Scope, scopes } from './scope.ts';
import { type CommandOutcome, runShell } from './shell/shell.ts';
import { commandOfSh, type ShellCommand } from './shell/shell-command.ts';
import { Sleeps } from './sleeps.ts';
import { withSlotZone } from './slot-zone.ts';
import { Subflows } from './subflows.ts';
import { allows, type Executor, retryIfFailed } from './task-run.ts';
import { TaskThreads } from './task-threads.ts';
import { timeLimit } from './time-limit.ts';

export interface AttemptParts {
  readonly run: RunStart;
  readonly flow: LoadedFlow;
  readonly channel: Channel;
  readonly paramsSchema: Record<string, unknown> | null;
  /** Tasks defined while modules were loaded: those that other threads can find. */
  readonly moduleTasks: ReadonlySet<TaskDefinition>;
  readonly sources: RunnerSources;
  /** A task on another thread starts processes by itself. */
  readonly onSpawning: () => void;
  readonly lines: Lines;
  /** The file that the host was started for. */
  readonly loaded: LoadedFile;
  /** What was loaded for it. */
  readonly version: CodeVersion;
  readonly toJsonSchema: (schema: unknown) => Record<string, unknown> | null;
  /** How many flows stand around this one: 0 for the host's own run. */
  readonly depth: number;
  /** Limits that are held around it: its tasks neither wait for them nor take them again. */
  readonly holds: ReadonlyMap<string, number>;
  /** What stands for the project of this run and of those that it calls. */
  readonly copy: ProjectCopy | null;
}

/** How an attempt ended, as its caller in this host needs to know it. */
export interface Ended {
  readonly state: Omit<State, 'at'>;
  /** Of a failure: trying again may help. */
  readonly retriable: boolean;
  /** What its flow returned. */
  readonly result: unknown;
  readonly thrown: { readonly error: unknown } | null;
}

type Ending = Omit<Extract<Report, { kind: 'run-ended' }>, 'kind' | 'at'>;

export class Attempt implements Line {
  readonly #parts: AttemptParts;
  readonly #controller = new AbortController();
  readonly #threads: TaskThreads | null;
  readonly #hooks: HookRuns;
  readonly calls: Calls;
  readonly callMaker: CallMaker;
  readonly #subflows: Subflows;
  /** As given, until they are validated. */
  #params: unknown;
  #cancelReason: string | null = null;
  #thrown: { readonly error: unknown } | null = null;
  #result: unknown;
  /** How the run ends once its calls have ended, whatever happens until then. */
  #decided: Ending | null = null;
  #ended: Ending | null = null;

  constructor(given: AttemptParts) {
    const parts = { ...given, run: withSlotZone(given.run, given.flow.definition) };
    this.#parts = parts;
    const { run, flow, channel } = parts;
    this.#params = decode(run.params);
    this.#threads = flow.definition.runner === 'parallel' ? new TaskThreads(parts, this) : null;
    const rules: CallRules = {
      runner: flow.definition.runner,
      capacity: capacityOf(flow.definition, run.parallelism),
      runTags: run.tags,
      isTimed: flow.definition.timeoutMs !== null,
    };
    this.#hooks = new HookRuns({
      run,
      flow: flow.definition,
      line: this,
      newScope: (inner) => this.calls.newScope(inner),
      committed: () => channel.committed(),
      moduleTasks: parts.moduleTasks,
    });
    const execute: Executor = (definition, args, scope) => this.#execute(definition, args, scope);
    this.calls = new Calls(channel, this, rules, run, execute, this.#hooks);
    this.#subflows = new Subflows(parts, (child) => new Attempt(child));
    const sleeps = new Sleeps(run.sleeps, this);
    this.callMaker = {
      call: (task, args) => this.calls.call(task, args),
      map: (task, args) => this.calls.map(task, args),
      callFlow: (called, params) => this.calls.call(this.#subflows.taskOf(called), [params ?? {}]),
      sleep: (ms) => sleeps.sleep(ms, scopes.getStore() as Scope),
      shell: async (script, values, options) => {
        const { metrics: _, ...outcome } = await this.#runCommand(commandOfSh(script, values, options));
        return outcome;
      },
      graphCall: (task, args, plan) => this.calls.graphCall(task, args, plan),
      command: (command) => this.#runCommand(command),
    };
  }

  /** Drives it to its end; everything it told is committed then. */
  async run(): Promise<Ended> {
    const { run, flow, channel } = this.#parts;
    const startedAt = Date.now();
    channel.report({ kind: 'run-started', at: startedAt, timeoutMs: flow.definition.timeoutMs });
    this.#hooks.flowStarted({ type: 'RUNNING', name: 'Running', message: null, at: startedAt });
    // At once: its body may keep the thread to itself from the first line, or end the process.
    channel.flush();
    const limit = timeLimit(flow.definition.timeoutMs, this.#controller.signal, `flow "${flow.name}"`);
    const scope = this.calls.newScope({
      call: null,
      path: '',
      taskName: null,
      taskAttempt: run.attempt,
      signal: limit.signal,
      holds: this.#parts.holds,
    });
    try {
      const returned = await limit.race(
        scopes.run(scope, async () => {
          scope.signal.throwIfAborted();
          this.#params = await validateParams(flow.definition, this.#params, this.#parts.paramsSchema);
          scope.signal.throwIfAborted();
          const { run: body } = flow.definition;
          const value: unknown = await body(this.#params as never);
          await allEnded(scope);
          return value;
        }),
      );
      const { brokenMap } = this.calls;
      if (brokenMap !== null) throw brokenMap.error;
      crashPoint('after-flow-body');
      const conclusion = await conclude(returned, this.calls.direct);
      const encoded = tryEncode(conclusion.result);
      if ('reason' in encoded) this.#warn(`the flow's result cannot be stored: ${encoded.reason}`);
      endOpenLines(scope, (report) => this.report(report));
      this.#result = conclusion.result;
      await this.#hooksOfSubflow();
      this.#end({
        state: conclusion.state,
        retriable: conclusion.retriable,
        ...('bytes' in encoded ? { result: encoded.bytes } : {}),
      });
    } catch (error) {
      await this.#endWithError(error, limit.expired, scope);
    } finally {
      limit.clear();
      await channel.committed();
      await this.#threads?.stop();
    }
    const { state, retriable } = this.#ended ?? UNENDED;
    return { state, retriable, result: this.#result, thrown: state.type === 'FAILED' ? this.#thrown : null };
  }

  /** What is due now that the attempt is over, here or where its host is gone; told as one `hooks-ended`. */
  async runHooks(due: readonly DueHook[]): Promise<void> {
    this.#ended ??= UNENDED;
    await this.#hooks.runDue(due);
    this.report({ kind: 'hooks-ended' });
  }

  /** For hooks in a host that has not seen the run: its parameters, as far as they are valid. */
  async readParams(): Promise<void> {
    const { flow, paramsSchema } = this.#parts;
    try {
      this.#params = await validateParams(flow.definition, this.#params, paramsSchema);
    } catch {
      // as they were given: the run may well have failed by them
    }
  }

  /** Aborts everything; the run then ends as Cancelled. */
  cancel(reason: string): void {
    if (this.#cancelReason !== null) return;
    this.#cancelReason = reason;
    this.#controller.abort(abortError('Cancelled', reason));
  }

  /** Something outside the body's own promise failed the run: an unhandled rejection, or nothing left to wait for. */
  fail(error: unknown): void {
    if (this.#ended !== null) return this.#warn(`after the run's end: ${toPlainError(error).message}`);
    // A subflow's tasks must end before its caller goes on; the host's own run takes everything with it.
    if (this.#parts.depth > 0) return this.#controller.abort(error);
    this.#end(this.#decided ?? this.#failure(error, 'Failed', true));
    this.#parts.channel.flush();
  }

  /** Nothing is left to wait for. The innermost of those that wait all the same are told. */
  failHopeless(error: () => Error): void {
    // Hooks that have run leave nothing to wait for, either.
    if (this.#ended !== null) return;
    if (!this.#subflows.failHopeless(error)) this.fail(error());
  }

  report(report: Report): void {
    this.#parts.channel.report(report);
  }

  ask(request: Unaddressed<Request>, call: number | null): Promise<unknown> {
    return this.#parts.channel.ask({ ...request, call } as Request);
  }

  contextOf(scope: Scope): RunContext {
    const { run } = this.#parts;
    const { slot } = run;
    return {
      flowRun: {
        id: run.runId,
        flow: run.flow,
        name: run.name,
        attempt: run.attempt,
        tags: run.tags,
        trigger: run.trigger,
      },
      taskRun: scope.taskName === null ? null : { name: scope.taskName, attempt: scope.taskAttempt },
      attempt: scope.taskAttempt,
      slot: slot && {
        time: new Date(slot.time),
        start: slot.start === null ? null : new Date(slot.start),
        end: new Date(slot.end),
        coversFrom: slot.coversFrom === null ? null : new Date(slot.coversFrom),
        zone: slot.zone ?? 'UTC',
      },
      params: this.#params,
      dir: flowFolder(run.path, this.#parts.copy),
      get runDir() {
        mkdirSync(run.runDir, { recursive: true });
        return run.runDir;
      },
      signal: scope.signal,
    };
  }

  #runCommand(command: ShellCommand): Promise<CommandOutcome> {
    const { run, copy } = this.#parts;
    return runShell(this, scopes.getStore() as Scope, run, flowFolder(run.path, copy), this.#params, command);
  }

  /** Tasks of the parallel runner go to other threads; shell tasks and promotions hold no CPU of this one. */
  #execute(definition: TaskDefinition, args: readonly unknown[], scope: Scope): unknown {
    if (definition.kind === 'subflow') return this.#subflows.run(definition, args[0], scope);
    if (this.#threads !== null && definition.kind === 'function') return this.#threads.run(definition, args, scope);
    // Called without an owner: `this` is nothing, and stacks name the user's own function.
    const { run } = definition;
    return run(...(args as never[]));
  }

  async #endWithError(error: unknown, timedOut: boolean, scope: Scope): Promise<void> {
    const { options } = this.#parts.flow.definition;
    this.#thrown = { error };
    if (this.#cancelReason !== null) {
      const state = { type: 'CANCELLED', name: 'Cancelled', message: this.#cancelReason } as const;
      this.#decided = { state, retriable: false };
    } else {
      const { code } = toPlainError(error);
      // Wrong parameters and a wrong file will be wrong the next time.
      const isHopeless = code === 'invalid-parameters' || code === 'invalid-flow';
      const { channel, run } = this.#parts;
      const tell = (fault: unknown) => channel.report(retryIfFailed(`flow "${run.flow}"`, fault, null));
      const retriable = !isHopeless && (await allows(options.retryIf, error, tell));
      this.#decided = this.#failure(error, timedOut ? 'TimedOut' : 'Failed', retriable);
      if (timedOut) this.#controller.abort(error);
    }
    await allEnded(scope);
    endOpenLines(scope, (report) => this.report(report));
    await this.#hooksOfSubflow();
    this.#end(this.#decided);
  }

  /** Its host and line belong to its parent: what is under way must be through before they go on without it. */
  async #hooksOfSubflow(): Promise<void> {
    if (this.#parts.depth > 0) await this.#hooks.settled();
  }

  #failure(error: unknown, name: 'Failed' | 'TimedOut', retriable: boolean): Ending {
    const plain = ownFrames(toPlainError(error));
    if (!wasTold(error)) this.report(failureLog(error, null).report);
    return { state: { type: 'FAILED', name, message: plain.message }, retriable, error: plain };
  }

  #end(ending: Ending): void {
    if (this.#ended !== null) return;
    this.#ended = ending;
    this.report({ kind: 'run-ended', at: Date.now(), ...ending });
  }

  #warn(text: string): void {
    this.report({ kind: 'log', call: null, stream: 'log', level: 'warn', at: Date.now(), text });
  }
}

/** How a run stands that has told no end: it never returns so. */
const UNENDED: Ending = { state: { type: 'FAILED', name: 'Failed', message: null }, retriable: false };

/** Where it was aborted from says nothing: only the reason counts. */
function abortError(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  error.stack = `${name}: ${message}`;
  return error;
}
