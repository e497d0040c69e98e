/** Timers that wake together: a process that waits wakes as often as its shortest period, however many looks it takes. */

/** Until the next whole multiple of the period, ms; `clockMs` must be the same clock for all that are to wake together. */
export function untilTick(periodMs: number, clockMs: number): number {
  // A timer may fire a little early: the tick that it was for must not be taken for the next.
  const until = periodMs - (clockMs % periodMs);
  return until < periodMs / 10 ? until + periodMs : until;
}
