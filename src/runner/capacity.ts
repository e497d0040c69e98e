/** How many calls of one scope run at once. What somebody wrote down counts; the defaults never make it fewer. */
import type { FlowDefinition } from '../sdk/flow.ts';

export interface Capacity {
  readonly calls: number;
  /** Of shell tasks, which have places of their own; null: they are among the others. */
  readonly shell: number | null;
}

/** Functions in one thread wait for something most of the time. */
const FUNCTIONS = 256;

/** `cores` of this machine: what commands and other threads can use. */
export function capacityOf({ runner, options, graph }: FlowDefinition, cores: number): Capacity {
  if (runner === 'sequential') return { calls: 1, shell: 1 };
  const { maxConcurrency } = options;
  if (maxConcurrency !== undefined) return { calls: maxConcurrency, shell: null };
  return { calls: runner === 'parallel' ? cores : FUNCTIONS, shell: Math.max(cores, graph?.widestTask ?? 0) };
}
