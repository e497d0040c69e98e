/**
 * The due times that lie ahead of deployments, in one list, each with what is likely to keep it from running. Pure: the
 * same rules that the scheduler decides by (slot.ts), asked with typical durations instead of real runs.
 */
import { formatDuration } from './duration.ts';
import { jitterMs, nextSlot } from './schedule.ts';
import type { ScheduleSpec } from './schedule-spec.ts';
import { createSimulatedRuns, type SimulatedRuns } from './simulated-runs.ts';
import { decideSlots, isPaused, type Pause, type Slot } from './slot.ts';

/** What has due times: a deployment, a flow of a file, or an expression that somebody tries. */
export interface Timetable {
  /** `flow/name`, or the flow of a file; null for an expression. */
  readonly name: string | null;
  readonly schedules: readonly TimetableSchedule[];
  readonly paused: Pause | null;
  /** What is wrong with its file. */
  readonly broken: string | null;
  /** How long its runs usually take; null: nobody knows yet. */
  readonly typicalMs: number | null;
  /** When the run that goes on now will probably end. */
  readonly runningUntil: number | null;
  /** What draws its jitter; null or left out: not drawn yet. */
  readonly seed?: string | null;
}

export interface TimetableSchedule {
  readonly identity: string;
  readonly spec: ScheduleSpec;
  /** Its next due time where somebody has reckoned it already; null: it is reckoned here. */
  readonly nextAt: number | null;
  /** Of this schedule alone. */
  readonly paused?: Pause | null;
}

export interface Upcoming {
  readonly timetable: Timetable;
  readonly schedule: TimetableSchedule;
  readonly slot: Slot;
  readonly whyNot: string | null;
  readonly note: string | null;
}

/** The next due times of all, at most `limit`. Reckons little more than it gives, however many schedules there are. */
export function upcoming(timetables: readonly Timetable[], now: number, limit: number): Upcoming[] {
  const queue: Waiting[] = [];
  const runs = new Map<Timetable, SimulatedRuns>();
  for (const timetable of timetables) {
    runs.set(timetable, runsOf(timetable));
    for (const schedule of timetable.schedules) {
      const isAhead = schedule.nextAt !== null && schedule.nextAt > now;
      const at = isAhead ? schedule.nextAt : (nextSlot(schedule.spec, now, { withSuppressed: true })?.at ?? null);
      if (at !== null) queue.push({ at, place: queue.length, timetable, schedule });
    }
  }
  // The earliest last: there it is taken from, and given back near to.
  queue.sort((a, b) => (isLater(a, b) ? -1 : 1));
  const found: Upcoming[] = [];
  while (found.length < limit) {
    const first = queue.pop();
    if (first === undefined) break;
    const { timetable, schedule } = first;
    const slot = nextSlot(schedule.spec, first.at, { inclusive: true, withSuppressed: true });
    if (slot === null) continue;
    found.push({ timetable, schedule, slot, ...forecast(first, slot, runs.get(timetable) as SimulatedRuns) });
    const next = nextSlot(schedule.spec, slot.at, { withSuppressed: true });
    if (next === null) continue;
    const later = { ...first, at: next.at };
    queue.splice(placeOf(queue, later), 0, later);
  }
  return found;
}

/** `usually takes 2h: every second slot will be skipped`; null where runs end before the next is due. */
export function overlapForecast(timetable: Timetable, now: number): string | null {
  const { typicalMs } = timetable;
  if (typicalMs === null) return null;
  const ahead = upcoming([{ ...timetable, paused: null, broken: null }], now, SLOTS_LOOKED_AT);
  const regular = ahead.filter(({ slot }) => !slot.suppressed);
  const skipped = regular.filter(({ whyNot }) => whyNot !== null);
  const takes = `usually takes ${formatDuration(typicalMs)}`;
  if (skipped.length === 0) {
    const waiting = regular.filter(({ slot, note }) => note !== slot.note).length;
    return waiting === 0 ? null : `${takes}: ${partOf(waiting, regular.length)} slots will wait for the one before`;
  }
  return `${takes}: ${shareOf(regular.map(({ whyNot }) => whyNot === null))} will be skipped`;
}

