/**
 * The runs of one deployment as they would go on, on paper: each takes the same time awake, a queued one begins when
 * the runs before it have ended. What forecasts and simulations ask instead of the rows of real runs.
 */

/** A time in which the machine sleeps, and nothing goes on. */
export interface Sleep {
  readonly from: number;
  readonly to: number;
}

export interface SimulatedRun {
  readonly startAt: number;
  readonly endAt: number;
}

export interface SimulatedRuns {
  /** Whether a run that began, or waits, before this time has not ended then. */
  isUnfinished(at: number): boolean;
  /** Whether a run waits at that time for the one before it. */
  isAnyWaiting(at: number): boolean;
  /** A queued one begins when all runs before it have ended. */
  start(at: number, isQueued: boolean): SimulatedRun;
}

/** `durationMs` null: nobody knows how long a run takes, so it is in the way only of what is due at the same moment. */
export function createSimulatedRuns(parts: {
  readonly durationMs: number | null;
  readonly sleeps?: readonly Sleep[];
  /** When the run that goes on now will have ended. */
  readonly runningUntil?: number | null;
}): SimulatedRuns {
  const { durationMs, sleeps = [], runningUntil = null } = parts;
  let unfinished: SimulatedRun[] = runningUntil === null ? [] : [{ startAt: -Infinity, endAt: runningUntil }];

  return {
    isUnfinished: (at) => unfinished.some((run) => run.endAt > at),
    isAnyWaiting: (at) => unfinished.some((run) => run.startAt > at),
    start(at, isQueued) {
      // Times are asked in their order, so what has ended is asked for no more.
      unfinished = unfinished.filter((run) => run.endAt > at);
      const startAt = isQueued ? Math.max(at, ...unfinished.map((run) => run.endAt)) : at;
      const run = { startAt, endAt: afterAwake(startAt, Math.max(1, durationMs ?? 1), sleeps) };
      unfinished.push(run);
      return run;
    },
  };
}

/** The time when the machine is awake: that one, or the end of the sleep that holds it. `sleeps` in order, none touching. */
export function awakeAt(at: number, sleeps: readonly Sleep[]): number {
  return sleeps.find((sleep) => at >= sleep.from && at < sleep.to)?.to ?? at;
}

/** When so much time awake has gone by. */
function afterAwake(startAt: number, durationMs: number, sleeps: readonly Sleep[]): number {
  let at = awakeAt(startAt, sleeps);
  let left = durationMs;
  for (const sleep of sleeps) {
    if (sleep.from < at || sleep.from - at >= left) continue;
    left -= sleep.from - at;
    at = sleep.to;
  }
  return at + left;
}
