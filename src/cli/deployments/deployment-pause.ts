/** `weir deployment pause | resume`: of a whole deployment, or of one of its schedules. */

import { findDeployment } from '../../engine/deploy/find-deployment.ts';
import { pauseOf } from '../../engine/schedule/pauses.ts';
import {
  type PauseTarget,
  parsePauseEnd,
  pause,
  pauseTarget,
  resume,
  whoPauses,
} from '../../engine/schedule/pausing.ts';
import { pauseJson } from '../../engine/tell/pause-json.ts';
import { localTime, zoneOfTimes } from '../../engine/tell/told-times.ts';
import { EXIT } from '../../model/errors.ts';
import type { Store } from '../../store/store.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { printJson, say } from '../output.ts';
import { withEngine } from '../session.ts';
import { plainText } from '../terminal-text.ts';

interface PauseFlags extends GlobalFlags {
  readonly schedule?: string;
  readonly reason?: string;
  readonly until?: string;
}

export async function pauseDeployment([name]: [string], flags: PauseFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ store, now }) => {
    const target = targetOf(store, name, flags.schedule);
    const until = flags.until === undefined ? null : parsePauseEnd(flags.until, now(), zoneOfTimes(), '--until');
    await pause({ store, now }, target, { by: whoPauses(), reason: flags.reason ?? null, until });
    const ends = until === null ? '' : ` until ${localTime(until)}`;
    say(`${titleOf(target)} is paused${ends}: what is due meanwhile is skipped, with the reason`);
    if (until === null) say(`  weir deployment resume ${commandOf(target)}`);
    if (flags.json) printJson(pauseJson(store, target));
    return EXIT.ok;
  });
}

export async function resumeDeployment([name]: [string], flags: PauseFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ store, now }) => {
    const target = targetOf(store, name, flags.schedule);
    const wasPaused = await resume({ store, now }, target);
    const again = targetOf(store, name, flags.schedule);
    say(wasPaused ? `${titleOf(target)} is resumed${nextOf(store, again)}` : `${titleOf(target)} was not paused`);
    if (flags.json) printJson(pauseJson(store, again));
    return EXIT.ok;
  });
}

/** @throws WeirError `not-found`, `usage` */
function targetOf(store: Store, name: string, scheduleName: string | undefined): PauseTarget {
  return pauseTarget(store, findDeployment(store, name), scheduleName);
}

function titleOf({ deployment, schedule }: PauseTarget): string {
  const name = `${deployment.flow}/${deployment.name}`;
  return plainText(schedule === null ? name : `schedule "${schedule.identity}" of ${name}`);
}

function commandOf({ deployment, schedule }: PauseTarget): string {
  const name = `${deployment.flow}/${deployment.name}`;
  return schedule === null ? name : `${name} --schedule '${schedule.identity}'`;
}

function nextOf(store: Store, { deployment, schedule }: PauseTarget): string {
  // One is not due while the deployment itself is paused.
  if (pauseOf(deployment, null) !== null) return `, but its deployment is paused by ${deployment.pausedBy}`;
  const schedules = schedule === null ? store.deployments.schedulesOf(deployment.id) : [schedule];
  const times = schedules.flatMap((each) => (each.nextAt === null || each.pausedAt !== null ? [] : [each.nextAt]));
  return times.length === 0 ? '' : `, next due at ${localTime(Math.min(...times))}`;
}
