/** Keeps the pool's slots full from a source: a nudge for speed, a slow poll for safety. */
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
  readonly pollMs: number;
  readonly onFault: (error: unknown) => void;
}

export function createDispatcher({ source, pool, slots, pollMs, onFault }: DispatcherParts): Dispatcher {
  const executions = new Map<number, Execution>();
  /** Hosts that outlive the end of their run: their slots are not free. */
  let lost = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
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
      timer = setInterval(() => void fill(), pollMs);
      void fill();
    },
    nudge: () => void fill(),
    launch,
    executionOf: (runId) => executions.get(runId),
    close() {
      closed = true;
      clearInterval(timer);
    },
    get executions() {
      return [...executions.values()];
    },
  };
}
