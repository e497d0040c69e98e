/** How a flow stands, in one word: the state of the last run that somebody or a schedule started and that is over. */

import { nearest, WeirError } from '../../model/errors.ts';
import type { StateType } from '../../model/state.ts';
import { isFinal } from '../../model/state.ts';
import type { Store } from '../../store/store.ts';

/** `never`: it is deployed, and no run of it is over. */
export type FlowWord = 'completed' | 'skipped' | 'failed' | 'crashed' | 'cancelled' | 'running' | 'never';

const LOOKED_AT = 200;
const MOST_FLOWS = 1000;

/** @throws WeirError `not-found` with the nearest flow */
export function flowWord(store: Store, flow: string): FlowWord {
  const runs = store.overview.history(flow, LOOKED_AT);
  const started = runs.filter((run) => run.parentRunId === null);
  const last = (started.length > 0 ? started : runs).find((run) => isFinal(run.type));
  if (last !== undefined) return wordOf(last.type);
  if (runs.length > 0) return 'running';
  const deployed = store.deployments.all().map((row) => row.flow);
  if (deployed.includes(flow)) return 'never';
  const shown = flow.slice(0, 200);
  const near = nearest(shown, [...deployed, ...store.overview.flowsWithRuns(MOST_FLOWS)]);
  throw new WeirError(
    'not-found',
    `there is no flow "${shown}"`,
    near === undefined ? {} : { hint: `did you mean ${near}?` },
  );
}

function wordOf(type: StateType): FlowWord {
  return type.toLowerCase() as FlowWord;
}
