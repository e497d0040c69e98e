/** GET /health: for machines that ask whether the server answers and its file can be read. */
import type { Hono } from 'hono';
import type { Store } from '../../store/store.ts';

export function bindHealth(app: Hono, { store, version }: { store: Store; version: string }): void {
  app.get('/health', (c) => {
    const counts = store.overview.unfinishedCounts();
    return c.json({
      status: 'ok',
      version,
      running: counts.get('RUNNING') ?? 0,
      queued: (counts.get('SCHEDULED') ?? 0) + (counts.get('PENDING') ?? 0),
    });
  });
}
