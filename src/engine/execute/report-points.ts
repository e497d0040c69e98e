/** The crash points of a run's reports: as they arrive, not yet written, and after their commit. Nothing in other builds. */
import { crashPoint } from '../../crash-points.ts';
import type { Report } from '../../model/report.ts';
import { isFinal } from '../../model/state.ts';

declare const __WEIR_CRASH_POINTS__: boolean | undefined;

/** What the runner has done is known here and nowhere else yet. */
export function passArrived(reports: readonly Report[]): void {
  if (typeof __WEIR_CRASH_POINTS__ === 'undefined' || !__WEIR_CRASH_POINTS__) return;
  if (reports.some(isTaskEnd)) crashPoint('before-task-end');
  if (reports.some(({ kind }) => kind === 'run-ended')) crashPoint('before-run-end');
  if (reports.some(({ kind }) => kind === 'hook-ran')) crashPoint('before-hook-end');
}

/** It is in the file, and nobody has been told. */
export function passRecorded(reports: readonly Report[]): void {
  if (typeof __WEIR_CRASH_POINTS__ === 'undefined' || !__WEIR_CRASH_POINTS__) return;
  if (reports.some(({ kind }) => kind === 'run-started')) crashPoint('after-attempt-start');
  if (reports.some(isTaskEnd)) crashPoint('after-task-end');
  if (reports.some(({ kind }) => kind === 'run-ended')) crashPoint('after-run-end');
}

function isTaskEnd(report: Report): boolean {
  return report.kind === 'task-state' && isFinal(report.state.type);
}
