/** The real server on a fresh file with something of everything in it, for tests with a real browser. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createEvents } from '../../src/engine/events.ts';
import { startHttpServer } from '../../src/http/server.ts';
import { openStore } from '../../src/store/store.ts';
import { type Seed, seedRun } from '../http/world.ts';

/** A name that goes on and on and has no place to break it. */
export const LONG = 'a-flow-with-a-name-that-goes-on-and-on-and-has-no-place-to-break-it-anywhere-at-all';

export async function serverWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'weir-page-'));
  const path = join(folder, 'weir.db');
  const store = openStore(path);
  const events = createEvents();
  const start = (port: number) =>
    startHttpServer({ engine: { store, events, now: Date.now }, host: '127.0.0.1', port, version: '1.2.3' });
  let server = await start(0);
  const { url } = server;
  onTestFinished(async () => {
    await server.stop();
    await store.writer.stop();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    url,
    path,
    store,
    events,
    stopServer: () => server.stop(),
    /** Another on the same file and port. */
    async startAgain() {
      server = await start(Number(new URL(url).port));
    },
    /** A run as the engine of this server would have left it, and told of. */
    add(seed: Seed): number {
      const id = seedRun(store, seed);
      const row = store.flowRuns.byId(id);
      if (row !== null) events.publish([{ kind: 'run-state', runId: id, state: row.state }]);
      return id;
    },
    /** Something of everything; gives the number of a run that failed. */
    seedAll(): number {
      const startAt = Date.now() - 3_600_000;
      const runs: Seed[] = [
        { flow: LONG, state: 'running' },
        { flow: LONG },
        { flow: 'etl', state: 'running' },
        { flow: LONG, state: 'retry' },
      ];
      for (const run of runs) seedRun(store, { startAt, ...run });
      const error = { name: 'TypeError', message: LONG.repeat(4), stack: 'at x' };
      return seedRun(store, {
        flow: 'report',
        state: 'failed',
        startAt,
        error,
        params: { [LONG]: LONG.repeat(3) },
        result: { text: LONG.repeat(5) },
        metrics: { rmse: 1.23456789 },
        tasks: [
          { name: LONG, why: LONG },
          { name: 'load', state: 'failed', error },
        ],
        log: Array.from({ length: 40 }, (_, index) => `line ${index + 1} ${LONG.repeat(index % 4)}`).join('\n'),
        artifacts: [
          {
            key: 'wide',
            kind: 'table',
            mediaType: 'application/json',
            text: JSON.stringify([
              Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`column number ${index}`, LONG])),
            ]),
          },
          {
            key: 'chart',
            kind: 'image',
            mediaType: 'image/svg+xml',
            text: '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="200"><rect width="900" height="200"/></svg>',
          },
          { key: LONG, kind: 'markdown', mediaType: 'text/markdown', text: LONG.repeat(3) },
        ],
      });
    },
  };
}
