/**
 * Which due times a backfill gives a run: those of a stretch that have none, whether they were missed, skipped, not yet
 * answered, or lay before the schedule existed. Pure; what stands in the ledger comes in as a parameter.
 */
import { nextSlot } from './schedule.ts';
import type { ScheduleSpec } from './schedule-spec.ts';
import type { SlotOutcome } from './slot.ts';

/** A due time as the ledger knows it. */
export interface AnsweredSlot {
  readonly at: number;
  readonly outcome: SlotOutcome;
  readonly flowRunId: number | null;
}

export interface BackfillSlot {
  readonly at: number;
  /** Null: nobody has answered it. */
  readonly outcome: SlotOutcome | null;
  /** What is written where nobody has. */
  readonly reason: string;
}

export interface BackfillStretch {
  readonly spec: ScheduleSpec;
  /** Both included. */
  readonly from: number;
  readonly to: number;
  /** The schedule's first deploy: the ledger begins there. */
  readonly createdAt: number;
  /** From there on nobody has answered yet; null: the schedule is not due any more, or was removed. */
  readonly nextAt: number | null;
  /** What the ledger holds of the stretch, in any order. */
  readonly answered: Iterable<AnsweredSlot>;
}

/** In the order of time, or null when there are more than `most` due times to look at. */
export function backfillSlots(stretch: BackfillStretch, most: number): BackfillSlot[] | null {
  const { spec, from, to, createdAt, nextAt } = stretch;
  const found: BackfillSlot[] = [];
  const known = new Set<number>();
  let looked = 0;
  for (const { at, outcome, flowRunId } of stretch.answered) {
    if (++looked > most) return null;
    known.add(at);
    // A clock change dropped it: it was no time of its own.
    if (flowRunId === null && outcome !== 'suppressed') found.push({ at, outcome, reason: '' });
  }
  const before = { from, to: Math.min(to, createdAt - 1), reason: 'the schedule was not deployed yet' };
  // Where it was due and the ledger has nothing, the schedule was another one, or off.
  const after = {
    from: Math.max(from, nextAt ?? Infinity),
    to,
    reason: 'nobody had answered it when it was backfilled',
  };
  for (const part of [before, after]) {
    let slot = part.from > part.to ? null : nextSlot(spec, part.from, { inclusive: true });
    for (; slot !== null && slot.at <= part.to; slot = nextSlot(spec, slot.at)) {
      if (++looked > most) return null;
      if (!known.has(slot.at)) found.push({ at: slot.at, outcome: null, reason: part.reason });
    }
  }
  return found.sort((a, b) => a.at - b.at);
}
