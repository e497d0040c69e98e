/**
 * `flow()`: a function that describes a pipeline, with what Weir must know to start, repeat and judge it.
 * Gives a frozen description; the runner calls its function.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type Duration, parseDuration } from '../model/duration.ts';
import { WeirError } from '../model/errors.ts';
import { kebabCase, refuseBadName } from '../model/flow-name.ts';
import { HOST_KINDS, type HostKind } from '../model/message.ts';
import { type RetryDelayInput, resolveRetryPolicy } from '../model/retry.ts';
import { callingFile } from './calling-file.ts';
import type { Given, TaskFuture } from './future.ts';
import { type HookOptions, type Hooks, resolveHooks } from './hooks.ts';
import { refuseNoAmounts, refuseNoFunction, refuseNoText, refuseNoTexts, refuseNotWhole } from './option-values.ts';
import { refuseUnknownOptions } from './options.ts';
import { runtime, runtimeIfAny } from './runtime.ts';
import type { ScheduleInput } from './schedules.ts';

export interface FlowOptions<Schema extends StandardSchemaV1 | undefined = StandardSchemaV1 | undefined>
  extends HookOptions {
  /** Default: the function's or the file's name in kebab-case. `/ % & < >` are refused. */
  name?: string;
  /** One sentence about it, kept with its deployment. */
  description?: string;
  /** What you call this state of the flow, such as `'2.1'`; kept with its runs. */
  version?: string;
  /**
   * Schema of the parameters: zod's `z.object({...})`, or any other Standard Schema. A run whose parameters it refuses
   * fails with `invalid-parameters` and is not retried.
   */
  params?: Schema;
  /** False hands the parameters to the function as they came. Default true. */
  validateParams?: boolean;
  /** Carried by its runs and their tasks; `weir runs tag:nightly` finds them. */
  tags?: readonly string[];
  /** How often a failed run is executed again; finished tasks are reused. Default 0. */
  retries?: number;
  /** `'10s'`, `['1s', '10s', '1m']` (the last repeats) or `exponential('1s')`. Default: none. */
  retryDelay?: RetryDelayInput;
  /** 0.5 makes each delay up to half as long again. Default 0. */
  retryJitter?: number;
  /** False, or throwing, means that this error is not retried. */
  retryIf?: (error: unknown) => boolean | Promise<boolean>;
  /** How often a run whose process died is resumed. Default 2: Crashed at the third crash. */
  crashRetries?: number;
  /** Awake time that one attempt may take, such as `'2h'`; then it is TimedOut and its tasks are stopped. */
  timeout?: Duration;
  /**
   * What its runs execute in: a thread (default, quick), or a child process of its own, for code that needs much
   * memory or may take its process down.
   */
  infrastructure?: HostKind;
  /** How task calls are started: one at a time, as their inputs arrive (default), or on other threads. */
  runner?: 'sequential' | 'concurrent' | 'parallel';
  /** Task calls at once. Default 256; for `parallel` and for shell tasks the number of cores. */
  maxConcurrency?: number;
  /** Capacities of the limits that this flow's tasks occupy, such as `{ gpu: 1 }`. */
  concurrencyLimits?: Readonly<Record<string, number>>;
  /**
   * What each run of this flow holds of limits as long as it runs, such as `{ gpu: 1 }`. Without room the run waits and
   * has not begun. Its tasks are not covered: what they occupy themselves comes on top.
   */
  occupies?: Readonly<Record<string, number>>;
  /** Runs of its deployment that are under way at once, at most; more wait for their turn. Default: any number. */
  concurrency?: number;
  /** So many scheduled runs that fail in a row pause its deployment, until somebody resumes it. Default: never. */
  pauseAfterFailures?: number;
  /** `'0 6 * * MON'`, `{ cron, timezone }`, `{ interval: '1h' }`, or a list of them. */
  schedule?: ScheduleInput | readonly ScheduleInput[];
  /** The same as a list. */
  schedules?: readonly ScheduleInput[];
  /** Name of each run, such as `'week {week}'`: `{name}` stands for a parameter. */
  runName?: string;
}

const OPTIONS: Readonly<Record<keyof FlowOptions, true>> = {
  name: true,
  description: true,
  version: true,
  params: true,
  validateParams: true,
  tags: true,
  retries: true,
  retryDelay: true,
  retryJitter: true,
  retryIf: true,
  crashRetries: true,
  timeout: true,
  infrastructure: true,
  runner: true,
  maxConcurrency: true,
  concurrencyLimits: true,
  occupies: true,
  concurrency: true,
  pauseAfterFailures: true,
  schedule: true,
  schedules: true,
  runName: true,
  onRunning: true,
  onCompletion: true,
  onFailure: true,
  onCancellation: true,
};

/** The frozen description of a flow, as the runner reads it. */
export interface FlowDefinition {
  /** null: the file's name serves. */
  readonly name: string | null;
  readonly options: FlowOptions;
  readonly runner: 'sequential' | 'concurrent' | 'parallel';
  readonly timeoutMs: number | null;
  readonly schedules: readonly ScheduleInput[];
  /** URL of the file that describes it; null where the engine does not tell. */
  readonly file: string | null;
  readonly hooks: Hooks;
  readonly run: (params: never) => unknown;
  /** What only a flow of YAML has. */
  readonly graph?: GraphTraits;
}

/** What is known of a flow whose tasks are commands. */
export interface GraphTraits {
  /** The most items that one of its tasks wants to run at once; 0: none says so. */
  readonly widestTask: number;
  /** Stands for its function's text: what its calls are known again by. */
  readonly code: string;
  /** No code of the user's is loaded for it or its subflows: its runs can share a thread. */
  readonly isShared: boolean;
}

