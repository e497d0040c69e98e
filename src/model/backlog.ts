/**
 * Due times of a long gap, told as ranges: a schedule of every second that nobody served for a week has 604 800 of them,
 * and all but the newest become nothing for the same reason. Pure; its cost hangs on clock changes and reasons, not on
 * the number of slots. It must never cover a slot that could still get a run.
 */
import { countSlots, nextSlot, nextSlots, previousSlot } from './schedule.ts';
import type { ScheduleSpec } from './schedule-spec.ts';
import { type DueSlots, MOST_CAUGHT_UP, ON_TIME_MS, type Slot, type SlotOutcome, withoutRun } from './slot.ts';
import { segmentAt } from './zone.ts';

/** Neighbours that were answered alike; one due time alone has `untilAt` null. */
export interface SlotRange {
  readonly at: number;
  readonly untilAt: number | null;
  /** 0: too many to count. */
  readonly count: number;
  readonly outcome: SlotOutcome;
  readonly reason: string | null;
  readonly note: string | null;
  /** The due time before the first. */
  readonly previousAt: number | null;
}

export interface Backlog {
  readonly ranges: readonly SlotRange[];
  /** From here on slots are decided one by one. */
  readonly from: number;
}

type Deciding = Pick<DueSlots, 'now' | 'catchup' | 'catchupWindowMs' | 'paused' | 'absence' | 'jitterMs' | 'zone'>;

/** More due slots than this are told as ranges, but for the newest. */
const MOST_SINGLE = 100;

/** What of the slots from `firstAt` to `to` gets no run for certain, as ranges; null when all are decided one by one. */
export function toldAsRanges(spec: ScheduleSpec, firstAt: number, to: number, input: Deciding): Backlog | null {
  // Nearly always it ends with the first: no slot beyond the time is reckoned.
  if (nextSlots(spec, firstAt, MOST_SINGLE + 1, { inclusive: true }, to).length <= MOST_SINGLE) return null;
  const from = firstDecided(spec, firstAt, to, input);
  if (from <= firstAt) return null;
  const ranges: SlotRange[] = [];
  const edges = edgesOf(spec, firstAt, from, input);
  for (const [index, edge] of edges.entries()) {
    const end = edges[index + 1];
    if (end === undefined) break;
    if (edge.isSingle) ranges.push(...singly(spec, edge.at, end.at, input));
    else ranges.push(...asRange(spec, edge.at, end.at, input));
  }
  return { ranges, from };
}

/** The oldest slot that may still get a run: as many as catch-up may start, and the regular one. */
function firstDecided(spec: ScheduleSpec, firstAt: number, to: number, { catchup, paused, now }: Deciding): number {
  const runs = (catchup === 'all' ? MOST_CAUGHT_UP : 1) + 1;
  // What is paused has no run: those before count.
  const isOver = paused?.until != null && now >= paused.until;
  if (paused !== null && !isOver) return to + 1;
  let at = to + 1;
  for (let index = 0; index < runs && at > firstAt; index++) {
    let slot = previousSlot(spec, at);
    if (slot !== null && isOver && slot.at >= paused.from && slot.at < (paused.until ?? 0))
      slot = previousSlot(spec, paused.from);
    if (slot === null) return firstAt;
    at = slot.at;
  }
  return Math.max(at, firstAt);
}

interface Edge {
  readonly at: number;
  /** Until the next edge a clock change may drop or move slots: each has its own note. */
  readonly isSingle: boolean;
}

/** Where the answer may become another one: ends of pauses, absences and the window, and clock changes. */
function edgesOf(spec: ScheduleSpec, firstAt: number, end: number, input: Deciding): Edge[] {
  const { paused, absence, now, catchupWindowMs } = input;
  const onTimeFrom = now - ON_TIME_MS - (input.jitterMs?.(firstAt) ?? 0);
  const young = now - catchupWindowMs + 1;
  const reasons = [paused?.from, paused?.until, absence?.from, absence && absence.to + 1, young, onTimeFrom];
  const edges = reasons.filter((at) => at != null).map((at): Edge => ({ at, isSingle: false }));
  const changes = clockChanges(spec.timezone, firstAt, end);
  for (const change of changes) edges.push({ at: change.from, isSingle: true }, { at: change.to, isSingle: false });
  const within = edges
    .filter(({ at }) => at > firstAt && at < end)
    .map(({ at }) => at)
    .concat(firstAt, end);
  const sorted = [...new Set(within)].sort((a, b) => a - b);
  return sorted.map((at) => ({ at, isSingle: changes.some(({ from, to }) => at >= from && at < to) }));
}

/** Stretches in which wall times are moved, merged or dropped. */
function clockChanges(zone: string, firstAt: number, end: number): { from: number; to: number }[] {
  const changes: { from: number; to: number }[] = [];
  for (let segment = segmentAt(zone, firstAt); ; segment = segmentAt(zone, segment.endAt)) {
    const change = Math.abs(segment.offsetMs - segment.offsetBeforeMs);
    if (change > 0 && segment.startAt + change >= firstAt)
      changes.push({ from: segment.startAt, to: segment.startAt + change + 1 });
    if (segment.endAt >= end) return changes;
  }
}

function singly(spec: ScheduleSpec, from: number, end: number, input: Deciding): SlotRange[] {
  const ranges: SlotRange[] = [];
  for (let slot = nextSlot(spec, from, FIRST); slot !== null && slot.at < end; slot = nextSlot(spec, slot.at, LATER)) {
    const previousAt = previousSlot(spec, slot.at)?.at ?? null;
    ranges.push({ at: slot.at, untilAt: null, count: 1, note: slot.note, previousAt, ...withoutRun(input, slot) });
  }
  return ranges;
}

function asRange(spec: ScheduleSpec, from: number, end: number, input: Deciding): SlotRange[] {
  const first = nextSlot(spec, from, { inclusive: true });
  const last = previousSlot(spec, end);
  if (first === null || last === null || first.at >= end || last.at < first.at) return [];
  const slot: Slot = { at: first.at, note: null, suppressed: false };
  const untilAt = last.at === first.at ? null : last.at;
  const count = untilAt === null ? 1 : (countSlots(spec, first.at, last.at) ?? 0);
  const previousAt = previousSlot(spec, first.at)?.at ?? null;
  return [{ at: first.at, untilAt, count, note: null, previousAt, ...withoutRun(input, slot) }];
}

const FIRST = { inclusive: true, withSuppressed: true } as const;
const LATER = { withSuppressed: true } as const;
