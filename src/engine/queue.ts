/**
 * The source on the store: claims runs, takes reports through the model's rules to rows, and publishes what happened
 * after its commit. Every write of a run is fenced by owner and token.
 */
import { randomUUID } from 'node:crypto';
import { crashPoint } from '../crash-points.ts';
import { WeirError } from '../model/errors.ts';
import type { DueHook, HostKind, Report } from '../model/message.ts';
import { delayBefore, type RetryDelay } from '../model/retry.ts';
import { apply, type RunEvent, type State, type StateName } from '../model/state.ts';
import type { Assignment, Release, Source } from '../pool/source.ts';
import type { FlowRunRow, NewFlowRun } from '../store/flow-runs.ts';
import type { Store } from '../store/store.ts';
import { ActiveRun } from './active-run.ts';
import { createAnswers } from './answers.ts';
import { budgetOf } from './budget.ts';
import { createClaimer } from './claim.ts';
import { dueHooks, giveUpHook, recordTaskHooks } from './due-hooks.ts';
import type { EngineEvent, Events } from './events.ts';
import { readAgain, refuseUnwritten } from './failed-write.ts';
import { keepLargeResult } from './large-results.ts';
import { createLimitKeeper, type LimitKeeper } from './limits.ts';
import { createReleases } from './releases.ts';
import { passArrived, passRecorded } from './report-points.ts';
import { createReportTaker, saveTasks } from './reports.ts';
import { createRunStarts } from './run-starts.ts';
import { createSubflows, type Fate, LEFT_BEHIND } from './subflows.ts';

export interface Queue extends Source {
  /** A run enqueued already claimed by this process, so that nobody else can take it. */
  enqueueClaimed(run: BegunRun): Promise<Assignment>;
  /** Claims one certain run, such as one to resume; null when somebody else was quicker. */
  claimRun(runId: number): Promise<Assignment | null>;
  /** A run that has ended and whose hooks are still due; null when there is none. */
  claimHooks(): Promise<{ readonly assignment: Assignment; readonly hooks: readonly DueHook[] } | null>;
  /** Limits `claim` to runs that this process has begun. */
  claimOnly(runIds: ReadonlySet<number>): void;
  readonly limits: LimitKeeper;
}

/** A run as it begins here, with the files that it was described from. */
export type BegunRun = Omit<NewFlowRun, 'state' | 'ownerId' | 'token' | 'scheduledAt'> & {
  readonly code?: Uint8Array | null;
};

export interface QueueParts {
  readonly store: Store;
  readonly events: Events;
  readonly processId: number;
  readonly now: () => number;
  readonly random: () => number;
  readonly parallelism: number;
  /** A limit was released: a run that waits for it may be claimable. */
  readonly onFreed?: () => void;
  readonly onFault?: (error: unknown) => void;
}

