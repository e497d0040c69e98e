/** Everything that a runner is told to drive one attempt of a flow run, with what earlier attempts left for it. */
import type { ContentFile } from './content-file.ts';
import type { HookName } from './hook.ts';
import type { PlainError } from './plain-error.ts';
import type { Packages } from './snapshot.ts';
import type { State } from './state.ts';

/** In the folder of a run: what Weir and the run's commands hand each other while these run. */
export const HAND_OVER_FOLDER = '.weir';

/** Everything a runner is told to drive one attempt of a flow run. */
export interface RunStart {
  readonly runId: number;
  readonly flow: string;
  readonly path: string;
  readonly entry: string;
  /** Codec bytes of the parameters as given. */
  readonly params: Uint8Array;
  readonly attempt: number;
  readonly name: string;
  /** Its page, where a server shows one and the flow has hooks to be told of it. */
  readonly url: string | null;
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
  /** Of a deployment that is kept as a snapshot: it works in a copy of it, which it asks for. Left out: in its project. */
  readonly snapshot?: RunSnapshot;
  /** Threads that the parallel task runner may use. */
  readonly parallelism: number;
}

export interface RunSnapshot {
  /** The folder that the copy stands for, absolute. */
  readonly root: string;
  /** What was installed when it was made. */
  readonly packages: Packages;
}

/** Attempts of a call that count against its retries although the host that goes on with it saw none of them. */
export interface SpentAttempts {
  readonly attempts: number;
  /** How the last of them ended, where no runner saw that: whether there is another is still to be decided. */
  readonly unseen: PlainError | null;
  /** Not before this time, epoch ms; null: at once. */
  readonly until: number | null;
}

/** A task run of an earlier attempt: with a result it may stand for an equal call, without one its attempts count on. */
export interface MemoEntry {
  readonly identity: string;
  readonly attempt: number;
  readonly result: Uint8Array | null;
  /** Absent where none is. */
  readonly spent?: SpentAttempts;
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
  /** Of a flow's hook: the task that failed first, null when none did. */
  readonly failedTask: { readonly name: string; readonly message: string | null } | null;
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
  /** Of the schedule that made the run; null: somebody started it. */
  readonly zone: string | null;
}
