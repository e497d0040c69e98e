/** A server's start on a file with 1 000 000 runs that have ended: until it answers. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../src/store/store.ts';
import { addRuns } from '../support/many-runs.ts';
import { inFolder, ms, type Row, sideBySide } from './measure.ts';
import { startServer } from './server.ts';

const RUNS = 1_000_000;
const ROUNDS = 5;
const GOAL_MS = 1000;

export async function fullStart(): Promise<Row> {
  return inFolder({}, async (folder) => {
    mkdirSync(join(folder, 'flows'));
    for (const name of ['full.db', 'empty.db']) openStore(join(folder, name)).close();
    addRuns(join(folder, 'full.db'), { runs: RUNS, flows: 100 });
    const timeToAnswer = async (name: string) => {
      const startedAt = performance.now();
      const server = await startServer(join(folder, 'flows'), join(folder, name));
      try {
        await server.ready;
        return performance.now() - startedAt;
      } finally {
        await server.end('SIGTERM');
      }
    };
    const { first, second } = await sideBySide(
      () => timeToAnswer('full.db'),
      () => timeToAnswer('empty.db'),
      ROUNDS,
    );
    return {
      figure: `${RUNS} runs ${ms(first)}`,
      reference: `the same start on an empty file ${ms(second)}`,
      ratio: first / second,
      goal: `ready <= ${GOAL_MS} ms`,
    };
  });
}
