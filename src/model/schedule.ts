/**
 * When a schedule is due: the next slots, the previous one, and how long a slot may be delayed.
 * Pure functions of a resolved spec (schedule-spec.ts) and an instant; under 50 us for a usual schedule.
 * Strictly forward: the slot after a slot is always later, whatever the clocks of the zone do.
 */
import { cronAxis } from './cron.ts';
import { calendarAxis, firstElapsedSlot, lastElapsedSlot } from './interval.ts';
import { ruleAxis } from './rrule.ts';
import type { ScheduleSpec } from './schedule-spec.ts';
import { scheduleIdentity } from './schedule-spec.ts';
import { seededFraction } from './seeded.ts';
import type { Slot } from './slot.ts';
import { firstWallSlot, lastWallSlot, type WallAxis } from './wall-slots.ts';

/** First slot after `afterAt` (epoch ms), or at it when `inclusive`; null when the schedule never fires again. */
export function nextSlot(
  spec: ScheduleSpec,
  afterAt: number,
  options: { inclusive?: boolean; withSuppressed?: boolean } = {},
): Slot | null {
  const from = options.inclusive ? Math.ceil(afterAt) : Math.floor(afterAt) + 1;
  if (spec.kind === 'reboot') return null;
  if (spec.kind === 'interval' && spec.days === 0) return firstElapsedSlot(spec.ms, spec.anchorAt, from);
  return firstWallSlot(axisOf(spec), zoneOf(spec), from, options.withSuppressed ?? false);
}

/**
 * The next slots after `afterAt` and not after `untilAt`, at most `count`. With `withSuppressed` also those that a clock change drops, as the
 * ledger holds them.
 */
export function nextSlots(
  spec: ScheduleSpec,
  afterAt: number,
  count: number,
  options: { inclusive?: boolean; withSuppressed?: boolean } = {},
  untilAt = Infinity,
): Slot[] {
  const slots: Slot[] = [];
  let slot = count > 0 ? nextSlot(spec, afterAt, options) : null;
  while (slot && slot.at <= untilAt && slots.length < count) {
    slots.push(slot);
    slot = slots.length < count ? nextSlot(spec, slot.at, { ...options, inclusive: false }) : null;
  }
  return slots;
}

/** Last slot before `beforeAt` (epoch ms), never a suppressed one: the slot of a manual run at that time. */
export function previousSlot(spec: ScheduleSpec, beforeAt: number): Slot | null {
  const before = Math.ceil(beforeAt);
  if (spec.kind === 'reboot') return null;
  if (spec.kind === 'interval' && spec.days === 0) return lastElapsedSlot(spec.ms, spec.anchorAt, before);
  return lastWallSlot(axisOf(spec), zoneOf(spec), before);
}

/** How far back missed slots may be caught up: what the spec says, else the larger of 7 days and one period. */
export function catchupWindowMs(spec: ScheduleSpec, now: number): number {
  if (spec.catchupWindowMs !== null) return spec.catchupWindowMs;
  const previous = previousSlot(spec, now);
  const next = nextSlot(spec, now, { inclusive: true });
  const period = previous && next ? next.at - previous.at : 0;
  return Math.max(WEEK_MS, period);
}

/**
 * How long `jitter` holds a slot back: steady per schedule, or drawn anew per slot. `seed` names the installation and the
 * deployment. What is drawn anew never reaches the next slot, so that slots keep their order.
 */
export function jitterMs(spec: ScheduleSpec, seed: string, slotAt: number): number {
  if (spec.jitter === null) return 0;
  const { maxMs, each } = spec.jitter;
  const drawn = (range: number) =>
    Math.floor(seededFraction(`${seed}\0${scheduleIdentity(spec)}${each ? `\0${slotAt}` : ''}`) * (range + 1));
  if (!each) return drawn(maxMs);
  const next = nextSlot(spec, slotAt);
  return drawn(next === null ? maxMs : Math.min(maxMs, next.at - slotAt - 1));
}

/** When a slot is acted on: at its time, or as much later as jitter says. */
export function wakeAt(spec: ScheduleSpec, seed: string, slot: Slot): number {
  return slot.suppressed ? slot.at : slot.at + jitterMs(spec, seed, slot.at);
}

/** The last instant whose slots are all to be acted on by now. */
export function dueUntil(spec: ScheduleSpec, seed: string, now: number): number {
  if (spec.jitter === null) return now;
  if (!spec.jitter.each) return now - jitterMs(spec, seed, now);
  const newest = previousSlot(spec, now + 1);
  return newest === null || newest.at + jitterMs(spec, seed, newest.at) <= now ? now : newest.at - 1;
}

/** How many slots lie between two instants, both included; null when there are too many to count one by one. */
export function countSlots(spec: ScheduleSpec, from: number, to: number): number | null {
  if (spec.kind === 'interval' && spec.days === 0) {
    const first = firstElapsedSlot(spec.ms, spec.anchorAt, from).at;
    return to < first ? 0 : Math.floor((to - first) / spec.ms) + 1;
  }
  const slots = nextSlots(spec, from, MOST_COUNTED + 1, { inclusive: true }, to);
  return slots.length > MOST_COUNTED ? null : slots.length;
}

const MOST_COUNTED = 200;
const WEEK_MS = 7 * 86_400_000;

function axisOf(spec: Exclude<ScheduleSpec, { kind: 'reboot' }>): WallAxis {
  switch (spec.kind) {
    case 'cron':
      return cronAxis(spec.fields, spec.dayOr);
    case 'interval':
      return calendarAxis(spec.ms, spec.anchorAt, spec.timezone);
    case 'rrule':
      return ruleAxis(spec.rule);
  }
}

/** A rule by elapsed time knows no clock changes. */
function zoneOf(spec: ScheduleSpec): string {
  return spec.kind === 'rrule' && spec.rule.isElapsed ? 'UTC' : spec.timezone;
}
