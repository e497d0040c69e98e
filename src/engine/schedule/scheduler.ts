/**
 * Turns due slots into runs: one transaction for slot row, flow run and the schedule's next time (slot-answers.ts), so
 * that no slot vanishes and none fires twice. Sleeps until the earliest next slot, 30 s at most, and reads the clock again
 * on waking: what a sleep, a stop or a set clock has made of the due times is for one rule to decide.
 */
import { crashPoint } from '../../crash-points.ts';
import { nextSlot, wakeAt } from '../../model/schedule.ts';
import type { ScheduleSpec } from '../../model/schedule-spec.ts';
import type { Absence } from '../../model/slot.ts';
import type { ScheduleRow } from '../../store/deployments.ts';
import type { Store } from '../../store/store.ts';
import { type Clocks, createAbsenceWatch, LONGEST_SLEEP_MS } from './absence.ts';
import { answerBoot } from './boots.ts';
import { type ClockWarning, keepClockWarning } from './clock-warning.ts';
import { seedOf } from './jitter-seed.ts';
import { pauseIfFailing } from './pauses.ts';
import { answerDueSlots } from './slot-answers.ts';

export interface Scheduler {
  start(): void;
  /** A schedule was deployed or changed. */
  nudge(): void;
  /** Answers the due slots of a schedule before it changes or goes. Call it inside a transaction, started or not. */
  answerDue(schedule: ScheduleRow): void;
  /** A run of the deployment has failed: it may be paused for that. */
  runFailed(deploymentId: number): void;
  /** One look at what is due now; resolves when all of it is answered. */
  look(): Promise<void>;
  /** How long ago, awake, it last answered all that was due, in ms; null while it is not started. */
  sinceLook(): number | null;
  /** Whether it was started, and told to stop. */
  hasStopped(): boolean;
  stop(): void;
}

export interface SchedulerParts {
  readonly store: Store;
  readonly clocks: Clocks;
  /** Changes with every boot of the machine; null where it is not known. */
  readonly kernelBootId: string | null;
  /** Runs were enqueued: the dispatcher need not wait for its poll. */
  readonly onEnqueued: () => void;
  readonly onFault: (error: unknown) => void;
}

/** Nothing wakes more often: due slots of one moment are decided together. */
const SHORTEST_SLEEP_MS = 5;
/** Schedules answered in one transaction: more would keep the loop from everything else. */
const SCHEDULES_AT_ONCE = 250;
/** Runs that wait for the rest of a moment to be answered, at most. */
const MOST_WAITING = 1000;
/** A clock that goes back further was wrong: what it made of the time beyond is undone, where nothing ran. */
const WRONG_CLOCK_MS = 24 * 3_600_000;

