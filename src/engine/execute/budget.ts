/** How often a run may fail or crash before that is its end, as its flow had it when it began. */
import type { RunBudget } from '../../model/state.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';

export function budgetOf({ options }: FlowRunRow): RunBudget {
  return { retries: options.retries, crashRetries: options.crashRetries };
}
