/**
 * The messages between engine and runner, in both directions. Everything passes through structured clone; values of users
 * travel as bytes of the codec.
 */
import type { DeploymentWish } from './deployment-wish.ts';
import type { FlowDescription } from './flow-description.ts';
import type { PlainError } from './plain-error.ts';
import type { PackedReports } from './report-packing.ts';
import type { Request } from './request.ts';
import type { DueHook, RunStart } from './run-start.ts';
import type { RunnerScripts } from './runner-scripts.ts';

/** What a run executes in: a thread of the process that executes it, or a child process of its own. */
export const HOST_KINDS = ['thread', 'process'] as const;
export type HostKind = (typeof HOST_KINDS)[number];

/** Weir's own files, which code in a host must not open: the database (with what SQLite keeps beside it), the locks. */
export interface OwnPaths {
  readonly database: string;
  readonly lockFolder: string;
}

/** What a host gives its runner besides messages; the runner starts further threads with it. */
export interface RunnerSources extends RunnerScripts {
  /** Folder for stripped and compiled code of flow files; null: none. */
  readonly compileCache: string | null;
  readonly own: OwnPaths;
  /** It runs in a thread of the process that executes the run, whose standard output belongs to results. */
  readonly sharesStdout: boolean;
}

/**
 * A host serves one run and the subflows called in it, each on a line of its own: line 0 is the run that the host was
 * started for, the others are attempts of subflows. A line that has ended is deaf and dumb, so that what a finished
 * attempt left behind can never speak for a later one.
 */
export type ToRunner =
  /** `code`: the version that is described, where it is not what lies on the disk. `mayHoldNone`: it may have no flow. */
  | { readonly kind: 'describe'; readonly path: string; readonly code?: Uint8Array; readonly mayHoldNone?: boolean }
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

/** To the thread that many runs share: what is for one of the hosts in it. The first message opens it. */
export interface ToShared {
  readonly host: number;
  readonly message: ToRunner | { readonly kind: 'close' };
}

export interface FromShared {
  readonly host: number;
  readonly message: FromRunner;
}

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
  /** `wishes`: deployments that the file declares. */
  | {
      readonly kind: 'described';
      readonly flows: readonly FlowDescription[];
      readonly wishes: readonly DeploymentWish[];
    }
  | { readonly kind: 'undescribable'; readonly error: PlainError }
  /** Code in the host is about to start a process by itself, for the first time. */
  | { readonly kind: 'spawning' }
  /** The thread is its runner's own: everything told before is on its way. */
  | { readonly kind: 'pong' }
  | {
      readonly kind: 'reports';
      readonly line: number;
      readonly batch: number;
      readonly reports: PackedReports;
      /** Nobody waits until they are stored: that may take a moment. */
      readonly mayWait: boolean;
    }
  | { readonly kind: 'request'; readonly line: number; readonly id: number; readonly request: Request };
