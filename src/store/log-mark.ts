/**
 * A mark in the file that tells whether SQLite's write-ahead log must lie beside it: a log that was lost goes unnoticed
 * by SQLite, which opens the file as sound with the newest rows gone.
 *
 *   every checkpoint of ours leaves 'relies' in the file itself; what follows it in the log says 'whole'
 *   read with its log, or after whoever closed it last put the log into the file:      whole
 *   read without the log that belongs to it:                                           relies, and no log: refused
 *
 * So automatic checkpoints must stay off while a mark is kept: they would put 'whole' into the file and go on.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { awakeMs } from '../model/awake-clock.ts';
import { createMeta } from './meta.ts';
import type { Database } from './sqlite.ts';

export interface LogMark {
  /** Last of all inside a transaction. */
  beforeCommit(): void;
  /** Puts the log into the file when it has grown. Never throws: what was committed stays committed. */
  afterCommit(): void;
  /** The next transaction has something to say about the log; it should come soon, and before the file is closed. */
  readonly isOwing: boolean;
  /** A transaction should come within so many ms, though nobody has anything to write; null: it need not. */
  readonly owedWithinMs: number | null;
}

export const MARK_KEY = 'log';
const RELIES = 'relies';
const WHOLE = 'whole';

/** Pages of 8 KiB in the log before they are put into the file. */
const LARGEST_LOG = 1000;

/** A short run is through before, and its log in the file: to mark it would be a fifth of all that it writes. */
export const MARKED_AFTER_MS = 50;

/** What the log's mark still has to say usually goes with somebody's write; nobody waits for it. */
const OWED_WITHIN_MS = 50;
/** Somebody reads from the log: until that is over, no mark gets into the file. */
const AGAIN_WITHIN_MS = 500;

/** How long the log is, is not asked after each of many small commits: it takes a tenth of what a commit takes. */
const LOOK_EVERY_MS = 10;

export function createLogMark(database: Database): LogMark {
  const meta = createMeta(database);
  database.pragma('wal_autocheckpoint = 0');
  const pagesInLog = logCounter(database);
  let due: typeof RELIES | typeof WHOLE | null = null;
  let nextLookAt = 0;
  /** When the file is marked: first soon after it was opened, then again when the mark did not get into it. */
  let markAt: number | null = awakeMs() + MARKED_AFTER_MS;

  /** What is small and comes often waits for the next look. */
  function isLong(): boolean {
    const now = awakeMs();
    if (now < nextLookAt) return false;
    nextLookAt = now + LOOK_EVERY_MS;
    return pagesInLog().waiting >= LARGEST_LOG;
  }

  return {
    beforeCommit() {
      if (markAt !== null && awakeMs() >= markAt) {
        due ??= RELIES;
        // Should this commit fail, or its checkpoint (disk full): not at once again.
        markAt = awakeMs() + AGAIN_WITHIN_MS;
      }
      if (due !== null) meta.set(MARK_KEY, due);
    },
    afterCommit() {
      try {
        if (due === RELIES) {
          // What was committed after the oldest of those who read now stays in the log, and the mark with it: once more, later.
          markAt = isWholeInFile(database) ? null : awakeMs() + AGAIN_WITHIN_MS;
          due = WHOLE;
        } else {
          due = isLong() ? RELIES : null;
        }
      } catch {
        // A checkpoint that does not succeed (disk full) is tried again after the next commit.
      }
    },
    get isOwing() {
      return due === WHOLE;
    },
    get owedWithinMs() {
      if (due === WHOLE) return OWED_WITHIN_MS;
      return markAt === null ? null : Math.max(0, markAt - awakeMs());
    },
  };
}

/** Puts the log into the file, as far as nobody reads from it; whether that was all. */
function isWholeInFile(database: Database): boolean {
  const [done] = database.pragma('wal_checkpoint(passive)') as { busy: number; log: number; checkpointed: number }[];
  return done !== undefined && done.busy === 0 && done.checkpointed >= done.log;
}

/** Whether the file, as it was opened, lacks the log that it relies on. */
export function lacksLog(database: Database): boolean {
  const pagesInLog = logCounter(database);
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let looks = 0; looks < 10; looks++) {
    const { all } = pagesInLog();
    if (createMeta(database).get(MARK_KEY) !== RELIES || all > 0) return false;
    // A writer that begins the log anew shows it empty until its commit: its end is waited for. This process has nothing
    // else to do yet.
    if (database.readonly) Atomics.wait(clock, 0, 0, 20);
    else database.exec('begin immediate; rollback');
  }
  return !isBegunAnew(`${database.name}-wal`);
}

const LOG_HEADER = 32;
const FRAME_HEADER = 24;

/**
 * Whether a log lies there that holds no commit: SQLite begins a log anew when all of it is in the file, and who wrote the
 * first commit into it died before its end. One whose commits cannot be read is another matter: rows are lost with it.
 * As https://www.sqlite.org/fileformat2.html#the_write_ahead_log has it.
 */
function isBegunAnew(path: string): boolean {
  let log: number;
  try {
    log = openSync(path, 'r');
  } catch {
    return false;
  }
  try {
    const header = Buffer.alloc(LOG_HEADER);
    if (readSync(log, header, 0, LOG_HEADER, 0) < LOG_HEADER) return false;
    if (header.readUInt32BE(0) >>> 1 !== 0x377f0682 >>> 1) return false;
    const frame = Buffer.alloc(FRAME_HEADER);
    const step = FRAME_HEADER + header.readUInt32BE(8);
    for (let at = LOG_HEADER; readSync(log, frame, 0, FRAME_HEADER, at) === FRAME_HEADER; at += step) {
      // What follows is left over from the log before it.
      if (!frame.subarray(8, 16).equals(header.subarray(16, 24))) return true;
      const isCommit = frame.readUInt32BE(4) > 0;
      if (isCommit) return false;
    }
    return true;
  } finally {
    closeSync(log);
  }
}

/**
 * Right after opening, where nothing is lacking: whoever should have written 'whole' may have died before it could.
 * Without this, a program that knows nothing of the mark could close the file cleanly and leave it looking cut off.
 */
export function completeMark(database: Database): void {
  const meta = createMeta(database);
  if (meta.get(MARK_KEY) === RELIES) meta.set(MARK_KEY, WHOLE);
}

/** Before closing: whoever closes last puts the log into the file, and with it what one who was killed left unsaid. */
export function completeMarkLeft(database: Database): void {
  try {
    if (database.open) completeMark(database);
  } catch {
    // Somebody else writes: they close after this one, or the next who opens completes it.
  }
}

/** `waiting`: those that are not in the file yet. A connection must have read something before it knows of a log. */
function logCounter(database: Database): () => { readonly all: number; readonly waiting: number } {
  // Asked again and again: preparing it each time would cost more than the asking.
  const ask = database.prepare('pragma wal_checkpoint(noop)');
  return () => {
    const { log = 0, checkpointed = 0 } = (ask.get() ?? {}) as { log?: number; checkpointed?: number };
    return { all: log, waiting: log - checkpointed };
  };
}
