/**
 * The words between engine and runner.
 * Everything here passes through structured clone; values of users travel as bytes of the codec.
 */
import type { LeftOut } from './command.ts';
import type { HookName } from './hook.ts';
import type { PlainError } from './plain-error.ts';
import type { PackedReports } from './report-packing.ts';
import type { State } from './state.ts';

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
  /** Hashes of the code of the tasks that the file's modules define, by name. */
  readonly taskCodes: Readonly<Record<string, readonly string[]>>;
}

/** The code version that a runner has loaded. */
export interface LoadedCode {
  readonly hash: string;
  /** Packed; null where the other side is known to have them. */
  readonly files: Uint8Array | null;
}

/** What a run executes in: a thread of the process that executes it, or a child process of its own. */
export const HOST_KINDS = ['thread', 'process'] as const;
export type HostKind = (typeof HOST_KINDS)[number];

/** What the engine needs to know to judge a run of the flow. */
export interface FlowRules {
  readonly retries: number;
  readonly retryDelay: unknown;
  readonly retryJitter: number;
  readonly crashRetries: number;
  readonly timeoutMs: number | null;
  readonly concurrencyLimits: Readonly<Record<string, number>>;
  /** What each run holds of limits while it is RUNNING; left out, nothing. */
  readonly occupies?: Readonly<Record<string, number>>;
  readonly runName: string | null;
  /** What its runs execute in unless told otherwise; absent in files of older versions: a thread. */
  readonly infrastructure?: HostKind;
  /** Hooks that the flow declares. */
  readonly hooks?: readonly HookName[];
  /** Hooks that any task of its file declares. */
  readonly taskHooks?: readonly HookName[];
}

/** A file in the content folder beside the database, named by the sha256 of its bytes. */
export interface ContentFile {
  readonly hash: string;
  readonly path: string;
  /** In bytes. */
  readonly size: number;
}

/** A result that the cache has for a key. */
export interface CachedAnswer {
  readonly run: number;
  readonly task: number;
  readonly result: Uint8Array | null;
  readonly content: ContentFile | null;
}

/** A task run of an earlier attempt: with a result it may stand for an equal call, without one its attempts count on. */
export interface MemoEntry {
  readonly identity: string;
  readonly attempt: number;
  readonly result: Uint8Array | null;
  /** Attempts that count against its retries although no runner saw them end, and how the last of them ended. */
  readonly spent?: { readonly attempts: number; readonly error: PlainError };
  /** Where a large result lies instead. */
  readonly content?: ContentFile | null;
  /** Asked to run again: neither its own result nor a cached one may stand for it. */
  readonly again?: boolean;
  /** Only where a run may execute nothing but one task. */
  readonly former?: FormerTask;
}

/** Where a task run stood in an earlier attempt, and how it ended. */
export interface FormerTask {
  readonly scope: string;
  readonly name: string;
  readonly position: number;
  readonly flowAttempt: number;
  /** It may be executed: for itself, or only so that what it calls can be. */
  readonly again: 'itself' | 'around' | null;
  readonly state: State;
  readonly error: PlainError | null;
}

/** A hook that a state has called for and that has not run yet, of a task run or of the flow run itself. */
export interface DueHook {
  readonly id: number;
  readonly hook: HookName;
  readonly state: State;
  readonly error: PlainError | null;
  readonly task: {
    readonly identity: string;
    readonly name: string;
    readonly codeHash: string;
    readonly attempt: number;
  } | null;
}

/** A durable sleep of a flow run: when it is over, by the clock on the wall (epoch ms). */
export interface SleepEntry {
  readonly identity: string;
  readonly until: number;
}

export interface SlotTimes {
  readonly time: number;
  readonly start: number | null;
  readonly end: number;
  readonly coversFrom: number | null;
}

/** Weir's own files, which code in a host must not open: the database (with what SQLite keeps beside it), the locks. */
export interface OwnPaths {
  readonly database: string;
  readonly lockFolder: string;
}

