/**
 * What becomes of due slots: run, catch up, miss, skip or suppress, each with its reason in words.
 * Pure: it is told the time, and answers for every slot it is given, so that no due time vanishes without a row.
 *
 *   suppressed by a clock change ------------------------------> suppressed
 *   schedule paused -------------------------------------------> skipped
 *   newest, at most 60 s late --> overlap decides -------------> ran, buffered or skipped
 *   all others -----------------> catchup decides -------------> caught_up or missed
 */
import { formatDuration } from './duration.ts';

/** One due time of a schedule. */
export interface Slot {
  /** Epoch ms. */
  readonly at: number;
  /** What a clock change did to it. */
  readonly note: string | null;
  /** Dropped by a clock change: it is in the ledger and never runs. */
  readonly suppressed: boolean;
}

/** What to do with missed slots. */
export type Catchup = 'latest' | 'skip' | 'all';

/** What to do with a slot whose predecessor still runs. */
export type Overlap = 'skip' | 'buffer_one' | 'allow_all';

export type SlotOutcome = 'ran' | 'caught_up' | 'missed' | 'skipped' | 'suppressed' | 'buffered';

/** Why nobody acted for a while: the machine slept, Weir was stopped or not running, or the clock was set forward. */
export interface Absence {
  readonly kind: 'asleep' | 'stopped' | 'down' | 'clock';
  readonly from: number;
  readonly to: number;
}

/** A pause that is, or was, in effect. */
export interface Pause {
  readonly by: string;
  readonly reason: string | null;
  readonly from: number;
  /** Slots from then on are answered again; null: it lasts until somebody resumes. */
  readonly until: number | null;
}

/** What becomes of one slot. */
export interface SlotDecision {
  readonly at: number;
  readonly outcome: SlotOutcome;
  readonly reason: string | null;
  readonly startRun: boolean;
  /** The new run waits until the schedule's earlier runs have ended. */
  readonly isQueued: boolean;
  readonly note: string | null;
}

export interface DueSlots {
  /** All unanswered slots whose time (and jitter) has come, oldest first. */
  readonly due: readonly Slot[];
  readonly now: number;
  readonly catchup: Catchup;
  readonly catchupWindowMs: number;
  readonly overlap: Overlap;
  readonly previousStillRunning: boolean;
  /** The run that is meant, for the reason. */
  readonly previousRun?: number | null;
  /** A run of this schedule is already waiting for the running one (`buffer_one` keeps no second). */
  readonly isBufferFull?: boolean;
  readonly paused: Pause | null;
  /** The schedule has no slots before it existed; such are left out of the answer. */
  readonly createdAt: number;
  readonly absence: Absence | null;
  /** How long `jitter` held a slot back: not counted as late. */
  readonly jitterMs?: (at: number) => number;
  /** The zone in which reasons tell times; default UTC. */
  readonly zone?: string;
}

/** A slot acted on within this time is `ran`. */
export const ON_TIME_MS = 60_000;
/** `catchup: all` starts no more than this many runs, for the newest slots. */
export const MOST_CAUGHT_UP = 1000;

/** Decides every due slot, oldest first. */
export function decideSlots(input: DueSlots): SlotDecision[] {
  const slots = input.due.filter((slot) => slot.at >= input.createdAt);
  const runnable = slots.filter((slot) => !slot.suppressed && !isPaused(input, slot));
  const newest = runnable.at(-1);
  const regular = newest && lateMs(input, newest) <= ON_TIME_MS ? newest : undefined;
  const missed = regular ? runnable.slice(0, -1) : runnable;
  const caughtUp = new Set(
    toCatchUp(
      input.catchup,
      missed.filter((slot) => isYoung(input, slot)),
    ),
  );
  return slots.map((slot): SlotDecision => {
    const decided = { at: slot.at, startRun: false, isQueued: false, reason: null, note: slot.note };
    if (slot === regular) return { ...decided, ...decideRegular(input, caughtUp.size > 0) };
    if (!caughtUp.has(slot)) return { ...decided, ...withoutRun(input, slot) };
    return { ...decided, outcome: 'caught_up', reason: causeOf(input, slot), startRun: true, isQueued: true };
  });
}

/** What becomes of a slot that gets no run, and why. */
export function withoutRun(
  input: Pick<DueSlots, 'now' | 'catchup' | 'catchupWindowMs' | 'paused' | 'absence' | 'jitterMs' | 'zone'>,
  slot: Slot,
): Pick<SlotDecision, 'outcome' | 'reason'> {
  if (slot.suppressed) return { outcome: 'suppressed', reason: slot.note };
  if (input.paused && isPaused(input, slot)) return { outcome: 'skipped', reason: pausedBy(input.paused, input.zone) };
  return { outcome: 'missed', reason: `${causeOf(input, slot)}; ${notCaughtUp(input, isYoung(input, slot))}` };
}

