/** From what a user types for a run (`1043`, `weekly-retrain~1`, `@failed`, nothing) to the run. */
import { nearest, WeirError } from '../../model/errors.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';

/** What stands for a run, whatever its flow. */
const WORDS = ['@latest', '@failed', '@running'];

/** @throws WeirError `not-found` with the nearest flow name */
export function selectRun(store: Store, text: string | undefined): FlowRunRow {
  const { flowRuns } = store;
  if (text === undefined || text === '@latest')
    return flowRuns.latestStarted() ?? refuse('there are no runs yet', 'weir run FILE');
  if (text === '@failed') return flowRuns.latestFailed() ?? refuse('no run has failed or crashed');
  if (text === '@running') return flowRuns.latestRunning() ?? refuse('no run is running');
  if (text.startsWith('@') && !flowRuns.flowNames().includes(text)) return refuseWord(text);
  const digits = /^#?(\d{1,15})$/.exec(text)?.[1];
  if (digits !== undefined) return flowRuns.byId(Number(digits)) ?? refuse(`there is no run ${digits}`, 'weir runs');
  const [, flow = text, back] = /^(.*?)(?:~(\d+))?$/.exec(text) ?? [];
  const found = flowRuns.latestOfFlow(flow, Number(back ?? 0));
  if (found !== null) return found;
  const names = flowRuns.flowNames();
  if (names.includes(flow))
    return refuse(`the flow "${flow}" has no ${Number(back) + 1} runs`, `weir runs flow:${flow}`);
  const near = nearest(flow, names);
  return refuse(`no flow "${flow}" has a run`, near === undefined ? 'weir runs' : `did you mean ${near}?`);
}

function refuseWord(text: string): never {
  const near = nearest(text, WORDS);
  return refuse(
    `"${text}" stands for no run; there are ${WORDS.join(', ')}`,
    near === undefined ? 'weir runs' : `did you mean ${near}?`,
  );
}

function refuse(sentence: string, hint?: string): never {
  throw new WeirError('not-found', sentence, hint === undefined ? {} : { hint });
}
