/** Looks at runs that other processes execute, until enough is seen. Only reads; a look at an unchanged file costs microseconds. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../engine/engine.ts';
import { runToResumeFirst, waitsForServer } from '../../engine/tell/waiting-runs.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import { say } from '../output.ts';

const POLL_MS = 100;
/** A follower settles what dead processes left, as every command does; without it a dead run would run for ever. */
const SETTLE_EVERY_MS = 5000;
/**
 * Calls `look` now and whenever the file has changed, until it says that it has seen enough (true) or `deadline` (epoch
 * ms) has passed (false). A run that nobody will go on with is told once, with the way to do it.
 */
export async function lookUntil(
  engine: Engine,
  look: () => { readonly isEnough: boolean; readonly rows: readonly FlowRunRow[] },
  deadline: number = Number.POSITIVE_INFINITY,
): Promise<boolean> {
  const told = new Set<number>();
  let seen: readonly FlowRunRow[] = [];
  let version = -1;
  let nextSettle = engine.now() + SETTLE_EVERY_MS;
  for (;;) {
    const current = engine.store.dataVersion();
    if (current !== version) {
      version = current;
      const { isEnough, rows } = look();
      if (isEnough) return true;
      seen = rows;
      tellAbandoned(engine, seen, told);
    }
    const now = engine.now();
    if (now >= deadline) return false;
    if (now >= nextSettle) {
      nextSettle = now + SETTLE_EVERY_MS;
      // This process's own commits do not show in the version that it reads.
      if ((await engine.settle()).length > 0) version = -1;
      // Whoever was to go on with one may be gone without a word, or its retry overdue.
      tellAbandoned(engine, seen, told);
    }
    await sleep(Math.min(POLL_MS, Math.max(1, deadline - now)));
  }
}

/** A run that waits for a person, or for a server that is not there, is told once, with the way to go on with it. */
function tellAbandoned(engine: Engine, rows: readonly FlowRunRow[], told: Set<number>): void {
  for (const row of rows) {
    if (told.has(row.id)) continue;
    if (waitsForServer(engine, row)) {
      told.add(row.id);
      say(`run ${row.id} waits for a server, and none is running: weir up`);
      continue;
    }
    const first = runToResumeFirst(engine, row);
    if (first === null) continue;
    told.add(row.id);
    const what = row.state.name === 'AwaitingRetry' ? 'waits for its retry' : 'is interrupted';
    say(`run ${row.id} ${what}, and no server goes on with it: weir resume ${first.id}`);
  }
}
