/**
 * Places in concurrency limits for the runs that this process executes: taken when there is room, waited for when there
 * is none, in the order of the file's rows of waiters. Looks again when something was released here, and when another
 * process has written. Nothing is held by whoever gave up meanwhile.
 */
import { waitMessage } from '../../model/limit.ts';
import type { Request } from '../../model/request.ts';
import { isFinal, type RunEvent } from '../../model/state.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Amounts, Lack, LimitUser, Wish } from '../../store/limits.ts';
import type { Store } from '../../store/store.ts';
import type { EngineEvent } from '../events.ts';
import type { ActiveRun } from './active-run.ts';
import { createWishJudge } from './limit-wishes.ts';

export type AcquireRequest = Extract<Request, { ask: 'acquire' }>;

export interface LimitKeeper {
  /** Gives what the call holds then; while it waits, its state says for which limit. */
  acquire(run: ActiveRun, request: AcquireRequest): Promise<Amounts>;
  /**
   * What the flow itself occupies, for a run that this process owns: null when it may start at once, else a promise of
   * whether it may (false: it is over). What its ancestors hold covers it.
   */
  holdForRun(run: ActiveRun): Promise<boolean> | null;
  /**
   * The same for a run that nobody owns yet, inside a transaction; without room, it stands in the row. `isShared`: any
   * server may look for it again, else this process alone.
   * @throws WeirError when it can never be
   */
  tryHoldForQueued(row: FlowRunRow, isShared: boolean): { readonly waits: string } | null;
  /** Something was released: who waits longest is looked at first, after the commit. */
  freed(): void;
  /** Another process has written: there may be room. */
  look(): void;
  readonly isWaiting: boolean;
}

export interface LimitKeeperParts {
  readonly store: Store;
  readonly processId: number;
  readonly now: () => number;
  readonly publish: (events: readonly EngineEvent[]) => void;
  readonly saveTasks: (run: ActiveRun) => void;
  /** False once the run has ended or was let go. */
  readonly isActive: (run: ActiveRun) => boolean;
  readonly moveRun: (run: ActiveRun, event: RunEvent, told: EngineEvent[]) => boolean;
  /** Runs of the queue may have room, too. */
  readonly onFreed: () => void;
  readonly onFault: (error: unknown) => void;
}

/** A wish, and whether whoever has it still wants it. */
interface Wanting {
  readonly run: ActiveRun;
  readonly wish: Wish;
  /** Null: the flow itself. */
  readonly taskName: string | null;
  /** It gave up: its call has ended, or its run is gone. */
  isOver(): boolean;
}

interface Waiting extends Wanting {
  resolve(isHeld: boolean): void;
  reject(error: unknown): void;
}

