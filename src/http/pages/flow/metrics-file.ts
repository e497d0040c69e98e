/** GET /flows/:name/metrics.csv: the figures of a flow's newest runs, one a row, newest first. */
import type { Hono } from 'hono';
import { isoTime } from '../../../engine/tell/told-times.ts';
import type { Store } from '../../../store/store.ts';
import { csvLine } from '../../csv.ts';
import { encodeFileName } from '../../file-name.ts';
import { parseNumber } from '../../query.ts';
import { unknownFlow } from './flow.ts';

const DEFAULT_RUNS = 1000;
const MOST_RUNS = 10_000;

export function bindMetricsFile(app: Hono, { store }: { store: Store }): void {
  app.get('/flows/:name/metrics.csv', (c) => {
    const flow = c.req.param('name');
    const limit = parseNumber('runs', c.req.query('runs'), 1, MOST_RUNS, DEFAULT_RUNS);
    const runs = store.flowHistory.runs(flow, limit);
    if (runs.length === 0 && store.deployments.ofFlow(flow).length === 0) throw unknownFlow(store, flow);
    const names = [...new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)))];
    const rows = runs.map(({ id, name, startAt, metrics }) => [
      id,
      startAt === null ? null : isoTime(startAt),
      name,
      ...names.map((metric) => metrics[metric]),
    ]);
    const text = [['run', 'start_time', 'state', ...names], ...rows].map(csvLine).join('');
    return new Response(text, {
      headers: {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': `attachment; filename*=UTF-8''${encodeFileName(`${flow}-metrics.csv`)}`,
        'cache-control': 'no-cache, private',
      },
    });
  });
}
