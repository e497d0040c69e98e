/**
 * `weir model` inside a task: which run and task asked, so that asking again (a retry, a resume) is answered and not
 * done again. Known from the environment that Weir gives its commands; believed only when this database says the same.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../engine/engine.ts';
import type { Origin } from '../../store/registry.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import { say } from '../output.ts';

/** The task's row is committed while its command starts; on a busy disk the command can be first. */
const PATIENCE_MS = 2000;
const LOOK_EVERY_MS = 25;

/** null when no task of this database asks: nothing is remembered but the answer, as from a person's terminal. */
export async function originOf(engine: Engine, env: NodeJS.ProcessEnv): Promise<Origin | null> {
  const { WEIR_RUN: run, WEIR_TASK: name } = env;
  if (run === undefined || run === '') return null;
  const task = /^\d{1,15}$/.test(run) ? await awaitTask(engine, Number(run), env) : undefined;
  if (task !== undefined) return { flowRunId: task.flowRunId, taskRunId: task.id };
  const missing = `no run ${run} with a running task "${name ?? ''}"`;
  say(`WEIR_RUN is ${run}, but ${engine.store.path} has ${missing}: no run is recorded`);
  return null;
}

async function awaitTask(engine: Engine, run: number, env: NodeJS.ProcessEnv): Promise<TaskRunRow | undefined> {
  const deadline = engine.now() + PATIENCE_MS;
  for (;;) {
    const task = runningTask(engine, run, env);
    const standing = engine.store.flowRuns.byId(run)?.state.type;
    if (task !== undefined || standing !== 'RUNNING' || engine.now() > deadline) return task;
    await sleep(LOOK_EVERY_MS);
  }
}

/**
 * The mark names the run and the call of this attempt, which is the row's position: names alone are not unique in a
 * mapped task. Numbers of another database would have to meet a running task of the same name and place by chance.
 */
function runningTask(engine: Engine, run: number, env: NodeJS.ProcessEnv): TaskRunRow | undefined {
  const [, markedRun, call] = /^weir-[^:]+:(\d+):(\d+)#/.exec(env.WEIR_MARK ?? '') ?? [];
  const candidates = engine.store.taskRuns
    .ofRun(run)
    .filter((task) => task.name === env.WEIR_TASK && task.state.type === 'RUNNING')
    .filter((task) => Number(markedRun) !== run || task.position === Number(call))
    .sort((a, b) => b.flowAttempt - a.flowAttempt);
  return candidates[0];
}
