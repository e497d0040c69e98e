/**
 * Gives a deployment its schedules. One that is there already keeps its anchor, its zone and its next slot; before it is
 * changed or taken away, what was due by its former rule is answered: redeploying loses no due slot and fires none twice.
 */
import { nextSlot, wakeAt } from '../../model/schedule.ts';
import { repinned, type ScheduleSpec, scheduleIdentity } from '../../model/schedule-spec.ts';
import type { ScheduleRow } from '../../store/deployments.ts';
import type { Store } from '../../store/store.ts';
import { seedOf } from '../schedule/jitter-seed.ts';

export interface SchedulesParts {
  readonly store: Store;
  readonly now: () => number;
  /** Changes with every boot of the machine; null where it is not known. */
  readonly kernelBootId: string | null;
  /** Answers the due slots of a schedule as it is; called inside the transaction that changes it. */
  readonly answerDue: (schedule: ScheduleRow) => void;
}

/** All schedules of a deployment, others are removed. Call it inside a transaction. */
export function putSchedules(parts: SchedulesParts, deploymentId: number, specs: readonly ScheduleSpec[]): void {
  const { store, now, answerDue } = parts;
  const { deployments } = store;
  const at = now();
  const next = specs.map((spec) => pinnedBy(deployments.scheduleNamed(deploymentId, scheduleIdentity(spec)), spec));
  for (const schedule of deployments.schedulesOf(deploymentId)) {
    const spec = next.find((each) => scheduleIdentity(each) === schedule.identity);
    if (spec === undefined || JSON.stringify(spec) !== schedule.spec) answerDue(schedule);
  }
  for (const spec of next) put(parts, deploymentId, spec, at);
  deployments.removeOtherSchedules(deploymentId, next.map(scheduleIdentity), at);
}

function put({ store, kernelBootId }: SchedulesParts, deploymentId: number, spec: ScheduleSpec, now: number): void {
  const { deployments } = store;
  const deployment = deployments.byId(deploymentId);
  if (deployment === null) return;
  const next = nextSlot(spec, now);
  deployments.putSchedule({
    deploymentId,
    identity: scheduleIdentity(spec),
    spec: JSON.stringify(spec),
    timezone: spec.timezone,
    nextAt: next?.at ?? null,
    wakeAt: next === null ? null : wakeAt(spec, seedOf(store, deployment), next),
    nextNote: next?.note ?? null,
    bootId: spec.kind === 'reboot' ? (kernelBootId ?? UNKNOWN_BOOT) : null,
    now,
  });
}

/** Where nobody knows the boots apart, none is answered. */
const UNKNOWN_BOOT = 'unknown';

function pinnedBy(former: ScheduleRow | null, spec: ScheduleSpec): ScheduleSpec {
  if (former === null) return spec;
  try {
    return repinned(JSON.parse(former.spec) as ScheduleSpec, spec);
  } catch {
    // Its stored form cannot be read: what is deployed now takes its place.
    return spec;
  }
}
