/**
 * Turns due slots into runs: one transaction for slot row, flow run and the schedule's next time, so that no slot
 * vanishes and none fires twice. Sleeps until the earliest next slot, 30 s at most, and reads the clock again on waking.
 */
import { crashPoint } from '../crash-points.ts';
import { catchupWindowMs, nextSlot, nextSlots, previousSlot } from '../model/schedule.ts';
import type { ScheduleSpec } from '../model/schedule-spec.ts';
import { type Absence, decideSlots, type SlotDecision } from '../model/slot.ts';
import type { DeploymentRow, ScheduleRow } from '../store/deployments.ts';
import type { Store } from '../store/store.ts';
import { runOfDeployment } from './deployment-run.ts';

export interface Scheduler {
  start(): void;
  /** A schedule was deployed or changed. */
  nudge(): void;
  /** Answers the due slots of a schedule before it changes or goes. Call it inside a transaction, started or not. */
  answerDue(schedule: ScheduleRow): void;
  stop(): void;
}

export interface SchedulerParts {
  readonly store: Store;
  readonly now: () => number;
  /** Runs were enqueued: the dispatcher need not wait for its poll. */
  readonly onEnqueued: () => void;
  readonly onFault: (error: unknown) => void;
}

const LONGEST_SLEEP_MS = 30_000;
/** Nothing wakes more often: due slots of one moment are decided together. */
const SHORTEST_SLEEP_MS = 5;
const SCHEDULES_AT_ONCE = 500;
/** More due slots of one schedule are answered in the next turns. */
const SLOTS_AT_ONCE = 2000;
/** A gap between two looks at the clock that no timer explains. */
const ABSENCE_MS = LONGEST_SLEEP_MS + 15_000;
const LAST_LOOK = 'scheduler.looked_at';

export function createScheduler({ store, now, onEnqueued, onFault }: SchedulerParts): Scheduler {
  const { deployments, flowRuns, meta, writer } = store;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = true;
  let looking = false;
  let lookAgain = false;
  let lastLook: number | null = null;
  let absence: Absence | null = null;

  async function look(): Promise<void> {
    if (looking) {
      lookAgain = true;
      return;
    }
    looking = true;
    clearTimeout(timer);
    try {
      do {
        lookAgain = false;
        if (await answerDueSlots()) lookAgain = true;
      } while (lookAgain && !stopped);
    } catch (error) {
      onFault(error);
    } finally {
      looking = false;
      sleep();
    }
  }

  function sleep(): void {
    if (stopped) return;
    const next = deployments.earliestSlot();
    const untilNext = next === null ? LONGEST_SLEEP_MS : next - now();
    timer = setTimeout(() => void look(), Math.min(LONGEST_SLEEP_MS, Math.max(SHORTEST_SLEEP_MS, untilNext)));
  }

  /** True when there may be more due slots than were looked at. */
  async function answerDueSlots(): Promise<boolean> {
    const at = now();
    noticeAbsence(at);
    if (deployments.dueSchedules(at, 1).length === 0) return false;
    let enqueued = 0;
    let more = false;
    await writer.write(() => {
      // Only now: a schedule may have been changed since we looked.
      const due = deployments.dueSchedules(at, SCHEDULES_AT_ONCE);
      more = due.length === SCHEDULES_AT_ONCE;
      for (const schedule of due) {
        const answered = answerSchedule(schedule, at);
        enqueued += answered.enqueued;
        more ||= answered.more;
        crashPoint('in-scheduler-turn');
      }
      meta.set(LAST_LOOK, String(at));
    });
    crashPoint('after-scheduler-turn');
    if (enqueued > 0) onEnqueued();
    return more;
  }

  function noticeAbsence(at: number): void {
    const stored = lastLook === null ? Number(meta.get(LAST_LOOK) ?? Number.NaN) : lastLook;
    if (!Number.isNaN(stored) && at - stored > ABSENCE_MS)
      absence = { kind: lastLook === null ? 'down' : 'asleep', from: stored, to: at };
    lastLook = at;
  }

  function answerSchedule(schedule: ScheduleRow, at: number): { enqueued: number; more: boolean } {
    const deployment = deployments.byId(schedule.deploymentId);
    const spec = JSON.parse(schedule.spec) as ScheduleSpec;
    if (deployment === null || schedule.nextAt === null) return { enqueued: 0, more: false };
    const slots = nextSlots(spec, schedule.nextAt, SLOTS_AT_ONCE, { inclusive: true, withSuppressed: true });
    const due = slots.filter((slot) => slot.at <= at);
    const decisions = decideSlots({
      due,
      now: at,
      catchup: spec.catchup,
      catchupWindowMs: catchupWindowMs(spec, at),
      overlap: spec.overlap,
      previousStillRunning: flowRuns.unfinishedOfDeployment(deployment.id) > 0,
      paused:
        deployment.pausedAt === null
          ? null
          : { by: deployment.pausedBy ?? 'somebody', reason: deployment.pausedReason },
      createdAt: schedule.createdAt,
      absence,
      zone: spec.timezone,
    });
    let enqueued = 0;
    for (const decision of decisions) if (answerSlot(schedule, deployment, spec, decision, at)) enqueued++;
    const last = due.at(-1)?.at ?? at;
    const next = nextSlot(spec, last, { withSuppressed: true });
    deployments.advance(schedule.id, next?.at ?? null, next?.note ?? null);
    return { enqueued, more: due.length === SLOTS_AT_ONCE };
  }

  /** True when a run was enqueued. */
  function answerSlot(
    schedule: ScheduleRow,
    deployment: DeploymentRow,
    spec: ScheduleSpec,
    decision: SlotDecision,
    at: number,
  ): boolean {
    const { outcome, reason, note } = decision;
    const isNew = deployments.addSlot(
      { scheduleId: schedule.id, at: decision.at, outcome, reason, note, flowRunId: null },
      at,
    );
    if (!isNew || !decision.startRun) return false;
    const runId = flowRuns.insert({
      ...runOfDeployment(deployment),
      trigger: outcome === 'caught_up' ? 'catchup' : 'schedule',
      idempotencyKey: null,
      scheduleId: schedule.id,
      slotAt: decision.at,
      slotStartAt: previousSlot(spec, decision.at)?.at ?? null,
      slotCoversFrom: null,
      state: { type: 'SCHEDULED', name: 'Scheduled', message: reason, at },
      scheduledAt: decision.at,
      ownerId: null,
      token: null,
    });
    deployments.setSlotRun(schedule.id, decision.at, runId);
    return true;
  }

  return {
    start() {
      stopped = false;
      void look();
    },
    nudge: () => void (stopped || look()),
    answerDue(schedule) {
      const at = now();
      noticeAbsence(at);
      for (let more = true, each: ScheduleRow | null = schedule; more && each !== null; ) {
        if (each.nextAt === null || each.nextAt > at) return;
        more = answerSchedule(each, at).more;
        each = deployments.scheduleNamed(each.deploymentId, each.identity);
      }
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
