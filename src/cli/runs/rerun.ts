/** `weir rerun`: a new run of the same flow with the same parameters, some of them changed; the old run stays as it is. */
import { flowAsItIsNow, rerun as makeRerun, paramsOf } from '../../engine/verbs/rerun.ts';
import { selectRun } from '../../engine/verbs/select-run.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { say } from '../output.ts';
import { withEngine } from '../session.ts';
import { carryOn } from './carry-on.ts';
import { parseParams } from './params.ts';

export async function rerun(
  [id]: [string?],
  flags: GlobalFlags & { readonly param: readonly string[] },
): Promise<number> {
  return withEngine(flags, 'run', async (engine) => {
    const { store, pool } = engine;
    const row = selectRun(store, id);
    const flow = await flowAsItIsNow({ store, describe: pool.describe }, row, { keepHost: true });
    const params = { ...paramsOf(row), ...parseParams(flags.param, undefined, flow.paramsSchema) };
    const runId = await makeRerun(engine, row, { flow, params, trigger: 'cli' });
    say(`run ${runId} of ${flow.name}: rerun of ${row.id}`);
    return carryOn(engine, runId, { json: flags.json === true });
  });
}
