/**
 * Whether a command that lived only for moments has left anything behind, without a look at all processes: the kernel
 * counts pids upwards and tells the last one, so whatever the command started has a pid between its own and that.
 *
 *   begun ... exited -> read the last pid -> look at each pid in between -> read it again: the same? then nobody was
 *   started meanwhile, and what was found is the whole truth
 *
 * Must never say "nothing" where it cannot know: it says null, and all processes are looked at (ending.ts).
 */
import { statfsSync } from 'node:fs';
import type { ProcessTable } from './process-table.ts';
import type { Tree } from './tree.ts';

/** Pids cannot come round within this time. */
const YOUNG_MS = 2000;
/** More than this cost more than a look at all processes. */
const MOST_LOOKED_AT = 64;
const PROC_SUPER_MAGIC = 0x9fa0;

export class Newcomers {
  readonly #table: ProcessTable;
  /** Leaders of commands with the time of their start: no command's own, so they need no look. */
  readonly #leaders = new Map<number, number>();
  readonly #isUsable = isKernelsOwn('/proc/loadavg');

  constructor(table: ProcessTable) {
    this.#table = table;
  }

  /** A command was started. */
  know({ leader, startedAt }: Tree): void {
    for (const [pid, at] of this.#leaders) {
      if (startedAt - at < YOUNG_MS) break;
      this.#leaders.delete(pid);
    }
    this.#leaders.delete(leader);
    this.#leaders.set(leader, startedAt);
  }

  /** Whether a process with its mark lives, its leader being gone; null where that cannot be told so. */
  has({ leader, mark, startedAt }: Tree, now: number): boolean | null {
    if (!this.#isUsable || now - startedAt >= YOUNG_MS) return null;
    let seen = leader;
    for (let looks = 0; looks < MOST_LOOKED_AT; ) {
      const last = this.#table.lastPid();
      if (last === seen) return false;
      // The count began anew.
      if (last < seen) return null;
      for (let pid = seen + 1; pid <= last; pid++) {
        if (this.#leaders.has(pid)) continue;
        if (++looks > MOST_LOOKED_AT) return null;
        const found = this.#table.markOf(pid);
        if (found === mark) return true;
        if (found === undefined) return null;
      }
      seen = last;
    }
    return null;
  }
}

/** Containers may be shown a /proc with files made up by others, which only know last pids of some time ago. */
function isKernelsOwn(path: string): boolean {
  try {
    return process.platform === 'linux' && statfsSync(path).type === PROC_SUPER_MAGIC;
  } catch {
    return false;
  }
}
