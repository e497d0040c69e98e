/**
 * The states of flow runs and task runs, which may follow which, and the bookkeeping of times that goes with it.
 * Pure: events and `now` come in, a new row comes out; null means "not from here", and nothing may be written.
 *
 *   SCHEDULED -> PENDING -> RUNNING -> COMPLETED | SKIPPED | FAILED | CANCELLED
 *       ^           |          |
 *       +-----------+----------+   AwaitingRetry (retries), AwaitingResume (interrupted, crashed), AwaitingLimit
 *       |           |          |
 *       +-----------+----------+-> CANCELLING -> CANCELLED     told its process; what nobody executes is CANCELLED at once
 *   any of a dead process ---------> AwaitingResume, or CRASHED when the crash budget is spent
 */

export const STATE_TYPES = [
  'SCHEDULED',
  'PENDING',
  'RUNNING',
  'PAUSED',
  'CANCELLING',
  'COMPLETED',
  'SKIPPED',
  'FAILED',
  'CANCELLED',
  'CRASHED',
] as const;

export type StateType = (typeof STATE_TYPES)[number];

export const STATE_NAMES = {
  SCHEDULED: ['Scheduled', 'Late', 'AwaitingRetry', 'AwaitingResume', 'AwaitingLimit'],
  PENDING: ['Pending'],
  RUNNING: ['Running', 'Retrying', 'Resuming'],
  PAUSED: ['Paused'],
  CANCELLING: ['Cancelling'],
  COMPLETED: ['Completed', 'Cached'],
  SKIPPED: ['Skipped'],
  FAILED: ['Failed', 'TimedOut', 'UpstreamFailed'],
  CANCELLED: ['Cancelled'],
  CRASHED: ['Crashed'],
} as const satisfies Record<StateType, readonly string[]>;

export type StateName = (typeof STATE_NAMES)[StateType][number];

/** What a run is in; `at` is epoch ms. */
export interface State {
  readonly type: StateType;
  readonly name: StateName;
  readonly message: string | null;
  readonly at: number;
}

/** The times and counts that follow from a run's states alone. */
export interface Timing {
  readonly startAt: number | null;
  readonly endAt: number | null;
  /** Only time in RUNNING, ms, and while what ran was being ended. */
  readonly runTimeMs: number;
  /** Entries to RUNNING. */
  readonly attempt: number;
}

export const NOT_STARTED: Timing = { startAt: null, endAt: null, runTimeMs: 0, attempt: 0 };

const FINAL = new Set<StateType>(['COMPLETED', 'SKIPPED', 'FAILED', 'CANCELLED', 'CRASHED']);
const SUCCESS = new Set<StateType>(['COMPLETED', 'SKIPPED']);

/** Which types may follow which, for whatever reason. Final types are left only by a retry's `reopen`. */
const FOLLOWERS: Record<StateType, ReadonlySet<StateType>> = {
  SCHEDULED: new Set(['SCHEDULED', 'PENDING', 'RUNNING', 'CANCELLING', 'SKIPPED', 'FAILED', 'CANCELLED', 'CRASHED']),
  PENDING: new Set(['RUNNING', 'SCHEDULED', 'CANCELLING', 'COMPLETED', 'SKIPPED', 'FAILED', 'CANCELLED', 'CRASHED']),
  RUNNING: new Set(['SCHEDULED', 'PAUSED', 'CANCELLING', 'COMPLETED', 'SKIPPED', 'FAILED', 'CANCELLED', 'CRASHED']),
  PAUSED: new Set(['SCHEDULED', 'RUNNING', 'CANCELLED']),
  CANCELLING: new Set(['CANCELLED']),
  COMPLETED: new Set(),
  SKIPPED: new Set(),
  FAILED: new Set(),
  CANCELLED: new Set(),
  CRASHED: new Set(),
};

export function isFinal(type: StateType): boolean {
  return FINAL.has(type);
}

