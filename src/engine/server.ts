/**
 * What makes an engine a server: it resumes by itself, fires schedules, claims what is due, and looks every few seconds
 * for processes that died. Ends by draining: what runs may finish for a while, the rest is interrupted, not lost.
 */
import { uptime } from 'node:os';
import { awakeMs } from '../model/awake-clock.ts';
import { untilTick } from '../model/tick.ts';
import type { Engine } from './engine.ts';
import { createScheduler, type Scheduler } from './schedule/scheduler.ts';

export interface Server {
  /** Claims and fires from now on. What dead processes left awaits its resume already, and is claimed first. */
  start(): void;
  readonly scheduler: Scheduler;
  /** Waits for what runs, at most `drainMs`, when it has said how many runs that are; `abort` ends the wait. */
  drain(drainMs: number, abort: AbortSignal, onWait?: (runs: number) => void): Promise<void>;
  stop(): void;
}

const LOOK_FOR_DEAD_MS = 5000;

/** The scheduler of this engine's file; whoever only changes schedules need not start it. */
export function schedulerOf(engine: Engine, onFault: (error: unknown) => void): Scheduler {
  return createScheduler({
    store: engine.store,
    clocks: { wall: engine.now, awake: awakeMs, sinceBoot: () => uptime() * 1000 },
    kernelBootId: engine.kernelBootId,
    onEnqueued: () => engine.dispatcher.nudge(),
    onFault,
  });
}

/** Does nothing before it is started. */
export function createServer(engine: Engine, onFault: (error: unknown) => void): Server {
  const scheduler = schedulerOf(engine, onFault);
  const failures = engine.events.subscribe((event) => {
    if (event.kind !== 'run-state' || (event.state.type !== 'FAILED' && event.state.type !== 'CRASHED')) return;
    const row = engine.store.flowRuns.byId(event.runId);
    if (row?.deploymentId != null && row.options.pauseAfterFailures !== undefined)
      scheduler.runFailed(row.deploymentId);
  });
  const settle = async () => {
    try {
      if ((await engine.settle()).length > 0) engine.dispatcher.nudge();
      await engine.runDueHooks();
    } catch (error) {
      onFault(error);
    }
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;

  const settleNowAndThen = () => {
    timer = setTimeout(
      () => {
        // Hooks may take their time: who dies meanwhile is looked for all the same.
        void settle();
        if (!stopped) settleNowAndThen();
      },
      untilTick(LOOK_FOR_DEAD_MS, awakeMs()),
    );
  };

  const stop = () => {
    stopped = true;
    clearTimeout(timer);
    failures();
    scheduler.stop();
    engine.dispatcher.close();
  };
  return {
    scheduler,
    start() {
      // The start of the engine has settled what was dead; their hooks are still to be run.
      void settle();
      settleNowAndThen();
      engine.onOthersWrote(() => scheduler.nudge());
      engine.dispatcher.start();
      scheduler.start();
    },
    async drain(drainMs, abort, onWait) {
      stop();
      await engine.claimsLaunched();
      const { executions } = engine.dispatcher;
      if (executions.length > 0) onWait?.(executions.length);
      let timeUp: () => void = () => {};
      const patience = new Promise<void>((resolve) => {
        timeUp = resolve;
      });
      const limit = setTimeout(timeUp, drainMs);
      abort.addEventListener('abort', timeUp, { once: true });
      await Promise.race([patience, Promise.all(executions.map((execution) => execution.ended))]);
      clearTimeout(limit);
    },
    stop,
  };
}