/** True of a slot that a pause skips. While it lasts nothing is started, whenever it was due; once it is over, only what was due meanwhile. */
export function isPaused({ paused, now }: Pick<DueSlots, 'paused' | 'now'>, { at }: Slot): boolean {
  if (paused === null) return false;
  const isOver = paused.until !== null && now >= paused.until;
  return isOver ? at >= paused.from && at < (paused.until ?? 0) : at < (paused.until ?? Infinity);
}

function isYoung({ now, catchupWindowMs }: Pick<DueSlots, 'now' | 'catchupWindowMs'>, { at }: Slot): boolean {
  return now - at < catchupWindowMs;
}

function toCatchUp(catchup: Catchup, young: readonly Slot[]): readonly Slot[] {
  switch (catchup) {
    case 'skip':
      return [];
    case 'latest':
      return young.slice(-1);
    case 'all':
      return young.slice(-MOST_CAUGHT_UP);
  }
}

/**
 * Overlap judges what ran before this decision. Runs caught up in the same decision come first and are no reason to
 * drop the newest slot: it waits behind them, unless runs may overlap anyway.
 */
function decideRegular(
  input: DueSlots,
  isBehindCaughtUp: boolean,
): Pick<SlotDecision, 'outcome' | 'reason' | 'startRun' | 'isQueued'> {
  const which = input.previousRun == null ? 'the previous run' : `run ${input.previousRun}`;
  const stillRunning = `${which} is still running`;
  if (!input.previousStillRunning || input.overlap === 'allow_all') {
    const isQueued = isBehindCaughtUp && input.overlap !== 'allow_all';
    return { outcome: 'ran', reason: null, startRun: true, isQueued };
  }
  if (input.overlap === 'skip') return { outcome: 'skipped', reason: stillRunning, startRun: false, isQueued: false };
  if (input.isBufferFull || isBehindCaughtUp) {
    const reason = `${stillRunning} and another run already waits for it`;
    return { outcome: 'skipped', reason, startRun: false, isQueued: false };
  }
  return { outcome: 'buffered', reason: stillRunning, startRun: true, isQueued: true };
}

function lateMs(input: Pick<DueSlots, 'now' | 'jitterMs'>, slot: Slot): number {
  return input.now - slot.at - (input.jitterMs?.(slot.at) ?? 0);
}

function pausedBy({ by, reason, until }: Pause, zone?: string): string {
  return `paused by ${by}${until === null ? '' : ` until ${told(until, zone)}`}${reason ? `: ${reason}` : ''}`;
}

/** Why a slot was not acted on in time. */
function causeOf(input: Pick<DueSlots, 'now' | 'absence' | 'jitterMs' | 'zone'>, slot: Slot): string {
  const { absence } = input;
  if (absence && slot.at >= absence.from && slot.at <= absence.to) {
    const span = `from ${told(absence.from, input.zone)} to ${told(absence.to, input.zone)}`;
    switch (absence.kind) {
      case 'asleep':
        return `the machine was asleep ${span}`;
      case 'stopped':
        return `the server was stopped ${span}`;
      case 'down':
        return `the server was down ${span}`;
      case 'clock':
        return `the clock was set forward ${span}`;
    }
  }
  const late = lateMs(input, slot);
  // The same words for all slots of one decision: in the ledger they share a row.
  return late > ON_TIME_MS ? `noticed only at ${told(input.now, input.zone)}` : 'a newer slot was already due';
}

function notCaughtUp(input: Pick<DueSlots, 'catchup' | 'catchupWindowMs'>, young: boolean): string {
  if (input.catchup === 'skip') return 'catchup is skip';
  if (!young) return `older than the catch-up window of ${formatDuration(input.catchupWindowMs)}`;
  return input.catchup === 'latest'
    ? 'catchup is latest, which runs only the newest missed slot'
    : `catchup is all, which runs at most ${MOST_CAUGHT_UP} slots`;
}

function told(at: number, zone = 'UTC'): string {
  const local = Temporal.Instant.fromEpochMilliseconds(Math.floor(at / 1000) * 1000).toZonedDateTimeISO(zone);
  return local.toPlainDateTime().toString({ smallestUnit: 'second' }).replace('T', ' ');
}
