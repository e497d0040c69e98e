/**
 * Drives one attempt of a flow run: parameters, the flow's body, its task calls, the final state.
 * Tells the engine everything by reports and ends with exactly one `run-ended`.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { decode, tryEncode } from '../model/codec.ts';
import { type Report, type Request, type RunStart, toPlainError } from '../model/message.ts';
import type { RunContext, Unaddressed } from '../sdk/runtime.ts';
import type { TaskDefinition } from '../sdk/task.ts';
import { type CallRules, Calls } from './calls.ts';
import type { Channel } from './channel.ts';
import { conclude } from './final-state.ts';
import type { LoadedFlow } from './load.ts';
import { validateParams } from './params.ts';
import type { CallMaker } from './runtime.ts';
import { type Line, type Scope, scopes } from './scope.ts';
import { runShell } from './shell.ts';
import { TaskThreads } from './task-threads.ts';
import { timeLimit } from './time-limit.ts';

const DEFAULT_CONCURRENCY = 256;

export interface AttemptParts {
  readonly run: RunStart;
  readonly flow: LoadedFlow;
  readonly channel: Channel;
  readonly paramsSchema: Record<string, unknown> | null;
  /** Tasks defined while modules were loaded: those that other threads can find. */
  readonly moduleTasks: ReadonlySet<TaskDefinition>;
  readonly runnerSource: string;
  readonly zodSource: string;
}

export class Attempt implements Line {
  readonly #parts: AttemptParts;
  readonly #controller = new AbortController();
  readonly #threads: TaskThreads | null;
  readonly calls: Calls;
  readonly callMaker: CallMaker;
  #params: unknown = {};
  #cancelReason: string | null = null;
  #ended = false;

  constructor(parts: AttemptParts) {
    this.#parts = parts;
    const { run, flow, channel } = parts;
    this.#threads = flow.definition.runner === 'parallel' ? new TaskThreads(parts, this) : null;
    const rules: CallRules = {
      runner: flow.definition.runner,
      maxConcurrency:
        flow.definition.options.maxConcurrency ??
        (flow.definition.runner === 'parallel' ? run.parallelism : DEFAULT_CONCURRENCY),
      shellConcurrency: flow.definition.runner === 'sequential' ? 1 : run.parallelism,
      runTags: run.tags,
    };
    this.calls = new Calls(channel, this, rules, run.memo, (definition, args, scope) =>
      this.#execute(definition, args, scope),
    );
    this.callMaker = {
      call: (task, args) => this.calls.call(task, args),
      map: (task, args) => this.calls.map(task, args),
      shell: (script, values, options) => {
        const scope = scopes.getStore() as Scope;
        return runShell(this, scope, run, dirname(run.path), this.#params, script, values, options);
      },
    };
  }

  async run(): Promise<void> {
    const { run, flow, channel } = this.#parts;
    channel.report({ kind: 'run-started', at: Date.now() });
    const limit = timeLimit(flow.definition.timeoutMs, this.#controller.signal, `flow "${flow.name}"`);
    const scope = this.calls.newScope({
      call: null,
      path: '',
      taskName: null,
      taskAttempt: run.attempt,
      signal: limit.signal,
      holds: new Set(),
    });
    try {
      const returned = await limit.race(
        scopes.run(scope, async () => {
          this.#params = await validateParams(flow.definition, decode(run.params), this.#parts.paramsSchema);
          const value: unknown = await flow.definition.run(this.#params as never);
          await this.calls.allEnded();
          return value;
        }),
      );
      const conclusion = await conclude(returned, this.calls.direct);
      const encoded = tryEncode(conclusion.result);
      if ('reason' in encoded) this.#warn(`the flow's result cannot be stored: ${encoded.reason}`);
      this.#end({
        state: conclusion.state,
        retriable: conclusion.retriable,
        ...('bytes' in encoded ? { result: encoded.bytes } : {}),
      });
    } catch (error) {
      await this.#endWithError(error, limit.expired);
    } finally {
      limit.clear();
      await channel.committed();
      await this.#threads?.stop();
    }
  }

  /** Aborts everything; the run then ends as Cancelled. */
  cancel(reason: string): void {
    if (this.#cancelReason !== null) return;
    this.#cancelReason = reason;
    this.calls.cancel(reason);
    const error = new Error(reason);
    error.name = 'Cancelled';
    this.#controller.abort(error);
  }

  /** Something outside the body's own promise failed the run: an unhandled rejection, or nothing left to wait for. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#end({
      state: { type: 'FAILED', name: 'Failed', message: toPlainError(error).message },
      retriable: true,
      error: toPlainError(error),
    });
    this.#parts.channel.flush();
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
      flowRun: { id: run.runId, flow: run.flow, attempt: run.attempt, tags: run.tags, trigger: run.trigger },
      taskRun: scope.taskName === null ? null : { name: scope.taskName, attempt: scope.taskAttempt },
      attempt: scope.taskAttempt,
      slot: slot && {
        time: new Date(slot.time),
        start: slot.start === null ? null : new Date(slot.start),
        end: new Date(slot.end),
        coversFrom: slot.coversFrom === null ? null : new Date(slot.coversFrom),
      },
      params: this.#params,
      dir: dirname(run.path),
      get runDir() {
        mkdirSync(run.runDir, { recursive: true });
        return run.runDir;
      },
      signal: scope.signal,
    };
  }

  /** Tasks of the parallel runner go to other threads; shell tasks and promotions hold no CPU of this one. */
  async #execute(definition: TaskDefinition, args: readonly unknown[], scope: Scope): Promise<unknown> {
    if (this.#threads !== null && definition.kind === 'function') return this.#threads.run(definition, args, scope);
    return definition.run(...(args as never[]));
  }

  async #endWithError(error: unknown, timedOut: boolean): Promise<void> {
    const { flow } = this.#parts;
    if (this.#cancelReason !== null) {
      await this.calls.allEnded();
      return this.#end({
        state: { type: 'CANCELLED', name: 'Cancelled', message: this.#cancelReason },
        retriable: false,
      });
    }
    const plain = toPlainError(error);
    if (timedOut) {
      this.calls.cancel(plain.message);
      this.#controller.abort(error);
    }
    await this.calls.allEnded();
    const { retryIf } = flow.definition.options;
    let retriable = plain.code !== 'invalid-parameters';
    if (retriable && retryIf !== undefined) {
      try {
        retriable = await retryIf(error);
      } catch {
        retriable = false;
      }
    }
    this.#end({
      state: { type: 'FAILED', name: timedOut ? 'TimedOut' : 'Failed', message: plain.message },
      retriable,
      error: plain,
    });
  }

  #end(ending: Omit<Extract<Report, { kind: 'run-ended' }>, 'kind' | 'at'>): void {
    if (this.#ended) return;
    this.#ended = true;
    this.report({ kind: 'run-ended', at: Date.now(), ...ending });
  }

  #warn(text: string): void {
    this.report({ kind: 'log', call: null, stream: 'log', level: 'warn', at: Date.now(), text });
  }
}
