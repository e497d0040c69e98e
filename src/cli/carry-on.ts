/**
 * Drives a run that waits to its end: a living server on the file executes it, and is followed; without one this process
 * does, as `weir run` does. Either way what happens is told here, and the exit code is that of the run.
 */
import { constants } from 'node:os';
import type { Engine } from '../engine/engine.ts';
import { runJson } from '../engine/run-json.ts';
import { hasServer } from '../engine/waiting-runs.ts';
import type { FlowRunRow } from '../store/flow-runs.ts';
import { createDisplay } from './display.ts';
import { drive } from './drive.ts';
import { createFollower, lookUntil } from './follow.ts';
import { printJson, say } from './output.ts';
import { exitCodeOf, sayEnd } from './run-end.ts';

export async function carryOn(engine: Engine, runId: number, options: { readonly json: boolean }): Promise<number> {
  const assignment = hasServer(engine) ? null : await engine.queue.claimRun(runId);
  return assignment === null ? follow(engine, runId, options) : drive(engine, assignment, options);
}

async function follow(engine: Engine, runId: number, options: { readonly json: boolean }): Promise<number> {
  const row = engine.store.flowRuns.byId(runId) as FlowRunRow;
  say('the server on this file executes it');
  // Its earlier attempts are told already.
  const follower = createFollower(engine.store, row);
  follower.look();
  const display = await createDisplay({ id: runId, flow: row.flow, startAt: row.startAt }, engine.now);
  const forget = leaveOnSignal(() => {
    display.stop();
    say(`run ${runId} goes on without you: weir watch ${runId}, or weir cancel ${runId}`);
  });
  try {
    await lookUntil(engine, () => {
      for (const event of follower.look()) display.take(event);
      return { isEnough: follower.isOver, rows: [follower.row] };
    });
  } finally {
    forget();
    display.stop();
  }
  if (options.json) printJson(runJson(engine.store, follower.row));
  else sayEnd(engine.store, follower.row);
  return exitCodeOf(follower.row);
}

/** A signal ends the looking, not the run. */
function leaveOnSignal(leave: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = (signal: NodeJS.Signals) => {
    leave();
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}
