/** GET /runs/:id/logs: what a run printed, a thousand lines a page, the last ones first. */
import type { Hono } from 'hono';
import { isFinal } from '../../model/state.ts';
import type { Store } from '../../store/store.ts';
import { LogPage } from '../../web/pages/log.tsx';
import { findRun } from '../find-run.ts';
import { parseNumber } from '../query.ts';
import type { Pages } from '../send-page.ts';
import { lastLogLines } from './log-lines.ts';

const LINES_A_PAGE = 1000;
const MOST_CHARACTERS = 400_000;

export function bindRunLog(app: Hono, { store, pages }: { store: Store; pages: Pages }): void {
  app.get('/runs/:id/logs', (c) => {
    const before = parseNumber('before', c.req.query('before'), 1, Number.MAX_SAFE_INTEGER, null);
    return pages.send(c, (clock) => {
      const run = findRun(store, c.req.param('id'));
      const lines = lastLogLines(store, run.id, { before, limit: LINES_A_PAGE, characters: MOST_CHARACTERS });
      const isRunning = !isFinal(run.state.type);
      return {
        title: `Log of ${run.flow}, run ${run.id}`,
        active: 'runs',
        runId: run.id,
        isLive: isRunning && before === null,
        content: LogPage({ data: { runId: run.id, flow: run.flow, lines, isRunning }, clock }),
      };
    });
  });
}
