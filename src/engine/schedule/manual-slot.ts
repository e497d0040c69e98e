/**
 * The slot of a run that a person starts: the newest due time before now, or the time that was asked for. Only tells;
 * the ledger of due times is the scheduler's.
 */
import { nextSlot, previousSlot } from '../../model/schedule.ts';
import type { ScheduleInput } from '../../model/schedule-input.ts';
import { resolveSchedules, type ScheduleSpec } from '../../model/schedule-spec.ts';
import type { Store } from '../../store/store.ts';

export interface ManualSlot {
  readonly at: number;
  /** The due time before; null where there is none. */
  readonly startAt: number | null;
  /** False: no schedule of the flow is due at that time. */
  readonly isDue: boolean;
}

/** The flow's schedules: as they are deployed, where they are, so that zones and anchors are those that count. */
export function schedulesOf(
  store: Store | null,
  flow: { readonly name: string; readonly schedules: readonly unknown[] },
  now: number,
): ScheduleSpec[] {
  const deployment = store?.deployments.all().find((each) => each.flow === flow.name);
  const deployed = deployment === undefined ? [] : (store?.deployments.schedulesOf(deployment.id) ?? []);
  if (deployed.length > 0) return deployed.map((schedule) => JSON.parse(schedule.spec) as ScheduleSpec);
  const specs = resolveSchedules(flow.schedules as ScheduleInput[], {
    machineZone: Temporal.Now.timeZoneId(),
    seed: `${flow.name}/default`,
    createdAt: now,
  });
  // An interval counts from its first deploy: before that it has no due times.
  return specs.filter((spec) => spec.kind !== 'interval' || spec.isAnchorWritten);
}

/** null: the flow has no schedule, or none of its due times was before now. */
export function newestSlot(specs: readonly ScheduleSpec[], now: number): ManualSlot | null {
  const due = specs
    .map((spec) => ({ spec, slot: previousSlot(spec, now) }))
    .filter(({ slot }) => slot !== null)
    .sort((a, b) => (b.slot?.at ?? 0) - (a.slot?.at ?? 0))[0];
  if (due?.slot == null) return null;
  return { at: due.slot.at, startAt: previousSlot(due.spec, due.slot.at)?.at ?? null, isDue: true };
}

/** The slot at a time that somebody names, also where nothing is due then. */
export function slotAt(specs: readonly ScheduleSpec[], at: number): ManualSlot {
  const due = specs.find((spec) => nextSlot(spec, at, { inclusive: true })?.at === at);
  const starts = (due === undefined ? specs : [due])
    .map((spec) => previousSlot(spec, at)?.at ?? null)
    .filter((start) => start !== null);
  return { at, startAt: starts.length === 0 ? null : Math.max(...starts), isDue: due !== undefined };
}
