/**
 * Named moments at which the test build can kill itself: `WEIR_CRASH_AT=name:n` ends the process by SIGKILL, as a power
 * cut would, at the n-th passage of the point. Must cost nothing elsewhere: in every other build the calls vanish.
 */

/** True in the build that `node build.mjs crash-points` makes. */
declare const __WEIR_CRASH_POINTS__: boolean | undefined;

export const CRASH_POINTS = [
  // queue
  'after-enqueue',
  'after-claim',
  'after-attempt-start',
  'before-task-end',
  'after-task-end',
  'before-run-end',
  'after-run-end',
  'before-hook-end',
  'after-subflow-begin',
  'after-cancel-asked',
  'in-release',
  // runner
  'after-user-code',
  'after-flow-body',
  // writer
  'in-write',
  'after-commit',
  // scheduler
  'in-scheduler-turn',
  'after-scheduler-turn',
  // recovery
  'before-settle',
  'in-settle',
  'after-settle',
  // a new file
  'before-new-file',
  'after-new-file',
  // migrations
  'after-backup',
  'in-migration',
  'after-migration',
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];

const passages = new Map<CrashPoint, number>();

/** Ends the process here and now, when the test build was told to. */
export function crashPoint(name: CrashPoint): void {
  if (typeof __WEIR_CRASH_POINTS__ !== 'undefined' && __WEIR_CRASH_POINTS__) pass(name);
}

function pass(name: CrashPoint): void {
  const passage = (passages.get(name) ?? 0) + 1;
  passages.set(name, passage);
  if (process.env.WEIR_CRASH_AT === `${name}:${passage}`) process.kill(process.pid, 'SIGKILL');
}
