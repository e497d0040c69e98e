/**
 * Runs the hooks of a flow run and of its tasks: at once when their state is committed, or later, when the process that
 * recorded them died first. A hook changes nothing: what it throws is logged, and its time is limited.
 */
import { HOOK_LIMIT_MS, HOOK_OPTION, type HookName, hookOf } from '../model/hook.ts';
import { partsOfCode } from '../model/identity.ts';
import { fromPlainError, type PlainError, toPlainError } from '../model/plain-error.ts';
import type { TaskCall } from '../model/report.ts';
import type { DueHook, RunStart } from '../model/run-start.ts';
import type { State } from '../model/state.ts';
import type { FlowDefinition } from '../sdk/flow.ts';
import type { Hook, HookEvent } from '../sdk/hooks.ts';
import type { TaskDefinition } from '../sdk/task.ts';
import { codeHashOf } from './call-identity.ts';
import { endOpenLines } from './capture.ts';
import { ownFrames } from './failure-log.ts';
import { Gate } from './gate.ts';
import { type InnerScope, type Line, type Scope, scopes } from './scope.ts';
import { timeLimit } from './time-limit.ts';

export interface HookParts {
  readonly run: RunStart;
  readonly flow: FlowDefinition;
  readonly line: Line;
  readonly newScope: (parts: InnerScope) => Scope;
  readonly committed: () => Promise<void>;
  /** Tasks that were defined while the file was loaded. */
  readonly moduleTasks: ReadonlySet<TaskDefinition>;
}

/** Whose hook it is; `call` is null where this host has not seen the task's call. */
interface Owner {
  readonly what: string;
  readonly call: number | null;
  readonly task: { readonly name: string; readonly attempt: number } | null;
}

/** The functions of one hook, to be called with the state that they are for. */
interface HookCall {
  readonly list: readonly Hook[];
  readonly hook: HookName;
  readonly owner: Owner;
  readonly state: State;
  readonly error: PlainError | null;
  readonly failedTask: DueHook['failedTask'];
  /** Of its row; null: it has just come about. */
  readonly id: number | null;
}

/** Of ten thousand mapped tasks not all may knock at the same door at once. */
const MOST_AT_ONCE = 16;

/** So that a handler, which may take long, is not taken for a hook that blocks its thread. */
const ALIVE_EVERY_MS = 10_000;

const NEVER = new AbortController().signal;

/** The hook that a task declares for a state; running again after a failure is no beginning. */
export function hookDeclared(definition: TaskDefinition, state: State, attempt: number): HookName | null {
  const name = hookOf(state.type);
  if (name === null || definition.hooks[name] === undefined) return null;
  return name === 'on_running' && attempt > 1 ? null : name;
}

export class HookRuns {
  readonly #parts: HookParts;
  readonly #gate = new Gate(MOST_AT_ONCE);
  readonly #going = new Set<Promise<void>>();
  /** What this host has begun, by number or by call and name. */
  readonly #begun = new Set<string>();
  readonly #seen = new Map<string, { readonly call: number; readonly definition: TaskDefinition }>();

  constructor(parts: HookParts) {
    this.#parts = parts;
  }

