/**
 * The source on the store: claims runs, takes reports through the model's rules to rows, and publishes what happened
 * after its commit. Every write of a run is fenced by owner and token.
 */
import { crashPoint } from '../../crash-points.ts';
import { WeirError } from '../../model/errors.ts';
import type { HostKind } from '../../model/message.ts';
import type { Report } from '../../model/report.ts';
import type { DueHook } from '../../model/run-start.ts';
import { apply, isSuccess, type State } from '../../model/state.ts';
import type { Assignment, Release, Source } from '../../pool/source.ts';
import type { FlowRunRow, NewFlowRun } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import { createProjectCopies } from '../deploy/project-copies.ts';
import type { EngineEvent, Events } from '../events.ts';
import { randomId } from '../random-id.ts';
import { ActiveRun } from './active-run.ts';
import { type AnswersParts, createAnswers } from './answers.ts';
import { budgetOf } from './budget.ts';
import { createClaimer } from './claim.ts';
import { giveUpHook } from './due-hooks.ts';
import { readAgain, refuseUnwritten } from './failed-write.ts';
import { keepLargeResult } from './large-results.ts';
import { createLimitKeeper, type LimitKeeper } from './limits.ts';
import { createReleases } from './releases.ts';
import { passArrived, passRecorded } from './report-points.ts';
import { createReportTaker, saveTasks } from './reports.ts';
import { createRunEnds } from './run-ends.ts';
import { clearRunFolder } from './run-folders.ts';
import { createRunMoves } from './run-moves.ts';
import { createRunSecrets } from './run-secrets.ts';
import { createRunStarts } from './run-starts.ts';
import type { SecretKeeper } from './secrets.ts';
import { createSubflows } from './subflows.ts';

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
  readonly secrets: SecretKeeper;
  readonly processId: number;
  readonly now: () => number;
  readonly random: () => number;
  readonly parallelism: number;
  /** A limit was released: a run that waits for it may be claimable. */
  readonly onFreed?: () => void;
  readonly onFault?: (error: unknown) => void;
  /** What a run asks for by `deployment().apply()`. */
  readonly applyDeployment?: AnswersParts['applyDeployment'];
}

