/**
 * Samples memory and CPU time of running trees. One look at all processes serves every command; commands that end
 * within moments are never looked at, so they cost nothing.
 */
import { performance } from 'node:perf_hooks';
import { type ProcessTable, ticksInMs } from './process-table.ts';
import type { RunningCommand } from './running-command.ts';
import { membersOf } from './tree.ts';

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
      this.#tick(performance.now());
      if (this.#running.size > 0) this.wake();
    }, FIRST_AFTER_MS);
  }

  #tick(now: number): void {
    const isDue = now - this.#sampledAt >= EVERY_MS;
    const due = [...this.#running.values()].filter(
      (command) =>
        command.tree !== undefined &&
        (isDue || (command.usage.peakMemory === null && now - command.startedAt >= FIRST_AFTER_MS / 2)),
    );
    if (due.length === 0) return;
    if (isDue) this.#sampledAt = now;
    const rows = this.#table.rows(now);
    for (const command of due) this.#sample(command, rows);
  }

  #sample(command: RunningCommand, rows: ReturnType<ProcessTable['rows']>): void {
    if (command.tree === undefined) return;
    let resident = 0;
    let peak = 0;
    let ticks = 0;
    for (const member of membersOf(command.tree, rows)) {
      const memory = this.#table.memory(member.pid);
      if (memory === undefined) continue;
      resident += memory.resident;
      // What one process has reached between two samples counts as well.
      peak = Math.max(peak, memory.peak);
      ticks += member.cpuTicks;
    }
    if (resident === 0) return;
    const { usage } = command;
    usage.peakMemory = Math.max(usage.peakMemory ?? 0, resident, peak);
    usage.cpuMs = Math.max(usage.cpuMs ?? 0, ticksInMs(ticks));
  }
}
