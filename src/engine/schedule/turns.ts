/**
 * Whose turn it is among the runs of a deployment: a run that is caught up or buffered begins when every earlier
 * scheduled run has ended, and `concurrency: n` lets no more than n be under way. Only reads; the same answer is given
 * to whoever claims and to whoever asks why.
 */
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import { backfillLimit } from './backfill.ts';

export interface TurnWait {
  /**
   * `earlier`: runs that must end first; `room`: as many are under way as the deployment allows; `backfill`: as many as its
   * backfill allows.
   */
  readonly kind: 'earlier' | 'room' | 'backfill';
  /** The first of them. */
  readonly runs: readonly number[];
  readonly concurrency: number | null;
}

const MOST_TOLD = 20;
const MOST_NAMED = 3;

/** What the run waits for before it may begin; null: nothing of its deployment, or it has begun. */
export function turnWait(store: Store, row: FlowRunRow): TurnWait | null {
  if (row.turn === 0 || row.deploymentId === null || row.state.type !== 'SCHEDULED') return null;
  const { flowRuns, deployments } = store;
  const concurrency = deployments.byId(row.deploymentId)?.options.concurrency ?? null;
  const earlier = row.turn === 2 ? flowRuns.goingBefore(row.deploymentId, row.id, MOST_TOLD) : [];
  if (earlier.length > 0) return { kind: 'earlier', runs: earlier, concurrency };
  if (concurrency === null) return null;
  // Else it would stand in the row of its limit as one that has begun, and take the room of what is due now.
  const others = row.trigger === 'backfill' ? backfillsUnderWay(store, row) : null;
  if (others !== null) return { kind: 'backfill', runs: others.runs, concurrency: others.capacity };
  const begun = flowRuns.begunOf(row.deploymentId, concurrency);
  return begun.length >= concurrency ? { kind: 'room', runs: begun, concurrency } : null;
}

/** null: its backfill lets one more begin. */
function backfillsUnderWay({ limits, deployments }: Store, { deploymentId, options }: FlowRunRow) {
  const deployment = deploymentId === null ? null : deployments.byId(deploymentId);
  const limit = deployment === null ? null : backfillLimit(deployment);
  const amount = limit === null ? undefined : options.occupies?.[limit];
  if (limit === null || amount === undefined) return null;
  const capacity = limits.capacityOf(limit, options.concurrencyLimits);
  if (limits.heldOf(limit) + amount <= capacity) return null;
  return { capacity, runs: limits.holders(limit).map(({ flowRunId }) => flowRunId) };
}

/** `waits for run 12 of nightly/default to end`; completes "It". */
export function turnInWords(store: Store, row: FlowRunRow, { kind, runs, concurrency }: TurnWait): string {
  const deployment = row.deploymentId === null ? null : store.deployments.byId(row.deploymentId);
  const name = deployment === null ? row.flow : `${deployment.flow}/${deployment.name}`;
  const more = runs.length > MOST_NAMED ? ` and ${runs.length - MOST_NAMED} more` : '';
  const all = runs.length === 1 ? `run ${runs[0]}` : `runs ${runs.slice(0, MOST_NAMED).join(', ')}${more}`;
  if (kind === 'earlier') return `waits for ${all} of ${name} to end`;
  if (kind === 'backfill') return `waits for its turn: the backfill of ${name} has ${concurrency} at once, now ${all}`;
  const most = concurrency === 1 ? 'one run' : `${concurrency} runs`;
  return `waits for its turn: ${name} has ${most} at once, and ${all} ${runs.length === 1 ? 'is' : 'are'} under way`;
}
