/**
 * Pausing and resuming deployments and single schedules: slots that are due meanwhile are skipped, with who and why. What
 * runs already goes on running. For the command line, the page and the API alike.
 */
import { userInfo } from 'node:os';
import { parseTime } from '../../model/asked-time.ts';
import { parseDuration } from '../../model/duration.ts';
import { nearest, WeirError } from '../../model/errors.ts';
import { inCalendar } from '../../model/instant.ts';
import type { DeploymentRow, ScheduleRow } from '../../store/deployments.ts';
import type { Store } from '../../store/store.ts';
import { localTime } from '../tell/told-times.ts';
import { answerDueSlots } from './slot-answers.ts';

export interface PauseRequest {
  readonly by: string;
  readonly reason: string | null;
  /** Epoch ms from which on slots are answered again; null: until it is resumed. */
  readonly until: number | null;
}

/** One schedule of the deployment, or, where null, all of it. */
export interface PauseTarget {
  readonly deployment: DeploymentRow;
  readonly schedule: ScheduleRow | null;
}

/** The deployment, or its schedule with that name or text. @throws WeirError `not-found` */
export function pauseTarget(store: Store, deployment: DeploymentRow, scheduleName: string | undefined): PauseTarget {
  if (scheduleName === undefined) return { deployment, schedule: null };
  const schedules = store.deployments.schedulesOf(deployment.id);
  const schedule = schedules.find(({ identity }) => identity === scheduleName);
  if (schedule !== undefined) return { deployment, schedule };
  const identities = schedules.map(({ identity }) => identity);
  const near = nearest(scheduleName, identities);
  const known = identities.length === 0 ? 'it has none' : `it has ${identities.map((each) => `"${each}"`).join(', ')}`;
  throw new WeirError('not-found', `${deployment.flow}/${deployment.name} has no schedule "${scheduleName}"`, {
    hint: near === undefined ? known : `did you mean "${near}"?`,
  });
}

/** When a pause ends: a time on the clock of the zone, or how long from now such as `2h`. @throws WeirError `usage` */
export function parsePauseEnd(text: string, now: number, zone: string, field: string): number {
  if (/^\s*\d+(\.\d+)?\s*(ms|[smhdw])/.test(text)) return inCalendar(now + parseDuration(text), field);
  return parseTime(text, zone, field, now);
}

/** Completes "paused by": whoever runs this process. */
export function whoPauses(): string {
  try {
    return userInfo().username;
  } catch {
    return 'somebody';
  }
}

/** Pauses; slots that are due already and unanswered count as due before. @throws WeirError `usage` */
export async function pause(
  { store, now }: { readonly store: Store; readonly now: () => number },
  { deployment, schedule }: PauseTarget,
  { by, reason, until }: PauseRequest,
): Promise<void> {
  if (until !== null && until <= now())
    throw new WeirError('usage', `the pause would be over already: ${localTime(until)} has passed`, {
      hint: 'give a later time, such as --until 2h, or leave it out to pause until you resume',
    });
  await store.writer.write(() => {
    const row = { at: now(), by, reason, until };
    if (schedule === null) store.deployments.pause(deployment.id, row);
    else store.deployments.pauseSchedule(schedule.id, row);
  });
}

/** Resumes; what was due meanwhile and nobody has answered is skipped first, with who paused and why. */
export async function resume(
  { store, now }: { readonly store: Store; readonly now: () => number },
  { deployment, schedule }: PauseTarget,
): Promise<boolean> {
  return store.writer.write(() => {
    const at = now();
    const schedules = store.deployments.schedulesOf(deployment.id);
    for (const each of schedules) {
      const isMeant = schedule === null || each.id === schedule.id;
      if (isMeant && each.wakeAt !== null && each.wakeAt <= at) answerDueSlots(store, each, null, at);
    }
    if (schedule !== null) return store.deployments.resumeSchedule(schedule.id);
    return store.deployments.resume(deployment.id, at);
  });
}