  /** The flow's function begins; hooks of its own that an earlier attempt left are run now. */
  flowStarted(state: State): void {
    const { run, flow } = this.#parts;
    if (run.attempt === 1 && flow.hooks.on_running !== undefined)
      this.#start({
        list: flow.hooks.on_running,
        hook: 'on_running',
        owner: this.#flowOwner(),
        state,
        error: null,
        failedTask: null,
        id: null,
      });
    for (const due of run.hooks) if (due.task === null) this.#startDue(due);
  }

  /** A call that this attempt makes again: what its former execution left is run now. */
  taskCalled(call: TaskCall, definition: TaskDefinition): void {
    if (Object.keys(definition.hooks).length === 0) return;
    this.#seen.set(call.identity, { call: call.call, definition });
    for (const due of this.#parts.run.hooks) if (due.task?.identity === call.identity) this.#startDue(due);
  }

  /** The state has been reported; the hook runs once it is committed. */
  taskEntered(
    hook: HookName,
    { call, definition, attempt }: { call: number; definition: TaskDefinition; attempt: number },
    state: State,
    error: PlainError | null,
  ): void {
    const owner = { what: `task "${definition.name}"`, call, task: { name: definition.name, attempt } };
    this.#start({ list: definition.hooks[hook] ?? [], hook, owner, state, error, failedTask: null, id: null });
  }

  /** Resolves when none is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#going);
  }

  /** Runs what is due once the attempt is over, one after the other; what is going on already is waited for. */
  async runDue(all: readonly DueHook[]): Promise<void> {
    await this.settled();
    for (const due of all) {
      this.#startDue(due);
      await this.settled();
    }
  }

  #startDue(due: DueHook): void {
    const { line, flow } = this.#parts;
    const { id, hook, task, state, error, failedTask } = due;
    if (task === null)
      return this.#start({
        list: flow.hooks[hook] ?? [],
        hook,
        owner: this.#flowOwner(),
        state,
        error,
        failedTask,
        id,
      });
    const seen = this.#seen.get(task.identity);
    const definition = seen?.definition ?? this.#definitionOf(task);
    const what = `task "${task.name}"`;
    if (definition === undefined) {
      const text = `${HOOK_OPTION[hook]} of ${what} cannot be run: the file defines no such task any more`;
      line.report({ kind: 'log', call: null, stream: 'log', level: 'warn', at: Date.now(), text });
    }
    const owner = { what, call: seen?.call ?? null, task: { name: task.name, attempt: task.attempt } };
    this.#start({ list: definition?.hooks[hook] ?? [], hook, owner, state, error, failedTask, id });
  }

  /** By its code, else by its name alone: a hook that is late is better than none. */
  #definitionOf({ name, codeHash }: NonNullable<DueHook['task']>): TaskDefinition | undefined {
    const named = [...this.#parts.moduleTasks].filter((task) => task.name === name);
    return named.find((task) => codeHashOf(task) === partsOfCode(codeHash).code) ?? named[0];
  }

  #flowOwner(): Owner {
    return { what: `flow "${this.#parts.run.flow}"`, call: null, task: null };
  }

  #start(due: HookCall): void {
    const { hook, owner, state, id } = due;
    // Begun at once when its state came about, it may be listed as due when the attempt ends.
    const keys = [
      ...(id === null ? [] : [`#${id}`]),
      `${owner.task === null ? 'flow' : owner.call} ${hook} ${state.at}`,
    ];
    if (keys.some((key) => this.#begun.has(key))) return;
    for (const key of keys) this.#begun.add(key);
    const work = this.#run(due);
    this.#going.add(work);
    void work.then(() => this.#going.delete(work));
  }

  /** Rejects never. */
  async #run({ list, hook, owner, state, error, failedTask, id }: HookCall): Promise<void> {
    const { line, run, flow, newScope, committed } = this.#parts;
    await committed();
    await this.#gate.enter();
    // The handlers of a graph limit each of their tries themselves, and may be tried again for long.
    const isHandler = flow.graph !== undefined;
    // As it is written where the flow stands.
    const option = isHandler ? hook : HOOK_OPTION[hook];
    const tell = () => line.report({ kind: 'hook-alive' });
    const alive = isHandler ? setInterval(tell, ALIVE_EVERY_MS) : undefined;
    const limit = timeLimit(isHandler ? null : HOOK_LIMIT_MS, NEVER, `${option} of ${owner.what}`);
    const scope = newScope({
      call: owner.call,
      path: '',
      taskName: owner.task?.name ?? null,
      taskAttempt: owner.task?.attempt ?? run.attempt,
      signal: limit.signal,
      holds: new Map(),
      hook: option,
    });
    const fault = (thrown: unknown) => {
      const plain = ownFrames(toPlainError(thrown));
      const text = `${option} of ${owner.what} failed, which changes nothing: ${plain.stack ?? plain.message}`;
      line.report({ kind: 'log', call: owner.call, stream: 'log', level: 'error', at: Date.now(), text });
    };
    try {
      const work = scopes.run(scope, async () => {
        const { flowRun, taskRun, params } = line.contextOf(scope);
        const told = errorOf(hook, state, error);
        const event: HookEvent = { flowRun, taskRun, state, error: told, failedTask, url: run.url, params };
        for (const each of list) {
          if (scope.signal.aborted) return;
          try {
            await each(event);
          } catch (thrown) {
            // What a hook throws because its time is over is that failure once more.
            if (!scope.signal.aborted) fault(thrown);
          }
        }
      });
      await limit.race(work);
    } catch (thrown) {
      fault(thrown);
    } finally {
      limit.clear();
      clearInterval(alive);
      endOpenLines(scope, (report) => line.report(report));
      line.report({ kind: 'hook-ran', id, call: owner.call, hook, at: Date.now() });
      this.#gate.leave();
    }
  }
}

/** Only failing has an error of the user's: after a cancel or a crash, the state says what happened. */
function errorOf(hook: HookName, { type, name, message }: State, error: PlainError | null): Error | null {
  if (hook !== 'on_failure' && hook !== 'on_cancellation') return null;
  const told = type === 'FAILED' ? error : null;
  return fromPlainError(told ?? { name, message: message ?? name, stack: null });
}
