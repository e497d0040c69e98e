/**
 * The pause that holds for a schedule, and the one that a deployment brings upon itself by failing. pausing.ts is what
 * people do.
 */
import type { Pause } from '../../model/slot.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import type { Store } from '../../store/store.ts';

type Columns = Pick<DeploymentRow, 'pausedAt' | 'pausedBy' | 'pausedReason' | 'pausedUntil'>;

/** The pause that holds for a schedule: that of its deployment first. */
export function pauseOf(deployment: Columns, schedule: Columns | null): Pause | null {
  const paused = [deployment, schedule].find((each) => each != null && each.pausedAt !== null);
  if (paused?.pausedAt == null) return null;
  const { pausedAt, pausedBy, pausedReason, pausedUntil } = paused;
  return { by: pausedBy ?? 'somebody', reason: pausedReason, from: pausedAt, until: pausedUntil };
}

/** True while it lasts; one whose end has come waits only for the scheduler to clear it away. */
export function isPausedNow(columns: Columns, now: number): boolean {
  return columns.pausedAt !== null && (columns.pausedUntil === null || columns.pausedUntil > now);
}

/**
 * Pauses the deployment when its last scheduled runs have all failed, as many as its flow says, since it was resumed last.
 * Gives it as it is then. Call it inside a transaction.
 */
export function pauseIfFailing(store: Store, deployment: DeploymentRow, now: number): DeploymentRow {
  const limit = deployment.options.pauseAfterFailures;
  if (limit === undefined || deployment.pausedAt !== null) return deployment;
  const ends = store.deployments.lastEnds(deployment.id, deployment.resumedAt ?? 0, limit);
  const haveFailed = ends.every(({ type }) => type === 'FAILED' || type === 'CRASHED');
  const [last] = ends;
  if (last === undefined || ends.length < limit || !haveFailed) return deployment;
  const which = limit === 1 ? `run ${last.id} failed` : `${limit} runs in a row failed, run ${last.id} the last`;
  const pausedReason = `${which}${last.message === null ? '' : `: ${last.message}`}`;
  store.deployments.pause(deployment.id, { at: now, by: 'weir', reason: pausedReason, until: null });
  return { ...deployment, pausedAt: now, pausedBy: 'weir', pausedReason, pausedUntil: null };
}
