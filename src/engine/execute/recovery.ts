/**
 * What a command or server does with what dead processes left: ends their surviving commands, then hands their runs to
 * the model as crashed, at the last sign of life: the time until somebody looks is nobody's run time. One transaction
 * for each dead process, so that a crash in here settles it twice, not half.
 */
import { crashPoint } from '../../crash-points.ts';
import { apply } from '../../model/state.ts';
import type { Commands } from '../../pool/commands.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { ProcessRow } from '../../store/processes.ts';
import type { SettledRun } from '../../store/run-settling.ts';
import type { Store } from '../../store/store.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import { timesCompleted } from './active-run.ts';
import { budgetOf } from './budget.ts';
import { interruptTasks } from './interrupted-tasks.ts';
import { settleSubflows } from './subflows.ts';

export interface RecoveryParts {
  readonly store: Store;
  readonly commands: Commands;
  /** This process; it is not asked whether it lives. */
  readonly bootId: string;
  readonly host: string;
  readonly kernelBootId: string | null;
  readonly now: () => number;
}

const SURVIVORS_GRACE_MS = 2000;

/** Begins the mark of every command that a process starts. */
export function markOf(bootId: string): string {
  return `weir-${bootId}`;
}

/** Numbers of the runs that now await their resume. */
export async function settleDeadProcesses(parts: RecoveryParts): Promise<number[]> {
  const { store, commands, bootId, host, kernelBootId, now } = parts;
  const dead = store.processes
    .believedAlive()
    .filter((row) => row.bootId !== bootId && !store.processes.isAlive(row.bootId));
  const awaiting: number[] = [];
  for (const row of dead) {
    // What it started must be gone before anybody may try it again.
    if (row.spawnedCommands && row.host === host) await commands.sweep(markOf(row.bootId), SURVIVORS_GRACE_MS);
    crashPoint('before-settle');
    const settled = await store.writer.write(() => settle(store, row, kernelBootId, now()));
    crashPoint('after-settle');
    store.processes.forgetLocks([row.bootId]);
    awaiting.push(...settled);
  }
  return awaiting;
}

/** When it died, as near as it can be told: after the last that it wrote, and after its last sign of life. */
function endOf(store: Store, { id, bootId, startedAt }: ProcessRow, now: number): number {
  const livedAt = Math.min(now, Math.max(startedAt, store.processes.lastBeat(bootId) ?? 0));
  // Later than now where the clock went back: no state may come before the one that it follows.
  return Math.max(livedAt, store.flowRuns.newestKnownOf(id) ?? 0);
}

function settle(store: Store, dead: ProcessRow, kernelBootId: string | null, now: number): number[] {
  const diedAt = endOf(store, dead, now);
  // Subflows follow the run at their root: only that is charged, and only that is resumed.
  const runs = store.flowRuns.ownedBy(dead.id).filter((run) => run.parentRunId === null);
  const powerCut = dead.kernelBootId !== null && kernelBootId !== null && dead.kernelBootId !== kernelBootId;
  // Nobody can tell which of several runs killed the process: then none is charged for it.
  const charged = !powerCut && runs.length === 1;
  // Read at once for all: a process may leave ten thousand runs, few of which have a subflow.
  const unfinishedTasks = Map.groupBy(store.taskRuns.unfinishedOfOwner(dead.id), (task) => task.flowRunId);
  const parents = new Set(store.flowRuns.unfinishedParents());
  const holders = new Set(store.limits.runsInvolved());
  const reason = powerCut ? 'the machine went down' : `the process that executed it (pid ${dead.pid}) died`;
  const awaiting: number[] = [];
  const settled: SettledRun[] = [];
  const interrupted: TaskRunRow[] = [];
  for (const run of runs) {
    const before = hasProgressed(store, run) ? { ...run, crashes: 0 } : run;
    const next = apply(before, { kind: 'crashed', reason, charged }, budgetOf(run), diedAt);
    if (next !== null) {
      // Its tasks share its fate: they wait with it, or are over with it.
      const { type, name } = next.state;
      if (parents.has(run.id)) settleSubflows(store, run.id, { state: { type, name, message: reason } }, diedAt);
      const state = { type, name, message: reason, at: diedAt };
      interrupted.push(...interruptTasks(store, run, unfinishedTasks.get(run.id) ?? [], state));
      // It may be the one whose code kills: it must not take others along again, and a crash is its own from now on.
      const isIsolated = !powerCut || run.isolated === 1;
      const fence = { ownerId: dead.id, token: run.token };
      // Due from now on, not from a moment that may lie ahead, where the clock went back.
      const standing = next.state.name === 'AwaitingResume' ? { ...next, scheduledAt: now } : next;
      settled.push({ id: run.id, former: run.state, standing, fence, isolated: isIsolated });
      if (next.state.name === 'AwaitingResume') awaiting.push(run.id);
    }
    crashPoint('in-settle');
    if (holders.has(run.id)) store.limits.release(run.id, null);
    // Final already: it was only not let go.
    if (next === null) store.flowRuns.setOwner(run.id, dead.id, { ownerId: null, token: null });
  }
  store.flowRuns.settleAll(settled);
  store.taskRuns.moveAll(interrupted);
  store.limits.leaveToQueue(dead.id);
  store.processes.end(dead.id, powerCut ? 'power cut' : 'died', diedAt);
  return awaiting;
}

/**
 * Whether a task completed for the first time in the attempt that has died: that refills the crash budget. A process
 * that is killed has had no time to write the refilled budget itself. An attempt that never started has done nothing.
 */
function hasProgressed(store: Store, run: FlowRunRow): boolean {
  if (run.crashes === 0 || run.state.type === 'SCHEDULED') return false;
  return [run, ...store.flowRuns.unfinishedBelow(run.id)].some((each) => hasCompletedAny(store, each));
}

function hasCompletedAny(store: Store, run: FlowRunRow): boolean {
  return store.taskRuns
    .ofRun(run.id)
    .some(
      (task) =>
        task.flowAttempt === run.attempt &&
        task.reusedFromAttempt === null &&
        task.state.type === 'COMPLETED' &&
        timesCompleted(task) === 1,
    );
}
