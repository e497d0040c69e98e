/** `weir resume`: goes on with runs whose process died or was told to stop; finished tasks are reused. */

import { rootOf } from '../engine/retry.ts';
import { selectRun } from '../engine/select-run.ts';
import { EXIT, WeirError } from '../model/errors.ts';
import { drive } from './drive.ts';
import { say } from './output.ts';
import type { GlobalFlags } from './program.ts';
import { withEngine } from './session.ts';

export async function resume([ids]: [string[]], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'run', async (engine) => {
    const rows =
      ids.length === 0 ? engine.store.flowRuns.awaitingResume() : ids.map((id) => selectRun(engine.store, id));
    if (rows.length === 0) {
      await engine.runDueHooks();
      say('no run is interrupted');
    }
    let worst: number = EXIT.ok;
    for (const row of rows) {
      if (row.parentRunId !== null && row.state.type === 'SCHEDULED') {
        const { id } = rootOf(engine.store, row);
        throw new WeirError(
          'conflict',
          `run ${row.id} is a subflow of run ${id}, which goes on with it when it resumes`,
          {
            hint: `weir resume ${id}`,
          },
        );
      }
      // A run whose process ended while it waited for a retry is nobody's: whoever names it need not wait for its time.
      const isResumable = row.state.name === 'AwaitingResume' || row.state.name === 'AwaitingRetry';
      const assignment = isResumable ? await engine.queue.claimRun(row.id) : null;
      if (assignment === null) {
        // Read again: another process may have been quicker since.
        const { state, ownerId } = engine.store.flowRuns.byId(row.id) ?? row;
        const refusal =
          ownerId === null
            ? `run ${row.id} is ${state.name}; only interrupted runs can be resumed`
            : `run ${row.id} is ${state.name} and executed by another process already`;
        if (ids.length > 0) throw new WeirError('conflict', refusal, { hint: `weir show ${row.id}` });
        // Nobody asked for this one by its number: the others still want to be resumed.
        say(refusal);
        continue;
      }
      say(`resuming run ${row.id} of ${row.flow}`);
      worst = Math.max(worst, await drive(engine, assignment, { json: flags.json === true }));
    }
    return worst;
  });
}
