/** What the file knows of a deployment's times: its schedules, what stops them, how long its runs usually take. */
import type { ScheduleSpec } from '../../model/schedule-spec.ts';
import type { Timetable } from '../../model/timetable.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import type { Store } from '../../store/store.ts';
import { knownSeedOf } from './jitter-seed.ts';
import { pauseOf } from './pauses.ts';

/** Fewer runs tell little of the next. */
const FEWEST_RUNS = 3;

export function timetableOf(store: Store, deployment: DeploymentRow, now: number): Timetable {
  const { broken } = deployment;
  const readable = store.deployments.schedulesOf(deployment.id).filter((schedule) => schedule.broken === null);
  const typicalMs = typicalTime(store.typicalTimes.latestOf(deployment.id));
  const since = store.typicalTimes.runningSince(deployment.id);
  return {
    name: `${deployment.flow}/${deployment.name}`,
    schedules: readable.map(({ identity, spec, nextAt, ...schedule }) => ({
      identity,
      spec: JSON.parse(spec) as ScheduleSpec,
      nextAt,
      paused: pauseOf(schedule, null),
    })),
    paused: pauseOf(deployment, null),
    broken,
    typicalMs,
    seed: knownSeedOf(store, deployment),
    // One that takes longer than usual may end at any time.
    runningUntil: since === null || typicalMs === null ? null : Math.max(now, since + typicalMs),
  };
}

/** The median; null where too few have completed. */
export function typicalTime(times: readonly number[]): number | null {
  if (times.length < FEWEST_RUNS) return null;
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? null;
}
