/**
 * Drives a run that waits to its end: a living server on the file executes it, and is followed; without one this process
 * does, as `weir run` does, unless another has it already. Either way what happens is told here, and the exit code is that of the run.
 */
import type { Engine } from '../../engine/engine.ts';
import { runEndJson } from '../../engine/tell/run-end-json.ts';
import { createFollower } from '../../engine/tell/run-follower.ts';
import { runJson } from '../../engine/tell/run-json.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import { printJson, say } from '../output.ts';
import { createDisplay } from '../tree/display.ts';
import { drive } from './drive.ts';
import { lookOn } from './look-on.ts';
import { exitCodeOf, sayEnd } from './run-end.ts';

export async function carryOn(engine: Engine, runId: number, options: { readonly json: boolean }): Promise<number> {
  const assignment = engine.store.processes.livingServer() === null ? await engine.queue.claimRun(runId) : null;
  return assignment === null ? follow(engine, runId, options) : drive(engine, assignment, options);
}

async function follow(engine: Engine, runId: number, options: { readonly json: boolean }): Promise<number> {
  const row = engine.store.flowRuns.byId(runId) as FlowRunRow;
  say(`${whoExecutes(engine, row)} executes it`);
  // Its earlier attempts are told already.
  const follower = createFollower(engine.store, row);
  follower.look();
  const display = await createDisplay({ id: runId, flow: row.flow, startAt: row.startAt }, engine.now);
  await lookOn(
    engine,
    follower,
    display,
    `run ${runId} goes on without you: weir watch ${runId}, or weir cancel ${runId}`,
  );
  if (options.json) printJson(runJson(engine.store, follower.row));
  else sayEnd(runEndJson(engine.store, follower.row));
  return exitCodeOf(follower.row);
}

/** Where no server runs, somebody else holds it: a `weir run` that still runs its hooks, or one that was quicker. */
function whoExecutes({ store: { processes } }: Engine, { ownerId }: FlowRunRow): string {
  if (processes.livingServer() !== null) return 'the server on this file';
  const owner = processes.believedAlive().find(({ id }) => id === ownerId);
  return owner === undefined ? 'another process' : `process ${owner.pid} on ${owner.host}`;
}
