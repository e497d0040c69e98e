/**
 * The composition root of everything that executes: builds, starts and stops the parts in order.
 * The only place (with main) that reads the clock, chance and the machine; the parts get them as parameters.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { version } from '../assets.ts';
import { WeirError } from '../model/errors.ts';
import type { RunnerSources } from '../model/message.ts';
import { nextTurn } from '../model/next-turn.ts';
import type { Commands } from '../pool/commands.ts';
import { createDispatcher, type Dispatcher } from '../pool/dispatcher.ts';
import type { Pool } from '../pool/pool.ts';
import type { SharedRunnerHost } from '../pool/shared.ts';
import { explainSqlite } from '../store/database.ts';
import { makeNewFileAhead } from '../store/new-file.ts';
import type { LifeLock, ProcessRole, ProcessRow } from '../store/processes.ts';
import { openStore, type Store } from '../store/store.ts';
import { createEvents, type Events } from './events.ts';
import { createHookRunner, type TellHooks } from './execute/due-hooks.ts';
import { createEarlyPool, type EarlyPool } from './execute/early-pool.ts';
import { createQueue, type Queue, type QueueParts } from './execute/queue.ts';
import { settleDeadProcesses } from './execute/recovery.ts';
import { createSecretKeeper, type SecretKeeper } from './execute/secrets.ts';
import { watchCancels } from './verbs/cancel.ts';
import { watchOthers } from './watch-others.ts';

export interface Engine {
  readonly store: Store;
  readonly events: Events;
  readonly queue: Queue;
  readonly pool: Pool;
  readonly dispatcher: Dispatcher;
  readonly commands: Commands;
  readonly secrets: SecretKeeper;
  readonly processId: number;
  /** Changes with every boot of the machine; null where it is not known. */
  readonly kernelBootId: string | null;
  readonly now: () => number;
  /** Runs the hooks of runs that ended without their host; resolves when none is due. */
  runDueHooks(tell?: TellHooks): Promise<void>;
  /** Hands what dead processes left to the model; gives the numbers of the runs that now await their resume. */
  settle(): Promise<number[]>;
  /** Called soon after another process has written the file. */
  onOthersWrote(listener: () => void): void;
  /** Resolves when a claim that was under way when the dispatcher closed is among its executions. */
  claimsLaunched(): Promise<void>;
  /** Interrupts what still runs, commits, lets go of the file. May be called twice. */
  stop(reason: string): Promise<void>;
}

export interface EngineOptions {
  readonly db: string;
  /** The key of its secrets; null: there is no place for one. */
  readonly keyFile: string | null;
  /** `command`: only looks, and owns nothing. */
  readonly role: ProcessRole | 'command';
  /** How the spawner is started: this executable in its third role. */
  readonly spawnerArgv: readonly string[];
  /** How a process host is started: this executable in its runner role. */
  readonly runnerArgv: readonly string[];
  /** What runs flows of YAML in this thread; without it, and in servers, they share a thread of their own. */
  readonly makeInlineRunner?: (sources: RunnerSources) => SharedRunnerHost;
  /** Heap of a flow's thread, MB; default: Node's own measure. */
  readonly memoryMb?: number;
  /** Runs at once. */
  readonly slots: number;
  readonly onFault?: (error: unknown) => void;
  /** What flow files print while they are described; default: to standard error. */
  readonly onLoadOutput?: (data: Uint8Array) => void;
}

/** How often a dispatcher looks for work that nobody nudged it for, while there is some that it could not take. */
const POLL_MS = 500;

/** The same while there is none: what others write is heard of otherwise. */
const QUIET_POLL_MS = 5000;

/** How often a run that waits for a limit looks whether somebody who holds it has died. */
const LOOK_FOR_DEAD_MS = 3000;

/** The id of no process. */
const NOBODY = 0;

