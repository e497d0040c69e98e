/** GET /runs: all runs, or those of one flow. */
import type { Hono } from 'hono';
import type { Store } from '../../store/store.ts';
import { RunsPage } from '../../web/pages/runs.tsx';
import { parseNumber } from '../query.ts';
import type { Pages } from '../send-page.ts';
import { listRuns } from './run-list.ts';

const RUNS_A_PAGE = 50;

export function bindRuns(app: Hono, { store, pages }: { store: Store; pages: Pages }): void {
  app.get('/runs', (c) => {
    const before = parseNumber('before', c.req.query('before'), 1, Number.MAX_SAFE_INTEGER, null);
    const flow = c.req.query('flow') || null;
    return pages.send(c, (clock) => {
      const { rows, next } = listRuns(store, { flow, before, limit: RUNS_A_PAGE });
      return {
        title: flow === null ? 'Runs' : `Runs of ${flow}`,
        active: 'runs',
        isLive: rows.some((row) => row.state.type === 'RUNNING'),
        content: RunsPage({ data: { runs: rows, flow, before, next }, clock }),
      };
    });
  });
}
