/**
 * What /proc says about the processes of this machine: who belongs to whom, and whose environment carries a mark.
 * Reading is all it does. Without /proc (macOS) it is empty, and only process groups can be told apart.
 *
 * Measured: a name list costs 1 us a process, `stat` 10 us, `environ` 8 us. So the environment of a process is
 * read once, and the look at the end of every command (`marked`) reads only the list and what is new in it.
 */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { awakeMs } from '../model/awake-clock.ts';

/** One living process; zombies are left out, they hold nothing and wait only for their parent. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Clock ticks since boot; with the pid it names a process for good. */
  readonly startTime: number;
  /** CPU time of it and of its children that it has waited for. */
  readonly cpuTicks: number;
  readonly mark: string | null;
}

export interface MarkedProcesses {
  /** Mark of each marked process. */
  readonly marks: ReadonlyMap<number, string>;
  /** False when a process vanished or changed while being looked at: it may have left a child behind. */
  readonly isCertain: boolean;
}

interface Acquaintance {
  startTime: number;
  mark: string | null;
  verifiedAt: number;
}

/** A pid seen without a break cannot become another process within this time: pids would have to come round. */
const VERIFY_EVERY_MS = 2000;

/** A process this young may still be between fork and exec, with an environment that is not its own yet. */
const SETTLED_AFTER_TICKS = 200;

/** The start of no process. */
const NOBODY = -1;

const KERNEL_THREAD = 0x00200000;
const TICK_MS = 10;

export class ProcessTable {
  readonly #acquainted = new Map<number, Acquaintance>();
  #buffer = Buffer.allocUnsafe(64 * 1024);
  #loadavg: number | undefined;

  /**
   * Whoever is there before the first command was not started by one: at a command's end nobody need look at them,
   * which would take 20 us each. They are looked at once their time to be verified has come.
   */
  passOverPresent(now: number): void {
    for (const pid of pids()) this.#acquainted.set(pid, { startTime: NOBODY, mark: null, verifiedAt: now });
  }

  /** Every living process. */
  rows(now: number): ProcessRow[] {
    const rows: ProcessRow[] = [];
    const seen = new Set<number>();
    const uptime = uptimeTicks();
    for (const pid of pids()) {
      const row = this.#stat(pid);
      if (row === undefined) continue;
      seen.add(pid);
      if (row.isDead) continue;
      const known = this.#acquainted.get(pid);
      const mark = known?.startTime === row.startTime ? known.mark : this.#acquaint(pid, row, uptime, now).mark;
      rows.push({ ...row, mark });
    }
    this.#forget(seen);
    return rows;
  }

  /** Every marked process, cheaply. May also hold a zombie; `rows` tells. */
  marked(now: number): MarkedProcesses {
    const marks = new Map<number, string>();
    const seen = new Set<number>();
    let isCertain = true;
    let uptime: number | undefined;
    for (const pid of pids()) {
      seen.add(pid);
      let known = this.#acquainted.get(pid);
      if (known === undefined || now - known.verifiedAt > VERIFY_EVERY_MS) {
        const row = this.#stat(pid);
        if (row === undefined) {
          isCertain = false;
          continue;
        }
        if (row.isDead) {
          this.#acquainted.delete(pid);
          continue;
        }
        uptime ??= uptimeTicks();
        if (known?.startTime === row.startTime) known.verifiedAt = now;
        else {
          const found = this.#acquaint(pid, row, uptime, now);
          if (!found.isCertain) isCertain = false;
          known = { startTime: row.startTime, mark: found.mark, verifiedAt: now };
        }
      }
      if (known.mark !== null) marks.set(pid, known.mark);
    }
    this.#forget(seen);
    return { marks, isCertain };
  }

  /** A process and its living descendants, as far as they can be told without a look at all processes. */
  descent(leader: number): StatRow[] {
    const found: StatRow[] = [];
    for (const pending = [leader]; pending.length > 0; ) {
      const pid = pending.pop() as number;
      const row = this.#stat(pid);
      if (row === undefined || row.isDead) continue;
      found.push(row);
      const length = this.#read(`/proc/${pid}/task/${pid}/children`);
      const children = length <= 0 ? '' : this.#buffer.toString('latin1', 0, length);
      for (const child of children.split(' ')) if (child !== '') pending.push(Number(child));
    }
    return found;
  }

  /** The mark of a process, or of the one that a thread is of; null without, or when it is gone; undefined: not known yet. */
  markOf(pid: number): string | null | undefined {
    const row = this.#stat(pid);
    if (row === undefined || row.isDead) return null;
    const { mark, isCertain } = this.#acquaint(pid, row, uptimeTicks(), awakeMs());
    return isCertain ? mark : undefined;
  }