export function createScheduler({ store, clocks, kernelBootId, onEnqueued, onFault }: SchedulerParts): Scheduler {
  const { deployments, writer } = store;
  const watch = createAbsenceWatch(store, clocks);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = true;
  let looking: Promise<void> | null = null;
  let lookAgain = false;
  let areBootsAnswered = false;
  /** Runs that are enqueued, and nobody was told of. */
  let waiting = 0;
  let lookedAt: number | null = null;

  function look(): Promise<void> {
    lookAgain = true;
    looking ??= answerAll().finally(() => {
      looking = null;
      sleep();
    });
    return looking;
  }

  async function answerAll(): Promise<void> {
    clearTimeout(timer);
    try {
      while (lookAgain) {
        lookAgain = false;
        if (await answerSome()) lookAgain = true;
      }
      if (lookedAt !== null) lookedAt = clocks.awake();
    } catch (error) {
      onFault(error);
    }
    // Cut short by a fault: what was enqueued before it is not to wait for the next look.
    if (waiting > 0) onEnqueued();
    waiting = 0;
  }

  function sleep(): void {
    if (stopped) return;
    const next = deployments.earliestSlot();
    const untilNext = next === null ? LONGEST_SLEEP_MS : next - clocks.wall();
    timer = setTimeout(() => void look(), Math.min(LONGEST_SLEEP_MS, Math.max(SHORTEST_SLEEP_MS, untilNext)));
  }

  /** True when there may be more due schedules than were looked at. */
  async function answerSome(): Promise<boolean> {
    const absence = watch.look();
    const at = clocks.wall();
    const clockChange = changeOfClock(absence, at);
    if (watch.wentBackMs > WRONG_CLOCK_MS) await undoBeyond(at);
    const due = deployments.dueSchedules(at, SCHEDULES_AT_ONCE);
    const booted = bootSchedules();
    const hasPauseEnded = deployments.hasEndedPauses(at);
    const isQuiet = due.length + booted.length === 0 && !hasPauseEnded && clockChange === null;
    if (isQuiet && !watch.isKeptLookOld(at)) return false;
    // Read again there: a schedule may have been changed since we looked.
    const enqueued = await writer.write(() =>
      answer(deployments.dueSchedules(at, SCHEDULES_AT_ONCE), bootSchedules(), absence, at),
    );
    if (clockChange !== null) await writer.write(() => keepClockWarning(store, clockChange));
    areBootsAnswered = true;
    crashPoint('after-scheduler-turn');
    waiting += enqueued;
    const isMore = due.length === SCHEDULES_AT_ONCE;
    // What is started competes with what is still to be answered.
    if (waiting > 0 && (!isMore || waiting >= MOST_WAITING)) {
      waiting = 0;
      onEnqueued();
    }
    return isMore;
  }

  function answer(
    due: readonly ScheduleRow[],
    booted: readonly ScheduleRow[],
    absence: Absence | null,
    at: number,
  ): number {
    let enqueued = 0;
    for (const schedule of due) {
      const answered = answerDueSlots(store, schedule, absence, at);
      enqueued += answered.enqueued;
      if (answered.broken !== undefined) onFault(brokenSchedule(store, schedule, answered.broken));
      crashPoint('in-scheduler-turn');
    }
    if (kernelBootId !== null)
      for (const schedule of booted) if (answerBoot(store, schedule, kernelBootId, at)) enqueued++;
    deployments.endPauses(at);
    watch.keep(at);
    return enqueued;
  }

  /** What this look noticed: an absence is told once. */
  function changeOfClock(absence: Absence | null, at: number): ClockWarning | null {
    if (watch.wentBackMs > 0) return { at, byMs: -watch.wentBackMs };
    return absence?.kind === 'clock' && absence.to === at ? { at, byMs: at - absence.from } : null;
  }

  function bootSchedules(): ScheduleRow[] {
    return areBootsAnswered || kernelBootId === null ? [] : deployments.schedulesOfOtherBoots(kernelBootId);
  }

  async function undoBeyond(at: number): Promise<void> {
    await writer.write(() => {
      for (const schedule of deployments.allSchedules()) {
        if (schedule.nextAt === null || schedule.nextAt <= at || schedule.broken !== null) continue;
        const deployment = deployments.byId(schedule.deploymentId);
        const spec = readableSpec(schedule);
        const next = spec === null ? null : nextSlot(spec, at, { withSuppressed: true });
        if (deployment === null || spec === null || next === null || next.at >= schedule.nextAt) continue;
        deployments.forgetAfter(schedule.id, at);
        const wakes = wakeAt(spec, seedOf(store, deployment), next);
        deployments.advance(schedule.id, { at: next.at, wakeAt: wakes, note: next.note });
      }
      watch.keep(at);
    });
  }

  async function judgeFailures(deploymentId: number): Promise<void> {
    await writer.write(() => {
      const deployment = deployments.byId(deploymentId);
      if (deployment !== null) pauseIfFailing(store, deployment, clocks.wall());
    });
  }

  return {
    start() {
      stopped = false;
      lookedAt = clocks.awake();
      void look();
    },
    nudge: () => void (stopped || look()),
    answerDue(schedule) {
      const at = clocks.wall();
      // Also what its jitter still holds back: when it has changed, nobody would wake for it any more.
      if (schedule.nextAt !== null && schedule.nextAt <= at)
        answerDueSlots(store, schedule, watch.look(), at, { isLeaving: true });
    },
    runFailed: (deploymentId) => void judgeFailures(deploymentId).catch(onFault),
    look,
    sinceLook: () => (stopped || lookedAt === null ? null : clocks.awake() - lookedAt),
    hasStopped: () => stopped && lookedAt !== null,
    stop() {
      if (!stopped) void writer.write(() => watch.keep(clocks.wall())).catch(onFault);
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** Null where it cannot be read: whoever answers its slots says so. */
function readableSpec({ spec }: ScheduleRow): ScheduleSpec | null {
  try {
    return JSON.parse(spec) as ScheduleSpec;
  } catch {
    return null;
  }
}

function brokenSchedule({ deployments }: Store, { deploymentId, identity }: ScheduleRow, reason: string): Error {
  const deployment = deployments.byId(deploymentId);
  return new Error(`schedule "${identity}" of ${deployment?.flow}/${deployment?.name} is off: ${reason}`);
}
