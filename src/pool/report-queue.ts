/**
 * What an attempt tells, on its way to the source: what nobody waits for stays for a moment, so that the beginning of a
 * short command and its end are stored at once. The order in which it was told is kept, whatever waits.
 */
import type { Report } from '../model/report.ts';
import type { DueHook } from '../model/run-start.ts';

export interface ReportQueue {
  /** Stored with all that waits; resolves when it is committed. */
  now(reports: readonly Report[]): Promise<readonly DueHook[]>;
  /** The same, a moment later, unless something else comes before. */
  soon(reports: readonly Report[]): Promise<readonly DueHook[]>;
  /** What waits goes before whatever its caller does next. */
  flush(): void;
}

/** As long as a short command takes. What was told and is not stored yet is lost with the process, and done again. */
const MOMENT_MS = 10;

export function createReportQueue(report: (reports: readonly Report[]) => Promise<readonly DueHook[]>): ReportQueue {
  let waiting: Report[] = [];
  let stored = Promise.withResolvers<readonly DueHook[]>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0) return;
    const told = waiting;
    const { resolve, reject } = stored;
    waiting = [];
    stored = Promise.withResolvers();
    report(told).then(resolve, reject);
  }

  return {
    now(reports) {
      waiting.push(...reports);
      const { promise } = stored;
      flush();
      return promise;
    },
    soon(reports) {
      waiting.push(...reports);
      timer ??= setTimeout(flush, MOMENT_MS);
      return stored.promise;
    },
    flush,
  };
}
