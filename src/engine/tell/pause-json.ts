/** Whether a deployment or one of its schedules is paused, as the JSON that users script against. */
import type { Store } from '../../store/store.ts';
import { pauseOf } from '../schedule/pauses.ts';
import type { PauseTarget } from '../schedule/pausing.ts';
import { isoTime } from './told-times.ts';

/** `weir deployment pause --json`: as it stands now. */
export function pauseJson(store: Store, { deployment, schedule }: PauseTarget) {
  const now = store.deployments.byId(deployment.id) ?? deployment;
  const paused =
    schedule === null ? pauseOf(now, null) : pauseOf(store.deployments.scheduleById(schedule.id) ?? schedule, null);
  return {
    schema: 'weir.pause/1',
    deployment: `${deployment.flow}/${deployment.name}`,
    schedule: schedule?.identity ?? null,
    paused:
      paused === null
        ? null
        : {
            by: paused.by,
            reason: paused.reason,
            since: isoTime(paused.from),
            until: paused.until === null ? null : isoTime(paused.until),
          },
  };
}
