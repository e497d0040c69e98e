/**
 * Runs that go on only when somebody says so: interrupted ones, and those whose retry nobody will make because the
 * process that was to make it is gone. A server takes both by itself.
 */
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Engine } from '../engine.ts';
import { rootOf } from './root-run.ts';

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
  return [...interrupted, ...retrying.filter((row) => others.length === 0 || isOverdue(row, now()))].sort(
    (a, b) => a.id - b.id,
  );
}

/**
 * The run that somebody must resume before this one goes on: itself, or the one that it is a subflow of. Null: it goes on
 * by itself, or is over.
 */
export function runToResumeFirst(
  { store, processId, now }: Pick<Engine, 'store' | 'processId' | 'now'>,
  row: FlowRunRow,
): FlowRunRow | null {
  if (row.state.type !== 'SCHEDULED' || row.ownerId !== null) return null;
  const root = rootOf(store, row);
  const { name } = root.state;
  if (root.ownerId !== null || (name !== 'AwaitingResume' && name !== 'AwaitingRetry')) return null;
  const others = store.processes.living(processId);
  if (others.some(({ role }) => role === 'server')) return null;
  return name === 'AwaitingResume' || others.length === 0 || isOverdue(root, now()) ? root : null;
}

/** Whether nobody executes it before a server runs: what `weir run` makes, that process has claimed already. */
export function waitsForServer({ store }: Pick<Engine, 'store'>, row: FlowRunRow): boolean {
  const { name } = row.state;
  if (row.ownerId !== null || row.parentRunId !== null || (name !== 'Scheduled' && name !== 'Late')) return false;
  return store.processes.livingServer() === null;
}

function isOverdue({ scheduledAt }: FlowRunRow, now: number): boolean {
  return (scheduledAt ?? 0) + OVERDUE_MS < now;
}
