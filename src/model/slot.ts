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

/** Why nobody acted for a while: the machine slept, Weir was not running, or the clock was set forward. */
export interface Absence {
  readonly kind: 'asleep' | 'down' | 'clock';
  readonly from: number;
  readonly to: number;
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
  /** A run of this schedule is already waiting for the running one (`buffer_one` keeps no second). */
  readonly isBufferFull?: boolean;
  readonly paused: { readonly by: string; readonly reason: string | null } | null;
  /** The schedule has no slots before it existed; such are left out of the answer. */
  readonly createdAt: number;
  readonly absence: Absence | null;
  /** How long `jitter` held a slot back: not counted as late. */
  readonly jitterMs?: (at: number) => number;
  /** The zone in which reasons tell times; default UTC. */
  readonly zone?: string;
}

/** A slot acted on within this time is `ran`. */
const ON_TIME_MS = 60_000;
/** `catchup: all` starts no more than this many runs, for the newest slots. */
const MOST_CAUGHT_UP = 1000;

/** Decides every due slot, oldest first. */
export function decideSlots(input: DueSlots): SlotDecision[] {
  const slots = input.due.filter((slot) => slot.at >= input.createdAt);
  const runnable = input.paused ? [] : slots.filter((slot) => !slot.suppressed);
  const newest = runnable.at(-1);
  const regular = newest && lateMs(input, newest) <= ON_TIME_MS ? newest : undefined;
  const missed = regular ? runnable.slice(0, -1) : runnable;
  const isYoung = (slot: Slot) => input.now - slot.at < input.catchupWindowMs;
  const caughtUp = new Set(toCatchUp(input.catchup, missed.filter(isYoung)));
  return slots.map((slot): SlotDecision => {
    const decided = { at: slot.at, startRun: false, isQueued: false, reason: null, note: slot.note };
    if (slot.suppressed) return { ...decided, outcome: 'suppressed', reason: slot.note };
    if (input.paused) return { ...decided, outcome: 'skipped', reason: pausedBy(input.paused) };
    if (slot === regular) return { ...decided, ...decideRegular(input, caughtUp.size > 0) };
    const cause = causeOf(input, slot);
    if (caughtUp.has(slot)) return { ...decided, outcome: 'caught_up', reason: cause, startRun: true, isQueued: true };
    return { ...decided, outcome: 'missed', reason: `${cause}; ${notCaughtUp(input, isYoung(slot))}` };
  });
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
  const stillRunning = 'the previous run is still running';
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

function lateMs(input: DueSlots, slot: Slot): number {
  return input.now - slot.at - (input.jitterMs?.(slot.at) ?? 0);
}

function pausedBy(paused: { readonly by: string; readonly reason: string | null }): string {
  return `paused by ${paused.by}${paused.reason ? `: ${paused.reason}` : ''}`;
}

/** Why a slot was not acted on in time. */
function causeOf(input: DueSlots, slot: Slot): string {
  const { absence } = input;
  if (absence && slot.at >= absence.from && slot.at <= absence.to) {
    const span = `from ${told(absence.from, input.zone)} to ${told(absence.to, input.zone)}`;
    switch (absence.kind) {
      case 'asleep':
        return `the machine was asleep ${span}`;
      case 'down':
        return `the server was down ${span}`;
      case 'clock':
        return `the clock was set forward ${span}`;
    }
  }
  const late = lateMs(input, slot);
  return late > ON_TIME_MS ? `noticed ${formatDuration(late)} late` : 'a newer slot was already due';
}

function notCaughtUp(input: DueSlots, isYoung: boolean): string {
  if (input.catchup === 'skip') return 'catchup is skip';
  if (!isYoung) return `older than the catch-up window of ${formatDuration(input.catchupWindowMs)}`;
  return input.catchup === 'latest'
    ? 'catchup is latest, which runs only the newest missed slot'
    : `catchup is all, which runs at most ${MOST_CAUGHT_UP} slots`;
}

function told(at: number, zone = 'UTC'): string {
  const local = Temporal.Instant.fromEpochMilliseconds(Math.floor(at / 1000) * 1000).toZonedDateTimeISO(zone);
  return local.toPlainDateTime().toString({ smallestUnit: 'second' }).replace('T', ' ');
}
