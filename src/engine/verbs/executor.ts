/**
 * What a server executes with, as the page and the API need it: they ask, and never wait for a run. Hosts of its own
 * load flow files, so that user code is never on this thread.
 */
import { WeirError } from '../../model/errors.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Engine } from '../engine.ts';
import { claimToResume } from './resume-run.ts';
import type { Describe } from './retry-run.ts';

export interface Executor {
  readonly describe: Describe;
  /** Goes on with a run at once, whatever its time. @throws WeirError `conflict` */
  resume(row: FlowRunRow): Promise<void>;
  /** Runs were made or opened, or a limit has changed: what waits is looked at. */
  nudge(): void;
}

/** Of a server. */
export function executorOf(engine: Engine): Executor {
  const { pool, queue, dispatcher } = engine;
  return {
    describe: (path, options) => pool.describe(path, options),
    async resume(row) {
      const assignment = await claimToResume(engine, row);
      dispatcher.launch(assignment);
    },
    nudge() {
      queue.limits.look();
      dispatcher.nudge();
    },
  };
}

/** Of a process that only shows a file. */
export function noExecutor(): Executor {
  const refuse = () => {
    throw new WeirError('conflict', 'this process executes no runs', { hint: 'weir up does' });
  };
  return { describe: async () => refuse(), resume: async () => refuse(), nudge: () => {} };
}
