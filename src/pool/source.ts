/**
 * Where a dispatcher's work comes from: claim, report, ask, release. The queue implements it on the store; whoever is
 * on another machine can speak it over a wire. An assignment is fenced by its token.
 */
import type { Mask } from '../model/mask.ts';
import type { HostKind } from '../model/message.ts';
import type { Report } from '../model/report.ts';
import type { Request } from '../model/request.ts';
import type { DueHook, RunStart } from '../model/run-start.ts';
import type { Overdue } from './deadlines.ts';

export interface Assignment {
  readonly runId: number;
  readonly token: string;
  /** What it must be executed in. */
  readonly infrastructure: HostKind;
  /** Its flow holds no code of the user's. */
  readonly sharesThread: boolean;
  readonly start: RunStart;
}

/** How a run left its host without saying so itself. */
export type Release =
  /** Its code ended the host (out of memory, process.exit): a failure that uses `retries`. */
  | { readonly kind: 'died'; readonly reason: string }
  /** Its host, which was its own, ended in a way that no code can ask for politely (a signal, an abort). */
  | { readonly kind: 'crashed'; readonly reason: string }
  /** It died with others on one host: none of them is charged, and each goes on in a process of its own. */
  | { readonly kind: 'crashed-in-company'; readonly reason: string }
  /** Kept its thread past the time of the flow itself. */
  | { readonly kind: 'timed-out'; readonly timeoutMs: number }
  /** These tasks and subflows kept the thread past their time: they are charged, the run goes on at once in another host. */
  | { readonly kind: 'blocked'; readonly overdue: readonly Overdue[] }
  /** Ended by us through no fault of its own: no attempt is lost. */
  | { readonly kind: 'interrupted'; readonly reason: string }
  /** Its attempt has ended before, and its hooks have run; or the one under way ended its host, and counts as run. */
  | { readonly kind: 'hooks-ran' | 'hook-failed'; readonly reason: string }
  /** Did not end within its grace after a cancel. */
  | { readonly kind: 'cancelled'; readonly reason: string };

export type BeginSubflow = Extract<Request, { ask: 'begin-subflow' }>;

/** What a source answers; commands are the pool's own affair. */
export type SourceRequest = Exclude<Request, { ask: 'shell' | 'end-shell' | 'begin-subflow' }>;

export interface Source {
  /** At most `most` runs that are now this dispatcher's alone. */
  claim(most: number): Promise<Assignment[]>;
  /**
   * What the run needs before it may start (places in limits): null when it has it, else the wait for it. False: it is
   * over by now, or somebody else's. Rejects with a WeirError when it can never be.
   */
  hold(assignment: Assignment): Promise<boolean> | null;
  /**
   * Resolves when the reports are committed: with the hooks to be run before the run is released, where they end the
   * attempt.
   */
  report(assignment: Assignment, reports: readonly Report[]): Promise<readonly DueHook[]>;
  /** Answers a question of the runner; rejects with a WeirError that is told to it. */
  ask(assignment: Assignment, request: SourceRequest): Promise<unknown>;
  /**
   * The values of these secrets, for a command of the run; from then on they are masked in all that the run tells.
   * Rejects with a WeirError that names the one that is missing.
   */
  openSecrets(assignment: Assignment, names: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** What hides them; null while the run got none. */
  maskOf(assignment: Assignment): Mask | null;
  /** The run of a subflow that the assignment's run calls, as an assignment of its own in the same host. */
  beginSubflow(assignment: Assignment, request: BeginSubflow): Promise<Assignment>;
  release(assignment: Assignment, release: Release): Promise<void>;
}
