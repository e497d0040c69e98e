/**
 * The words between the spawner (the helper process that owns shell commands) and its owner.
 * Plain data only; both sides import this file and nothing else of each other's.
 */
import type { DrawnProgress } from './drawn-progress.ts';

/** A command to start: its own process group, its whole tree ended with it. */
export interface Command {
  /** Program and arguments; never a shell line. `argv[0]` is looked up in `env.PATH`. */
  readonly argv: readonly string[];
  /** Absolute, where somebody has looked already. */
  readonly file?: string;
  readonly cwd: string;
  /**
   * The whole environment; nothing else is inherited. `WEIR_MARK` in it finds descendants that left the group.
   * Towards the spawner it is different for each command (pool/commands.ts sees to that).
   */
  readonly env: Readonly<Record<string, string>>;
  /** `merged`: one pipe for both streams, so that their order is kept exactly. */
  readonly stderr: 'separate' | 'merged';
  /** Milliseconds between SIGTERM and SIGKILL when the tree is ended. */
  readonly graceMs: number;
  /** `log`: whole lines within a log's quota, and progress; `raw`, the default: every byte as it was written. */
  readonly output?: 'raw' | 'log';
  /** With `output: 'log'`: it has the owner's own streams as well. The spawner must have been started with them. */
  readonly streams?: OwnStreams;
}

/** What a command writes goes to its owner's output at once, byte for byte, besides its log. */
export interface OwnStreams {
  /**
   * What it reads: nothing; its owner's input, as far as that was not read yet; or that input from its beginning, which
   * only a file has.
   */
  readonly stdin: 'nothing' | 'rest' | 'whole';
  /** Where its standard output goes. */
  readonly stdout: OutputStream;
}

/** Where a spawner that was started with its owner's streams has them; its input is its own 0. */
export const OWN_STREAMS = { stdout: 4, stderr: 5 } as const;

export type OutputStream = 'stdout' | 'stderr';

/** Output that is not in a log, because it came faster than it could be kept. */
export interface LeftOut {
  readonly bytes: number;
  readonly lines: number;
}

/** Whole lines of one stream, the last one's end included. */
export interface LogPiece {
  readonly stream: OutputStream;
  /** When the first of them was there; epoch ms. */
  readonly at: number;
  readonly data: Uint8Array;
  /** What is missing between the last piece and this one. */
  readonly leftOut?: LeftOut;
}

/** How a command ended. Exactly one of `exitCode` and `signal` is set. */
export interface CommandEnd {
  readonly exitCode: number | null;
  /** Such as `SIGKILL`. */
  readonly signal: string | null;
  /** Bytes of resident memory of the tree at its peak, sampled; null when it ended before the first sample. */
  readonly peakMemory: number | null;
  /** CPU time of the tree, ms, sampled. */
  readonly cpuMs: number | null;
  /** The owner asked for this end before the command came to one of its own, so the signal is ours. */
  readonly wasAsked?: boolean;
  /** With `output: 'log'`: what it wrote to standard output, at most the last MiB. */
  readonly stdout?: Uint8Array;
  /** Processes that outlived even SIGKILL (another user's, or stuck in the kernel); absent when none did. */
  readonly survivors?: number;
}

/** Output the spawner sends ahead of the owner's credit, per command; then the pipes are left unread. */
export const CREDIT_BYTES = 1024 * 1024;

/** What is kept of the log of one attempt: its first and its last half. */
export const LOG_QUOTA_BYTES = 16 * 1024 * 1024;

export type ToSpawner =
  | { readonly kind: 'start'; readonly id: number; readonly command: Command }
  /** Ends the whole tree: SIGTERM, grace, SIGKILL. A second one can only shorten the grace. */
  | { readonly kind: 'end'; readonly id: number; readonly graceMs: number }
  /** The owner has taken in so many bytes of this command's output; more may be sent. */
  | { readonly kind: 'credit'; readonly id: number; readonly bytes: number }
  /** Ends every process of this machine whose environment holds `WEIR_MARK` beginning with `mark`. */
  | { readonly kind: 'sweep'; readonly id: number; readonly mark: string; readonly graceMs: number };

export type FromSpawner =
  | { readonly kind: 'started'; readonly id: number; readonly pid: number }
  | { readonly kind: 'output'; readonly id: number; readonly stream: OutputStream; readonly data: Uint8Array }
  | ({ readonly kind: 'lines'; readonly id: number } & LogPiece)
  | ({ readonly kind: 'progress'; readonly id: number } & DrawnProgress)
  | ({ readonly kind: 'ended'; readonly id: number } & CommandEnd)
  /** The command could not be started at all (no such program, folder or right). */
  | { readonly kind: 'refused'; readonly id: number; readonly code: string; readonly sentence: string }
  | { readonly kind: 'swept'; readonly id: number; readonly ended: number };
