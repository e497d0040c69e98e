/**
 * Notices that nobody looked at the clock for a while, by the gap between two looks, and at a start by the last look in
 * the database. The other clocks only help to word the reason: which of them went on tells sleep from a clock that was set.
 */
import type { Absence } from '../../model/slot.ts';
import type { Store } from '../../store/store.ts';

/** Three clocks, ms: of the wall; of time awake; of time since the machine's boot, asleep or awake. */
export interface Clocks {
  readonly wall: () => number;
  readonly awake: () => number;
  readonly sinceBoot: () => number;
}

export interface AbsenceWatch {
  /** Looks at the clocks; gives the latest absence, if there was one. */
  look(): Absence | null;
  /** Keeps the time of this look, in a transaction: the next start measures from it. */
  keep(at: number): void;
  /** True when the look that is kept is older than it may be. */
  isKeptLookOld(at: number): boolean;
  /** How far the wall clock went back at the last look, ms; 0: it did not. */
  readonly wentBackMs: number;
}

/** Two looks lie 30 s apart at most. */
export const LONGEST_SLEEP_MS = 30_000;
/** A gap between two looks at the clock that no timer explains. */
const ABSENCE_MS = LONGEST_SLEEP_MS + 15_000;
const LAST_LOOK = 'scheduler.looked_at';

export function createAbsenceWatch({ meta }: Pick<Store, 'meta'>, clocks: Clocks): AbsenceWatch {
  let last: { wall: number; awake: number; sinceBoot: number } | null = null;
  let kept = Number(meta.get(LAST_LOOK) ?? Number.NaN);
  let absence: Absence | null = null;
  let wentBackMs = 0;

  return {
    look() {
      const here = { wall: clocks.wall(), awake: clocks.awake(), sinceBoot: clocks.sinceBoot() };
      const from = last === null ? kept : last.wall;
      const gap = here.wall - from;
      if (gap > ABSENCE_MS) absence = { kind: last === null ? 'down' : kindOf(gap, last, here), from, to: here.wall };
      wentBackMs = gap < 0 ? -gap : 0;
      last = here;
      return absence;
    },
    keep(at) {
      if (at === kept) return;
      kept = at;
      meta.set(LAST_LOOK, String(at));
    },
    isKeptLookOld: (at) => !(Math.abs(at - kept) < LONGEST_SLEEP_MS - 1000),
    get wentBackMs() {
      return wentBackMs;
    },
  };
}

function kindOf(
  gap: number,
  last: { readonly awake: number; readonly sinceBoot: number },
  here: { readonly awake: number; readonly sinceBoot: number },
): Absence['kind'] {
  const isMost = (ms: number) => ms > gap / 2;
  if (isMost(here.awake - last.awake)) return 'stopped';
  return isMost(here.sinceBoot - last.sinceBoot) ? 'asleep' : 'clock';
}
