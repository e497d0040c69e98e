/**
 * `weir run --detach`: the run is in the file, and somebody else executes it: a living server, or a process of its own
 * that goes on when this terminal is closed.
 */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../engine/engine.ts';
import { runJson } from '../../engine/tell/run-json.ts';
import { EXIT, WeirError } from '../../model/errors.ts';
import { print, printJson, say } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { withEngine } from '../session.ts';

const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 20;

/** Tells the number on stdout when the run has an owner, and how to follow it. */
export async function detach(engine: Engine, runId: number, flags: GlobalFlags): Promise<number> {
  const { store } = engine;
  const server = store.processes.livingServer();
  const child = server === null ? startExecutor(runId, store.path) : null;
  const row = await untilClaimed(engine, runId, child);
  if (flags.json) printJson(runJson(store, row));
  else print(String(runId));
  const where =
    server === null ? 'by a process of its own' : `by the server${server.url === null ? '' : ` ${server.url}`}`;
  say(
    row.ownerId === null && row.startAt === null
      ? `run ${runId} of ${row.flow} waits for its turn: weir watch ${runId}`
      : `run ${runId} of ${row.flow} is executed ${where}; follow it: weir watch ${runId}`,
  );
  return EXIT.ok;
}

/** `weir execute RUN`, hidden: what the process of its own does. */
export async function execute([id]: [string], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'run', async (engine) => {
    const assignment = await engine.queue.claimRun(Number(id));
    if (assignment === null) throw new WeirError('conflict', `run ${id} is executed by another process already`);
    const { drive } = await import('./drive.ts');
    return drive(engine, assignment, { json: false });
  });
}

interface Executor {
  readonly failure: string | null;
}

/** In a session of its own: what happens to this terminal does not reach it. */
function startExecutor(runId: number, db: string): Executor {
  const state = { failure: null as string | null };
  const child = spawn(process.execPath, ['execute', String(runId), '--db', db, '--quiet'], {
    argv0: process.argv0,
    detached: true,
    stdio: 'ignore',
  });
  child.on('error', (error) => {
    state.failure = error.message;
  });
  child.on('exit', (code, signal) => {
    state.failure ??= `it ended with ${signal ?? `exit code ${code}`}`;
  });
  child.unref();
  return state;
}

async function untilClaimed({ store, now }: Engine, runId: number, executor: Executor | null) {
  const deadline = now() + PATIENCE_MS;
  for (;;) {
    const row = store.flowRuns.byId(runId);
    if (row === null) throw new WeirError('not-found', `run ${runId} is gone`);
    if (row.ownerId !== null || row.state.type !== 'SCHEDULED' || now() > deadline) return row;
    if (executor !== null && executor.failure !== null)
      throw new WeirError(
        'internal',
        `run ${runId} is recorded, but no process could be started for it: ${executor.failure}`,
        {
          hint: `weir up executes it, or weir cancel ${runId}`,
        },
      );
    await sleep(LOOK_EVERY_MS);
  }
}
