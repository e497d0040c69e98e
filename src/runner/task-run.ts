/**
 * One task call from PENDING to its final state: served from the cache, else as many attempts as its retries allow,
 * each within its limits and its time. Tells every state and throws nothing: the outcome says how it ended.
 */
import { crashPoint } from '../crash-points.ts';
import { decode, tryEncode } from '../model/codec.ts';
import { fromPlainError, toPlainError } from '../model/plain-error.ts';
import type { Report, TaskCall } from '../model/report.ts';
import type { CachedAnswer } from '../model/request.ts';
import { delayBefore, retriesLeft } from '../model/retry.ts';
import type { SpentAttempts } from '../model/run-start.ts';
import { isSuccess, type State, type StateName, type StateType } from '../model/state.ts';
import type { Outcome } from '../sdk/future.ts';
import { ReturnedState } from '../sdk/states.ts';
import type { TaskDefinition } from '../sdk/task.ts';
import { endOpenLines } from './capture.ts';
import type { Channel } from './channel.ts';
import { abortReason, delay, orAborted } from './delay.ts';
import { failureLog, markTold, wasTold } from './failure-log.ts';
import type { Entrance } from './gate.ts';
import { type HookRuns, hookDeclared } from './hooks.ts';
import { readKept } from './kept-result.ts';
import { type WantedLimits, wantedLimits, withTaken } from './limits.ts';
import { allEnded, type InnerScope, type Scope, scopes } from './scope.ts';
import { lostFile } from './shell/kept-files.ts';
import { SubflowTimedOut } from './subflow-timed-out.ts';
import { timeLimit } from './time-limit.ts';

/** Executes a task's function somewhere: in this thread, or in one of the parallel task runner's. */
export type Executor = (definition: TaskDefinition, args: readonly unknown[], scope: Scope) => unknown;

export interface TaskRunParts {
  readonly channel: Channel;
  readonly execute: Executor;
  readonly hooks: HookRuns;
  readonly newScope: (parts: InnerScope) => Scope;
  readonly definition: TaskDefinition;
  readonly call: TaskCall;
  readonly args: readonly unknown[];
  /** Where the call was made; its signal ends every attempt. */
  readonly scope: Scope;
  /** Attempts of earlier attempts of the flow run, which count on. */
  readonly attemptsBefore: number;
  /** Not when it was asked for to run again. */
  readonly mayUseCache: boolean;
  /** Those of them that count against the retries of this call: its thread was ended under them. */
  readonly spent: SpentAttempts | null;
  /** A time limit is on it: whoever minds it from outside must know that it runs before its code does. */
  readonly isTimed: boolean;
  /** Entered for each attempt; null when the caller holds its place already. */
  readonly gate: Entrance | null;
  /** Asked before the first attempt begins: a state ends the call instead. */
  readonly admit: (() => ReturnedState | null) | null;
  /** Told how it ended before its place is given to the next one. */
  readonly onEnd: ((state: StateType) => void) | null;
}

const SHOW_WAITING_AFTER_MS = 50;

type TaskState = Extract<Report, { kind: 'task-state' }>;
type Failure = Outcome<unknown> & { ok: false };

export class TaskRun {
  readonly #parts: TaskRunParts;
  readonly #calledAt = Date.now();
  #announced = false;
  #attempts = 0;
  /** Before the next attempt. */
  #delayMs = 0;

  constructor(parts: TaskRunParts) {
    this.#parts = parts;
  }

  /** Attempts of this call, those of earlier attempts of the flow run included. */
  get attempts(): number {
    return this.#parts.attemptsBefore + this.#attempts;
  }

