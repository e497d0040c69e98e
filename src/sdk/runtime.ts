/**
 * The seam between the SDK and the runner that drives a flow: the SDK keeps no state of its own.
 * The runner puts itself under a well-known symbol; without it, every call explains that it needs a flow run.
 */
import type { AppliedDeployment, DeploymentWish } from '../model/deployment-wish.ts';
import { WeirError } from '../model/errors.ts';
import type { ArtifactContent, LogLevel } from '../model/report.ts';
import type { Request } from '../model/request.ts';
import type { FlowDefinition } from './flow.ts';
import type { TaskFuture, TaskFutureList } from './future.ts';
import type { ShellOptions, ShellOutcome } from './sh.ts';
import type { TaskDefinition } from './task.ts';

export interface Runtime {
  /** Told of each task when its module is loaded, so that other threads can find it by name and code. */
  define(task: TaskDefinition): void;
  /** Told of each flow: a subflow that no export holds is found again by its name. */
  defineFlow(flow: FlowDefinition): void;
  call(task: TaskDefinition, args: readonly unknown[]): TaskFuture<unknown>;
  map(task: TaskDefinition, args: readonly unknown[]): TaskFutureList<unknown>;
  /** A subflow: a run of its own, and a call of this one. */
  callFlow(flow: FlowDefinition, params: unknown): TaskFuture<unknown>;
  shell(parts: readonly string[], values: readonly unknown[], options: ShellOptions): Promise<ShellOutcome>;
  /** Durable in a flow's own function. */
  sleep(ms: number): Promise<void>;
  ask(request: Unaddressed<Request>): Promise<unknown>;
  /** In a run at once; while a file is loaded it is only taken down. */
  applyDeployment(wish: DeploymentWish): Promise<AppliedDeployment>;
  log(level: LogLevel, text: string, fields: object | undefined): void;
  metric(name: string, value: number): void;
  progress(done: number, total: number | null, label: string | null): void;
  artifact(content: ArtifactContent): void;
  context(): RunContext;
  loadZod(): Record<PropertyKey, unknown>;
}

/** Requests as the SDK makes them: the runner knows which task call is asking. */
export type Unaddressed<R> = R extends { readonly call: unknown } ? Omit<R, 'call'> : R;

/** What `context()` gives. Times are `Date`s in UTC. */
export interface RunContext {
  readonly flowRun: {
    readonly id: number;
    readonly flow: string;
    /** As its flow's `runName` says, else made of the flow's and its number. */
    readonly name: string;
    /** 1 for the first attempt; retries and resumes add attempts. */
    readonly attempt: number;
    readonly tags: readonly string[];
    readonly trigger: string;
  };
  /** null in the flow's own body. */
  readonly taskRun: { readonly name: string; readonly attempt: number } | null;
  /** The attempt of the innermost run: the task's inside a task, else the flow's. */
  readonly attempt: number;
  readonly slot: {
    readonly time: Date;
    readonly start: Date | null;
    readonly end: Date;
    readonly coversFrom: Date | null;
    /** The zone of its schedule, such as `Europe/Berlin`. */
    readonly zone: string;
  } | null;
  readonly params: unknown;
  /** The folder of the flow file. */
  readonly dir: string;
  /** A folder of this run's own, kept over its attempts; made when first asked for. */
  readonly runDir: string;
  /** Aborts when the task or flow runs out of time or is cancelled. */
  readonly signal: AbortSignal;
}

const RUNTIME = Symbol.for('weir.runtime');

export function installRuntime(runtime: Runtime): void {
  (globalThis as Record<symbol, unknown>)[RUNTIME] = runtime;
}

/** The runner of this thread. @throws WeirError `outside-flow` with a sentence naming `what` was tried. */
export function runtime(what: string): Runtime {
  const found = runtimeIfAny();
  if (found !== undefined) return found;
  throw new WeirError(
    'outside-flow',
    `${what} needs a running flow, but this file was started by something else than Weir`,
    {
      hint: 'start it with "weir run FILE"',
    },
  );
}

export function runtimeIfAny(): Runtime | undefined {
  return (globalThis as Record<symbol, unknown>)[RUNTIME] as Runtime | undefined;
}
