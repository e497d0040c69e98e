/**
 * What a scheduler would make of a stretch of time: each due time with its outcome and reason, over clock changes and
 * while the machine sleeps. Decides by the very rules of slot.ts, with a clock that only jumps; starts nothing.
 */
import { catchupWindowMs, jitterMs, nextSlot } from './schedule.ts';
import { awakeAt, createSimulatedRuns, type Sleep } from './simulated-runs.ts';
import { type Absence, decideSlots, type Slot, type SlotOutcome } from './slot.ts';
import type { Timetable, TimetableSchedule } from './timetable.ts';

export interface SimulatedSlot {
  readonly timetable: Timetable;
  readonly schedule: TimetableSchedule;
  readonly at: number;
  readonly outcome: SlotOutcome;
  readonly reason: string | null;
  readonly note: string | null;
  /** Null: it gets no run. */
  readonly startAt: number | null;
  /** Null also where nobody knows how long it takes. */
  readonly endAt: number | null;
}

export interface Simulation {
  /** By due time. */
  readonly slots: readonly SimulatedSlot[];
  /** Where it stopped because there were too many; null: it went to the end. */
  readonly stoppedAt: number | null;
}

export interface SimulationParts {
  readonly timetables: readonly Timetable[];
  /** Both included. */
  readonly from: number;
  readonly to: number;
  /** In order, none touching another: `mergedSleeps`. */
  readonly sleeps: readonly Sleep[];
  /** How long each run takes awake; null: as long as those of its deployment usually do. */
  readonly durationMs: number | null;
  /** Due times at most. */
  readonly most: number;
}

export function simulate({ timetables, from, to, sleeps, durationMs, most }: SimulationParts): Simulation {
  // Who sleeps at the end decides what was due only on waking, and then by the newest of it.
  const until = awakeAt(to, sleeps);
  const { due, stoppedAt } = dueSlots(timetables, from, until, most);
  const slots = timetables.flatMap((timetable) =>
    simulateOne(
      timetable,
      due.filter((each) => each.timetable === timetable),
      sleeps,
      durationMs ?? timetable.typicalMs,
    ),
  );
  return { slots: slots.sort((a, b) => a.at - b.at), stoppedAt };
}

/** In order; those that overlap or touch become one. */
export function mergedSleeps(sleeps: readonly Sleep[]): Sleep[] {
  const merged: Sleep[] = [];
  for (const sleep of sleeps.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last === undefined || sleep.from > last.to) merged.push(sleep);
    else merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, sleep.to) };
  }
  return merged;
}

/** A sleep that no look at the clock has missed leaves no absence to be told. */
const ABSENCE_MS = 45_000;

interface Due {
  readonly timetable: Timetable;
  readonly schedule: TimetableSchedule;
  readonly slot: Slot;
}

function dueSlots(timetables: readonly Timetable[], from: number, to: number, most: number) {
  const due: Due[] = [];
  for (const timetable of timetables)
    for (const schedule of timetable.schedules) {
      let slot = nextSlot(schedule.spec, from, { inclusive: true, withSuppressed: true });
      for (let count = 0; slot !== null && slot.at <= to && count <= most; count++) {
        due.push({ timetable, schedule, slot });
        slot = nextSlot(schedule.spec, slot.at, { withSuppressed: true });
      }
    }
  due.sort((a, b) => a.slot.at - b.slot.at);
  const beyond = due[most];
  return beyond === undefined
    ? { due, stoppedAt: null }
    : { due: due.filter(({ slot }) => slot.at < beyond.slot.at), stoppedAt: beyond.slot.at };
}

/** The runs of all schedules of a deployment are judged together. */
function simulateOne(
  timetable: Timetable,
  due: readonly Due[],
  sleeps: readonly Sleep[],
  durationMs: number | null,
): SimulatedSlot[] {
  const runs = createSimulatedRuns({ durationMs, sleeps });
  const wakes = Map.groupBy(due, ({ schedule, slot }) =>
    awakeAt(slot.at + heldBackMs(timetable, schedule, slot), sleeps),
  );
  const slots: SimulatedSlot[] = [];
  for (const [now, woken] of [...wakes].sort(([a], [b]) => a - b)) {
    for (const [schedule, own] of Map.groupBy(woken, (each) => each.schedule)) {
      const { spec } = schedule;
      const decisions = decideSlots({
        due: own.map(({ slot }) => slot),
        now,
        catchup: spec.catchup,
        catchupWindowMs: catchupWindowMs(spec, now),
        overlap: spec.overlap,
        previousStillRunning: runs.isUnfinished(now),
        isBufferFull: runs.isAnyWaiting(now),
        paused: timetable.paused ?? schedule.paused ?? null,
        createdAt: -Infinity,
        absence: absenceBefore(now, sleeps),
        jitterMs: (at) => jitterMs(spec, seedFor(timetable), at),
        zone: spec.timezone,
      });
      for (const { at, outcome, reason, note, startRun, isQueued } of decisions) {
        const run = startRun ? runs.start(now, isQueued) : null;
        slots.push({
          ...{ timetable, schedule, at, outcome, reason, note },
          startAt: run?.startAt ?? null,
          endAt: durationMs === null ? null : (run?.endAt ?? null),
        });
      }
    }
  }
  return slots;
}

function heldBackMs(timetable: Timetable, { spec }: TimetableSchedule, slot: Slot): number {
  return slot.suppressed ? 0 : jitterMs(spec, seedFor(timetable), slot.at);
}

/** Of what is not deployed, one that may well be drawn. */
function seedFor({ seed, name }: Timetable): string {
  return seed ?? name ?? '';
}

function absenceBefore(now: number, sleeps: readonly Sleep[]): Absence | null {
  const sleep = sleeps.find(({ to }) => to === now);
  return sleep === undefined || sleep.to - sleep.from <= ABSENCE_MS ? null : { kind: 'asleep', ...sleep };
}