/** Skipped counts as success. */
export function isSuccess(type: StateType): boolean {
  return SUCCESS.has(type);
}

export function mayFollow(from: StateType, to: StateType): boolean {
  return FOLLOWERS[from].has(to);
}

/** What entering RUNNING is called depends on what the run waited for. */
export function runningName(before: StateName): 'Running' | 'Retrying' | 'Resuming' {
  if (before === 'AwaitingRetry') return 'Retrying';
  if (before === 'AwaitingResume') return 'Resuming';
  return 'Running';
}

/** Times and counts after `from` is left for `to`: start is the first RUNNING, end is set only while final. */
export function afterTransition(timing: Timing, from: State, to: State): Timing {
  // What is being ended still runs; what was asked to stop while it waited has never begun.
  const isUnderWay = from.type === 'RUNNING' || (from.type === 'CANCELLING' && timing.startAt !== null);
  const ran = isUnderWay ? Math.max(0, to.at - from.at) : 0;
  const enters = to.type === 'RUNNING' && from.type !== 'RUNNING';
  return {
    startAt: timing.startAt ?? (to.type === 'RUNNING' ? to.at : null),
    endAt: isFinal(to.type) ? to.at : null,
    runTimeMs: timing.runTimeMs + ran,
    attempt: timing.attempt + (enters ? 1 : 0),
  };
}

/** What can happen to a flow run. */
export type RunEvent =
  | { readonly kind: 'claimed' }
  /** `after`: what it had awaited when a full limit kept it from starting. */
  | { readonly kind: 'started'; readonly after?: StateName | undefined }
  /** It could start, but a limit that its flow occupies has no room. */
  | { readonly kind: 'limit-full'; readonly message: string }
  | {
      readonly kind: 'ended';
      readonly state: Omit<State, 'at'>;
      readonly retriable: boolean;
      readonly retryDelayMs: number | null;
    }
  /** `isOwned`: a process executes it, or is about to, and must end it first. */
  | { readonly kind: 'cancel-asked'; readonly by: string; readonly isOwned: boolean }
  | { readonly kind: 'cancelled'; readonly message: string | null }
  /** Ended from outside through no fault of its own (drain, SIGTERM, a bystander of a crash). */
  | { readonly kind: 'interrupted'; readonly reason: string }
  /** Its process died with it. */
  | { readonly kind: 'crashed'; readonly reason: string; readonly charged: boolean }
  /** `weir retry`, or a subflow that its parent's next attempt calls again: the only ways out of a final state. */
  | { readonly kind: 'reopened'; readonly message: string }
  /** A subflow's run whose parent left the host, or ended without it, in this state: it shares that fate. */
  | { readonly kind: 'followed'; readonly state: Pick<State, 'type' | 'name' | 'message'> };

/** The part of a flow run's row that decides. */
export interface RunStanding extends Timing {
  readonly state: State;
  readonly scheduledAt: number | null;
  /** Attempts that failed since the last completion or reopening: what `retries` counts against. */
  readonly failures: number;
  readonly crashes: number;
  readonly interruptions: number;
}

export interface RunBudget {
  readonly retries: number;
  readonly crashRetries: number;
}

