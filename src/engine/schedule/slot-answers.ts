/**
 * Answers the due slots of one schedule: what the model decides goes to the ledger, with the run that a slot creates and
 * the schedule's next time. Call it inside a transaction. All that can fail of a schedule that makes no sense fails before
 * anything is written, so that it stops nobody but itself.
 */
import { toldAsRanges } from '../../model/backlog.ts';
import {
  catchupWindowMs,
  dueUntil,
  jitterMs,
  nextSlot,
  nextSlots,
  previousSlot,
  wakeAt,
} from '../../model/schedule.ts';
import type { ScheduleSpec } from '../../model/schedule-spec.ts';
import { type Absence, type DueSlots, decideSlots, type SlotDecision } from '../../model/slot.ts';
import type { DeploymentRow, ScheduleRow } from '../../store/deployments.ts';
import type { Store } from '../../store/store.ts';
import { runOfDeployment } from '../verbs/deployment-run.ts';
import { seedOf } from './jitter-seed.ts';
import { pauseIfFailing, pauseOf } from './pauses.ts';

/** How many runs were enqueued; `broken`: why the schedule is off now. */
export interface Answered {
  readonly enqueued: number;
  readonly broken?: string;
}

/** Slots decided one by one: a thousand caught up, and those that clock changes drop beside them. */
const MOST_DECIDED = 5000;

/**
 * Answers every slot of the schedule that is due; a schedule that cannot be read is switched off, and says why.
 * `isLeaving`: those that its jitter holds back as well.
 */
export function answerDueSlots(
  store: Store,
  schedule: ScheduleRow,
  absence: Absence | null,
  at: number,
  { isLeaving = false } = {},
): Answered {
  const deployment = store.deployments.byId(schedule.deploymentId);
  if (deployment === null || schedule.nextAt === null || schedule.broken !== null) return { enqueued: 0 };
  let judged: Judged;
  try {
    const spec = JSON.parse(schedule.spec) as ScheduleSpec;
    const standing = pauseIfFailing(store, deployment, at);
    const until = isLeaving ? at : dueUntil(spec, seedOf(store, standing), at);
    judged = judge(store, schedule, standing, spec, { from: schedule.nextAt, until }, absence, at);
  } catch (error) {
    const broken = `its stored form cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    store.deployments.breakSchedule(schedule.id, broken);
    return { enqueued: 0, broken };
  }
  const { spec, ranges, decisions, next } = judged;
  for (const { previousAt, ...range } of ranges) {
    const row = { scheduleId: schedule.id, flowRunId: null, ...range };
    store.deployments.addSlot({ ...row, spec: schedule.spec, previousAt }, at);
  }
  let enqueued = 0;
  for (const decision of decisions) if (answerSlot(store, schedule, deployment, spec, decision, at)) enqueued++;
  store.deployments.advance(schedule.id, next);
  return { enqueued };
}

interface Judged {
  readonly spec: ScheduleSpec;
  readonly ranges: NonNullable<ReturnType<typeof toldAsRanges>>['ranges'];
  readonly decisions: readonly SlotDecision[];
  readonly next: { readonly at: number; readonly wakeAt: number; readonly note: string | null } | null;
}

function judge(
  store: Store,
  schedule: ScheduleRow,
  deployment: DeploymentRow,
  spec: ScheduleSpec,
  { from: nextAt, until }: { readonly from: number; readonly until: number },
  absence: Absence | null,
  at: number,
): Judged {
  const seed = seedOf(store, deployment);
  const going = store.flowRuns.goingOf(deployment.id);
  const rules: Omit<DueSlots, 'due'> = {
    now: at,
    catchup: spec.catchup,
    catchupWindowMs: catchupWindowMs(spec, at),
    overlap: spec.overlap,
    previousStillRunning: going.count > 0,
    previousRun: going.firstId,
    isBufferFull: going.buffered > 0,
    paused: pauseOf(deployment, schedule),
    createdAt: schedule.createdAt,
    absence,
    zone: spec.timezone,
    jitterMs: (slotAt) => jitterMs(spec, seed, slotAt),
  };
  const backlog = toldAsRanges(spec, nextAt, until, rules);
  const due = nextSlots(spec, backlog?.from ?? nextAt, MOST_DECIDED, { inclusive: true, withSuppressed: true }, until);
  const next = nextSlot(spec, Math.max(until, nextAt - 1), { withSuppressed: true });
  return {
    spec,
    ranges: backlog?.ranges ?? [],
    decisions: decideSlots({ ...rules, due }),
    next: next === null ? null : { at: next.at, wakeAt: wakeAt(spec, seed, next), note: next.note },
  };
}

/** True when a run was enqueued. */
function answerSlot(
  store: Store,
  schedule: ScheduleRow,
  deployment: DeploymentRow,
  spec: ScheduleSpec,
  decision: SlotDecision,
  at: number,
): boolean {
  const { outcome, reason, note, startRun } = decision;
  const { deployments } = store;
  const row = { scheduleId: schedule.id, at: decision.at, outcome, reason, note, flowRunId: null };
  // Only what has no run and no note can share a row with its neighbours.
  const mayJoin = !startRun && note === null;
  const joins = mayJoin ? { spec: schedule.spec, previousAt: previousSlot(spec, decision.at)?.at ?? null } : {};
  if (!deployments.addSlot({ ...row, ...joins }, at) || !startRun) return false;
  const runId = enqueueSlot(store, schedule, deployment, {
    slotAt: decision.at,
    slotStartAt: previousSlot(spec, decision.at)?.at ?? null,
    trigger: outcome === 'caught_up' ? 'catchup' : 'schedule',
    isQueued: decision.isQueued,
    reason,
    at,
  });
  deployments.setSlotRun(schedule.id, decision.at, runId);
  return true;
}

export interface SlotRun {
  readonly slotAt: number;
  readonly slotStartAt: number | null;
  readonly trigger: 'schedule' | 'catchup' | 'backfill';
  /** It begins when every earlier scheduled run of the deployment has ended. */
  readonly isQueued: boolean;
  readonly reason: string | null;
  readonly at: number;
}

/** Enqueues the run of a slot; gives its number. The row of the ledger is the caller's. */
export function enqueueSlot(
  { flowRuns }: Store,
  schedule: ScheduleRow,
  deployment: DeploymentRow,
  { slotAt, slotStartAt, trigger, isQueued, reason, at }: SlotRun,
): number {
  return flowRuns.insert({
    ...runOfDeployment(deployment),
    trigger,
    idempotencyKey: null,
    scheduleId: schedule.id,
    slotAt,
    slotStartAt,
    slotCoversFrom: null,
    state: { type: 'SCHEDULED', name: 'Scheduled', message: reason, at },
    scheduledAt: slotAt,
    ownerId: null,
    token: null,
    ...(isQueued ? { turn: 2 } : {}),
  });
}
