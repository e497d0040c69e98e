/** What a host is told of the flows in a file, as plain data: what they are called, how they run, what they were loaded from. */
import type { HookName } from './hook.ts';
import type { HostKind } from './message.ts';
import type { RetryDelay } from './retry.ts';
import type { Packages } from './snapshot.ts';

/** What a host was told of one flow in a file. Everything is plain data. */
export interface FlowDescription {
  readonly name: string;
  /** The export that holds it: `default` or a name. */
  readonly entry: string;
  readonly description: string;
  readonly version: string | null;
  readonly tags: readonly string[];
  readonly schedules: readonly unknown[];
  /** JSON Schema of the parameters as they may be given (before defaults); null when the flow declares none. */
  readonly paramsSchema: Readonly<Record<string, unknown>> | null;
  readonly options: FlowRules;
  /** Of all project files that were loaded to get the flow. */
  readonly codeHash: string;
  /** The same files, packed: they are kept with the runs that begin with them. */
  readonly code: Uint8Array | null;
  /** Their paths. */
  readonly files: readonly string[];
  /** What they import of node_modules, by name and version. */
  readonly packages: Packages;
  /** Hashes of the code of the tasks that the file's modules define, by name. */
  readonly taskCodes: Readonly<Record<string, readonly string[]>>;
}

/** The code version that a runner has loaded. */
export interface LoadedCode {
  readonly hash: string;
  /** Packed; null where the other side is known to have them. */
  readonly files: Uint8Array | null;
}

/** What the engine needs to know to judge a run of the flow. */
export interface FlowRules {
  readonly retries: number;
  readonly retryDelay: RetryDelay;
  readonly retryJitter: number;
  readonly crashRetries: number;
  readonly timeoutMs: number | null;
  readonly concurrencyLimits: Readonly<Record<string, number>>;
  /** What each run holds of limits while it is RUNNING; left out, nothing. */
  readonly occupies?: Readonly<Record<string, number>>;
  /** Runs of its deployment that may be under way at once; left out, any number. */
  readonly concurrency?: number;
  /** So many scheduled runs that fail in a row pause its deployment; left out, never. */
  readonly pauseAfterFailures?: number;
  readonly runName: string | null;
  /** What its runs execute in unless told otherwise; absent in files of older versions: a thread. */
  readonly infrastructure?: HostKind;
  /** Hooks that the flow declares. */
  readonly hooks?: readonly HookName[];
  /** Hooks that any task of its file declares. */
  readonly taskHooks?: readonly HookName[];
  /** No code of the user's is loaded for it: its runs share one thread with others of their kind. */
  readonly sharesThread?: boolean;
}
