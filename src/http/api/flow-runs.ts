/** /api/flow-runs: runs as the JSON that users script against. */
import type { Hono } from 'hono';
import { askToCancel } from '../../engine/cancel.ts';
import type { Events } from '../../engine/events.ts';
import { runJson, runSummaryJson } from '../../engine/run-json.ts';
import { WeirError } from '../../model/errors.ts';
import type { Store } from '../../store/store.ts';
import { findRun } from '../find-run.ts';
import { parseNumber } from '../query.ts';
import { listRuns } from '../run-list.ts';
import { readRunFilter } from '../run-query.ts';

const DEFAULT_LIMIT = 50;
const LARGEST_LIMIT = 1000;

export interface FlowRunsApiParts {
  readonly store: Store;
  readonly events: Events;
  readonly now: () => number;
}

export function bindFlowRunsApi(app: Hono, { store, events, now }: FlowRunsApiParts): void {
  app.get('/api/flow-runs', (c) => {
    const limit = parseNumber('limit', c.req.query('limit'), 1, LARGEST_LIMIT, DEFAULT_LIMIT);
    const before = parseNumber('before', c.req.query('before'), 1, Number.MAX_SAFE_INTEGER, null);
    return c.json(
      store.overview.inSnapshot(() => {
        const filter = readRunFilter(c.req.queries(), now(), 'UTC');
        const { rows, older } = listRuns(store, filter, before === null ? null : { before }, limit);
        return { schema: 'weir.runs/1', items: rows.map((row) => runSummaryJson(store, row)), next: older };
      }),
    );
  });

  app.get('/api/flow-runs/:id', (c) => {
    const id = c.req.param('id');
    return c.json(store.overview.inSnapshot(() => runJson(store, findRun(store, id))));
  });

  // 200 when it is over, 202 when the process that executes it has been told.
  app.post('/api/flow-runs/:id/cancel', async (c) => {
    const { id, state } = findRun(store, c.req.param('id'));
    const { kind } = await askToCancel({ store, events, now }, id, 'the API');
    if (kind === 'final')
      throw new WeirError('conflict', `run ${id} is ${state.name} already and stays so`, { hint: `weir show ${id}` });
    const json = store.overview.inSnapshot(() => runJson(store, findRun(store, String(id))));
    return c.json(json, kind === 'cancelled' ? 200 : 202);
  });
}