/** What a host gives its runner besides messages: texts that the runner starts further threads with. */
export interface RunnerSources {
  /** The runner's own text. */
  readonly runnerSource: string;
  readonly zodSource: string;
  /** Folder for stripped and compiled code of flow files; null: none. */
  readonly compileCache: string | null;
  readonly own: OwnPaths;
  /** It runs in a thread of the process that executes the run, whose standard output belongs to results. */
  readonly sharesStdout: boolean;
}

/** Everything a runner is told to drive one attempt of a flow run. */
export interface RunStart {
  readonly runId: number;
  readonly flow: string;
  readonly path: string;
  readonly entry: string;
  /** Codec bytes of the parameters as given. */
  readonly params: Uint8Array;
  readonly attempt: number;
  readonly tags: readonly string[];
  readonly trigger: string;
  readonly slot: SlotTimes | null;
  /** Kept over attempts; made when first asked for. */
  readonly runDir: string;
  readonly memo: readonly MemoEntry[];
  /** The one task that may be executed, as it was asked for; null: all. */
  readonly only: string | null;
  /** What earlier attempts left to run. */
  readonly hooks: readonly DueHook[];
  /** Ends of the sleeps that earlier attempts began, by identity; epoch ms. */
  readonly sleeps: readonly SleepEntry[];
  /** The version whose files are kept already: they need not be told again. */
  readonly codeHash: string | null;
  /** The files of that version, to be loaded instead of what is on disk; null: as on disk now. */
  readonly code: Uint8Array | null;
  /** Threads that the parallel task runner may use. */
  readonly parallelism: number;
}

/** A flow called inside a flow run: what its own run is made of. */
export interface SubflowCall {
  readonly flow: string;
  readonly path: string;
  readonly entry: string;
  readonly version: string | null;
  readonly options: FlowRules;
  /** Those of its parent included. */
  readonly tags: readonly string[];
  /** null: named by its number. */
  readonly name: string | null;
  /** Codec bytes of the parameters as given. */
  readonly params: Uint8Array;
}

/** The attempt of a subflow that begins now, and the line that its messages are sent on. */
export interface SubflowStart {
  readonly line: number;
  readonly run: RunStart;
}

/** What became of a subflow's run after an attempt; `retryAt` when it is to be tried again, and then. */
export interface SubflowStanding {
  readonly state: State;
  /** Epoch ms. */
  readonly retryAt: number | null;
}

/** A task call as first reported: its inputs are there, so its identity is known. */
export interface TaskCall {
  readonly call: number;
  readonly identity: string;
  readonly scope: string;
  readonly name: string;
  readonly label: string | null;
  readonly taskKind: 'function' | 'shell' | 'promote' | 'subflow';
  readonly index: number;
  readonly position: number;
  readonly codeHash: string;
  readonly inputHash: string | null;
  readonly cacheKey: string | null;
  /** The task has a `key`, which stands for its inputs. */
  readonly isKeyed: boolean;
  readonly parentCall: number | null;
  readonly upstream: readonly number[];
  readonly tags: readonly string[];
  readonly timeoutMs: number | null;
  readonly retries: number;
}