const SLOTS_LOOKED_AT = 60;

/** A schedule with its next due time, in the row of all. */
interface Waiting {
  readonly at: number;
  readonly place: number;
  readonly timetable: Timetable;
  readonly schedule: TimetableSchedule;
}

function runsOf({ typicalMs, runningUntil }: Timetable): SimulatedRuns {
  return createSimulatedRuns({ durationMs: typicalMs, runningUntil });
}

/** As the scheduler will decide it in time, if runs take as long as they usually do. */
function forecast(
  { timetable, schedule }: { readonly timetable: Timetable; readonly schedule: TimetableSchedule },
  slot: Slot,
  runs: SimulatedRuns,
): { whyNot: string | null; note: string | null } {
  const { broken, typicalMs } = timetable;
  const paused = timetable.paused ?? schedule.paused ?? null;
  const [decision] = decideSlots({
    due: [slot],
    now: slot.at,
    catchup: schedule.spec.catchup,
    catchupWindowMs: 0,
    overlap: schedule.spec.overlap,
    previousStillRunning: runs.isUnfinished(slot.at),
    isBufferFull: runs.isAnyWaiting(slot.at),
    paused,
    createdAt: -Infinity,
    absence: null,
  });
  if (decision === undefined) return { whyNot: null, note: slot.note };
  if (decision.startRun) {
    runs.start(slot.at, decision.isQueued);
    const waits = `waits for the run before it, which usually takes ${formatDuration(typicalMs ?? 0)}`;
    const notes = [
      slot.note,
      jitterInWords(timetable, schedule, slot),
      decision.outcome === 'buffered' ? waits : null,
      broken === null ? null : `its file is broken, so the version before it runs: ${broken}`,
    ].filter((note) => note !== null);
    return { whyNot: null, note: notes.length === 0 ? null : notes.join('; ') };
  }
  if (slot.suppressed) return { whyNot: slot.note, note: null };
  if (isPaused({ paused, now: slot.at }, slot)) return { whyNot: decision.reason, note: slot.note };
  const until = typicalMs === null ? '' : `: it usually takes ${formatDuration(typicalMs)}`;
  return { whyNot: `the run before it will probably still be running${until}`, note: slot.note };
}

function jitterInWords({ seed = null }: Timetable, { spec }: TimetableSchedule, slot: Slot): string | null {
  if (spec.jitter === null) return null;
  if (seed === null) return `jitter holds it back by up to ${formatDuration(spec.jitter.maxMs)}`;
  return `jitter holds it back by ${formatDuration(jitterMs(spec, seed, slot.at))}`;
}

/** Where it belongs in a list that begins with the latest. */
function placeOf(queue: readonly Waiting[], one: Waiting): number {
  let [low, high] = [0, queue.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isLater(queue[middle] as Waiting, one)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Due at the same time, they keep the order in which they were given. */
function isLater(one: Waiting, other: Waiting): boolean {
  return one.at === other.at ? one.place > other.place : one.at > other.at;
}

/** `every second slot`, `two of three slots`, or how many of those that were looked at. */
function shareOf(isRun: readonly boolean[]): string {
  const between: number[] = [];
  for (const [index, runs] of isRun.entries()) if (runs) between.push(index);
  const steps = new Set(between.slice(1).map((place, index) => place - (between[index] as number)));
  const [step] = steps;
  if (steps.size !== 1 || step === undefined)
    return `${partOf(isRun.filter((runs) => !runs).length, isRun.length)} slots`;
  return step === 2 ? 'every second slot' : `${step - 1} of ${step} slots`;
}

function partOf(some: number, all: number): string {
  return some === all ? 'all' : `${some} of the next ${all}`;
}
