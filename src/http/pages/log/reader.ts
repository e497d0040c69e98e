/**
 * A log of any length read in the order in which it was written, the lines of subflows among those of their callers, from
 * any place and in both directions. Only reads, and holds no more than a page of it.
 */
import { type LogSource, mergeLogs } from '../../../engine/tell/log-merge.ts';
import { taskTitle } from '../../../model/task-title.ts';
import type { LogOwner } from '../../../store/log-places.ts';
import type { StoredLogChunk } from '../../../store/logs.ts';
import type { Store } from '../../../store/store.ts';
import type { LogLine } from '../../../web/log/log-line.ts';
import type { LogScope } from './scope.ts';

/** A line's place in the order of all: its chunk, and how far in it. */
export interface LogPosition {
  readonly chunkId: number;
  readonly offset: number;
}

export interface LogReader {
  /** Chunks from this id on. */
  forward(fromId: number): Generator<ReadChunk>;
  /** Chunks up to this id, the last one first. */
  backward(toId: number): Generator<ReadChunk>;
  lines(chunk: ReadChunk): LogLine[];
  /** Where the line with this number stands, or the next one that was kept; null behind the end. */
  place(line: LineAddress): LogPosition | null;
  /** All lines of the scope, whatever stream they come from; null where counting would take long. */
  count(): number | null;
  /** Lines between two chunks; null where counting would take long. */
  countBetween(after: number, until: number): number | null;
  /** Whether something stands before a chunk. */
  hasBefore(chunkId: number): boolean;
  /** Whether a subflow is part of it. */
  readonly isFamily: boolean;
}

export interface LineAddress {
  /** Null for the page's own run. */
  readonly runId: number | null;
  readonly number: number;
}

export interface ReadChunk {
  readonly chunk: StoredLogChunk;
  readonly part: LogPart;
}

interface LogPart {
  readonly owner: LogOwner;
  /** The calls that lead to the subflow, as `load > parts`; '' for the run itself. */
  readonly path: string;
}

/** Chunks of one look: a chunk may have a quarter of a megabyte. */
const CHUNKS_HELD = 200;
/** Counted at most. */
const MOST_COUNTED = 20_000;

/** `titles`: of tasks by their numbers, as far as they are known; those that are found are put there. */
export function createLogReader(store: Store, scope: LogScope, titles = new Map<number, string>()): LogReader {
  const { run, task, attempt, stream } = scope;
  const places = store.logPlaces;
  const parts = partsOf(store, scope, titleOf);

  function titleOf(taskId: number): string {
    let title = titles.get(taskId);
    if (title === undefined) {
      const row = store.taskRuns.byId(taskId);
      title = row === null ? '' : taskTitle(row);
      titles.set(taskId, title);
    }
    return title;
  }

  function* read(start: number, isBackward: boolean): Generator<ReadChunk> {
    const page = isBackward ? places.pageBefore : places.pageAfter;
    const sources = parts.map((part) => ({
      part,
      after: start,
      read: (after: number, limit: number) => page(part.owner, after, limit),
    })) satisfies LogSource[];
    for (const { source, chunk } of mergeLogs(sources, { isBackward, mostHeld: CHUNKS_HELD }))
      if (stream === null || chunk.stream === stream) yield { chunk, part: source.part };
  }

  return {
    forward: (fromId) => read(fromId - 1, false),
    backward: (toId) => read(toId + 1, true),
    isFamily: parts.length > 1,
    lines: ({ chunk, part }) => {
      // A page about one task need not name it in every line.
      const own = chunk.taskRunId === null || chunk.taskRunId === task?.id ? '' : titleOf(chunk.taskRunId);
      const who = [part.path, own].filter((name) => name !== '').join(' > ');
      const { level, fields, firstLine } = chunk;
      // The same for all its lines, of which there may be many.
      const all = {
        ...(chunk.flowRunId === run.id ? {} : { runId: chunk.flowRunId }),
        at: chunk.at,
        task: who === '' ? null : who,
        ...(chunk.attempt > 1 && attempt === null ? { attempt: chunk.attempt } : {}),
        isError: chunk.stream === 'stderr' || level === 'error',
        ...(chunk.stream === 'log' && (level === 'warn' || level === 'error') ? { level } : {}),
      };
      return chunk.text.split('\n').map((text, offset) => ({
        ...all,
        number: firstLine + offset,
        text: fields === null ? text : `${text} ${fields}`,
      }));
    },
    place({ runId, number }) {
      const of = runId ?? run.id;
      // A stranger's line has no place here.
      if (of !== run.id && !parts.some(({ owner }) => owner.runId === of)) return null;
      const found = places.ofLine(of, number);
      return found === null ? null : { chunkId: found.id, offset: Math.max(0, number - found.firstLine) };
    },
    count() {
      let all = 0;
      for (const { owner } of parts) {
        const last = places.before(owner, Number.MAX_SAFE_INTEGER);
        // What was left out of a run's log keeps its numbers.
        const lines =
          owner.taskRunId === null
            ? last === null
              ? 0
              : last.firstLine + last.lines - 1
            : places.linesBetween(owner, 0, Number.MAX_SAFE_INTEGER, MOST_COUNTED);
        if (lines === null) return null;
        all += lines;
      }
      return all;
    },
    countBetween(after, until) {
      let all = 0;
      for (const { owner } of parts) {
        const lines = places.linesBetween(owner, after, until, MOST_COUNTED);
        if (lines === null) return null;
        all += lines;
      }
      return all;
    },
    hasBefore: (chunkId) => parts.some(({ owner }) => places.before(owner, chunkId) !== null),
  };
}

function partsOf(store: Store, { run, task, attempt }: LogScope, titleOf: (taskId: number) => string): LogPart[] {
  const own: LogOwner =
    task === null ? { runId: run.id, taskRunId: null } : { runId: run.id, taskRunId: task.id, attempt };
  const top = task === null ? run.id : task.childRunId;
  const parts: LogPart[] = [{ owner: own, path: '' }];
  if (top === null) return parts;
  const paths = new Map<number, string>([[top, '']]);
  if (task !== null) parts.push({ owner: { runId: top, taskRunId: null }, path: '' });
  for (const { id, runId, taskId } of store.flowRuns.below(top)) {
    const outer = paths.get(runId);
    if (outer === undefined || paths.has(id)) continue;
    const path = [outer, titleOf(taskId)].filter((name) => name !== '').join(' > ');
    paths.set(id, path);
    parts.push({ owner: { runId: id, taskRunId: null }, path });
  }
  return parts;
}
