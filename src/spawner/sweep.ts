/**
 * Ends every process of this machine that carries a mark, whoever started it: what a dead owner left behind.
 * Never ends this process or one above it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { awakeMs } from '../model/awake-clock.ts';
import type { ProcessRow, ProcessTable } from './process-table.ts';
import { signal } from './tree.ts';

const GIVE_UP_MS = 5000;

/** The number of processes ended. */
export async function sweep(table: ProcessTable, mark: string, graceMs: number): Promise<number> {
  // Every mark begins with nothing.
  if (mark === '') return 0;
  const killAt = awakeMs() + graceMs;
  const told = new Map<number, number>();
  let left: readonly ProcessRow[] = [];
  for (let cleanScans = 0, delayMs = 2; cleanScans < 2; delayMs = Math.min(100, delayMs * 1.5)) {
    const now = awakeMs();
    left = marked(table.rows(now), mark);
    cleanScans = left.length === 0 ? cleanScans + 1 : 0;
    if (now > killAt + GIVE_UP_MS) break;
    for (const row of left) {
      if (now >= killAt) signal(row.pid, 'SIGKILL');
      else if (told.get(row.pid) !== row.startTime) {
        signal(row.pid, 'SIGTERM');
        signal(row.pid, 'SIGCONT');
      }
      told.set(row.pid, row.startTime);
    }
    if (left.length > 0) await sleep(now < killAt ? Math.min(delayMs, killAt - now) : delayMs);
  }
  return told.size - left.length;
}

function marked(rows: readonly ProcessRow[], mark: string): ProcessRow[] {
  const parents = new Map(rows.map((row) => [row.pid, row.parent]));
  const spared = new Set<number>();
  for (let pid: number | undefined = process.pid; pid !== undefined && !spared.has(pid); pid = parents.get(pid)) {
    spared.add(pid);
  }
  return rows.filter((row) => row.mark?.startsWith(mark) && !spared.has(row.pid));
}