/** What a runner tells while it drives an attempt. `call` is the number of the task call; null is the flow itself. */
export type Report =
  /** Before the start, and again when files were loaded later. */
  | ({ readonly kind: 'code' } & LoadedCode)
  | { readonly kind: 'run-started'; readonly at: number; readonly timeoutMs: number | null }
  | ({ readonly kind: 'task-called'; readonly at: number } & TaskCall)
  | ({ readonly kind: 'task-reused'; readonly at: number } & TaskCall)
  /** A call that may not be executed: it keeps the failure that it had. */
  | ({ readonly kind: 'task-kept'; readonly at: number } & TaskCall)
  | {
      readonly kind: 'task-state';
      readonly call: number;
      readonly state: State;
      readonly result?: Uint8Array;
      /** Where the result lies instead, once it was kept as a file. */
      readonly content?: ContentFile;
      readonly reusable?: boolean;
      readonly cacheExpiresAt?: number | null;
      readonly cachedFrom?: { readonly run: number; readonly task: number };
      readonly error?: PlainError;
      /** The task declares a hook for this state. */
      readonly hook?: HookName;
    }
  | {
      readonly kind: 'log';
      readonly call: number | null;
      readonly stream: 'log' | 'stdout' | 'stderr';
      readonly level: LogLevel;
      readonly at: number;
      readonly text: string;
      readonly fields?: string;
      /** What is missing before it. */
      readonly leftOut?: LeftOut;
    }
  /** What the process tree of a shell task took, as it was sampled. */
  | { readonly kind: 'usage'; readonly call: number; readonly peakMemory: number; readonly cpuMs: number }
  | {
      readonly kind: 'metric';
      readonly call: number | null;
      readonly name: string;
      readonly value: number;
      readonly at: number;
    }
  | {
      readonly kind: 'progress';
      readonly call: number | null;
      readonly done: number;
      readonly total: number | null;
      readonly label: string | null;
    }
  | ({ readonly kind: 'artifact'; readonly call: number | null; readonly at: number } & ArtifactContent)
  | ({ readonly kind: 'sleep-begun' } & SleepEntry)
  /** By its number where the engine told it, else by call and name. */
  | {
      readonly kind: 'hook-ran';
      readonly id: number | null;
      readonly call: number | null;
      readonly hook: HookName;
      readonly at: number;
    }
  /** Everything that `run-hooks` asked for has run. */
  | { readonly kind: 'hooks-ended' }
  | {
      readonly kind: 'run-ended';
      readonly state: Omit<State, 'at'>;
      readonly at: number;
      readonly result?: Uint8Array;
      readonly content?: ContentFile;
      readonly error?: PlainError;
      readonly retriable: boolean;
    };

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface ArtifactContent {
  readonly key: string;
  readonly artifactKind: 'markdown' | 'table' | 'link' | 'image' | 'file';
  readonly description: string | null;
  readonly mediaType: string;
  readonly data: Uint8Array;
}

/** A shell command as a task asks for it; the engine adds environment and mark, and keeps the output. */
export interface ShellRequest {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stderr: 'separate' | 'merged';
  readonly graceMs: number;
}

export interface ShellResult {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** In words, such as `exit code 3`. */
  readonly ending: string;
  /** Of both streams, for the error. */
  readonly lastLines: readonly string[];
  /** Standard output, at most its last MiB. */
  readonly stdout: string;
}

/** A model as it comes from a flow: a value (codec bytes), or a file of the user's, which is copied from its path. */
export type ModelContent =
  | { readonly format: 'value'; readonly fileName: string; readonly bytes: Uint8Array }
  | { readonly format: 'file'; readonly fileName: string; readonly path: string };

