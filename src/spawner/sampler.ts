/**
 * Samples memory and CPU time of running trees. One look at all processes serves every command that
 * lasts; commands that end within moments are never looked at, so they cost nothing.
 */
import { awakeMs } from '../model/awake-clock.ts';
import { type ProcessRow, type ProcessTable, ticksInMs } from './process-table.ts';
import type { RunningCommand, Usage } from './running-command.ts';
import { membersOf } from './tree.ts';

type Member = Pick<ProcessRow, 'pid' | 'cpuTicks'>;

const EVERY_MS = 250;
const FIRST_AFTER_MS = 50;

export class Sampler {
  readonly #table: ProcessTable;
  readonly #running: ReadonlyMap<number, RunningCommand>;
  #timer: NodeJS.Timeout | undefined;
  #sampledAt = 0;

  constructor(table: ProcessTable, running: ReadonlyMap<number, RunningCommand>) {
    this.#table = table;
    this.#running = running;
  }

  /** A command has started: sees to it that it is sampled, soon for the first time. */
  wake(): void {
    if (this.#timer !== undefined || process.platform !== 'linux') return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#tick(awakeMs());
      if (this.#running.size > 0) this.wake();
    }, FIRST_AFTER_MS);
  }

  /** All processes are looked at seldom and for commands that last; of a young one only its descendants. */
  #tick(now: number): void {
    const started = [...this.#running.values()].filter((command) => command.tree !== undefined);
    const lasting = started.filter((command) => now - command.startedAt >= EVERY_MS);
    if (lasting.length > 0 && now - this.#sampledAt >= EVERY_MS) {
      this.#sampledAt = now;
      const rows = this.#table.rows(now);
      for (const { tree, usage } of lasting) if (tree !== undefined) this.#sample(usage, membersOf(tree, rows));
    }
    for (const { tree, usage, startedAt } of started) {
      const age = now - startedAt;
      if (tree !== undefined && age >= FIRST_AFTER_MS / 2 && age < EVERY_MS)
        this.#sample(usage, this.#table.descent(tree.leader));
    }
  }

  #sample(usage: Usage, members: readonly Member[]): void {
    let resident = 0;
    let peak = 0;
    let ticks = 0;
    for (const member of members) {
      const memory = this.#table.memory(member.pid);
      if (memory === undefined) continue;
      resident += memory.resident;
      // What one process has reached between two samples counts as well.
      peak = Math.max(peak, memory.peak);
      ticks += member.cpuTicks;
    }
    if (resident === 0) return;
    usage.peakMemory = Math.max(usage.peakMemory ?? 0, resident, peak);
    usage.cpuMs = Math.max(usage.cpuMs ?? 0, ticksInMs(ticks));
  }
}
