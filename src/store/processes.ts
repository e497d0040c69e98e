/**
 * Who runs or serves on this file, and who of them is still alive.
 * A process holds `begin exclusive` on a tiny lock database of its own for as long as it lives: the kernel frees it at
 * SIGKILL, it is held through SIGSTOP, and it is right across containers. Pids are only for people. While it executes
 * something it sets the time of that file, which tells when it lived last: that costs no write of the database.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, openSqlite } from './sqlite.ts';
import { lazyStatements } from './statements.ts';

export type ProcessRole = 'run' | 'server';

export interface ProcessRow {
  readonly id: number;
  readonly bootId: string;
  readonly role: ProcessRole;
  readonly pid: number;
  readonly host: string;
  readonly version: string;
  readonly kernelBootId: string | null;
  /** It started shell commands, so that some may have survived it. */
  readonly spawnedCommands: boolean;
  readonly url: string | null;
  readonly startedAt: number;
}

export interface LifeLock {
  /** Leaves a sign of life: should it die, it did not before this. */
  beat(now: number): void;
  release(): void;
}

const INSERT = `
  insert into processes (boot_id, role, pid, host, version, kernel_boot_id, started_at)
  values (:bootId, :role, :pid, :host, :version, :kernelBootId, :startedAt)
  returning id`;

const SELECT_BELIEVED_ALIVE = `
  select id, boot_id as bootId, role, pid, host, version, kernel_boot_id as kernelBootId,
    spawned_commands as spawnedCommands, url, started_at as startedAt
  from processes
  where ended_at is null
  order by id`;

// Whoever still owns runs has not ended well: it stays open, and is settled as dead by the next who looks.
const END = `
  update processes
  set ended_at = :now, ended_why = :why
  where id = :id
    and ended_at is null
    and not exists (select 1 from flow_runs where owner_id = :id)`;

const HAS_ENDED = 'select ended_at is not null from processes where id = :id';
const SPAWNED = 'update processes set spawned_commands = 1 where id = :id';
const SET_URL = 'update processes set url = :url where id = :id';

export function createProcesses(database: Database, lockFolder: string) {
  const statement = lazyStatements(database);
  const lockPath = (bootId: string) => join(lockFolder, `${bootId}.lock`);

  /** Rows without an end; whether they really live is told by `isAlive`. */
  function believedAlive(): ProcessRow[] {
    return (
      statement(SELECT_BELIEVED_ALIVE).all({}) as (Omit<ProcessRow, 'spawnedCommands'> & { spawnedCommands: number })[]
    ).map((row) => ({
      ...row,
      spawnedCommands: row.spawnedCommands === 1,
    }));
  }

  /** Whether the process of that boot id holds its lock. Must not be asked of this process itself. */
  function isAlive(bootId: string): boolean {
    const path = lockPath(bootId);
    if (!existsSync(path)) return false;
    let probe: Database | null = null;
    try {
      probe = openSqlite(path, { timeout: 0, readonly: true, fileMustExist: true });
      // Only reads: two that look at the same moment must not take each other's lock for a sign of life.
      probe.prepare('select count(*) from sqlite_schema').get();
      return false;
    } catch (error) {
      if (String((error as { code?: string }).code).startsWith('SQLITE_BUSY')) return true;
      // Settled by somebody else at this moment, and its lock file removed.
      if (!existsSync(path)) return false;
      throw error;
    } finally {
      probe?.close();
    }
  }

  return {
    /** Takes the life lock of this process; must be held before its row is committed. */
    lock(bootId: string): LifeLock {
      mkdirSync(lockFolder, { recursive: true });
      const path = lockPath(bootId);
      const lock = openSqlite(path, { timeout: 0 });
      lock.pragma('journal_mode = memory');
      lock.exec('begin exclusive');
      return {
        beat(now) {
          try {
            // By its path: to close a second descriptor of the file would give up the lock.
            if (lock.open) utimesSync(path, now / 1000, now / 1000);
          } catch {
            // Somebody has cleared the folder away: then only what it writes tells that it lived.
          }
        },
        release() {
          if (!lock.open) return;
          lock.close();
          rmSync(path, { force: true });
        },
      };
    },

    register(row: Omit<ProcessRow, 'id' | 'spawnedCommands' | 'url'>): number {
      return statement(INSERT).pluck().get(row) as number;
    },

    end(id: number, why: string, now: number): void {
      statement(END).run({ id, why, now });
    },

    /** It has said goodbye: nobody would settle what it takes now. */
    hasEnded: (id: number): boolean => statement(HAS_ENDED).pluck().get({ id }) === 1,

    markSpawned(id: number): void {
      statement(SPAWNED).run({ id });
    },

    setUrl(id: number, url: string): void {
      statement(SET_URL).run({ id, url });
    },

    believedAlive,
    isAlive,

    /** The last sign of life of a process that has not been forgotten; null where nothing is left of it. */
    lastBeat(bootId: string): number | null {
      const ms = statSync(lockPath(bootId), { throwIfNoEntry: false })?.mtimeMs;
      return ms === undefined ? null : Math.round(ms);
    },

    /** Those that hold their locks. Not for a process that has a row itself, but for `otherThan`. */
    living(otherThan: number | null = null): ProcessRow[] {
      return believedAlive().filter(({ id, bootId }) => id !== otherThan && isAlive(bootId));
    },

    /** The server that lives on the file: it executes whatever may be claimed, and resumes what is interrupted. */
    livingServer(): ProcessRow | null {
      const servers = believedAlive().filter(({ role }) => role === 'server');
      return servers.find(({ bootId }) => isAlive(bootId)) ?? null;
    },

    /** Removes the lock files of processes that are settled. */
    forgetLocks(bootIds: readonly string[]): void {
      for (const bootId of bootIds) {
        for (const name of existsSync(lockFolder) ? readdirSync(lockFolder) : []) {
          if (name.startsWith(bootId)) rmSync(join(lockFolder, name), { force: true });
        }
      }
    },
  };
}

export type Processes = ReturnType<typeof createProcesses>;