export function createQueue(parts: QueueParts): Queue {
  const { store, events, processId, now, random, parallelism, onFreed = () => {}, onFault = () => {} } = parts;
  const { writer, flowRuns, taskRuns } = store;
  const active = new Map<number, ActiveRun>();
  let only: ReadonlySet<number> | null = null;
  const limits = createLimitKeeper({
    store,
    processId,
    now,
    publish: (all) => events.publish(all),
    saveTasks: (run) => saveTasks(store, run),
    isActive: (run) => active.get(run.row.id) === run,
    moveRun,
    onFreed,
    onFault,
  });
  const answers = createAnswers({ store, now, limits });
  const claimer = createClaimer({ store, now, limits, take });

  const starts = createRunStarts({ store, now, parallelism });
  const takeReport = createReportTaker(store, () => limits.freed());

  const subflows = createSubflows({
    store,
    processId,
    now,
    activate,
    activeRun: (runId) => active.get(runId),
    forget: (runId) => void active.delete(runId),
  });

  /** Owner and token in one write; the start message tells the runner what is finished already. */
  function take(row: FlowRunRow, hasPlace: boolean): Assignment | null {
    const token = randomUUID();
    const owner = { ownerId: processId, token };
    if (!flowRuns.setOwner(row.id, null, owner)) return null;
    const claimed = apply(row, { kind: 'claimed' }, budgetOf(row), now());
    if (claimed === null) throw new Error(`run ${row.id} is ${row.state.name} and cannot be claimed`);
    if (claimed !== row) flowRuns.move(row.id, row.state, claimed, owner);
    const assignment = activate({ ...row, ...claimed, ...owner }, token, { begins: false });
    const run = active.get(row.id);
    if (run !== undefined) run.hasPlace = hasPlace;
    return assignment;
  }

  function activate(row: FlowRunRow, token: string, options: { readonly begins: boolean }): Assignment {
    const earlier = row.attempt === 0 ? [] : taskRuns.ofRun(row.id);
    const run = new ActiveRun(row, token, row.attempt + 1, earlier);
    active.set(row.id, run);
    const start = starts.startOf(row, earlier, options);
    if (start.hooks.length > 0) run.mayHaveHooks = true;
    return { runId: row.id, token, infrastructure: infrastructureOf(row), start };
  }

  /** False when the event has no meaning any more. */
  function moveRun(run: ActiveRun, event: RunEvent, told: EngineEvent[], at = now()): boolean {
    if (tryMove(run, event, told, at)) return true;
    // Another process may have asked it to stop: what that makes of the event is decided by the row as it is now.
    const row = flowRuns.byId(run.row.id);
    if (row === null || row.ownerId !== processId || row.token !== run.token) return false;
    if (row.state.type === run.row.state.type && row.state.name === run.row.state.name) return false;
    run.row = { ...row, crashes: Math.min(row.crashes, run.row.crashes) };
    return tryMove(run, event, told, at);
  }

  function tryMove(run: ActiveRun, event: RunEvent, told: EngineEvent[], at: number): boolean {
    const owner = { ownerId: processId, token: run.token };
    const next = apply(run.row, event, budgetOf(run.row), at);
    if (next === null || !flowRuns.move(run.row.id, run.row.state, next, owner)) return false;
    run.row = { ...run.row, ...next };
    told.push({ kind: 'run-state', runId: run.row.id, state: next.state });
    return true;
  }

  function applyReport(run: ActiveRun, report: Report, told: EngineEvent[]): void {
    switch (report.kind) {
      case 'run-started':
        moveRun(run, { kind: 'started', after: awaitedBefore(run.row) }, told, report.at);
        return;
      case 'run-ended':
        return runEnded(run, report, told);
      case 'code':
        run.row = starts.keepCode(run.row, report);
        return;
      default:
        return takeReport(run, report, told);
    }
  }

  function runEnded(run: ActiveRun, report: Extract<Report, { kind: 'run-ended' }>, told: EngineEvent[]): void {
    const retryDelayMs = retryDelayOf(run.row);
    settleSubflows(run, LEFT_BEHIND, told);
    abandonTasks(run, { type: 'CANCELLED', name: 'Cancelled', message: 'its flow ended first', at: now() }, told);
    const ended = { kind: 'ended', state: report.state, retriable: report.retriable, retryDelayMs } as const;
    const hasMoved = moveRun(run, ended, told);
    // What a cancelled run would have come to does not count.
    const { result = null, content = null, error = null } = run.row.state.type === 'CANCELLED' ? {} : report;
    if (hasMoved) flowRuns.finish(run.row.id, { result, content, error });
    if (run.attempt > 1) {
      // First, or what was interrupted before and has ended now would be written over it.
      saveTasks(store, run);
      taskRuns.explainNotCalled(run.row.id, run.attempt);
    }
    // A subflow's parent goes on meanwhile, and may end with its host at any time: a fresh one runs them.
    const hooksDue = run.row.parentRunId === null ? dueHooks(store, run) : [];
    if (hooksDue.length === 0) return letGo(run);
    run.hooksDue = hooksDue;
    freeLimits(run);
  }

  /** What a run that had to wait for a limit had awaited before that: its start is called after it. */
  function awaitedBefore({ id, state, attempt }: FlowRunRow): StateName | undefined {
    if (state.name !== 'AwaitingLimit' || attempt === 0) return undefined;
    return flowRuns.states(id).findLast((each) => each.name !== 'AwaitingLimit')?.name;
  }

  function retryDelayOf({ options, failures }: FlowRunRow): number {
    const policy = { retries: options.retries, delay: options.retryDelay as RetryDelay, jitter: options.retryJitter };
    return delayBefore(policy, failures + 1, random);
  }

  /**
   * Nobody's any more: final, or waiting for whoever claims it next. An attempt that came to an end of its own has
   * shown that it need not be kept apart; one that was stopped has not.
   */
  function letGo(run: ActiveRun, staysIsolated = false): void {
    freeLimits(run);
    saveTasks(store, run);
    if (run.row.isolated === 1 && !staysIsolated) flowRuns.setIsolated(run.row.id, false);
    // A subflow waits for its retry in its parent's hands.
    const isKept = run.row.parentRunId !== null && run.row.state.name === 'AwaitingRetry';
    if (!isKept) flowRuns.setOwner(run.row.id, processId, { ownerId: null, token: null });
    active.delete(run.row.id);
  }

  function settleSubflows(run: ActiveRun, fate: Fate, told: EngineEvent[]): void {
    if (run.hasSubflows && subflows.settleBelow(run.row.id, fate, told)) limits.freed();
  }

  function freeLimits(run: ActiveRun): void {
    if (store.limits.release(run.row.id, null)) limits.freed();
  }

  function abandonTasks(run: ActiveRun, state: State, told: EngineEvent[]): void {
    const abandoned = run.unfinished();
    for (const task of abandoned) {
      if (!run.abandon(task, state)) continue;
      told.push({ kind: 'task-state', runId: run.row.id, task: { ...task }, reused: false });
    }
    if (abandoned.length > 0) saveTasks(store, run);
    recordTaskHooks(store, run.row, abandoned);
  }

  const releaseRun = createReleases({
    flowRuns,
    activeRun: (runId) => active.get(runId),
    now,
    moveRun,
    abandonTasks,
    settleSubflows,
    letGo,
    takeReport,
    retryDelayOf: (run) => retryDelayOf(run.row),
  });

  function release(run: ActiveRun, why: Release, told: EngineEvent[]): void {
    if (run.hooksDue === null) return releaseRun(run, why, told);
    // The attempt itself is over: only its hooks were under way.
    if (why.kind === 'hook-failed') giveUpHook(store, run, why.reason, now());
    letGo(run);
    told.push({ kind: 'run-released', runId: run.row.id });
  }

  /** One write of the run that this assignment holds; strangers change nothing. */
  async function writeFor(assignment: Assignment, work: (run: ActiveRun, told: EngineEvent[]) => void): Promise<void> {
    const told: EngineEvent[] = [];
    const held = active.get(assignment.runId);
    try {
      await writer.write(() => {
        const run = active.get(assignment.runId);
        if (run === undefined || run.token !== assignment.token) return;
        refuseUnwritten(run);
        work(run, told);
        if (active.has(run.row.id)) saveTasks(store, run);
      });
    } catch (error) {
      if (held !== undefined && held.token === assignment.token) {
        held.isUnwritten = true;
        active.set(assignment.runId, held);
      }
      throw error;
    }
    events.publish(told);
  }

  function runOf({ runId, token }: Assignment): ActiveRun {
    const run = active.get(runId);
    if (run !== undefined && run.token === token) return run;
    throw new WeirError('conflict', `run ${runId} is not executed here any more`);
  }

  return {
    async enqueueClaimed(run) {
      const at = now();
      const token = randomUUID();
      const owner = { ownerId: processId, token };
      const state: State = { type: 'PENDING', name: 'Pending', message: null, at };
      const { code, ...begun } = run;
      const row = await writer.write(() => {
        if (code && run.codeHash !== null) store.codeVersions.put(run.codeHash, code, at);
        const id = flowRuns.insert({ ...begun, ...owner, state, scheduledAt: null });
        return flowRuns.byId(id) as FlowRunRow;
      });
      crashPoint('after-enqueue');
      return activate(row, token, { begins: true });
    },

    async claim(most) {
      // A look without a lock first; what it saw may be finished by another process when the transaction begins.
      if (!claimer.mayClaim(only)) return [];
      const told: EngineEvent[] = [];
      const claimed = await writer.write(() => claimer.claim(most, only, told));
      crashPoint('after-claim');
      events.publish(told);
      return claimed;
    },

    async claimRun(runId) {
      const claimed = await writer.write(() => {
        const row = flowRuns.byId(runId);
        const isFree = row?.ownerId === null && row.parentRunId === null && row.state.type === 'SCHEDULED';
        return isFree ? take(row, false) : null;
      });
      crashPoint('after-claim');
      return claimed;
    },

    async claimHooks() {
      if (store.hooks.nextRun() === null) return null;
      return writer.write(() => {
        const row = flowRuns.byId(store.hooks.nextRun() ?? 0);
        const token = randomUUID();
        const owner = { ownerId: processId, token };
        if (row === null || !flowRuns.setOwner(row.id, null, owner)) return null;
        const run = new ActiveRun({ ...row, ...owner }, token, row.attempt, taskRuns.ofRun(row.id));
        run.hooksDue = store.hooks.dueOf(row.id);
        active.set(row.id, run);
        const start = { ...starts.startOf(row, [], { begins: false }), attempt: row.attempt };
        const assignment = { runId: row.id, token, infrastructure: infrastructureOf(row), start };
        return { assignment, hooks: run.hooksDue };
      });
    },

    limits,

    claimOnly(runIds) {
      only = runIds;
    },

    async report(assignment, reports) {
      passArrived(reports);
      const kept = reports.map((report) => keepLargeResult(store, report));
      await writeFor(assignment, (run, told) => {
        for (const report of kept) applyReport(run, report, told);
      });
      passRecorded(reports);
      const run = active.get(assignment.runId);
      return run?.token === assignment.token ? (run.hooksDue ?? []) : [];
    },

    async ask(assignment, request) {
      const run = runOf(assignment);
      if (request.ask === 'subflow-standing') return subflows.standing(run, request.call);
      if (request.ask !== 'cancel-subflow') return answers.answer(run, request);
      await writeFor(assignment, (_, told) => subflows.cancelWaiting(run, request.call, request.reason, told));
      return null;
    },

    async beginSubflow(assignment, request) {
      const told: EngineEvent[] = [];
      const child = await writer.write(() => subflows.begin(runOf(assignment), request, told));
      crashPoint('after-subflow-begin');
      events.publish(told);
      return child;
    },

    hold(assignment) {
      const run = active.get(assignment.runId);
      return run === undefined || run.token !== assignment.token ? null : limits.holdForRun(run);
    },

    async release(assignment, why) {
      const run = active.get(assignment.runId);
      if (run?.isUnwritten && run.token === assignment.token) readAgain(store, active, run);
      await writeFor(assignment, (held, told) => release(held, why, told));
    },
  };
}

function infrastructureOf({ isolated, infrastructure }: FlowRunRow): HostKind {
  return isolated === 1 || infrastructure === 'process' ? 'process' : 'thread';
}
