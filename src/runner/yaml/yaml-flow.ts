/**
 * What a YAML flow is once it has been read and found valid: plain data (it passes through structured clone), durations
 * in milliseconds, defaults merged in, tasks in an order in which they can run. Whoever executes it needs nothing else.
 */
import type { HostKind } from '../../model/message.ts';
import type { JsonSchema } from '../../model/param-schema.ts';
import type { RetryPolicy } from '../../model/retry.ts';
import type { ScheduleInput } from '../../model/schedule-input.ts';
import type { TriggerRule } from '../../model/trigger.ts';

export interface YamlFlow {
  readonly name: string;
  readonly description: string;
  /** With the flow's own timezone, catchup, catchup_window and overlap where the schedule does not say them. */
  readonly schedules: readonly ScheduleInput[];
  /** In the order of their declaration. */
  readonly params: readonly YamlParam[];
  /** Of all parameters as they may be given; null when the flow declares none. */
  readonly paramsSchema: JsonSchema | null;
  readonly surroundings: YamlSurroundings;
  readonly tags: readonly string[];
  readonly queue: string | null;
  readonly infrastructure: HostKind | null;
  /** Task runs at once; null: the default of shell tasks. */
  readonly maxConcurrency: number | null;
  /** Of the flow run. */
  readonly retry: RetryPolicy;
  readonly crashRetries: number | null;
  readonly timeoutMs: number | null;
  /** Runs of the deployment at once; null: no limit. */
  readonly concurrency: number | null;
  readonly pauseAfterFailures: number | null;
  readonly concurrencyLimits: Readonly<Record<string, number>>;
  /** Each after everything it needs, otherwise as they stand in the file. */
  readonly tasks: readonly YamlTask[];
  readonly handlers: {
    readonly on_completion?: YamlHandler;
    readonly on_failure?: YamlHandler;
    readonly on_cancellation?: YamlHandler;
  };
  readonly notify: readonly string[];
}

export interface YamlParam {
  readonly name: string;
  /** JSON Schema of its value; Weir's short `type: date` is written out. */
  readonly schema: JsonSchema;
  /** Absent: the parameter must be given. May name slot, run and variables. */
  readonly default?: YamlData;
  readonly at: YamlPlace;
}

/** Where and with what a command runs. Those of tasks and handlers are complete: flow and `defaults` are merged in. */
export interface YamlSurroundings {
  /** Paths relative to the flow's folder; later files win, and `env` wins over all of them. */
  readonly envFiles: readonly string[];
  readonly inheritEnv: 'all' | 'none' | readonly string[];
  /**
   * In the order of flow, defaults, task: an expression may name what stands before it by `env.NAME`, its own former value
   * (`PATH: ./bin:${{ env.PATH }}`) included. Of equal names the last one counts.
   */
  readonly env: readonly (readonly [string, YamlTemplate])[];
  /** Names to be given as environment variables. */
  readonly secrets: readonly string[];
  readonly venv: string | null;
  readonly conda: string | null;
  /** null: `bash -eo pipefail`, else `sh -e`. */
  readonly shell: string | null;
  /** null: the folder of the flow file. */
  readonly workingDir: YamlTemplate | null;
}

export interface YamlTask {
  /** Its key under `tasks`. */
  readonly name: string;
  readonly at: YamlPlace;
  readonly description: string;
  /** What its runs are called in terminal and page; null: by the name. */
  readonly label: YamlTemplate | null;
  /** Direct upstreams, each once. */
  readonly needs: readonly string[];
  readonly trigger: TriggerRule;
  /** `if`: false means Skipped. Names `item` where it is to be asked for each item. */
  readonly condition: YamlExpression | null;
  readonly forEach: YamlForEach | null;
  /** Of its items; null: no limit of its own. */
  readonly maxConcurrency: number | null;
  /** A failed item keeps those from starting that have not begun. */
  readonly failFast: boolean;
  /** Its failure does not fail the flow. */
  readonly continueOnFailure: boolean;
  readonly retry: RetryPolicy;
  /** Exit codes that are retried; null: every failure. */
  readonly retryOn: readonly number[] | null;
  readonly timeoutMs: number | null;
  readonly cache: YamlCache | null;
  /** Globs of project files that are part of the task's code. */
  readonly code: readonly string[];
  /** Files that it hands on, by name. */
  readonly files: Readonly<Record<string, YamlTemplate>>;
  readonly surroundings: YamlSurroundings;
  readonly tags: readonly string[];
  readonly occupies: Readonly<Record<string, number>>;
  readonly work: YamlWork;
}

