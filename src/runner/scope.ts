/**
 * Where a piece of user code runs: in the flow's body, or inside a task. Follows it through every await.
 * Everything that user code tells or asks is addressed with the call of its scope.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Report } from '../model/report.ts';
import type { Request } from '../model/request.ts';
import type { StateType } from '../model/state.ts';
import type { TaskFuture } from '../sdk/future.ts';
import type { RunContext, Runtime, Unaddressed } from '../sdk/runtime.ts';
import type { ReturnedState } from '../sdk/states.ts';
import type { TaskDefinition } from '../sdk/task.ts';
import type { Capacity } from './capacity.ts';
import { Gate } from './gate.ts';
import type { CommandOutcome } from './shell/shell.ts';
import type { ShellCommand } from './shell/shell-command.ts';
import type { TimeLimit } from './time-limit.ts';

/** What differs from scope to scope; the rest begins empty. */
export interface InnerScope {
  /** null in the flow's own body. */
  readonly call: number | null;
  /** Part of the identity of the calls made here: '' in the body, the caller's identity inside a task. */
  readonly path: string;
  readonly taskName: string | null;
  readonly taskAttempt: number;
  readonly signal: AbortSignal;
  /** What this scope's task and those around it hold of limits: a child neither waits for it nor takes it again. */
  readonly holds: ReadonlyMap<string, number>;
  /** The name of the hook that runs here: it calls no tasks. */
  readonly hook?: string | undefined;
  /** Of a task that is one command: told when that has ended by itself, however long what it left behind went on. */
  readonly onOwnEnd?: (() => void) | undefined;
}

export interface Scope extends InnerScope {
  readonly line: Line;
  /** How many calls made here run at once. */
  readonly gate: Gate;
  readonly shellGate: Gate;
  /** How often a call of equal name, code and inputs was made here already. */
  readonly counts: Map<string, number>;
  /** Calls made here that have not ended. */
  readonly open: Set<Promise<unknown>>;
  /** What was printed here without a line's end. */
  readonly openLines: Map<'stdout' | 'stderr', string>;
}

/** A scope whose parts are made when they are first needed: ten thousand tasks that call nothing need none of them. */
export class LazyScope implements Scope {
  readonly call: number | null;
  readonly path: string;
  readonly taskName: string | null;
  readonly taskAttempt: number;
  readonly holds: ReadonlyMap<string, number>;
  readonly hook: string | undefined;
  readonly onOwnEnd: (() => void) | undefined;
  readonly line: Line;
  readonly #parts: InnerScope;
  readonly #capacity: Capacity;
  #gate: Gate | undefined;
  #shellGate: Gate | undefined;
  #counts: Scope['counts'] | undefined;
  #open: Scope['open'] | undefined;
  #openLines: Scope['openLines'] | undefined;

  /** `parts` is kept: its signal may be one that is made when asked for. */
  constructor(parts: InnerScope, line: Line, capacity: Capacity) {
    this.#parts = parts;
    this.line = line;
    this.#capacity = capacity;
    this.call = parts.call;
    this.path = parts.path;
    this.taskName = parts.taskName;
    this.taskAttempt = parts.taskAttempt;
    this.holds = parts.holds;
    this.hook = parts.hook;
    this.onOwnEnd = parts.onOwnEnd;
  }

  get signal(): AbortSignal {
    return this.#parts.signal;
  }
  get gate(): Gate {
    this.#gate ??= new Gate(this.#capacity.calls);
    return this.#gate;
  }
  get shellGate(): Gate {
    const { shell } = this.#capacity;
    this.#shellGate ??= shell === null ? this.gate : new Gate(shell);
    return this.#shellGate;
  }
  get counts(): Scope['counts'] {
    this.#counts ??= new Map();
    return this.#counts;
  }
  get open(): Scope['open'] {
    this.#open ??= new Set();
    return this.#open;
  }
  get openLines(): Scope['openLines'] {
    this.#openLines ??= new Map();
    return this.#openLines;
  }
}

/** The same scope, whose calls enter by another gate. */
export function withGate(scope: Scope, gate: Gate): Scope {
  const { call, path, taskName, taskAttempt, signal, holds, line, shellGate, counts, open, openLines } = scope;
  return { call, path, taskName, taskAttempt, signal, holds, line, shellGate, counts, open, openLines, gate };
}

/** The same scope for one command, whose time a limit measures. */
export function withLimit(scope: Scope, { signal, endedInTime }: Pick<TimeLimit, 'signal' | 'endedInTime'>): Scope {
  return { ...withGate(scope, scope.gate), signal, hook: scope.hook, onOwnEnd: endedInTime };
}

/** What makes calls of tasks and flows. */
export interface CallMaker extends Pick<Runtime, 'call' | 'map' | 'callFlow' | 'shell' | 'sleep'> {
  /** A call whose upstreams have ended, and of which it may be decided already what becomes of it. */
  graphCall(task: TaskDefinition, args: readonly unknown[], plan: GraphCall): TaskFuture<unknown>;
  /** Runs a command for the task or hook whose scope this is. */
  command(command: ShellCommand): Promise<CommandOutcome>;
}

/** What the driver of a graph has decided of a call. */
export interface GraphCall {
  /** Numbers of the calls that it came after. */
  readonly upstream: readonly number[];
  /** It ends so without having run, and why. */
  readonly verdict?: ReturnedState;
  readonly error?: unknown;
  /** How many of its kind run at once; null: as many as any. */
  readonly gate?: Gate | null;
  /** A subflow takes a place like any other task: the flow says itself how many of its tasks run at once. */
  readonly takesPlace?: boolean;
  /** Asked when it has its place and would begin: a state ends it instead. */
  readonly admit?: () => ReturnedState | null;
  /** Told how it ended before its place is given to the next one. */
  readonly onEnd?: (state: StateType) => void;
  /** No other call comes after it: its end may be stored together with that of the run. */
  readonly isLast?: boolean;
}

/** Where reports and questions of a scope go: to the engine, or to the thread that started this one. */
export interface Line {
  /** null in threads of the parallel task runner: nothing can be called there. */
  readonly callMaker: CallMaker | null;
  report(report: Report): void;
  ask(request: Unaddressed<Request>, call: number | null): Promise<unknown>;
  contextOf(scope: Scope): RunContext;
  /** What its code threw where nobody could catch it. */
  fail(error: unknown): void;
}

export const scopes = new AsyncLocalStorage<Scope>();

/** The scope has not ended before this has. */
export function keepOpen(scope: Scope, work: Promise<unknown>): void {
  scope.open.add(work);
  const done = () => scope.open.delete(work);
  work.then(done, done);
}

/** Waits until no call made in this scope is open, also those made meanwhile. */
export async function allEnded(scope: Scope): Promise<void> {
  while (scope.open.size > 0) await Promise.allSettled([...scope.open]);
}