  /** The pid that was given last to a process or thread; 0 when it cannot be read. */
  lastPid(): number {
    try {
      // Asked for at the end of each command, so the file stays open: read from its beginning, it is made anew.
      this.#loadavg ??= openSync('/proc/loadavg', 'r');
      const length = readSync(this.#loadavg, this.#buffer, 0, this.#buffer.length, 0);
      return Number(this.#buffer.toString('latin1', this.#buffer.lastIndexOf(32, length) + 1, length));
    } catch {
      return 0;
    }
  }

  /** Resident memory now and at its peak, bytes. */
  memory(pid: number): { resident: number; peak: number } | undefined {
    const length = this.#read(`/proc/${pid}/status`);
    if (length <= 0) return undefined;
    const text = this.#buffer.toString('latin1', 0, length);
    return { resident: kilobytes(text, 'VmRSS:'), peak: kilobytes(text, 'VmHWM:') };
  }

  /** Reads the mark of a process and remembers it once it cannot change any more. */
  #acquaint(pid: number, row: StatRow, uptime: number, now: number): { mark: string | null; isCertain: boolean } {
    const isSettled = uptime - row.startTime > SETTLED_AFTER_TICKS;
    const length = row.isKernelThread ? 0 : this.#read(`/proc/${pid}/environ`);
    // Another user's process, or one that left in between: not ours to end.
    if (length < 0) return { mark: null, isCertain: length === UNREADABLE };
    const mark = length === 0 ? null : markIn(this.#buffer, length);
    if (mark !== null || isSettled) {
      this.#acquainted.set(pid, { startTime: row.startTime, mark, verifiedAt: now });
    }
    // Between the two halves of an exec the environment reads as empty.
    return { mark, isCertain: length > 0 || isSettled || row.isKernelThread };
  }

  #forget(seen: ReadonlySet<number>): void {
    for (const pid of this.#acquainted.keys()) if (!seen.has(pid)) this.#acquainted.delete(pid);
  }

  #stat(pid: number): StatRow | undefined {
    const length = this.#read(`/proc/${pid}/stat`);
    if (length <= 0) return undefined;
    const text = this.#buffer.toString('latin1', 0, length);
    // The name stands in brackets and may itself hold spaces and brackets.
    const field = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const number = (index: number) => Number(field[index] ?? 0);
    const state = field[0];
    return {
      pid,
      parent: number(1),
      group: number(2),
      session: number(3),
      isKernelThread: (number(6) & KERNEL_THREAD) !== 0,
      cpuTicks: number(11) + number(12) + number(13) + number(14),
      // A zombie that still counts threads is a leader whose other threads run on.
      isDead: state === 'X' || (state === 'Z' && number(17) <= 1),
      startTime: number(19),
    };
  }

  /** Bytes of a file of /proc, read into the one buffer; negative when it cannot be read. */
  #read(path: string): number {
    let file: number | undefined;
    try {
      file = openSync(path, 'r');
      let length = 0;
      for (;;) {
        const count = readSync(file, this.#buffer, length, this.#buffer.length - length, null);
        if (count === 0) return length;
        length += count;
        if (length === this.#buffer.length) this.#buffer = Buffer.concat([this.#buffer, Buffer.alloc(length)]);
      }
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      return code === 'EACCES' || code === 'EPERM' ? UNREADABLE : GONE;
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }
}

/** CPU time of `ticks`, ms. */
export function ticksInMs(ticks: number): number {
  return ticks * TICK_MS;
}

interface StatRow extends Omit<ProcessRow, 'mark'> {
  readonly isDead: boolean;
  readonly isKernelThread: boolean;
}

const GONE = -1;
const UNREADABLE = -2;

function pids(): number[] {
  const found: number[] = [];
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return found;
  }
  for (const name of names) {
    const first = name.charCodeAt(0);
    if (first >= 48 && first <= 57) found.push(Number(name));
  }
  return found;
}

function uptimeTicks(): number {
  // Both this and start times count from boot, suspended time included.
  return (Number(process.hrtime.bigint() / 1_000_000n) + bootOffsetMs()) / TICK_MS;
}

let offset: number | undefined;
function bootOffsetMs(): number {
  // The monotonic clock stands still in suspend, so the offset only grows: too old a process never seems young.
  if (offset === undefined) {
    const buffer = Buffer.alloc(64);
    let file: number | undefined;
    try {
      file = openSync('/proc/uptime', 'r');
      const length = readSync(file, buffer, 0, buffer.length, 0);
      offset =
        Number.parseFloat(buffer.toString('latin1', 0, length)) * 1000 - Number(process.hrtime.bigint() / 1_000_000n);
    } catch {
      offset = 0;
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }
  return offset;
}

const KEY = Buffer.from('WEIR_MARK=');

function markIn(environ: Buffer, length: number): string | null {
  const bytes = environ.subarray(0, length);
  for (let at = bytes.indexOf(KEY); at !== -1; at = bytes.indexOf(KEY, at + 1)) {
    if (at !== 0 && bytes[at - 1] !== 0) continue;
    const end = bytes.indexOf(0, at);
    return bytes.toString('utf8', at + KEY.length, end === -1 ? length : end);
  }
  return null;
}

function kilobytes(status: string, key: string): number {
  const at = status.indexOf(key);
  return at === -1 ? 0 : Number.parseInt(status.slice(at + key.length), 10) * 1024;
}
