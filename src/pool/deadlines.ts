/**
 * Until when a run, its tasks and its subflows may take, as their runner has told. Pure: times come in, on a clock that
 * counts awake time only. The runner minds the same limits itself; this is for the one that cannot, because its code
 * keeps the thread.
 */
import type { Report } from '../model/report.ts';

/** A task call, or (without a call) a whole run, whose time is over and that has not ended. */
export interface Overdue {
  readonly runId: number;
  readonly call: number | null;
  /** The task's name; the flow's is known by its run. */
  readonly name: string | null;
  readonly timeoutMs: number;
}

export class Deadlines {
  /** Of calls that have a limit, by run and call. */
  readonly #limited = new Map<string, Overdue>();
  readonly #running = new Map<string, { readonly at: number; readonly what: Overdue }>();

  /** What has begun and ended in a run. */
  take(runId: number, reports: readonly Report[], now: number): void {
    for (const report of reports) {
      switch (report.kind) {
        case 'run-started':
          if (report.timeoutMs !== null)
            this.#begin({ runId, call: null, name: null, timeoutMs: report.timeoutMs }, now);
          break;
        case 'task-called': {
          const { call, name, timeoutMs } = report;
          if (timeoutMs !== null) this.#limited.set(keyOf(runId, call), { runId, call, name, timeoutMs });
          break;
        }
        case 'task-state': {
          const what = this.#limited.get(keyOf(runId, report.call));
          if (what === undefined) break;
          if (report.state.type === 'RUNNING') this.#begin(what, now);
          else this.#running.delete(keyOf(runId, report.call));
          break;
        }
        case 'run-ended':
          for (const [key, { what }] of this.#running) if (what.runId === runId) this.#running.delete(key);
          break;
      }
    }
  }

  /** When the next time is over; null when nothing that runs has a limit. */
  next(): number | null {
    let earliest: number | null = null;
    for (const { at } of this.#running.values()) if (earliest === null || at < earliest) earliest = at;
    return earliest;
  }

  /** What has not ended in its time. */
  overdue(now: number): Overdue[] {
    return [...this.#running.values()].filter(({ at }) => at <= now).map(({ what }) => what);
  }

  /** The runner is awake and knows: what is late by now is left to it. */
  leave(now: number): void {
    for (const [key, { at }] of this.#running) if (at <= now) this.#running.delete(key);
  }

  #begin(what: Overdue, now: number): void {
    this.#running.set(keyOf(what.runId, what.call), { at: now + what.timeoutMs, what });
  }
}

function keyOf(runId: number, call: number | null): string {
  return `${runId}.${call}`;
}
