/**
 * Drives a run that waits to its end: a living server on the file executes it, and is followed; without one this process
 * does, as `weir run` does. Either way what happens is told here, and the exit code is that of the run.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../engine/engine.ts';
import { runJson } from '../engine/run-json.ts';
import { hasServer } from '../engine/waiting-runs.ts';
import { isFinal } from '../model/state.ts';
import type { FlowRunRow } from '../store/flow-runs.ts';
import { drive } from './drive.ts';
import { printJson, say } from './output.ts';
import { exitCodeOf, sayEnd } from './run-end.ts';

const LOOK_EVERY_MS = 100;

export async function carryOn(engine: Engine, runId: number, options: { readonly json: boolean }): Promise<number> {
  const assignment = hasServer(engine) ? null : await engine.queue.claimRun(runId);
  if (assignment !== null) return drive(engine, assignment, options);
  say(`the server on this file executes it; it goes on without this command, too: weir watch ${runId}`);
  const end = await over(engine, runId);
  if (options.json) printJson(runJson(engine.store, end));
  else sayEnd(engine.store, end);
  return exitCodeOf(end);
}

async function over(engine: Engine, runId: number): Promise<FlowRunRow> {
  for (;;) {
    const row = engine.store.flowRuns.byId(runId) as FlowRunRow;
    if (isFinal(row.state.type) && row.ownerId === null) return row;
    await sleep(LOOK_EVERY_MS);
  }
}
