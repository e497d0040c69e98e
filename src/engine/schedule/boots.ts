/** `@reboot`: one slot for each boot of the machine, known by the kernel's boot id, at the first look after it. */
import type { ScheduleSpec } from '../../model/schedule-spec.ts';
import { decideSlots } from '../../model/slot.ts';
import type { ScheduleRow } from '../../store/deployments.ts';
import type { Store } from '../../store/store.ts';
import { pauseIfFailing, pauseOf } from './pauses.ts';
import { enqueueSlot } from './slot-answers.ts';

/** Answers this boot of the machine for one schedule, in a transaction; true when a run was enqueued. */
export function answerBoot(store: Store, schedule: ScheduleRow, bootId: string, at: number): boolean {
  const { deployments, flowRuns } = store;
  deployments.answerBoot(schedule.id, bootId);
  const found = deployments.byId(schedule.deploymentId);
  if (found === null) return false;
  const deployment = pauseIfFailing(store, found, at);
  const spec = specOf(store, schedule);
  if (spec === null) return false;
  const going = flowRuns.goingOf(deployment.id);
  const [decision] = decideSlots({
    due: [{ at, note: null, suppressed: false }],
    now: at,
    catchup: spec.catchup,
    catchupWindowMs: Infinity,
    overlap: spec.overlap,
    previousStillRunning: going.count > 0,
    previousRun: going.firstId,
    isBufferFull: going.buffered > 0,
    paused: pauseOf(deployment, schedule),
    createdAt: 0,
    absence: null,
    zone: spec.timezone,
  });
  if (decision === undefined) return false;
  const { outcome, reason, note, startRun, isQueued } = decision;
  const row = { scheduleId: schedule.id, at, outcome, reason: reason ?? 'the machine was booted', note };
  if (!deployments.addSlot({ ...row, flowRunId: null }, at) || !startRun) return false;
  const run = { slotAt: at, slotStartAt: null, trigger: 'schedule', isQueued, reason: row.reason, at } as const;
  deployments.setSlotRun(schedule.id, at, enqueueSlot(store, schedule, deployment, run));
  return true;
}

/** Null where it cannot be read: then it is switched off, and says why. */
function specOf({ deployments }: Store, { id, spec }: ScheduleRow): ScheduleSpec | null {
  try {
    return JSON.parse(spec) as ScheduleSpec;
  } catch (error) {
    deployments.breakSchedule(id, `its stored form cannot be read: ${String(error)}`);
    return null;
  }
}
