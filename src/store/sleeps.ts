/** When each durable `sleep()` of a flow run is over. Kept with the run: a retry passes what was slept already. */
import type { SleepEntry } from '../model/run-start.ts';
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

const PUT = `
  insert into sleeps (flow_run_id, identity, until_at)
  values (:flowRunId, :identity, :until)
  on conflict do update set until_at = :until`;
const OF_RUN = 'select identity, until_at as until from sleeps where flow_run_id = :flowRunId';
const LATEST = 'select max(until_at) from sleeps where flow_run_id = :flowRunId';

export function createSleeps(database: Database) {
  const statement = lazyStatements(database);
  return {
    put(flowRunId: number, { identity, until }: SleepEntry): void {
      statement(PUT).run({ flowRunId, identity, until });
    },

    ofRun: (flowRunId: number): SleepEntry[] => statement(OF_RUN).all({ flowRunId }) as SleepEntry[],

    /** The end of the run's last sleep, epoch ms; null when it never slept. */
    latestEnd: (flowRunId: number): number | null => statement(LATEST).pluck().get({ flowRunId }) as number | null,
  };
}