export function createQueue(parts: QueueParts): Queue {
  const { applyDeployment = refuseDeployment } = parts;
  const { store, events, processId, now, random, parallelism, onFreed = () => {}, onFault = () => {} } = parts;
  const { writer, flowRuns, taskRuns } = store;
  const active = new Map<number, ActiveRun>();
  let only: ReadonlySet<number> | null = null;
  const { moveRun, awaitedBefore } = createRunMoves({ store, processId, now });
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
  const runSecrets = createRunSecrets(parts.secrets, store);
  const copies = createProjectCopies(store, now);
  const answers = createAnswers({ store, now, limits, secrets: runSecrets, copies, applyDeployment });
  const claimer = createClaimer({ store, now, limits, take });

  const starts = createRunStarts({ store, now, parallelism });
  const takeReport = createReportTaker(store, () => limits.freed());

  const subflows = createSubflows({
    store,
    processId,
    now,
    activate,
    activeRun: (runId) => active.get(runId),
    forget,
  });
  const { runEnded, retryDelayOf, letGo, settleSubflows, abandonTasks } = createRunEnds({
    store,
    processId,
    now,
    random,
    limits,
    subflows,
    moveRun,
    forget,
  });

  function forget(runId: number): void {
    const run = active.get(runId);
    active.delete(runId);
    if (run === undefined) return;
    clearRunFolder(store.runFolder(runId));
    if (run.row.snapshotHash !== null && isSuccess(run.row.state.type)) copies.drop(runId);
  }

  /** Owner, token and state in one guarded write; the start message tells the runner what is finished already. */
  function take(row: FlowRunRow, hasPlace: boolean): Assignment | null {
    const token = randomId();
    const owner = { ownerId: processId, token };
    const claimed = apply(row, { kind: 'claimed' }, budgetOf(row), now());
    if (claimed === null) throw new Error(`run ${row.id} is ${row.state.name} and cannot be claimed`);
    const begins = beginningOf(row);
    if (!flowRuns.claim(row, claimed, owner, begins)) return null;
    const begun = begins === null ? row : { ...row, turn: 0 as const, slotCoversFrom: begins.coversFrom };
    const assignment = activate({ ...begun, ...claimed, ...owner }, token, { begins: false });
    const run = active.get(row.id);
    if (run !== undefined) run.hasPlace = hasPlace;
    return assignment;
  }

  /** A run that begins waits for no other of its deployment any more, and its slot follows what has completed by now. */
  function beginningOf(row: FlowRunRow): { readonly coversFrom: number | null } | null {
    if (row.attempt > 0 || (row.turn === 0 && row.scheduleId === null)) return null;
    const follows = row.scheduleId !== null && row.slotAt !== null;
    return { coversFrom: follows ? flowRuns.newestCompletedSlot(row.flow, row.slotAt) : row.slotCoversFrom };
  }

  function activate(row: FlowRunRow, token: string, options: { readonly begins: boolean }): Assignment {
    const earlier = row.attempt === 0 ? [] : taskRuns.ofRun(row.id);
    const run = new ActiveRun(row, token, row.attempt + 1, earlier);
    active.set(row.id, run);
    const start = starts.startOf(row, earlier, options);
    if (start.hooks.length > 0) run.mayHaveHooks = true;
    return {
      runId: row.id,
      token,
      infrastructure: infrastructureOf(row),
      sharesThread: row.options.sharesThread === true,
      start,
    };
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
      const token = randomId();
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
        if (store.processes.hasEnded(processId)) return null;
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
        const token = randomId();
        const owner = { ownerId: processId, token };
        if (row === null || !flowRuns.setOwner(row.id, null, owner)) return null;
        const run = new ActiveRun({ ...row, ...owner }, token, row.attempt, taskRuns.ofRun(row.id));
        run.hooksDue = store.hooks.dueOf(row.id);
        active.set(row.id, run);
        const start = { ...starts.startOf(row, [], { begins: false }), attempt: row.attempt };
        const assignment = {
          runId: row.id,
          token,
          infrastructure: infrastructureOf(row),
          sharesThread: row.options.sharesThread === true,
          start,
        };
        return { assignment, hooks: run.hooksDue };
      });
    },

    limits,

    claimOnly(runIds) {
      only = runIds;
    },

    async report(assignment, reports) {
      passArrived(reports);
      const held = active.get(assignment.runId);
      // Nobody's any more: nothing of it may get into a file either.
      const said = held?.token === assignment.token ? runSecrets.reports(held, reports) : [];
      const kept = said.map((report) => keepLargeResult(store, report));
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
      const reason = runSecrets.texts(run, request.reason);
      await writeFor(assignment, (_, told) => subflows.cancelWaiting(run, request.call, reason, told));
      return null;
    },

    openSecrets: (assignment, names) => runSecrets.open(runOf(assignment), names),

    maskOf(assignment) {
      const run = active.get(assignment.runId);
      return run === undefined || run.token !== assignment.token ? null : runSecrets.maskOf(run);
    },

    async beginSubflow(assignment, request) {
      const told: EngineEvent[] = [];
      const { subflow } = request;
      const parent = runOf(assignment);
      const said = runSecrets.subflow(parent, subflow);
      const child = await writer.write(() => subflows.begin(runOf(assignment), { ...request, subflow: said }, told));
      crashPoint('after-subflow-begin');
      events.publish(told);
      // What its row may not hold its parent tells it in every attempt.
      return { ...child, start: { ...child.start, params: subflow.params } };
    },

    hold(assignment) {
      const run = active.get(assignment.runId);
      return run === undefined || run.token !== assignment.token ? null : limits.holdForRun(run);
    },

    async release(assignment, why) {
      const run = active.get(assignment.runId);
      if (run?.isUnwritten && run.token === assignment.token) readAgain(store, active, run);
      const said = runSecrets.release(run, why);
      await writeFor(assignment, (held, told) => release(held, said, told));
    },
  };
}

function refuseDeployment(): never {
  throw new WeirError('conflict', 'nothing can be deployed from here');
}

function infrastructureOf({ isolated, infrastructure }: FlowRunRow): HostKind {
  return isolated === 1 || infrastructure === 'process' ? 'process' : 'thread';
}
