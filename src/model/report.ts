/**
 * What a runner tells while it drives an attempt. Reports are facts: they are written in their order, and nobody answers
 * them. Everything passes through structured clone; values of users travel as bytes of the codec.
 */
import type { LeftOut } from './command.ts';
import type { ContentFile } from './content-file.ts';
import type { LoadedCode } from './flow-description.ts';
import type { HookName } from './hook.ts';
import type { PlainError } from './plain-error.ts';
import type { SleepEntry } from './run-start.ts';
import type { State } from './state.ts';

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
  /** A hook that may take long still goes on. */
  | { readonly kind: 'hook-alive' }
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
  /** Why the result of an equal call cannot stand for it: a file that it handed on is not what it was. */
  readonly lost?: string | undefined;
}

export interface ArtifactContent {
  readonly key: string;
  readonly artifactKind: 'markdown' | 'table' | 'link' | 'image' | 'file';
  readonly description: string | null;
  readonly mediaType: string;
  readonly data: Uint8Array;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