  async run(): Promise<Outcome<unknown>> {
    const { channel, gate, scope } = this.#parts;
    const cached = this.#parts.call.cacheKey === null ? null : await this.#fromCache();
    if (cached !== null) return cached;
    const over = await this.#afterSpent();
    if (over !== null) return over;
    for (;;) {
      const entered = gate?.enter();
      if (entered !== undefined) await this.#place(entered);
      let ended: Outcome<unknown> | 'retry';
      try {
        ended = await this.#attempt();
        if (ended !== 'retry') this.#parts.onEnd?.(ended.state.type);
      } finally {
        gate?.leave();
      }
      if (ended !== 'retry') return ended;
      // The failure is stored before the next attempt begins: whatever that one does to its process, this one counts.
      await Promise.all([channel.committed(), delay(this.#delayMs, scope.signal)]);
      if (scope.signal.aborted) return this.#cancelled();
    }
  }

  /** What another host has left: an end that it did not see, or a wait that has not passed. */
  async #afterSpent(): Promise<Failure | null> {
    const { spent, scope } = this.#parts;
    if (spent === null) return null;
    if (spent.unseen !== null) return this.#afterOutsideEnd(fromPlainError(spent.unseen));
    await delay((spent.until ?? 0) - Date.now(), scope.signal);
    return scope.signal.aborted ? this.#cancelled() : null;
  }

  /** Its last attempt kept the thread past its time: the end of it, or the wait before the next. */
  async #afterOutsideEnd(error: Error): Promise<Failure | null> {
    const { definition, scope } = this.#parts;
    // Whoever ended the thread has told of it.
    markTold(error);
    if (!(await this.#mayRetry(error))) {
      const state = stateNow('FAILED', 'TimedOut', error.message);
      this.#tell({ state, error: toPlainError(error) });
      return { ok: false, state, error };
    }
    await delay(delayBefore(definition.retry, this.#counted, Math.random), scope.signal);
    return scope.signal.aborted ? this.#cancelled() : null;
  }

  /** Attempts that count against the retries. */
  get #counted(): number {
    return (this.#parts.spent?.attempts ?? 0) + this.#attempts;
  }

  /** Waits for a place at the gate; a wait that lasts is shown. */
  async #place(entered: Promise<void>): Promise<void> {
    const shown = setTimeout(() => this.#announce(), SHOW_WAITING_AFTER_MS);
    await entered;
    clearTimeout(shown);
  }

  /** The call's first report. Not at once: of ten thousand calls most would be written twice, as waiting and as ended. */
  #announce(): void {
    if (this.#announced) return;
    this.#announced = true;
    this.#parts.channel.report({ kind: 'task-called', at: this.#calledAt, ...this.#parts.call });
  }

  /** Ends without having run, because the call itself was faulty. */
  refuse(error: unknown): Failure {
    return this.#failed(error, 'Failed');
  }

  async #fromCache(): Promise<Outcome<unknown> | null> {
    const { channel, call, definition, mayUseCache } = this.#parts;
    if (!mayUseCache || call.cacheKey === null || definition.cache === null || definition.cache.refresh) return null;
    const cached = (await channel.ask({ ask: 'cached-result', key: call.cacheKey })) as CachedAnswer | null;
    const kept = cached && readKept(cached);
    if (cached === null || kept === null) return null;
    const { result, content, run, task } = cached;
    if ('fault' in kept) {
      const text = `the cached result of run ${run} cannot be used: ${kept.fault}`;
      channel.report({ kind: 'log', call: null, stream: 'log', level: 'warn', at: Date.now(), text });
      return null;
    }
    const state = stateNow('COMPLETED', 'Cached', `from run ${run}`);
    const value = decode(kept.bytes);
    const lost = call.taskKind === 'shell' ? await lostFile(value) : null;
    if (lost !== null) {
      const text = `the cached result of run ${run} cannot be used: ${lost}`;
      channel.report({ kind: 'log', call: null, stream: 'log', level: 'warn', at: Date.now(), text });
      return null;
    }
    const where = content === null ? { result: result as Uint8Array } : { content };
    this.#tell({ state, reusable: true, ...where, cachedFrom: { run, task } });
    return { ok: true, state, value };
  }

  async #attempt(): Promise<Outcome<unknown> | 'retry'> {
    const { channel, execute, newScope, definition, call, args, scope } = this.#parts;
    if (scope.signal.aborted) return this.#cancelled();
    const refusal = this.#attempts === 0 ? this.#parts.admit?.() : null;
    if (refusal) return this.#returned(refusal);
    let { holds } = scope;
    try {
      const wanted = wantedLimits(definition, holds);
      if (wanted !== null) holds = withTaken(holds, await this.#takeLimits(wanted));
    } catch (error) {
      return scope.signal.aborted ? this.#cancelled() : this.#failed(error, 'Failed');
    }
    this.#attempts++;
    this.#tell({ state: stateNow('RUNNING', this.#attempts === 1 ? 'Running' : 'Retrying', null) });
    if (this.#parts.isTimed) channel.flush();
    const limit = timeLimit(definition.timeoutMs, scope.signal, `task "${definition.name}"`);
    const inner = newScope({
      call: call.call,
      path: call.identity,
      taskName: definition.name,
      taskAttempt: this.attempts,
      get signal() {
        return limit.signal;
      },
      holds,
      onOwnEnd: definition.kind === 'shell' ? limit.endedInTime : undefined,
    });
    try {
      const work = scopes.run(inner, async () => {
        const value = await execute(definition, args, inner);
        if (inner.open.size > 0) await allEnded(inner);
        return value;
      });
      // A command or a subflow must be gone before its end is told, or the next attempt would meet it.
      const mustOutlast =
        definition.kind === 'shell' || definition.kind === 'subflow' || definition.runsCommands === true;
      const value = await (mustOutlast ? limit.outlast(work) : limit.race(work));
      crashPoint('after-user-code');
      return value instanceof ReturnedState ? await this.#returned(value) : this.#completed(value);
    } catch (thrown) {
      const hasTimedOut = SubflowTimedOut.is(thrown);
      const error = hasTimedOut ? thrown.error : thrown;
      // What it called must not go on beside its next attempt.
      limit.abort(error);
      await allEnded(inner);
      if (scope.signal.aborted) return this.#cancelled();
      const name = limit.expired || hasTimedOut ? 'TimedOut' : 'Failed';
      return (await this.#mayRetry(error)) ? this.#retry(error, name) : this.#failed(error, name);
    } finally {
      limit.clear();
      endOpenLines(inner, (report) => channel.report(report));
    }
  }

  async #takeLimits(wanted: WantedLimits): Promise<Readonly<Record<string, number>>> {
    const { channel, call, scope } = this.#parts;
    this.#announce();
    const taken = channel.ask({ ask: 'acquire', call: call.call, ...wanted });
    return orAborted(taken as Promise<Record<string, number>>, scope.signal);
  }

  #completed(value: unknown): Outcome<unknown> {
    const encoded = tryEncode(value);
    const note = 'bytes' in encoded ? null : `the result cannot be stored, so it cannot be reused: ${encoded.reason}`;
    const state = stateNow('COMPLETED', 'Completed', note);
    const expiresMs = this.#parts.definition.cache?.expiresMs ?? null;
    this.#tell({
      state,
      reusable: 'bytes' in encoded,
      cacheExpiresAt: expiresMs === null ? null : state.at + expiresMs,
      ...('bytes' in encoded ? { result: encoded.bytes } : {}),
    });
    return { ok: true, state, value };
  }

  async #returned(returned: ReturnedState): Promise<Outcome<unknown> | 'retry'> {
    const state = stateNow(returned.type, returned.name, returned.message);
    if (isSuccess(returned.type)) {
      const encoded = tryEncode(returned.result);
      const reusable = returned.type === 'COMPLETED' && 'bytes' in encoded;
      this.#tell({ state, reusable, ...('bytes' in encoded ? { result: encoded.bytes } : {}) });
      return { ok: true, state, value: returned.result };
    }
    const error = new Error(returned.message ?? `the task returned ${returned.name}`);
    if (returned.type === 'CANCELLED') return this.#cancelled(error);
    const again = returned.retriable && (await this.#mayRetry(error));
    return again ? this.#retry(error, 'Failed') : this.#failed(error, 'Failed', returned.message);
  }

  async #mayRetry(error: unknown): Promise<boolean> {
    const { definition, channel, call } = this.#parts;
    if (!retriesLeft(definition.retry, this.#counted)) return false;
    // The flow's file is wrong: it will be wrong the next time.
    if ((error as { code?: unknown } | null)?.code === 'invalid-flow') return false;
    const who = `task "${definition.name}"`;
    return allows(definition.retryIf, error, (fault) => channel.report(retryIfFailed(who, fault, call.call)));
  }

  #retry(error: unknown, name: StateName): 'retry' {
    const { retry } = this.#parts.definition;
    const plain = this.#log(error);
    this.#delayMs = delayBefore(retry, this.#counted, Math.random);
    const at = Date.now();
    const again = this.#delayMs === 0 ? '' : `; again at ${new Date(at + this.#delayMs).toISOString()}`;
    const how = name === 'TimedOut' ? 'timed out' : 'failed';
    const why = plain.message.replace(/\.$/, '');
    const message = `attempt ${this.#counted} of ${retry.retries + 1} ${how}: ${why}${again}`;
    this.#tell({ state: { type: 'SCHEDULED', name: 'AwaitingRetry', message, at }, error: plain });
    return 'retry';
  }

  #failed(error: unknown, name: StateName, message?: string | null): Failure {
    const plain = this.#log(error);
    const state = stateNow('FAILED', name, message === undefined ? plain.message : message);
    this.#tell({ state, error: plain });
    return { ok: false, state, error };
  }

