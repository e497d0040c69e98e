/**
 * GET /runs.csv: every run that a filter finds, newest first, as a table for other programs. It is sent a part at a time,
 * so that a million runs cost no memory and keep nobody waiting.
 */
import type { Hono } from 'hono';
import { runSummaryJson } from '../../../engine/tell/run-json.ts';
import { nextTurn } from '../../../model/next-turn.ts';
import type { FlowRunRow } from '../../../store/flow-runs.ts';
import type { Store } from '../../../store/store.ts';
import { csvLine } from '../../csv.ts';
import { listRuns } from '../../run-list.ts';
import { readRunFilter } from '../../run-query.ts';

const PORTION = 200;

/** Named as in the JSON of a run. */
const COLUMNS = [
  'id',
  'flow',
  'deployment',
  'name',
  'state',
  'message',
  'created_at',
  'start_time',
  'end_time',
  'total_run_time_ms',
  'trigger',
  'attempt',
  'tags',
  'params',
  'metrics',
  'error',
] as const;

export function bindRunsCsv(app: Hono, { store, now, zone }: { store: Store; now: () => number; zone: string }): void {
  app.get('/runs.csv', (c) => {
    const filter = readRunFilter(c.req.queries(), now(), zone);
    let before: number | null = null;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(UTF8.encode(csvLine(COLUMNS))),
      async pull(controller) {
        await nextTurn();
        const place = before === null ? null : { before };
        const { rows, older } = store.overview.inSnapshot(() => listRuns(store, filter, place, PORTION));
        before = older;
        // Something is sent each time, or nobody asks for the next part.
        if (rows.length > 0) controller.enqueue(UTF8.encode(rows.map((row) => csvLine(cellsOf(store, row))).join('')));
        if (older === null) controller.close();
        else if (rows.length === 0) await this.pull?.(controller);
      },
    });
    return new Response(body, {
      headers: {
        'content-type': 'text/csv; charset=utf-8; header=present',
        'content-disposition': 'attachment; filename="runs.csv"',
        'cache-control': 'no-store',
      },
    });
  });
}

const UTF8 = new TextEncoder();

function cellsOf(store: Store, row: FlowRunRow): unknown[] {
  const json = runSummaryJson(store, row);
  const flat = {
    ...json,
    state: json.state.name,
    message: json.state.message,
    tags: json.tags.join(' '),
    params: JSON.stringify(json.params),
    metrics: JSON.stringify(json.metrics),
    error: json.error?.message ?? null,
  };
  return COLUMNS.map((column) => flat[column]);
}
