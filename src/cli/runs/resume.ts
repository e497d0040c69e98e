/** `weir resume`: goes on with runs whose process died or was told to stop; finished tasks are reused. */

import { runSummaryJson } from '../../engine/tell/run-json.ts';
import { isoTime } from '../../engine/tell/told-times.ts';
import { runsToResume } from '../../engine/tell/waiting-runs.ts';
import { claimToResume } from '../../engine/verbs/resume-run.ts';
import { selectRun } from '../../engine/verbs/select-run.ts';
import { EXIT, WeirError } from '../../model/errors.ts';
import type { Assignment } from '../../pool/source.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { printJson, say } from '../output.ts';
import { withEngine } from '../session.ts';
import { drive } from './drive.ts';
import { sayHooks } from './hook-words.ts';

/** Exit codes above it name a signal. */
const ENDED_BY_SIGNAL = 128;

export async function resume([texts]: [string[]], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'run', async (engine) => {
    const isAsked = texts.length > 0;
    const chosen = isAsked ? texts.map((text) => selectRun(engine.store, text)) : runsToResume(engine);
    const rows = [...new Map(chosen.map((row) => [row.id, row])).values()];
    if (rows.length === 0) {
      let isAny = false;
      await engine.runDueHooks((row, hooks) => {
        isAny = true;
        sayHooks(row, hooks);
      });
      say(isAny ? 'no other run is interrupted' : 'no run is interrupted');
    }
    const isOne = isAsked && rows.length === 1;
    const resumed: number[] = [];
    let worst: number = EXIT.ok;
    for (const row of rows) {
      let assignment: Assignment;
      try {
        assignment = await claimToResume(engine, row);
      } catch (refusal) {
        if (isAsked || !(refusal instanceof WeirError)) throw refusal;
        // Nobody asked for this one by its number: the others still want to be resumed.
        say(refusal.message);
        continue;
      }
      say(`resuming run ${row.id} of ${row.flow}: ${whatItAwaited(row)}`);
      resumed.push(row.id);
      const code = await drive(engine, assignment, { json: flags.json === true, isOneOfMany: !isOne });
      worst = Math.max(worst, code);
      // Whoever ends this command means all of it: what has not begun is left as it is.
      if (code > ENDED_BY_SIGNAL) break;
    }
    if (flags.json && !isOne) {
      const items = resumed.map((id) => engine.store.flowRuns.byId(id)).filter((row) => row !== null);
      printJson({ schema: 'weir.runs/1', items: items.map((row) => runSummaryJson(engine.store, row)), next: null });
    }
    return worst;
  });
}

function whatItAwaited({ state, attempt, scheduledAt }: FlowRunRow): string {
  if (state.name === 'AwaitingResume') return `interrupted in attempt ${attempt}, ${state.message}`;
  const due = scheduledAt === null ? '' : ` due at ${isoTime(scheduledAt)}`;
  return `attempt ${attempt + 1},${due} after: ${state.message}`;
}
