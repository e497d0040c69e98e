/**
 * Runs that go on only when somebody says so: interrupted ones, and those whose retry nobody will make because the
 * process that was to make it is gone. A server takes both by itself.
 */
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Engine } from '../engine.ts';

/** Whoever waits for a retry takes it well within this time after it is due. */
const OVERDUE_MS = 5000;

/** By number. A living `weir run` may wait for a retry of its own: such a one is among them only when it is overdue. */
export function runsToResume(engine: Pick<Engine, 'store' | 'processId' | 'now'>): FlowRunRow[] {
  const { store, processId, now } = engine;
  const interrupted = store.flowRuns.awaitingResume();
  const retrying = store.flowRuns.awaitingRetry();
  if (retrying.length === 0) return interrupted;
  const others = store.processes.living(processId);
  if (others.some(({ role }) => role === 'server')) return interrupted;
  const isForsaken = ({ scheduledAt }: FlowRunRow) => others.length === 0 || (scheduledAt ?? 0) + OVERDUE_MS < now();
  return [...interrupted, ...retrying.filter(isForsaken)].sort((a, b) => a.id - b.id);
}
