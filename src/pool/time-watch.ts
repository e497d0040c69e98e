/**
 * Minds the time limits of a run from outside its host. When one is over and the runner has told no end, it is asked
 * for a sign of life: a runner that answers is ending the work itself; one that does not has lost its thread to user
 * code, and only the end of the host helps.
 */
import { awakeMs } from '../model/awake-clock.ts';
import { nextTurn } from '../model/next-turn.ts';
import type { Report } from '../model/report.ts';
import { Deadlines, type Overdue } from './deadlines.ts';

export interface TimeWatch {
  /** The run was given to its runner. */
  start(): void;
  take(runId: number, reports: readonly Report[]): void;
  /** The runner's answer to `onAsk`. */
  answered(): void;
  stop(): void;
}

export interface TimeWatchParts {
  /** Asks the runner for a sign of life. */
  onAsk(): void;
  onBlocked(overdue: readonly Overdue[]): void;
  /** The run's file has been loading for longer than any file should. */
  onNotLoaded(limitMs: number): void;
}

/** How long after its time a runner may take to say that something has ended. */
const SLACK_MS = 200;
/** How long a runner that is awake takes to answer, on a machine that has other work. */
const ANSWER_MS = 300;
/** Loading a file runs its top level, which can loop for ever. */
export const LOAD_LIMIT_MS = 30_000;
/** Timers take at most 2^31 - 1 ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function createTimeWatch({ onAsk, onBlocked, onNotLoaded }: TimeWatchParts): TimeWatch {
  const deadlines = new Deadlines();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wakeAt: number | null = null;
  let loadTimer: ReturnType<typeof setTimeout> | undefined;
  let asked: { readonly at: number; isAnswered: boolean } | null = null;

  function arrange(): void {
    const next = deadlines.next();
    if (next === wakeAt || asked !== null) return;
    wakeAt = next;
    clearTimeout(timer);
    if (next === null) return;
    timer = setTimeout(look, Math.min(Math.max(0, next + SLACK_MS - awakeMs()), LONGEST_TIMER_MS));
  }

  function look(): void {
    const at = awakeMs() - SLACK_MS;
    wakeAt = null;
    if (deadlines.overdue(at).length === 0) return arrange();
    asked = { at, isAnswered: false };
    onAsk();
    timer = setTimeout(() => void judge(), ANSWER_MS);
  }

  async function judge(): Promise<void> {
    // This thread itself may have been busy: an answer that has arrived meanwhile is heard first.
    await nextTurn();
    await nextTurn();
    if (asked === null) return;
    const { at, isAnswered } = asked;
    asked = null;
    const overdue = deadlines.overdue(at);
    if (isAnswered) deadlines.leave(at);
    else if (overdue.length > 0) return onBlocked(overdue);
    arrange();
  }

  return {
    start() {
      loadTimer = setTimeout(() => onNotLoaded(LOAD_LIMIT_MS), LOAD_LIMIT_MS);
    },
    take(runId, reports) {
      clearTimeout(loadTimer);
      deadlines.take(runId, reports, awakeMs());
      arrange();
    },
    answered() {
      if (asked !== null) asked.isAnswered = true;
    },
    stop() {
      clearTimeout(loadTimer);
      asked = null;
      wakeAt = Number.POSITIVE_INFINITY;
      clearTimeout(timer);
    },
  };
}
