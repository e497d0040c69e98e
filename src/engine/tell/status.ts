/**
 * How things stand, as one screen tells it: what needs attention, what is deployed with its last runs, who serves. Only
 * reads, and only little, however many runs there are.
 */
import { basename } from 'node:path';
import { isFinal } from '../../model/state.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import type { HistoryRow } from '../../store/overview.ts';
import type { ProcessRow } from '../../store/processes.ts';
import type { Store } from '../../store/store.ts';
import { DEPLOYMENT_NAME } from '../deploy/catalog.ts';
import { nextDueOf } from '../deploy/deploy.ts';
import { failureOf } from './flow-failure.ts';

export interface Attention {
  readonly kind: 'failed' | 'broken' | 'late' | 'interrupted' | 'paused';
  /** The flow or deployment, or the file. */
  readonly what: string;
  readonly at: number | null;
  readonly run: number | null;
  readonly message: string | null;
  /** The command that leads on. */
  readonly next: string;
}

export interface DeploymentStatus {
  readonly deployment: DeploymentRow;
  /** Newest first, without subflows. */
  readonly runs: readonly HistoryRow[];
  readonly nextAt: number | null;
  readonly inFlight: number;
}

export interface Status {
  readonly server: ProcessRow | null;
  readonly attention: readonly Attention[];
  readonly deployments: readonly DeploymentStatus[];
  /** Flows with runs and no deployment. */
  readonly others: readonly { readonly flow: string; readonly runs: readonly HistoryRow[] }[];
  readonly running: number;
  readonly queued: number;
}

export const RUNS_SHOWN = 20;
const MOST_FLOWS = 200;
const MOST_OF_A_KIND = 20;
/** A run that is not started so long after its time is late. */
const LATE_MS = 15_000;

export function gatherStatus(store: Store, now: number): Status {
  const all = store.deployments.all();
  const counts = store.overview.unfinishedCounts();
  const perFlow = Map.groupBy(all, ({ flow }) => flow);
  const historyOf = (row: DeploymentRow) =>
    // What was run by hand tells of the flow as well; several deployments of one flow are told apart.
    perFlow.get(row.flow)?.length === 1
      ? store.overview.history(row.flow, RUNS_SHOWN)
      : store.deploymentRuns.history(row.id, RUNS_SHOWN);
  const deployments = all.map((deployment): DeploymentStatus => {
    const runs = historyOf(deployment).filter((run) => run.parentRunId === null);
    const inFlight = runs.filter((run) => !isFinal(run.type)).length;
    return { deployment, runs, nextAt: nextDueOf(store, deployment.id), inFlight };
  });
  const others = store.overview
    .flowsWithRuns(MOST_FLOWS)
    .filter((flow) => !perFlow.has(flow))
    .map((flow) => ({ flow, runs: store.overview.history(flow, RUNS_SHOWN).filter((run) => run.parentRunId === null) }))
    .filter(({ runs }) => runs.length > 0);
  return {
    server: store.processes.livingServer(),
    attention: [
      ...failures(store, [
        ...deployments.map(({ deployment, runs }) => ({ flow: titleOf(deployment), runs })),
        ...others,
      ]),
      ...brokenFiles(store, all),
      ...late(store, now),
      ...interrupted(store),
      ...paused(all),
    ],
    deployments,
    others,
    running: (counts.get('RUNNING') ?? 0) + (counts.get('CANCELLING') ?? 0),
    queued: (counts.get('SCHEDULED') ?? 0) + (counts.get('PENDING') ?? 0),
  };
}

function titleOf({ flow, name }: Pick<DeploymentRow, 'flow' | 'name'>): string {
  return name === DEPLOYMENT_NAME ? flow : `${flow}/${name}`;
}

function failures(store: Store, flows: readonly { flow: string; runs: readonly HistoryRow[] }[]): Attention[] {
  return flows.flatMap(({ flow, runs }) => {
    const failure = failureOf(store, runs);
    if (failure === null) return [];
    const { run, at, state, task, line } = failure;
    const message = `${state}${task === null ? '' : ` in ${task}`}${line === null ? '' : `: ${line}`}`;
    return [{ kind: 'failed', what: flow, at, run, message, next: `weir show ${run}` } as const];
  });
}

function brokenFiles(store: Store, deployments: readonly DeploymentRow[]): Attention[] {
  return store.brokenFiles.all().map(({ path, message, sinceAt }) => {
    const of = deployments.filter((each) => each.path === path).map(({ flow }) => flow);
    const what = of.length === 0 ? basename(path) : of.join(', ');
    // Nothing is wrong with one of two twins alone.
    const twin = deployments.find((each) => message.endsWith(`: ${each.path} and ${path}`));
    return {
      kind: 'broken',
      what,
      at: sinceAt,
      run: null,
      message: message.split('\n')[0] ?? null,
      next: `weir check ${twin === undefined ? '' : `${twin.path} `}${path}`,
    };
  });
}

function late(store: Store, now: number): Attention[] {
  const due = store.flowRuns.claimable(now - LATE_MS, MOST_OF_A_KIND);
  return due
    .filter(({ state }) => state.name === 'Scheduled' || state.name === 'Late')
    .map(({ id, flow, scheduledAt }) => ({
      ...({ kind: 'late', what: flow, at: scheduledAt, run: id } as const),
      message: 'due, and not started yet',
      next: `weir why ${id}`,
    }));
}

function interrupted(store: Store): Attention[] {
  return store.flowRuns
    .awaitingResume()
    .filter(({ parentRunId }) => parentRunId === null)
    .slice(0, MOST_OF_A_KIND)
    .map(({ id, flow, state }) => ({
      ...({ kind: 'interrupted', what: flow, at: state.at, run: id, message: state.message } as const),
      next: `weir resume ${id}`,
    }));
}

function paused(deployments: readonly DeploymentRow[]): Attention[] {
  return deployments
    .filter(({ pausedAt }) => pausedAt !== null)
    .map(({ flow, name, pausedAt, pausedBy, pausedReason }) => ({
      ...({ kind: 'paused', what: titleOf({ flow, name }), at: pausedAt, run: null } as const),
      message: `paused by ${pausedBy ?? 'somebody'}${pausedReason === null ? '' : `: ${pausedReason}`}`,
      next: `weir deployment resume ${flow}/${name}`,
    }));
}
