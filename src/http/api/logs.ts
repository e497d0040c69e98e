/**
 * Logs of runs and of task runs: page by page as JSON, or as one stream of JSON lines or plain text, which with `follow`
 * goes on until the run is over. What is streamed is read as fast as it is taken, never all at once.
 */
import type { Context } from 'hono';
import { z } from 'zod';
import { type LogLine, lineJson } from '../../engine/tell/log-lines.ts';
import { isOver as isRunOver } from '../../engine/tell/run-follower.ts';
import { createRunLog, type RunLog } from '../../engine/tell/run-log.ts';
import { forSameReader } from '../../engine/tell/told-times.ts';
import { selectRun } from '../../engine/verbs/select-run.ts';
import { badField } from './bad-field.ts';
import { cursorOf, pageOf, placeOf } from './cursor.ts';
import { flag, name, paged, whole } from './fields.ts';
import { ofRun, RUNS } from './flow-runs.ts';
import { lastLines, streamLines } from './line-stream.ts';
import type { ApiParts } from './parts.ts';
import { type Answer, type Reply, type Route, route } from './route.ts';
import { logLine } from './run-shapes.ts';
import { listOf } from './shapes.ts';
import { findTask, ofTask } from './task-runs.ts';

const FORMATS = ['json', 'ndjson', 'text'] as const;
const MOST_LINES = 10_000;

const shown = {
  tail: whole(0, 1_000_000).optional().meta({ type: 'integer', minimum: 0, description: 'only the last lines' }),
  format: z
    .enum(FORMATS)
    .optional()
    .meta({ description: 'json, page by page; ndjson or text, all of it. Left out, as `Accept` wants it' }),
  follow: flag().optional().meta({
    type: 'boolean',
    description: 'of ndjson and text: go on with what is still to come, until the run is over',
  }),
  ...paged(1000, MOST_LINES),
};

const answers: Readonly<Record<number, Answer>> = {
  200: {
    description: 'lines in the order in which they were written',
    schema: listOf('weir.logs/1', logLine),
    content: { 'application/x-ndjson': { type: 'string' }, 'text/plain': { type: 'string' } },
  },
};

export function logRoutes({ store }: ApiParts): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/flow-runs/{run}/logs',
      tag: RUNS,
      summary: 'What a run and its subflows printed and logged',
      params: ofRun,
      query: z.strictObject({
        task: name('only of this task: its name, with label, or number, and perhaps .ATTEMPT').optional(),
        failed: flag().optional().meta({ type: 'boolean', description: 'only of tasks that failed' }),
        ...shown,
      }),
      answers,
      refuses: ['not-found', 'too-many-requests'],
      handle: ({ params, query }, c) => give(c, selectRun(store, params.run).id, query.task ?? null, query),
    }),
    route({
      method: 'get',
      path: '/api/task-runs/{task}/logs',
      tag: 'task-runs',
      summary: 'What a task run printed and logged, in all its attempts',
      params: ofTask,
      query: z.strictObject(shown),
      answers,
      refuses: ['not-found', 'too-many-requests'],
      handle({ params, query }, c) {
        const { flowRunId } = findTask(store, params.task);
        return give(c, flowRunId, String(params.task), { ...query, failed: false });
      },
    }),
  ];

  function give(c: Context, runId: number, task: string | null, wish: Wish): Reply {
    const format = wish.format ?? formatOf(c.req.header('accept'));
    const isFollowing = wish.follow === true;
    if (isFollowing && format === 'json')
      throw badField('follow', 'goes with ndjson and text only', { hint: 'add format=ndjson' });
    const place = placeOf('logs', wish.cursor, 2);
    if (place !== null && format !== 'json')
      throw badField('cursor', 'goes with json only', { hint: 'ndjson and text give all lines at once' });
    if (place !== null && (wish.tail !== undefined || wish.failed === true))
      throw badField('cursor', 'does not go with tail or failed');
    const log = createRunLog(store, runId, task, place === null ? 0 : Math.max(0, (place[0] ?? 0) - 1));
    if (!isFollowing) log.refuseUnknown();
    const { tail = null } = wish;
    const failed = wish.failed === true;
    if (tail !== null && task === null && !failed) log.skipToLast(tail);
    if (format === 'json') return page(log, failed, tail, wish.limit, place);
    return streamLines(c, {
      read: function* () {
        yield* failed ? log.readFailed() : log.read();
      },
      tail,
      write: forSameReader((line: LogLine) => (format === 'text' ? line.text : JSON.stringify(lineJson(line)))),
      type: format === 'text' ? 'text/plain; charset=utf-8' : 'application/x-ndjson',
      isOver: () => !isFollowing || isOver(runId),
    });
  }

  function page(
    log: RunLog,
    failed: boolean,
    tail: number | null,
    limit: number,
    place: readonly number[] | null,
  ): Reply {
    const [chunkId = 0, given = 0] = place ?? [];
    return store.overview.inSnapshot(() => {
      const all = failed ? log.readFailed() : log.read();
      const from = place === null ? all : behind(all, chunkId, given);
      if (failed || tail !== null) {
        const most = Math.min(tail ?? MOST_LINES, MOST_LINES);
        return { json: pageOf('weir.logs/1', lastLines(from, most), MOST_LINES, lineJson, () => '') };
      }
      const lines = from.take(limit + 1).toArray();
      return { json: pageOf('weir.logs/1', lines, limit, lineJson, (last) => placeBehind(last)) };
    });
  }

  function isOver(runId: number): boolean {
    const row = store.flowRuns.byId(runId);
    return row === null || isRunOver(row);
  }
}

type Wish = {
  readonly tail?: number | undefined;
  readonly failed?: boolean | undefined;
  readonly format?: (typeof FORMATS)[number] | undefined;
  readonly follow?: boolean | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
};

/** JSON unless the reader would rather have something else. */
function formatOf(accept: string | undefined): (typeof FORMATS)[number] {
  const wanted = (accept ?? '').split(',').map((each) => each.split(';')[0]?.trim().toLowerCase());
  const first = wanted.find((type) =>
    ['application/json', '*/*', 'application/x-ndjson', 'text/plain'].includes(type ?? ''),
  );
  if (first === 'application/x-ndjson') return 'ndjson';
  return first === 'text/plain' ? 'text' : 'json';
}

type Stored = { readonly id: number; readonly firstLine: number };

function chunkOf({ chunk }: LogLine): Stored {
  return chunk as unknown as Stored;
}

/** The chunk that a line stands in, and how many of its lines were given. */
function placeBehind(line: LogLine): string {
  const { id, firstLine } = chunkOf(line);
  return cursorOf('logs', id, (line.number ?? firstLine) - firstLine + 1);
}

function behind(lines: IteratorObject<LogLine>, chunkId: number, given: number): IteratorObject<LogLine> {
  return lines.filter((line) => {
    const { id, firstLine } = chunkOf(line);
    return id > chunkId || (id === chunkId && (line.number ?? firstLine) - firstLine >= given);
  });
}
