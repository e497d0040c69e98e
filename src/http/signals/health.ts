/**
 * GET /health: for machines that ask whether the server answers, its file can be read, and its scheduler looks. 503 when
 * one of these is not so, or when it is about to end.
 */
import type { Hono } from 'hono';
import type { Scheduler } from '../../engine/schedule/scheduler.ts';
import { WeirError } from '../../model/errors.ts';
import type { Store } from '../../store/store.ts';

/** It looks every 30 s at least: three looks that were missed are no chance. */
const STUCK_MS = 90_000;

export interface HealthParts {
  readonly store: Store;
  readonly version: string;
  readonly scheduler: Scheduler | null;
}

export function bindHealth(app: Hono, { store, version, scheduler }: HealthParts): void {
  app.get('/health', (c) => {
    const sinceLook = scheduler?.sinceLook() ?? null;
    const isStuck = sinceLook !== null && sinceLook > STUCK_MS;
    const isStopping = scheduler?.hasStopped() ?? false;
    const status = isStuck ? 'stuck' : isStopping ? 'stopping' : 'ok';
    const json = {
      status,
      version,
      ...countsOf(store),
      // Null: nothing is scheduled here, or not yet.
      scheduler_last_look_ms: sinceLook === null ? null : Math.round(sinceLook),
    };
    return c.json(json, status === 'ok' ? 200 : 503, { 'cache-control': 'no-store' });
  });
}

function countsOf(store: Store) {
  try {
    const counts = store.overview.unfinishedCounts();
    return {
      running: counts.get('RUNNING') ?? 0,
      queued: (counts.get('SCHEDULED') ?? 0) + (counts.get('PENDING') ?? 0),
    };
  } catch (cause) {
    throw new WeirError('database-unusable', 'the database cannot be read', { cause });
  }
}
