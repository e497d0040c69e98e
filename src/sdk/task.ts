/**
 * `task()`: a step of a flow with its own retries, cache, timeout, state and log.
 * Gives a frozen description that can be called; what a call means is the runner's business.
 */
import type { Duration } from '../model/duration.ts';
import { parseDuration } from '../model/duration.ts';
import { WeirError } from '../model/errors.ts';
import { kebabCase, refuseBadName } from '../model/flow-name.ts';
import type { CodeSources } from '../model/named-files.ts';
import { type RetryDelayInput, type RetryPolicy, resolveRetryPolicy } from '../model/retry.ts';
import type { Given, TaskFuture, TaskFutureList } from './future.ts';
import { type HookOptions, type Hooks, hookOptionsOf, resolveHooks } from './hooks.ts';
import { refuseNoFuture, type Unmapped } from './markers.ts';
import { refuseNoAmounts, refuseNoFunction, refuseNoText, refuseNoTexts } from './option-values.ts';
import { refuseUnknownOptions } from './options.ts';
import { type RunContext, runtime, runtimeIfAny } from './runtime.ts';

export interface TaskOptions<Args extends readonly unknown[] = readonly unknown[]> extends HookOptions {
  /** Default: the function's name in kebab-case. */
  name?: string;
  /** One sentence for whoever reads the flow. */
  description?: string;
  /** Part of the code's identity: change it when a helper changed that the function's own text does not show. */
  version?: string;
  /** Added to those of its flow; where a limit `tag:x` exists, a task that has the tag `x` itself occupies 1. */
  tags?: readonly string[];
  /** How often a failed call is tried again; 3 means at most 4 calls. Default 0. */
  retries?: number;
  /** `'10s'`, `['1s', '10s', '1m']` (the last repeats) or `exponential('1s')`. Default: none. */
  retryDelay?: RetryDelayInput;
  /** 0.5 makes each delay up to half as long again. Default 0. */
  retryJitter?: number;
  /** False, or throwing, means that this error is not retried. */
  retryIf?: (error: unknown) => boolean | Promise<boolean>;
  /** Awake time that one attempt may take, such as `'5m'`; then it is TimedOut and its `signal` aborts. */
  timeout?: Duration;
  /** Reuse of results across flow runs; off unless asked. The task's code is always part of the key. */
  cache?: {
    key: 'inputs' | ((context: RunContext, ...args: Args) => string);
    /** Such as `'7d'`; default: never. */
    expires?: Duration;
    /** True executes in any case and replaces what was kept. */
    refresh?: boolean;
  };
  /** Stands for the inputs in the identity of a call when they cannot be hashed. */
  key?: (...args: Args) => string;
  /** Names of concurrency limits and how much of each a running attempt holds, such as `{ gpu: 1 }`. */
  occupies?: Readonly<Record<string, number>>;
  /** Calls to wait for without taking data from them; for `with()` inside a flow, where there are futures. */
  waitFor?: readonly (TaskFuture<unknown> | TaskFutureList<unknown>)[];
  /**
   * What tells one call from another in terminal and page: `'alpha={1}'` (`{0}`, `{1}`... stand for the arguments), or
   * a function of the arguments.
   */
  runName?: string | ((...args: Args) => string);
}

const OPTIONS: Readonly<Record<keyof TaskOptions, true>> = {
  name: true,
  description: true,
  version: true,
  tags: true,
  retries: true,
  retryDelay: true,
  retryJitter: true,
  retryIf: true,
  timeout: true,
  cache: true,
  key: true,
  occupies: true,
  waitFor: true,
  runName: true,
  onRunning: true,
  onCompletion: true,
  onFailure: true,
  onCancellation: true,
};

/** A task: call it inside a flow, map it over arrays, or make a copy with other options. */
export interface Task<Args extends readonly unknown[], Result> {
  (...args: GivenAll<Args>): TaskFuture<Result>;
  /**
   * One call for each item: arrays, and futures of arrays, are zipped and must have equal length;
   * everything else, also strings, is the same in each call. `unmapped(array)` makes an array constant.
   *
   * @example await train.map(unmapped(rows), [0.1, 1, 10])
   */
  map(...args: MappedAll<Args>): TaskFutureList<Result>;
  /** A copy with changed options. @example fetchWeek.with({ retries: 10 }) */
  with(options: TaskOptions<Args>): Task<Args, Result>;
  /** Calls that only wait for others, without taking data from them. @example report.after(train)(rows) */
  after(
    ...others: readonly (TaskFuture<unknown> | TaskFutureList<unknown>)[]
  ): (...args: GivenAll<Args>) => TaskFuture<Result>;
  readonly definition: TaskDefinition;
}

