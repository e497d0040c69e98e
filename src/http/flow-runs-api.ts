/** /api/flow-runs: runs as the JSON that users script against. */
import type { Hono } from 'hono';
import { runJson, runSummaryJson } from '../engine/run-json.ts';
import { WeirError } from '../model/errors.ts';
import type { Store } from '../store/store.ts';
import { parseNumber } from './query.ts';
import { listRuns } from './run-list.ts';

const DEFAULT_LIMIT = 50;
const LARGEST_LIMIT = 1000;

export function bindFlowRunsApi(app: Hono, { store }: { store: Store }): void {
  app.get('/api/flow-runs', (c) => {
    const limit = parseNumber('limit', c.req.query('limit'), 1, LARGEST_LIMIT, DEFAULT_LIMIT);
    const before = parseNumber('before', c.req.query('before'), 1, Number.MAX_SAFE_INTEGER, null);
    return c.json(
      store.overview.inSnapshot(() => {
        const { rows, next } = listRuns(store, { flow: c.req.query('flow') || null, before, limit });
        return { schema: 'weir.runs/1', items: rows.map((row) => runSummaryJson(store, row)), next };
      }),
    );
  });

  app.get('/api/flow-runs/:id', (c) => {
    const id = c.req.param('id');
    return c.json(
      store.overview.inSnapshot(() => {
        const row = /^\d{1,15}$/.test(id) ? store.flowRuns.byId(Number(id)) : null;
        if (row === null) throw new WeirError('not-found', `there is no run ${id.slice(0, 50)}`);
        return runJson(store, row);
      }),
    );
  });
}
