/**
 * The one writer of this process: what arrives while the last commit ran is committed together.
 * A promise resolves only after its commit; nothing may be told to anybody before.
 * Must never wait for a lock on the event loop: busy means try again a little later.
 */
import { crashPoint } from '../crash-points.ts';
import type { Database } from './database.ts';
import { createLogMark } from './log-mark.ts';

export interface Writer {
  /** Runs `work` inside the next transaction. Its savepoint is its own: when it throws, only its promise rejects. */
  write<T>(work: () => T): Promise<T>;
  /** While other processes write this file too, a gap after each commit keeps them from starving. */
  shareWithOthers(share: boolean): void;
  /** Resolves when everything handed in so far is committed or refused. */
  flush(): Promise<void>;
  /** Commits what is left; later writes are refused. */
  stop(): Promise<void>;
}

interface Entry {
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

type Outcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown };

/** One transaction takes no more than this, so that a flood of small writes cannot hold the lock for long. */
const LARGEST_BATCH = 2000;
const GAP_MS = 1;
const BUSY_RETRY_MS = 2;

export function createWriter(database: Database): Writer {
  const begin = database.prepare('begin immediate');
  const commit = database.prepare('commit');
  const rollback = database.prepare('rollback');
  const savepoint = database.prepare('savepoint entry');
  const release = database.prepare('release entry');
  const rollbackTo = database.prepare('rollback to entry');

  const mark = createLogMark(database);
  const queue: Entry[] = [];
  let owed: ReturnType<typeof setTimeout> | undefined;
  let scheduled = false;
  let shared = false;
  let stopped = false;
  let idle: (() => void)[] = [];

  function schedule(delayMs: number): void {
    if (scheduled || queue.length === 0) return;
    scheduled = true;
    if (delayMs === 0) setImmediate(turn);
    else setTimeout(turn, delayMs);
  }

  function turn(): void {
    scheduled = false;
    if (queue.length === 0) return;
    try {
      begin.run();
    } catch (error) {
      if (isBusy(error)) return schedule(BUSY_RETRY_MS);
      return settleAll(queue.splice(0), error);
    }
    const batch = queue.length > LARGEST_BATCH ? queue.splice(0, LARGEST_BATCH) : queue.splice(0);
    let outcomes: Outcome[];
    try {
      outcomes = runBatch(batch);
      mark.beforeCommit();
      crashPoint('in-write');
      commit.run();
      crashPoint('after-commit');
    } catch (error) {
      // Disk full, or an I/O error: nothing half-written stays, and every caller of the batch is told.
      if (database.inTransaction) rollback.run();
      return settleAll(batch, error);
    }
    mark.afterCommit();
    for (const [position, entry] of batch.entries()) {
      const outcome = outcomes[position];
      if (outcome?.ok) entry.resolve(outcome.value);
      else entry.reject(outcome?.error);
    }
    afterTurn();
  }

  function runBatch(batch: readonly Entry[]): Outcome[] {
    return batch.map((entry) => {
      savepoint.run();
      try {
        const value = entry.work();
        release.run();
        return { ok: true, value };
      } catch (error) {
        // Some errors (disk full) end the whole transaction by themselves: then the whole batch is lost, and told so.
        if (!database.inTransaction) throw error;
        rollbackTo.run();
        release.run();
        return { ok: false, error };
      }
    });
  }

  function settleAll(batch: readonly Entry[], error: unknown): void {
    for (const entry of batch) entry.reject(error);
    afterTurn();
  }

  function afterTurn(): void {
    schedule(shared ? GAP_MS : 0);
    clearTimeout(owed);
    const { owedWithinMs } = mark;
    if (owedWithinMs !== null && !stopped) owed = setTimeout(pushNothing, owedWithinMs).unref();
    if (queue.length > 0) return;
    const waiting = idle;
    idle = [];
    for (const resolve of waiting) resolve();
  }

  function pushNothing(): void {
    queue.push({ work: () => {}, resolve: () => {}, reject: () => {} });
    schedule(0);
  }

  function flush(): Promise<void> {
    return queue.length === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve));
  }

  return {
    write<T>(work: () => T): Promise<T> {
      if (stopped) return Promise.reject(new Error('the writer has stopped'));
      return new Promise<T>((resolve, reject) => {
        queue.push({ work, resolve: resolve as (value: unknown) => void, reject });
        schedule(0);
      });
    },
    shareWithOthers(share) {
      shared = share;
    },
    flush,
    async stop() {
      stopped = true;
      clearTimeout(owed);
      await flush();
      // The last of them may have begun what only another transaction ends.
      if (mark.isOwing) pushNothing();
      await flush();
    },
  };
}

function isBusy(error: unknown): boolean {
  return String((error as { code?: string }).code).startsWith('SQLITE_BUSY');
}