type GivenAll<Args extends readonly unknown[]> = { [Position in keyof Args]: Given<Args[Position]> };
type MappedAll<Args extends readonly unknown[]> = {
  [Position in keyof Args]:
    | Given<Args[Position]>
    | readonly Given<Args[Position]>[]
    | TaskFuture<readonly Args[Position][]>
    | TaskFutureList<Args[Position]>
    | Unmapped<Args[Position] | TaskFuture<Args[Position]>>;
};

/** The frozen description of a task, as the runner reads it. */
export interface TaskDefinition {
  readonly name: string;
  readonly kind: 'function' | 'shell' | 'promote' | 'subflow';
  readonly description: string;
  readonly tags: readonly string[];
  readonly retry: RetryPolicy;
  readonly retryIf: ((error: unknown) => boolean | Promise<boolean>) | null;
  readonly timeoutMs: number | null;
  readonly cache: {
    readonly key: 'inputs' | ((context: RunContext, ...args: never[]) => string);
    readonly expiresMs: number | null;
    readonly refresh: boolean;
  } | null;
  readonly key: ((...args: never[]) => string) | null;
  readonly occupies: Readonly<Record<string, number>> | null;
  readonly runName: string | ((...args: never[]) => string) | null;
  readonly waitFor: readonly (TaskFuture<unknown> | TaskFutureList<unknown>)[];
  readonly hooks: Hooks;
  /** What the code hash is made of: the function's text, or a shell task's command. */
  readonly code: string;
  readonly version: string | null;
  /** Of a shell task: what names the project files that are part of its code. */
  readonly sources?: CodeSources;
  /** It runs commands though it is no shell task: whatever ends it waits until they are gone. */
  readonly runsCommands?: boolean;
  readonly run: (...args: never[]) => unknown;
}

/**
 * Describes a task: a step with its own retries, cache, timeout, state and log. Called inside a flow, it gives its future
 * at once.
 *
 * @example
 * const fetchWeek = task({ name: 'fetch-week', retries: 3, retryDelay: ['1s', '10s'] }, async (week: string) => download(week));
 * @throws WeirError `invalid-value` for a name or option that cannot be
 */
export function task<Args extends readonly unknown[], Result>(
  run: (...args: Args) => Result,
): Task<Args, Awaited<Result>>;
export function task<Args extends readonly unknown[], Result>(
  options: TaskOptions<Args>,
  run: (...args: Args) => Result,
): Task<Args, Awaited<Result>>;
export function task<Args extends readonly unknown[], Result>(
  first: TaskOptions<Args> | ((...args: Args) => Result),
  second?: (...args: Args) => Result,
): Task<Args, Awaited<Result>> {
  const options = typeof first === 'function' ? {} : first;
  const run = typeof first === 'function' ? first : second;
  if (typeof run !== 'function') {
    throw new WeirError('invalid-value', 'task() was called without a function', {
      hint: 'task({ name: "train" }, async (rows) => { ... })',
    });
  }
  return callable(
    defineTask(
      'function',
      options as unknown as TaskOptions<never[]>,
      run as (...args: never[]) => unknown,
      run.toString(),
    ),
  ) as Task<Args, Awaited<Result>>;
}

