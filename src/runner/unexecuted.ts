/**
 * Calls of tasks that end without being executed: reused, ruled out by their graph, failed with what they came after, or
 * refused because `weir retry --only` executes something else. Each is told as it ends; nothing of the user's runs here.
 */
import { decode } from '../model/codec.ts';
import { fromPlainError, type PlainError } from '../model/plain-error.ts';
import type { TaskCall } from '../model/report.ts';
import type { MemoEntry } from '../model/run-start.ts';
import { isSuccess } from '../model/state.ts';
import type { Outcome } from '../sdk/future.ts';
import type { ReturnedState } from '../sdk/states.ts';
import type { TaskDefinition } from '../sdk/task.ts';
import type { Channel } from './channel.ts';
import { failureLog } from './failure-log.ts';
import { type HookRuns, hookDeclared } from './hooks.ts';
import { readKept } from './kept-result.ts';
import type { OnlyVerdict } from './only.ts';
import { lostFile } from './shell/kept-files.ts';
import { stateNow } from './task-run.ts';

export class Unexecuted {
  readonly #channel: Channel;
  readonly #hooks: HookRuns;
  /** Told which call a value came from, for whoever it is passed on to. */
  readonly #remember: (value: unknown, call: TaskCall) => void;

  constructor(channel: Channel, hooks: HookRuns, remember: (value: unknown, call: TaskCall) => void) {
    this.#channel = channel;
    this.#hooks = hooks;
    this.#remember = remember;
  }

  /** It was decided that it does not run. */
  async ruled(
    call: TaskCall,
    definition: TaskDefinition,
    { type, name, message }: ReturnedState,
    error: unknown,
  ): Promise<Outcome<unknown>> {
    this.#hooks.taskCalled(call, definition);
    const state = stateNow(type, name, message);
    this.#channel.report({ kind: 'task-called', at: state.at, ...call });
    const told = error === undefined ? null : failureLog(error, call.call);
    if (told !== null) this.#channel.report(told.report);
    const plain = told === null ? {} : { error: told.plain };
    this.#channel.report({ kind: 'task-state', call: call.call, state, ...plain });
    await this.#channel.committed();
    if (isSuccess(type)) return { ok: true, state, value: null };
    return { ok: false, state, error: error ?? new Error(message ?? name) };
  }

  async upstreamFailed(
    call: TaskCall,
    definition: TaskDefinition,
    failed: Outcome<unknown> & { ok: false },
  ): Promise<Outcome<unknown>> {
    const why = `an upstream did not complete: ${failed.state.message ?? failed.state.name}`;
    const state = stateNow('FAILED', 'UpstreamFailed', why);
    this.#channel.report({ kind: 'task-called', at: state.at, ...call });
    const hook = hookDeclared(definition, state, 0);
    this.#channel.report({ kind: 'task-state', call: call.call, state, ...(hook === null ? {} : { hook }) });
    if (hook !== null) this.#hooks.taskEntered(hook, { call: call.call, definition, attempt: 0 }, state, null);
    await this.#channel.committed();
    return { ok: false, state, error: failed.error };
  }

  /** A call that may not be executed gets what an earlier attempt left for it. */
  async withhold(call: TaskCall, verdict: Exclude<OnlyVerdict, { kind: 'execute' }>): Promise<Outcome<unknown>> {
    switch (verdict.kind) {
      case 'reuse': {
        const kept = this.keptOf(call, verdict.former);
        if (kept === null) return this.#refuse(call, 'its stored result could not be read');
        const lost = await lostOf(call, kept.value);
        if (lost !== null) return this.#refuse(call, lost);
        return this.reuse({ ...call, identity: verdict.former.identity }, kept.value);
      }
      case 'keep-failure': {
        const { state, error } = verdict.former.former;
        this.#channel.report({ kind: 'task-kept', at: Date.now(), ...call, identity: verdict.former.identity });
        return { ok: false, state, error: fromPlainError(error ?? withheldError(state.message ?? state.name)) };
      }
      case 'refuse':
        return this.#refuse(call, verdict.sentence);
    }
  }

  async #refuse(call: TaskCall, sentence: string): Promise<Outcome<unknown>> {
    const message = `task "${call.name}" was not executed: ${sentence}`;
    const state = stateNow('FAILED', 'Failed', message);
    const error = withheldError(message);
    this.#channel.report({ kind: 'task-called', at: state.at, ...call });
    this.#channel.report({ kind: 'task-state', call: call.call, state, error });
    await this.#channel.committed();
    return { ok: false, state, error: fromPlainError(error) };
  }

  /** null: there is no result, or none that can be read; then it is told, and the task runs again. */
  keptOf(call: TaskCall, entry: MemoEntry): { readonly value: unknown } | null {
    const kept = readKept(entry);
    if (kept === null) return null;
    if ('bytes' in kept) return { value: decode(kept.bytes) };
    const text = `the stored result of task "${call.name}" cannot be reused: ${kept.fault}`;
    this.#channel.report({ kind: 'log', call: null, stream: 'log', level: 'warn', at: Date.now(), text });
    return null;
  }

  reuse(call: TaskCall, value: unknown): Outcome<unknown> {
    const state = stateNow('COMPLETED', 'Completed', null);
    this.#channel.report({ kind: 'task-reused', at: state.at, ...call });
    this.#remember(value, call);
    return { ok: true, state, value };
  }
}

/** Only commands hand on files; everything else has nothing to be looked after. */
export function lostOf({ taskKind }: TaskCall, value: unknown): Promise<string | null> | null {
  return taskKind === 'shell' ? lostFile(value) : null;
}

function withheldError(message: string): PlainError {
  return { name: 'NotExecuted', message, stack: null };
}
