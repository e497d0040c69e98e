/**
 * Reports as they travel from runner to engine: those of task calls, which come by the ten thousand, as bare lists of
 * values. Their field names cost more than all they say: structured clone takes 7 us for the reports of a no-op task
 * as objects, 1.5 us as lists. Whatever is packed must come back as it was.
 */
import type { Report } from './report.ts';

/** A batch of reports on its way. */
export type PackedReports = readonly (PackedCalled | PackedMoved | Report)[];

type Called = Extract<Report, { kind: 'task-called' }>;
type Moved = Extract<Report, { kind: 'task-state' }>;

/** Names every field, so that the compiler misses one that is forgotten here. */
type Complete<T> = { [Key in keyof Required<T>]: T[Key] | undefined };

const CALLED = 1;
const MOVED = 2;

export function packReports(reports: readonly Report[]): PackedReports {
  return reports.map((report) => {
    if (report.kind === 'task-called') return packCalled(report);
    return report.kind === 'task-state' ? packMoved(report) : report;
  });
}

export function unpackReports(packed: PackedReports): Report[] {
  return packed.map((each) => {
    if ('kind' in each) return each;
    return each[0] === CALLED ? unpackCalled(each) : unpackMoved(each);
  });
}

type PackedCalled = ReturnType<typeof packCalled>;
type PackedMoved = ReturnType<typeof packMoved>;

function packCalled(report: Called) {
  return [
    CALLED,
    report.at,
    report.call,
    report.identity,
    report.scope,
    report.name,
    report.label,
    report.taskKind,
    report.index,
    report.position,
    report.codeHash,
    report.inputHash,
    report.cacheKey,
    report.parentCall,
    report.upstream,
    report.tags,
    report.timeoutMs,
    report.isKeyed,
    report.retries,
    report.lost,
  ] as const;
}

function unpackCalled(packed: PackedCalled): Called {
  return {
    kind: 'task-called',
    at: packed[1],
    call: packed[2],
    identity: packed[3],
    scope: packed[4],
    name: packed[5],
    label: packed[6],
    taskKind: packed[7],
    index: packed[8],
    position: packed[9],
    codeHash: packed[10],
    inputHash: packed[11],
    cacheKey: packed[12],
    parentCall: packed[13],
    upstream: packed[14],
    tags: packed[15],
    timeoutMs: packed[16],
    isKeyed: packed[17],
    retries: packed[18],
    lost: packed[19],
  } satisfies Complete<Called>;
}

function packMoved({ call, state, result, content, reusable, cacheExpiresAt, cachedFrom, error, hook }: Moved) {
  const { type, name, message, at } = state;
  return [
    MOVED,
    call,
    type,
    name,
    message,
    at,
    result,
    content,
    reusable,
    cacheExpiresAt,
    cachedFrom,
    error,
    hook,
  ] as const;
}

function unpackMoved(packed: PackedMoved): Moved {
  const [, call, type, name, message, at, result, content, reusable, cacheExpiresAt, cachedFrom, error, hook] = packed;
  const state = { type, name, message, at };
  // What was not said is undefined now, which reads the same.
  return {
    kind: 'task-state',
    call,
    state,
    result,
    content,
    reusable,
    cacheExpiresAt,
    cachedFrom,
    error,
    hook,
  } satisfies Complete<Moved> as Moved;
}