export function createLimitKeeper(parts: LimitKeeperParts): LimitKeeper {
  const { store, processId, now, publish, saveTasks, isActive, moveRun, onFreed, onFault } = parts;
  const { writer, limits } = store;
  const { refuseImpossible, refuseDeadlock, refuseCrosswise, uncovered } = createWishJudge(store);
  /** In the order of their tickets. */
  const waiting = new Set<Waiting>();
  let looking = false;

  function messageOf({ limit, capacity }: Lack, user: LimitUser): string {
    const holders = limits.holders(limit).map((holder) => holder.flowRunId);
    return waitMessage(limit, capacity, holders, holders.length > 0 ? 0 : limits.ahead(user, limit));
  }

  /** One look at every waiter, the longest waiting first. Who cannot take leaves its rows to nobody behind it. */
  async function look(): Promise<void> {
    if (looking || waiting.size === 0) return;
    looking = true;
    const settled: (() => void)[] = [];
    try {
      await writer.write(() => {
        looking = false;
        settled.length = 0;
        const full = new Set<string>();
        for (const each of waiting) {
          const done = lookAt(each, full);
          if (done !== null) settled.push(done);
        }
      });
      for (const settle of settled) settle();
    } catch (error) {
      looking = false;
      onFault(error);
    }
  }

  /** What to tell it after the commit; null while it goes on waiting. */
  function lookAt(each: Waiting, full: Set<string>): (() => void) | null {
    const { run, wish, taskName } = each;
    if (each.isOver()) return () => each.resolve(false);
    if (Object.keys(wish.occupies).some((limit) => full.has(limit))) return null;
    try {
      refuseImpossible(run.row, taskName, wish);
    } catch (error) {
      limits.release(wish.flowRunId, wish.taskRunId);
      return () => each.reject(error);
    }
    const lack = limits.tryHold(wish, now());
    if (lack === null) return () => each.resolve(true);
    for (const limit of lack.all) full.add(limit);
    return null;
  }

  /**
   * Takes what is wanted, or waits for it and gives whether it is held then. `makeWanting` is called in the transaction
   * (what was reported just before is known only there), as is `onWait`.
   */
  async function hold(makeWanting: () => Wanting | null, onWait: (lack: Lack, wish: Wish) => EngineEvent[]) {
    const later = Promise.withResolvers<boolean>();
    const told: EngineEvent[] = [];
    let entry: Waiting | null = null;
    try {
      const isHeld = await writer.write(() => {
        const wanting = makeWanting();
        // Who gave up must be given nothing: nobody would give it back.
        if (wanting === null || wanting.isOver()) return false;
        refuseImpossible(wanting.run.row, wanting.taskName, wanting.wish);
        const lack = limits.tryHold(wanting.wish, now());
        if (lack === null) return true;
        refuseDeadlock(wanting.run.row, wanting.taskName, lack);
        refuseCrosswise(wanting.run.row, wanting.taskName, wanting.wish, lack);
        told.push(...onWait(lack, wanting.wish));
        // Here, not after the commit: this process's order is that of the tickets.
        entry = { ...wanting, resolve: later.resolve, reject: later.reject };
        waiting.add(entry);
        return null;
      });
      publish(told);
      return isHeld ?? (await later.promise);
    } finally {
      if (entry !== null) waiting.delete(entry);
    }
  }

  async function acquire(run: ActiveRun, { call, occupies, tags }: AcquireRequest): Promise<Amounts> {
    const declared = run.row.options.concurrencyLimits;
    // A tag is a limit only where somebody has made it one.
    const tagLimits = tags.map((tag) => `tag:${tag}`).filter((name) => name in declared || limits.isCreated(name));
    const wanted: Amounts = { ...Object.fromEntries(tagLimits.map((name) => [name, 1])), ...occupies };
    if (Object.keys(wanted).length === 0) return wanted;
    const makeWanting = (): Wanting | null => {
      const task = run.byCall.get(call);
      if (task === undefined) return null;
      if (task.id === 0) saveTasks(run);
      run.inLimits.add(call);
      const isOver = () => !isActive(run) || isFinal(task.state.type);
      const user = { flowRunId: run.row.id, taskRunId: task.id };
      return { run, wish: { occupies: wanted, declared, ...user, processId }, taskName: task.name, isOver };
    };
    await hold(makeWanting, (lack, wish) => {
      const state = { type: 'SCHEDULED', name: 'AwaitingLimit', message: messageOf(lack, wish), at: now() } as const;
      const moved = run.moved({ kind: 'task-state', call, state });
      saveTasks(run);
      return moved === null ? [] : [{ kind: 'task-state', runId: run.row.id, task: { ...moved }, reused: false }];
    });
    return wanted;
  }

  async function holdOrWait(run: ActiveRun): Promise<boolean> {
    const makeWanting = (): Wanting => {
      const wish = { ...wishOf(run.row), occupies: uncovered(run.row), processId };
      return { run, wish, taskName: null, isOver: () => !isActive(run) };
    };
    run.hasPlace = await hold(makeWanting, (lack, wish) => {
      const told: EngineEvent[] = [];
      moveRun(run, { kind: 'limit-full', message: messageOf(lack, wish) }, told);
      return told;
    });
    return run.hasPlace;
  }

  function wishOf(row: FlowRunRow): Omit<Wish, 'processId'> {
    const { occupies = {}, concurrencyLimits } = row.options;
    return { occupies, declared: concurrencyLimits, flowRunId: row.id, taskRunId: 0 };
  }

  return {
    acquire,
    holdForRun(run) {
      if (run.hasPlace || Object.keys(run.row.options.occupies ?? {}).length === 0) return null;
      return holdOrWait(run);
    },
    tryHoldForQueued(row, isShared) {
      const wish: Wish = { ...wishOf(row), processId: isShared ? null : processId };
      refuseImpossible(row, null, wish);
      const lack = limits.tryHold(wish, now());
      return lack === null ? null : { waits: messageOf(lack, wish) };
    },
    freed() {
      void look();
      onFreed();
    },
    look: () => void look(),
    get isWaiting() {
      return waiting.size > 0;
    },
  };
}
