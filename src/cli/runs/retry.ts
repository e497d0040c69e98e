/**
 * `weir retry`: the same run once more, with the code as it is now: what finished is reused, what failed or did not run
 * is run.
 */
import { retryForecastJson } from '../../engine/tell/retry-forecast-json.ts';
import { rootOf } from '../../engine/tell/root-run.ts';
import { reopenRun } from '../../engine/verbs/retry.ts';
import { planRetry, refuseBoth } from '../../engine/verbs/retry-run.ts';
import { selectRun } from '../../engine/verbs/select-run.ts';
import { EXIT } from '../../model/errors.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { say } from '../output.ts';
import { withEngine } from '../session.ts';
import { carryOn } from './carry-on.ts';
import { sayRoot, tellForecast } from './retry-forecast.ts';

interface RetryFlags extends GlobalFlags {
  readonly from?: string;
  readonly only?: string;
  readonly sameCode?: boolean;
  readonly dryRun?: boolean;
}

export async function retry([id]: [string?], flags: RetryFlags): Promise<number> {
  refuseBoth(flags);
  return withEngine(flags, flags.dryRun ? 'command' : 'run', async (engine) => {
    const { store, pool } = engine;
    const asked = selectRun(store, id);
    sayRoot(asked.id, rootOf(store, asked).id);
    const plan = await planRetry({ store, describe: pool.describe }, asked, flags, { keepHost: true });
    if (flags.dryRun) {
      tellForecast(retryForecastJson(store, asked, plan), flags);
      return EXIT.ok;
    }
    const { row, selection, code } = plan;
    await reopenRun(engine, row.id, { selection, code });
    say(`retrying run ${row.id} of ${row.flow}, attempt ${row.attempt + 1}`);
    return carryOn(engine, row.id, { json: flags.json === true });
  });
}
