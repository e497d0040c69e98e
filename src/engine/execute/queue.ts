/**
 * The source on the store: gives runs out (run-claims.ts), takes reports through the model's rules to rows, and publishes
 * what happened after its commit. Every write of a run is fenced by owner and token.
 */
import { crashPoint } from '../../crash-points.ts';
import { WeirError } from '../../model/errors.ts';
import type { Report } from '../../model/report.ts';
import { isSuccess } from '../../model/state.ts';
import type { Assignment, Release, Source } from '../../pool/source.ts';
import type { Store } from '../../store/store.ts';
import { createProjectCopies } from '../deploy/project-copies.ts';
import type { EngineEvent, Events } from '../events.ts';
import type { ActiveRun } from './active-run.ts';
import { type AnswersParts, createAnswers } from './answers.ts';
import { giveUpHook } from './due-hooks.ts';
import { readAgain, refuseUnwritten } from './failed-write.ts';
import { keepLargeResult } from './large-results.ts';
import { createLimitKeeper, type LimitKeeper } from './limits.ts';
import { createReleases } from './releases.ts';
import { passArrived, passRecorded } from './report-points.ts';
import { createReportTaker, saveTasks } from './reports.ts';
import { createRunClaims, type RunClaims } from './run-claims.ts';
import { createRunEnds } from './run-ends.ts';
import { clearRunFolder } from './run-folders.ts';
import { createRunMoves } from './run-moves.ts';
import { createRunSecrets } from './run-secrets.ts';
import { createRunStarts } from './run-starts.ts';
import type { SecretKeeper } from './secrets.ts';
import { createSubflows } from './subflows.ts';

export interface Queue extends Source, Pick<RunClaims, 'enqueueClaimed' | 'claimRun' | 'claimHooks' | 'claimOnly'> {
  readonly limits: LimitKeeper;
}

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
  const { writer, flowRuns } = store;
  const active = new Map<number, ActiveRun>();
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
  const starts = createRunStarts({ store, now, parallelism });
  const { activate, ...claims } = createRunClaims({ store, events, processId, now, limits, starts, active });
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
    ...claims,
    limits,

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
