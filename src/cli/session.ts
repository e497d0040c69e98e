/** What a command needs of Weir: the file opened for reading, or an engine, and the sure end of both. */
import { resolveSettings, type Settings } from '../config.ts';
import { type Engine, type EngineOptions, startEngine } from '../engine/engine.ts';
import type { EarlyPool } from '../engine/execute/early-pool.ts';
import { runsToResume } from '../engine/tell/waiting-runs.ts';
import { explainSqlite } from '../store/database.ts';
import { configuration } from './configured.ts';
import { createInlineRunner } from './inline-runner.ts';
import { passOn, say } from './output.ts';
import type { GlobalFlags } from './program.ts';
import { RUNNER_ARGV, SPAWNER_ARGV } from './roles.ts';

export function settingsOf(flags: GlobalFlags & { host?: string; port?: string; limit?: string }): Settings {
  return resolveSettings(flags, process.env, configuration());
}

/** Runs `work` with an engine: what dead processes left is settled before, everything is let go afterwards. */
export async function withEngine<T>(
  flags: GlobalFlags,
  role: EngineOptions['role'],
  work: (engine: Engine) => Promise<T>,
  early?: EarlyPool,
): Promise<T> {
  const { db, keyFile } = settingsOf(flags);
  const argv = { spawnerArgv: SPAWNER_ARGV, runnerArgv: RUNNER_ARGV, makeInlineRunner: createInlineRunner };
  const engine = await startEngine(
    { db, keyFile, role, ...argv, slots: 1, onFault: sayFault, onLoadOutput: passOn },
    early,
  );
  try {
    return await work(engine);
  } catch (error) {
    throw explainSqlite(error, engine.store.path);
  } finally {
    await engine.stop('done');
  }
}

export function sayFault(error: unknown): void {
  say(`weir: ${error instanceof Error ? error.message : String(error)}`);
}

/** Interrupted runs, and hooks of runs whose process died, need a server or a word: says which word. */
export function sayInterrupted(engine: Engine): void {
  // A server runs them, and resumes, by itself.
  if (engine.store.processes.livingServer() !== null) return;
  const run = engine.store.hooks.nextRun();
  if (run !== null) say(`hooks of run ${run} have not run yet: weir resume`);
  const waiting = runsToResume(engine);
  if (waiting.length === 0) return;
  const ids = waiting.slice(0, 5).map((run) => run.id);
  say(
    `${waiting.length} interrupted ${waiting.length === 1 ? 'run' : 'runs'}: weir resume ${ids.join(' ')}${waiting.length > ids.length ? ' ...' : ''}`,
  );
}