  #cancelled(reason: unknown = abortReason(this.#parts.scope.signal)): Failure {
    const error = toPlainError(reason);
    const state = stateNow('CANCELLED', 'Cancelled', error.message);
    this.#tell({ state, error });
    return { ok: false, state, error: reason };
  }

  #log(error: unknown) {
    const { channel, call, definition, scope } = this.#parts;
    // By the subflow, or by a task that it called.
    const isTold = definition.kind === 'subflow' ? wasTold(error) : wasTold(error, call.identity);
    const { plain, report } = failureLog(error, call.call, scope.path);
    this.#announce();
    if (!isTold) channel.report(report);
    return plain;
  }

  #tell(report: Omit<TaskState, 'kind' | 'call'>): void {
    this.#announce();
    const { channel, hooks, call, definition } = this.#parts;
    const hook = hookDeclared(definition, report.state, this.attempts);
    if (hook === null) return channel.report({ kind: 'task-state', call: call.call, ...report });
    channel.report({ kind: 'task-state', call: call.call, ...report, hook });
    const run = { call: call.call, definition, attempt: this.attempts };
    hooks.taskEntered(hook, run, report.state, report.error ?? null);
  }
}

export function stateNow(type: StateType, name: StateName, message: string | null): State {
  return { type, name, message, at: Date.now() };
}

/** `retryIf` false, or itself throwing, means no retry; `tell` is given what it threw. */
export async function allows(
  retryIf: TaskDefinition['retryIf'] | undefined,
  error: unknown,
  tell: (fault: unknown) => void,
): Promise<boolean> {
  if (retryIf === null || retryIf === undefined) return true;
  try {
    return await retryIf(error);
  } catch (fault) {
    tell(fault);
    return false;
  }
}

/** Nobody would guess why an error is not retried. */
export function retryIfFailed(who: string, fault: unknown, call: number | null): Report {
  const text = `retryIf of ${who} failed, so nothing is retried: ${toPlainError(fault).message}`;
  return { kind: 'log', call, stream: 'log', level: 'error', at: Date.now(), text };
}
