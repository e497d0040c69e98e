/** What `weir retry` writes besides the run's state: which code and rules it goes on with, and what must run again. */
import type { FlowRules } from '../model/flow-description.ts';
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

/** The code that the next attempts are driven with. */
export interface RetriedCode {
  readonly entry: string;
  readonly codeHash: string | null;
  readonly version: string | null;
  readonly options: FlowRules;
  /** null: the folder as it is. */
  readonly snapshotHash: string | null;
}

const OPEN = `
  update flow_runs
  set only_task = :onlyTask, isolated = 0, result = null, result_size = null, result_hash = null, error = null
  where id = :id`;

const SET_CODE = `
  update flow_runs
  set entry = :entry, code_hash = :codeHash, version = :version, options = :options, snapshot_hash = :snapshotHash
  where id = :id`;

const FORGET_AGAIN = 'update task_runs set again = null where flow_run_id = :id and again is not null';
const RUN_AGAIN = 'update task_runs set again = :reason where id = :id';

export function createRetries(database: Database) {
  const statement = lazyStatements(database);

  return {
    /** Takes from the run what its last attempt came to, and from its tasks what an earlier retry asked for. */
    open(id: number, onlyTask: string | null): void {
      statement(OPEN).run({ id, onlyTask });
      statement(FORGET_AGAIN).run({ id });
    },
    setCode(id: number, { options, ...code }: RetriedCode): void {
      statement(SET_CODE).run({ id, ...code, options: JSON.stringify(options) });
    },
    /** The task's next call runs, whatever it has as a result. */
    runAgain(taskId: number, reason: string): void {
      statement(RUN_AGAIN).run({ id: taskId, reason });
    },
  };
}