export interface ModelLabels {
  readonly metrics: Readonly<Record<string, number>>;
  readonly params: Readonly<Record<string, unknown>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** One version of a registered model, as `weir model inspect` and `models.list` show it. */
export interface ModelVersion extends ModelLabels {
  readonly model: string;
  readonly version: number;
  readonly stage: ModelStage;
  readonly aliases: readonly string[];
  readonly format: 'value' | 'file';
  readonly fileName: string;
  readonly size: number;
  readonly contentHash: string;
  readonly run: number | null;
  /** Epoch ms. */
  readonly createdAt: number;
}

export type ModelStage = 'None' | 'Staging' | 'Production' | 'Archived';

/** `3`, `"Production"`, `"champion"`, `"latest"`. */
export type ModelSelector = number | string;

export interface PromotionRule {
  readonly metric: string;
  readonly goal: 'min' | 'max';
  readonly margin: number;
  readonly minimum: number | null;
  readonly dataIdentity: string | null;
}

/** What a comparison came to. `candidate` and `production` are version numbers, the values what `evaluate` gave. */
export interface PromotionDecision {
  readonly promoted: boolean;
  readonly candidate: number;
  readonly candidateValue: number;
  readonly production: number | null;
  readonly productionValue: number | null;
  readonly reason: string;
}

/** What the parent of a subflow asks; `call` stands for the subflow in its parent. */
export type SubflowRequest =
  /** Creates the subflow's run, or opens it again for its next attempt: answered with a SubflowStart. */
  | { readonly ask: 'begin-subflow'; readonly call: number; readonly subflow: SubflowCall }
  /** Asked when the end of an attempt is committed: answered with a SubflowStanding. */
  | { readonly ask: 'subflow-standing'; readonly call: number }
  /** Gives up a subflow that waits for its retry. */
  | { readonly ask: 'cancel-subflow'; readonly call: number; readonly reason: string };

/** What a runner asks and waits for. */
export type Request =
  | SubflowRequest
  | { readonly ask: 'cached-result'; readonly key: string }
  /** `tags`: the task's own, which may be limits. The answer is what the call holds then. */
  | {
      readonly ask: 'acquire';
      readonly call: number;
      readonly occupies: Readonly<Record<string, number>>;
      readonly tags: readonly string[];
    }
  | { readonly ask: 'shell'; readonly call: number; readonly shell: ShellRequest }
  | { readonly ask: 'end-shell'; readonly call: number }
  | {
      readonly ask: 'register-model';
      readonly call: number | null;
      readonly model: string;
      readonly content: ModelContent;
      readonly labels: ModelLabels;
    }
  | { readonly ask: 'get-model'; readonly model: string; readonly selector: ModelSelector }
  | { readonly ask: 'list-models'; readonly model: string }
  | { readonly ask: 'list-decisions'; readonly model: string }
  | { readonly ask: 'find-decision'; readonly call: number; readonly model: string }
  | {
      readonly ask: 'decide-promotion';
      readonly call: number;
      readonly model: string;
      readonly rule: PromotionRule;
      readonly candidate: number;
      readonly candidateValue: number;
      readonly production: number | null;
      readonly productionValue: number | null;
    }
  | {
      readonly ask: 'promote-model';
      readonly call: number | null;
      readonly model: string;
      readonly selector: ModelSelector;
      readonly stage: ModelStage;
    }
  | { readonly ask: 'roll-back-model'; readonly call: number | null; readonly model: string };

/**
 * A host serves one run and the subflows called in it, each on a line of its own: line 0 is the run that the host was
 * started for, the others are attempts of subflows. A line that has ended is deaf and dumb, so that what a finished
 * attempt left behind can never speak for a later one.
 */
export type ToRunner =
  | { readonly kind: 'describe'; readonly path: string }
  | { readonly kind: 'start'; readonly run: RunStart }
  /** After an attempt's end, in its host; or in a fresh one, which has not seen the run before. */
  | { readonly kind: 'run-hooks'; readonly run: RunStart; readonly hooks: readonly DueHook[] }
  /** Reports up to this batch are committed. */
  | { readonly kind: 'committed'; readonly line: number; readonly batch: number }
  | { readonly kind: 'reply'; readonly line: number; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly line: number; readonly id: number; readonly error: PlainError }
  /** Of the host's run, or of a subflow in it, also while that waits for its retry. */
  | { readonly kind: 'cancel'; readonly run: number; readonly reason: string }
  /** Asks for a sign of life. */
  | { readonly kind: 'ping' };

/** To the process around a runner, besides what it passes on: the first message, which starts the runner. */
export interface ToRunnerProcess {
  readonly kind: 'boot';
  readonly own: OwnPaths;
  /** Heap of the runner's thread, MB; null: Node's own measure. */
  readonly memoryMb: number | null;
  /** WEIR_MARK of what its code starts. */
  readonly mark: string;
}

/** From the process around a runner, which else passes on what the runner says. */
export type FromRunnerProcess = FromRunner | { readonly kind: 'thread-exited'; readonly reason: string };

export type FromRunner =
  | { readonly kind: 'described'; readonly flows: readonly FlowDescription[] }
  | { readonly kind: 'undescribable'; readonly error: PlainError }
  /** Code in the host is about to start a process by itself, for the first time. */
  | { readonly kind: 'spawning' }
  /** The thread is its runner's own: everything told before is on its way. */
  | { readonly kind: 'pong' }
  | { readonly kind: 'reports'; readonly line: number; readonly batch: number; readonly reports: PackedReports }
  | { readonly kind: 'request'; readonly line: number; readonly id: number; readonly request: Request };
