/**
 * Runs of a host that may have to wait for limits before they start. Whoever cannot start any more, or never could, has
 * failed, and is reported so.
 */
import { WeirError } from '../model/errors.ts';
import { toPlainError } from '../model/plain-error.ts';
import type { Report } from '../model/report.ts';
import type { Assignment, Source } from './source.ts';

export interface SubflowWaits {
  /** Null when the subflow may start at once. Rejects when its run has ended instead. */
  holdFor(child: Assignment): Promise<void> | null;
  /** False when that run waits for nothing. */
  stop(runId: number, reason: string): boolean;
}

export function createSubflowWaits(source: Source): SubflowWaits {
  const stops = new Map<number, (reason: string) => void>();

  async function waitFor(child: Assignment, place: Promise<boolean>): Promise<void> {
    const stopped = Promise.withResolvers<never>();
    stops.set(child.runId, (reason) => stopped.reject(new WeirError('conflict', reason)));
    try {
      const mayStart = await Promise.race([place, stopped.promise]);
      if (mayStart === false) throw new WeirError('conflict', `run ${child.runId} ended while it waited for a limit`);
    } catch (error) {
      await source.report(child, [failedBefore(error)]);
      throw error;
    } finally {
      stops.delete(child.runId);
    }
  }

  return {
    holdFor(child) {
      const place = source.hold(child);
      return place === null ? null : waitFor(child, place);
    },
    stop(runId, reason) {
      const stop = stops.get(runId);
      stop?.(reason);
      return stop !== undefined;
    },
  };
}

/** The end of a run that could not begin. */
export function failedBefore(error: unknown): Report {
  const plain = toPlainError(error);
  const state = { type: 'FAILED', name: 'Failed', message: plain.message } as const;
  return { kind: 'run-ended', state, at: Date.now(), error: plain, retriable: false };
}