export type YamlWork =
  /** A script for a shell. Values are bound by model/shell-script.ts where `isPosix`; elsewhere it holds none. */
  | { readonly kind: 'script'; readonly script: YamlTemplate; readonly isPosix: boolean }
  /** A program with its arguments, without a shell. An argument that is one expression of a list becomes several. */
  | { readonly kind: 'arguments'; readonly arguments: readonly YamlTemplate[] }
  | {
      readonly kind: 'flow';
      /** As written: `./other.yaml`, `train.ts:weekly`, or the name of a flow. */
      readonly text: string;
      /** Path as written, null where `flow` is the name alone. */
      readonly file: string | null;
      readonly flow: string | null;
      readonly params: Readonly<Record<string, YamlData>>;
    }
  | {
      readonly kind: 'promote';
      readonly model: string;
      readonly file: YamlTemplate;
      readonly metric: string;
      readonly goal: 'min' | 'max';
      readonly margin: number;
      readonly minimum: number | null;
      /** The command that evaluates $WEIR_MODEL. */
      readonly evaluate: YamlTemplate;
      /** As of a script. */
      readonly isPosix: boolean;
      readonly data: readonly YamlTemplate[];
      /** Of the version; null: those of the run. */
      readonly params: Readonly<Record<string, YamlData>> | null;
      /** Of the version. */
      readonly tags: Readonly<Record<string, YamlTemplate>>;
    };

export type YamlForEach =
  /** An expression that must give a list, or a list as written. */
  | { readonly kind: 'items'; readonly items: YamlData }
  /** Each an expression that must give a list, or a list as written; see model/matrix.ts. */
  | { readonly kind: 'matrix'; readonly dimensions: Readonly<Record<string, YamlData>> };

export interface YamlCache {
  /** null: everything that the task is given. */
  readonly key: YamlTemplate | null;
  /** Files whose contents are part of the key. */
  readonly files: readonly YamlTemplate[];
  readonly expiresMs: number | null;
  readonly refresh: boolean;
}

export interface YamlHandler {
  readonly at: YamlPlace;
  readonly work: Extract<YamlWork, { kind: 'script' | 'arguments' }>;
  readonly surroundings: YamlSurroundings;
  readonly timeoutMs: number | null;
  readonly retry: RetryPolicy;
}

/** Counted from 1. */
export interface YamlPlace {
  readonly line: number;
  readonly column: number;
}

/** Text with expressions in it: as many as there are gaps between the parts. Without any it is its only part. */
export interface YamlTemplate {
  readonly parts: readonly string[];
  readonly expressions: readonly YamlExpression[];
}

/** What stands between `${{` and `}}`; expression.ts evaluates it and parses it only once. */
export interface YamlExpression {
  readonly text: string;
  readonly at: YamlPlace;
  /** What it names, such as `['params', 'day']`, `['tasks', 'extract', 'outputs', 'rows']`, `['item']`. */
  readonly reads: readonly (readonly string[])[];
}

/** JSON in which texts may hold expressions. A text that is one expression alone becomes its value, of any type. */
export type YamlData =
  | { readonly kind: 'plain'; readonly value: unknown }
  | { readonly kind: 'template'; readonly template: YamlTemplate }
  | { readonly kind: 'list'; readonly items: readonly YamlData[] }
  | { readonly kind: 'map'; readonly entries: Readonly<Record<string, YamlData>> };
