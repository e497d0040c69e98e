/**
 * Keeps the pool's slots full from a source: a nudge for speed, a timer for what becomes due, a slow poll for safety. The
 * polls of a process that waits fall together with what else wakes it.
 */
import { awakeMs } from '../model/awake-clock.ts';
import { untilTick } from '../model/tick.ts';
import type { Execution } from './execution.ts';
import type { Pool } from './pool.ts';
import type { Assignment, Source } from './source.ts';

export interface Dispatcher {
  start(): void;
  /** Something may be claimable now. */
  nudge(): void;
  /** Starts a run that is claimed already. */
  launch(assignment: Assignment): Execution;
  /** The execution of a run that is going on here. */
  executionOf(runId: number): Execution | undefined;
  /** Claims nothing more. */
  close(): void;
  readonly executions: readonly Execution[];
}

export interface DispatcherParts {
  readonly source: Source;
  readonly pool: Pool;
  readonly slots: number;
  /** While something is due that was not taken. */
  readonly pollMs: number;
  /** While nothing is. */
  readonly quietPollMs: number;
  /** Until the next run can be claimed; 0 or less: one could be now. null: none is there. */
  readonly untilDueMs: () => number | null;
  readonly onFault: (error: unknown) => void;
}

/** Runs that become due one after another are claimed together. */
const SHORTEST_WAIT_MS = 5;

export function createDispatcher(parts: DispatcherParts): Dispatcher {
  const { source, pool, slots, pollMs, quietPollMs, untilDueMs, onFault } = parts;
  const executions = new Map<number, Execution>();
  /** Hosts that outlive the end of their run: their slots are not free. */
  let lost = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let claiming = false;
  let again = false;
  let closed = true;

  async function fill(): Promise<void> {
    if (closed) return;
    if (claiming) {
      again = true;
      return;
    }
    claiming = true;
    try {
      do {
        again = false;
        const free = slots - executions.size - lost;
        if (free > 0) for (const assignment of await source.claim(free)) launch(assignment);
      } while (again && !closed);
    } catch (error) {
      onFault(error);
    } finally {
      claiming = false;
      wait();
    }
  }

  function wait(): void {
    clearTimeout(timer);
    if (!closed) timer = setTimeout(() => void fill(), delay());
  }

  function delay(): number {
    const quiet = untilTick(quietPollMs, awakeMs());
    const due = untilDue();
    if (due === null) return quiet;
    return due > 0 ? Math.min(quiet, Math.max(SHORTEST_WAIT_MS, due)) : pollMs;
  }

  function untilDue(): number | null {
    try {
      return untilDueMs();
    } catch (error) {
      onFault(error);
      return 0;
    }
  }

  function launch(assignment: Assignment): Execution {
    const execution = pool.execute(assignment, source);
    executions.set(assignment.runId, execution);
    void execution.ended.then(() => {
      executions.delete(assignment.runId);
      lost++;
      void execution.hostGone.then(() => {
        lost--;
        void fill();
      });
    });
    return execution;
  }

  return {
    start() {
      closed = false;
      void fill();
    },
    nudge: () => void fill(),
    launch,
    executionOf: (runId) => executions.get(runId),
    close() {
      closed = true;
      clearTimeout(timer);
    },
    get executions() {
      return [...executions.values()];
    },
  };
}