/** Opens the file, takes this process's place in it, and settles what dead ones left. */
export async function startEngine(
  options: EngineOptions,
  early: EarlyPool = createEarlyPool(options),
): Promise<Engine> {
  const now = Date.now;
  const onFault = options.onFault ?? (() => {});
  const { pool, commands, bootId } = early;
  await makeNewFileAhead(options.db);
  const store = openStore(options.db);
  let lock: LifeLock | null = null;
  let stopped: Promise<void> | null = null;
  const self = { bootId, host: hostname(), kernelBootId: readKernelBootId() };
  const recovery = { store, commands, now, ...self };
  try {
    const alive = store.processes.believedAlive();
    refuseSecondServer(options.role, alive, store);
    // A command that only looks owns nothing, so it needs no place among the processes.
    const role = options.role === 'command' ? null : options.role;
    if (role !== null) lock = store.processes.lock(bootId);
    const row = { ...self, pid: process.pid, version, startedAt: now() };
    let isMarked = false;
    const processId =
      role === null
        ? NOBODY
        : await store.writer.write(() => {
            // Again, where nobody else can register: two may have looked at the same moment.
            refuseSecondServer(role, store.processes.believedAlive(), store);
            const id = store.processes.register({ ...row, role });
            isMarked = early.isSpawning();
            if (isMarked) store.processes.markSpawned(id);
            return id;
          });
    if (alive.length > 0) await settleDeadProcesses(recovery);
    const shareWithOthers = () =>
      store.writer.shareWithOthers(store.processes.believedAlive().some((other) => other.id !== processId));
    shareWithOthers();
    const mark = async () => {
      if (role !== null) await store.writer.write(() => store.processes.markSpawned(processId));
    };
    early.onFirstCommand(mark, { isMarked, database: options.db });

    const events = createEvents();
    const applyDeployment: QueueParts['applyDeployment'] = async (wish) => {
      // Loaded only where it is asked for: a run that deploys nothing need not wait for the calendars.
      const { applyHere } = await import('./deploy/apply-deployment.ts');
      const onEnqueued = () => dispatcher.nudge();
      const applied = await applyHere({ store, pool, now, kernelBootId: self.kernelBootId, onEnqueued, onFault }, wish);
      // The scheduler of this process sleeps until what was due next before.
      for (const listener of othersWrote) listener();
      return applied;
    };
    const secrets = createSecretKeeper({ store, keyFile: options.keyFile, now });
    const queue = createQueue({
      store,
      events,
      secrets,
      processId,
      now,
      random: Math.random,
      parallelism: availableParallelism(),
      onFreed: () => dispatcher.nudge(),
      onFault,
      applyDeployment,
    });
    const dispatcher = createDispatcher({
      ...{ source: queue, pool, slots: options.slots, onFault },
      ...{ pollMs: POLL_MS, quietPollMs: QUIET_POLL_MS, untilDueMs: () => untilDue(store.flowRuns.nextDue(), now()) },
    });
    const hooks = createHookRunner({ queue, pool, store });
    const endCancelled = watchCancels({ store, events, dispatcher, processId });
    const othersWrote: (() => void)[] = [];
    // What other processes write is told to nobody: their commits are noticed.
    const hearOthers = () => {
      // Whoever writes may have come since we looked, or gone.
      shareWithOthers();
      queue.limits.look();
      dispatcher.nudge();
      for (const listener of othersWrote) listener();
      return endCancelled();
    };
    const beat = () => lock?.beat(now());
    const isBusy = () => dispatcher.executions.length > 0;
    const others = role === null ? null : watchOthers(store, { onWrite: hearOthers, isBusy, beat });
    const settle = async () => {
      shareWithOthers();
      const awaiting = await settleDeadProcesses(recovery);
      // What the dead held is free.
      queue.limits.freed();
      return awaiting;
    };
    // A server looks by itself. A run that waits for what a dead process holds would wait for ever without one.
    const lookForDead = () => void (queue.limits.isWaiting && settle().catch(onFault));
    const waitTimer = role === 'run' ? setInterval(lookForDead, LOOK_FOR_DEAD_MS) : undefined;
    waitTimer?.unref();
    // Its commit first, then the turn in which the dispatcher hears of it.
    const claimsLaunched = async () => {
      await store.writer.flush();
      await nextTurn();
    };
    return {
      claimsLaunched,
      onOthersWrote: (listener) => void othersWrote.push(listener),
      store,
      events,
      queue,
      pool,
      dispatcher,
      commands,
      secrets,
      processId,
      kernelBootId: self.kernelBootId,
      now,
      // Who only looks executes nothing.
      runDueHooks: async (tell) => (role === null ? undefined : hooks.run(tell)),
      settle,
      stop(reason) {
        stopped ??= (async () => {
          others?.stop();
          clearInterval(waitTimer);
          dispatcher.close();
          await claimsLaunched();
          await hooks.stop(reason);
          await Promise.all(dispatcher.executions.map((execution) => execution.interrupt(reason)));
          const emptied = pool.stop();
          // Who says goodbye leaves no command behind. A spawner that holds none may end meanwhile: it takes 3 ms.
          if (commands.isBusy()) await emptied;
          // A server may still be answering others.
          if (role === 'run') store.relax();
          if (role !== null)
            await store.writer.write(() => {
              store.limits.leaveToQueue(processId);
              store.processes.end(processId, reason, now());
            });
          await store.writer.stop();
          store.close();
          lock?.release();
          await emptied;
        })();
        return stopped;
      },
    };
  } catch (error) {
    await pool.stop();
    store.close();
    lock?.release();
    throw explainSqlite(error, options.db);
  }
}

function untilDue(at: number | null, now: number): number | null {
  return at === null ? null : at - now;
}

/** Two schedulers on one file would fight over it; a run beside a server is fine. */
function refuseSecondServer(role: EngineOptions['role'], others: readonly ProcessRow[], store: Store): void {
  if (role !== 'server') return;
  const server = others.find((other) => other.role === 'server' && store.processes.isAlive(other.bootId));
  if (server === undefined) return;
  throw new WeirError(
    'server-running',
    `a server already runs on ${store.path}: pid ${server.pid} on ${server.host}${server.url === null ? '' : `, ${server.url}`}`,
    {
      hint: `stop it first (kill ${server.pid}), or use another file with --db PATH`,
    },
  );
}

/** Changes with every boot of the machine: tells a power cut from a crash. */
function readKernelBootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}