/** The run after an event, or null when the event has no meaning from there. */
export function apply(run: RunStanding, event: RunEvent, budget: RunBudget, now: number): RunStanding | null {
  switch (event.kind) {
    case 'claimed':
      // A run that awaits retry or resume keeps its name until it starts: its history tells what it waited for.
      if (run.state.name === 'AwaitingRetry' || run.state.name === 'AwaitingResume') return run;
      // What had begun before it had to wait for a limit goes on; what had not is Pending, as any other.
      if (run.state.name === 'AwaitingLimit' && run.attempt > 0) return run;
      return run.state.type === 'SCHEDULED'
        ? enter(run, { type: 'PENDING', name: 'Pending', message: null, at: now })
        : null;
    case 'started':
      return enter(run, { type: 'RUNNING', name: runningName(event.after ?? run.state.name), message: null, at: now });
    case 'limit-full':
      if (run.state.name === 'AwaitingLimit' || (run.state.type !== 'SCHEDULED' && run.state.type !== 'PENDING'))
        return null;
      return enter(run, { type: 'SCHEDULED', name: 'AwaitingLimit', message: event.message, at: now });
    case 'ended':
      return ended(run, event, budget, now);
    case 'cancel-asked': {
      const message = `cancelled by ${event.by}`;
      if (!event.isOwned) return enter(run, { type: 'CANCELLED', name: 'Cancelled', message, at: now });
      return enter(run, { type: 'CANCELLING', name: 'Cancelling', message, at: now });
    }
    case 'cancelled':
      return enter(run, { type: 'CANCELLED', name: 'Cancelled', message: event.message ?? run.state.message, at: now });
    case 'interrupted':
      if (run.state.type === 'CANCELLING')
        return enter(run, { type: 'CANCELLED', name: 'Cancelled', message: run.state.message, at: now });
      return awaitResume({ ...run, interruptions: run.interruptions + 1 }, event.reason, now);
    case 'crashed': {
      if (run.state.type === 'CANCELLING')
        return enter(run, { type: 'CANCELLED', name: 'Cancelled', message: run.state.message, at: now });
      if (!event.charged) return awaitResume({ ...run, interruptions: run.interruptions + 1 }, event.reason, now);
      const crashed = { ...run, crashes: run.crashes + 1 };
      if (crashed.crashes <= budget.crashRetries) return awaitResume(crashed, event.reason, now);
      const message = `${event.reason}; crash ${crashed.crashes} of ${budget.crashRetries + 1}, parked`;
      // A run can die before it says that it started; CRASHED is legal from every unfinished state.
      return enter(crashed, { type: 'CRASHED', name: 'Crashed', message, at: now });
    }
    case 'followed':
      if (run.state.type === 'CANCELLING')
        return enter(run, { type: 'CANCELLED', name: 'Cancelled', message: run.state.message, at: now });
      if (event.state.type === 'SCHEDULED')
        return awaitResume({ ...run, interruptions: run.interruptions + 1 }, event.state.message ?? '', now);
      return enter(run, { ...event.state, at: now });
    case 'reopened':
      if (!isFinal(run.state.type)) return null;
      return {
        ...run,
        ...afterTransition(run, run.state, {
          type: 'SCHEDULED',
          name: 'AwaitingRetry',
          message: event.message,
          at: now,
        }),
        state: { type: 'SCHEDULED', name: 'AwaitingRetry', message: event.message, at: now },
        scheduledAt: now,
        failures: 0,
        crashes: 0,
      };
  }
}

function ended(
  run: RunStanding,
  event: Extract<RunEvent, { kind: 'ended' }>,
  budget: RunBudget,
  now: number,
): RunStanding | null {
  if (run.state.type === 'CANCELLING')
    return enter(run, { type: 'CANCELLED', name: 'Cancelled', message: run.state.message, at: now });
  if (event.state.type !== 'FAILED') return enter(run, { ...event.state, at: now });
  const failed = { ...run, failures: run.failures + 1 };
  if (!event.retriable || failed.failures > budget.retries) return enter(failed, { ...event.state, at: now });
  const state: State = { type: 'SCHEDULED', name: 'AwaitingRetry', message: event.state.message, at: now };
  const waiting = enter(failed, state);
  return waiting && { ...waiting, scheduledAt: now + (event.retryDelayMs ?? 0) };
}

function awaitResume(run: RunStanding, reason: string, now: number): RunStanding | null {
  const waiting = enter(run, { type: 'SCHEDULED', name: 'AwaitingResume', message: reason, at: now });
  return waiting && { ...waiting, scheduledAt: now };
}

function enter(run: RunStanding, state: State): RunStanding | null {
  if (!mayFollow(run.state.type, state.type)) return null;
  return { ...run, ...afterTransition(run, run.state, state), state };
}