/** A flow. Called inside another one it is a subflow: a run of its own, and a future like that of a task. */
export interface Flow<Params, Result> {
  (...params: GivenParams<Params>): TaskFuture<Result>;
  readonly definition: FlowDefinition;
}

/** Nothing need be given where nothing is required. */
type GivenParams<Params> = Record<never, never> extends Params ? [params?: Given<Params>] : [params: Given<Params>];

type ParamsOf<Schema> = Schema extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<Schema>
  : Readonly<Record<string, unknown>>;
type InputOf<Schema> = Schema extends StandardSchemaV1
  ? StandardSchemaV1.InferInput<Schema>
  : Readonly<Record<string, unknown>>;

const FLOW = Symbol.for('weir.flow');

/**
 * Describes a flow: a function that calls tasks, with what is to happen when it fails, waits, or is due. Calling a flow
 * inside another one makes it a subflow, a run of its own.
 *
 * @example
 * export default flow(
 *   { name: 'weekly-retrain', params: z.object({ week: z.number() }), schedule: '0 6 * * MON' },
 *   async ({ week }) => train(fetchWeek(week)),
 * );
 * @throws WeirError `invalid-value` for a name or option that cannot be
 */
export function flow<Result>(
  run: (params: Readonly<Record<string, unknown>>) => Result,
): Flow<Readonly<Record<string, unknown>>, Awaited<Result>>;
export function flow<Result, Schema extends StandardSchemaV1 | undefined = undefined>(
  options: FlowOptions<Schema>,
  run: (params: ParamsOf<Schema>) => Result,
): Flow<InputOf<Schema>, Awaited<Result>>;
export function flow(
  first: FlowOptions | ((params: never) => unknown),
  second?: (params: never) => unknown,
): Flow<never, unknown> {
  const options = typeof first === 'function' ? {} : first;
  const run = typeof first === 'function' ? first : second;
  if (typeof run !== 'function') {
    throw new WeirError('invalid-value', 'flow() was called without a function', {
      hint: 'flow({ name: "nightly" }, async () => { ... })',
    });
  }
  const definition = defineFlow(options, run);
  runtimeIfAny()?.defineFlow(definition);
  return callableFlow(definition);
}

/** @internal what `flow()` gives, of a description that is there already */
export function callableFlow(definition: FlowDefinition): Flow<never, unknown> {
  const call = (params: unknown) =>
    runtime(`the flow "${definition.name ?? 'of this file'}"`).callFlow(definition, params);
  return Object.freeze(Object.assign(call, { definition, [FLOW]: true })) as unknown as Flow<never, unknown>;
}

export function isFlow(value: unknown): value is Flow<never, unknown> {
  return typeof value === 'function' && (value as unknown as Record<symbol, unknown>)[FLOW] === true;
}

function defineFlow(options: FlowOptions, run: (params: never) => unknown): FlowDefinition {
  const name = options.name ?? (kebabCase(run.name) || null);
  if (name !== null) refuseBadName('flow', name);
  const what = name === null ? 'a flow' : `flow "${name}"`;
  refuseUnknownOptions(what, options, OPTIONS);
  refuseNoSchema(what, options.params);
  for (const option of ['description', 'version', 'runName'] as const) refuseNoText(what, option, options[option]);
  refuseNoTexts(what, 'tags', options.tags);
  refuseNoFunction(what, 'retryIf', options.retryIf, 'retryIf: (error) => error.code !== 401');
  // Checked here, where the author sees the line, although only the engine will use it.
  resolveRetryPolicy(options);
  const runner = options.runner ?? 'concurrent';
  if (!['sequential', 'concurrent', 'parallel'].includes(runner)) {
    throw new WeirError('invalid-value', `${what} has the runner ${JSON.stringify(runner)}`, {
      hint: 'use sequential, concurrent or parallel',
    });
  }
  const { infrastructure } = options;
  if (infrastructure !== undefined && !HOST_KINDS.includes(infrastructure)) {
    throw new WeirError('invalid-value', `${what} has the infrastructure ${JSON.stringify(infrastructure)}`, {
      hint: `use ${HOST_KINDS.join(' or ')}`,
    });
  }
  refuseNotWhole(what, 'maxConcurrency', options.maxConcurrency, 1);
  refuseNotWhole(what, 'crashRetries', options.crashRetries, 0);
  refuseNotWhole(what, 'concurrency', options.concurrency, 1);
  refuseNotWhole(what, 'pauseAfterFailures', options.pauseAfterFailures, 1);
  refuseNoAmounts(what, 'concurrencyLimits', options.concurrencyLimits, 0);
  refuseNoAmounts(what, 'occupies', options.occupies, 1);
  const listed =
    options.schedule === undefined
      ? []
      : Array.isArray(options.schedule)
        ? options.schedule
        : [options.schedule as ScheduleInput];
  return Object.freeze({
    name,
    options: Object.freeze({ ...options }),
    runner,
    timeoutMs: options.timeout === undefined ? null : parseDuration(options.timeout),
    schedules: [...listed, ...(options.schedules ?? [])],
    file: callingFile(flow),
    hooks: resolveHooks(what, options),
    run,
  });
}

/** `params: { week: z.number() }` is easily written, and would validate nothing. */
function refuseNoSchema(what: string, params: unknown): void {
  const standard = (params as { '~standard'?: { validate?: unknown } } | null | undefined)?.['~standard'];
  if (params === undefined || typeof standard?.validate === 'function') return;
  throw new WeirError('invalid-value', `the params of ${what} are no schema`, {
    hint: 'params: z.object({ week: z.number() }), or any other Standard Schema',
  });
}
