/**
 * When a schedule is due: the next slots, the previous one, and how long a slot may be delayed.
 * Pure functions of a resolved spec (schedule-spec.ts) and an instant; under 50 us for a usual schedule.
 * Strictly forward: the slot after a slot is always later, whatever the clocks of the zone do.
 */
import { cronAxis } from './cron.ts';
import { calendarAxis, firstElapsedSlot, lastElapsedSlot } from './interval.ts';
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
  if (spec.kind === 'interval' && spec.days === 0) return firstElapsedSlot(spec.ms, spec.anchorAt, from);
  return firstWallSlot(axisOf(spec), spec.timezone, from, options.withSuppressed ?? false);
}

/**
 * The next slots after `afterAt`, at most `count`. With `withSuppressed` also those that a clock change drops, as the
 * ledger holds them.
 */
export function nextSlots(
  spec: ScheduleSpec,
  afterAt: number,
  count: number,
  options: { inclusive?: boolean; withSuppressed?: boolean } = {},
): Slot[] {
  const slots: Slot[] = [];
  let slot = count > 0 ? nextSlot(spec, afterAt, options) : null;
  while (slot && slots.length < count) {
    slots.push(slot);
    slot = slots.length < count ? nextSlot(spec, slot.at, { ...options, inclusive: false }) : null;
  }
  return slots;
}

/** Last slot before `beforeAt` (epoch ms), never a suppressed one: the slot of a manual run at that time. */
export function previousSlot(spec: ScheduleSpec, beforeAt: number): Slot | null {
  const before = Math.ceil(beforeAt);
  if (spec.kind === 'interval' && spec.days === 0) return lastElapsedSlot(spec.ms, spec.anchorAt, before);
  return lastWallSlot(axisOf(spec), spec.timezone, before);
}

/** How far back missed slots may be caught up: what the spec says, else the larger of 7 days and one period. */
export function catchupWindowMs(spec: ScheduleSpec, now: number): number {
  if (spec.catchupWindowMs !== null) return spec.catchupWindowMs;
  const previous = previousSlot(spec, now);
  const next = nextSlot(spec, now, { inclusive: true });
  const period = previous && next ? next.at - previous.at : 0;
  return Math.max(WEEK_MS, period);
}

/** How long `jitter` holds a slot back: steady per schedule, or drawn anew per slot; `seed` names the deployment. */
export function jitterMs(spec: ScheduleSpec, seed: string, slotAt: number): number {
  if (spec.jitter === null) return 0;
  const each = spec.jitter.each ? `\0${slotAt}` : '';
  return Math.floor(seededFraction(`${seed}\0${scheduleIdentity(spec)}${each}`) * (spec.jitter.maxMs + 1));
}

const WEEK_MS = 7 * 86_400_000;

function axisOf(spec: ScheduleSpec): WallAxis {
  return spec.kind === 'cron' ? cronAxis(spec.fields, spec.dayOr) : calendarAxis(spec.ms, spec.anchorAt, spec.timezone);
}