/** Description of a task from options that are checked here, once, where the author sees the line. */
export function defineTask(
  kind: TaskDefinition['kind'],
  options: TaskOptions<never[]>,
  run: (...args: never[]) => unknown,
  code: string,
): TaskDefinition {
  const name = options.name ?? (kebabCase(run.name) || 'task');
  if (kind === 'function') {
    refuseBadName('task', name);
    refuseUnknownOptions(`task "${name}"`, options, OPTIONS);
  }
  const what = `task "${name}"`;
  for (const option of ['description', 'version'] as const) refuseNoText(what, option, options[option]);
  refuseNoTexts(what, 'tags', options.tags);
  refuseNoFunction(what, 'retryIf', options.retryIf, 'retryIf: (error) => error.code !== 401');
  refuseNoFunction(what, 'key', options.key, 'key: (row) => row.id');
  refuseNoAmounts(what, 'occupies', options.occupies, 1);
  if (typeof options.runName !== 'function') refuseNoText(what, 'runName', options.runName);
  const definition: TaskDefinition = Object.freeze({
    name,
    kind,
    description: options.description ?? '',
    tags: Object.freeze([...(options.tags ?? [])]),
    retry: resolveRetryPolicy(options),
    retryIf: options.retryIf ?? null,
    timeoutMs: options.timeout === undefined ? null : parseDuration(options.timeout),
    cache: resolveCache(name, options.cache),
    key: options.key ?? null,
    occupies: options.occupies === undefined ? null : Object.freeze({ ...options.occupies }),
    runName: options.runName ?? null,
    waitFor: resolveWaitFor(`waitFor of ${what}`, options.waitFor ?? []),
    hooks: resolveHooks(what, options),
    code,
    version: options.version ?? null,
    run,
  });
  runtimeIfAny()?.define(definition);
  return definition;
}

function callable(definition: TaskDefinition, options: TaskOptions<never[]> = {}): Task<readonly unknown[], unknown> {
  const what = `the task "${definition.name}"`;
  const call = (...args: unknown[]) => runtime(what).call(definition, args);
  return Object.freeze(
    Object.assign(call, {
      map: (...args: unknown[]) => runtime(what).map(definition, args),
      with: (changes: TaskOptions<never[]>) => {
        const merged = { ...optionsOf(definition), ...options, ...changes };
        return callable(defineTask(definition.kind, merged, definition.run, definition.code), {
          ...options,
          ...changes,
        });
      },
      after:
        (...others: readonly (TaskFuture<unknown> | TaskFutureList<unknown>)[]) =>
        (...args: unknown[]) =>
          runtime(what).call(waitingFor(definition, others), args),
      definition,
    }),
  ) as unknown as Task<readonly unknown[], unknown>;
}

function waitingFor(definition: TaskDefinition, others: TaskDefinition['waitFor']): TaskDefinition {
  const waitFor = resolveWaitFor(`after() of task "${definition.name}"`, others);
  return { ...definition, waitFor: [...definition.waitFor, ...waitFor] };
}

function resolveWaitFor(what: string, given: unknown): TaskDefinition['waitFor'] {
  const list = (Array.isArray(given) ? given : [given]) as TaskDefinition['waitFor'];
  for (const item of list) refuseNoFuture(what, item);
  return list;
}

/** The options that give the same definition again. */
function optionsOf(definition: TaskDefinition): TaskOptions<never[]> {
  const { cache } = definition;
  const { delay } = definition.retry;
  return {
    name: definition.name,
    description: definition.description,
    tags: definition.tags,
    retries: definition.retry.retries,
    retryDelay: delay.kind === 'list' ? delay.delaysMs : delay,
    retryJitter: definition.retry.jitter,
    ...(definition.retryIf === null ? {} : { retryIf: definition.retryIf }),
    ...(definition.timeoutMs === null ? {} : { timeout: definition.timeoutMs }),
    ...(cache === null
      ? {}
      : {
          cache: {
            key: cache.key,
            refresh: cache.refresh,
            ...(cache.expiresMs === null ? {} : { expires: cache.expiresMs }),
          },
        }),
    ...(definition.key === null ? {} : { key: definition.key }),
    ...(definition.occupies === null ? {} : { occupies: definition.occupies }),
    ...(definition.runName === null ? {} : { runName: definition.runName }),
    ...(definition.version === null ? {} : { version: definition.version }),
    waitFor: definition.waitFor,
    ...hookOptionsOf(definition.hooks),
  };
}

function resolveCache(name: string, cache: TaskOptions<never[]>['cache']): TaskDefinition['cache'] {
  if (cache === undefined) return null;
  if (cache.key !== 'inputs' && typeof cache.key !== 'function') {
    throw new WeirError(
      'invalid-value',
      `the cache key of task "${name}" is ${JSON.stringify(cache.key)}; it must be 'inputs' or a function`,
      {
        hint: "cache: { key: 'inputs', expires: '7d' }",
      },
    );
  }
  return {
    key: cache.key,
    expiresMs: cache.expires === undefined ? null : parseDuration(cache.expires),
    refresh: cache.refresh ?? false,
  };
}
