/** `weir cancel`: stops runs, whoever executes them, and says what became of each. A run that is over is refused. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../engine/engine.ts';
import { runSummaryJson } from '../../engine/tell/run-json.ts';
import { askToCancel, CANCEL_GRACE_MS } from '../../engine/verbs/cancel.ts';
import { selectRun } from '../../engine/verbs/select-run.ts';
import { EXIT, WeirError } from '../../model/errors.ts';
import { isFinal } from '../../model/state.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { printJson, say, sayError, stateGlyph } from '../output.ts';
import { withEngine } from '../session.ts';

const LOOK_EVERY_MS = 50;
/** The process that executes the run may itself die meanwhile: then nobody else would say so. */
const SETTLE_EVERY_MS = 2000;
/** Beyond the grace: its process is stopped, or too busy to hear. */
const PATIENCE_MS = CANCEL_GRACE_MS + 10_000;

export async function cancel([texts]: [string[]], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async (engine) => {
    // All of them are known before the first is touched: a slip of the pen cancels nothing.
    const rows = new Map(texts.map((text) => selectRun(engine.store, text)).map((row) => [row.id, row]));
    let worst: number = EXIT.ok;
    const stopping: FlowRunRow[] = [];
    for (const row of rows.values()) {
      const refusal = await ask(engine, row);
      if (refusal === null) stopping.push(row);
      else worst = Math.max(worst, sayError(refusal));
    }
    const deadline = engine.now() + PATIENCE_MS;
    for (const { id, flow } of stopping) {
      const row = await over(engine, id, deadline);
      const { type, name, message } = row.state;
      if (isFinal(type)) say(`${stateGlyph(type, name)} ${flow}, run ${id}: ${name}${message ? `: ${message}` : ''}`);
      else worst = Math.max(worst, sayError(unanswered(engine, row)));
    }
    if (flags.json) {
      const items = [...rows.keys()].map((id) => engine.store.flowRuns.byId(id)).filter((row) => row !== null);
      printJson({ schema: 'weir.runs/1', items: items.map((row) => runSummaryJson(engine.store, row)), next: null });
    }
    return worst;
  });
}

/** Why it cannot be cancelled; null when it is, or will be. */
async function ask(engine: Engine, { id, flow, startAt }: FlowRunRow): Promise<unknown> {
  try {
    const answer = await askToCancel(engine, id, 'weir cancel');
    // What has not begun has nothing that would have to be ended.
    if (answer.kind === 'told' && startAt !== null)
      say(`run ${id} of ${flow} is told to stop; what does not end by itself is ended`);
    if (answer.kind !== 'final') return null;
    const state = engine.store.flowRuns.byId(id)?.state.name;
    return new WeirError('conflict', `run ${id} is ${state} already and stays so`, { hint: `weir show ${id}` });
  } catch (error) {
    if (error instanceof WeirError) return error;
    throw error;
  }
}

/** The run when it is over and let go, or as it is when nobody has ended it by the deadline. */
async function over(engine: Engine, id: number, deadline: number): Promise<FlowRunRow> {
  let settleAt = engine.now() + SETTLE_EVERY_MS;
  for (;;) {
    const row = engine.store.flowRuns.byId(id) as FlowRunRow;
    const now = engine.now();
    if ((isFinal(row.state.type) && row.ownerId === null) || now > deadline) return row;
    if (now > settleAt) {
      await engine.settle();
      settleAt = now + SETTLE_EVERY_MS;
    }
    await sleep(LOOK_EVERY_MS);
  }
}

function unanswered(engine: Engine, { id, ownerId }: FlowRunRow): WeirError {
  const owner = engine.store.processes.believedAlive().find((process) => process.id === ownerId);
  const who = owner === undefined ? 'the process that executes it' : `process ${owner.pid} on ${owner.host}`;
  return new WeirError('timed-out', `run ${id} is still Cancelling: ${who} lives, but does not answer`, {
    hint: 'it ends the run as soon as it goes on; if it never will, end that process',
  });
}
