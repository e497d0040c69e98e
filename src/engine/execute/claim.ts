/**
 * Which runs a dispatcher may start now: what is due, the oldest first, past everything that waits for a limit. A run
 * whose limits have no room becomes AwaitingLimit, once, and takes no slot. Decides inside the writer's transaction.
 */
import { WeirError } from '../../model/errors.ts';
import { apply } from '../../model/state.ts';
import type { Assignment } from '../../pool/source.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import type { EngineEvent } from '../events.ts';
import { turnWait } from '../schedule/turns.ts';
import { budgetOf } from './budget.ts';
import type { LimitKeeper } from './limits.ts';

export interface Claimer {
  /** Without a lock: whether a claim could give anything. `only`: these runs and no others. */
  mayClaim(only: ReadonlySet<number> | null): boolean;
  /** Call it inside a transaction. */
  claim(most: number, only: ReadonlySet<number> | null, told: EngineEvent[]): Assignment[];
}

export interface ClaimerParts {
  readonly store: Store;
  readonly now: () => number;
  readonly limits: Pick<LimitKeeper, 'tryHoldForQueued'>;
  /** Makes a run this process's own; null when somebody else was quicker. `hasPlace`: it holds its limits already. */
  readonly take: (row: FlowRunRow, hasPlace: boolean) => Assignment | null;
}

/** Runs that one claim sends to wait, at most: the next claim goes on behind them. */
const MOST_SENT_WAITING = 500;

export function createClaimer({ store, now, limits, take }: ClaimerParts): Claimer {
  const { flowRuns } = store;
  const isFree = (row: FlowRunRow | null): row is FlowRunRow =>
    row !== null && row.ownerId === null && row.state.type === 'SCHEDULED';

  function chosen(only: ReadonlySet<number>): FlowRunRow[] {
    return [...only]
      .map((id) => flowRuns.byId(id))
      .filter(isFree)
      .filter((row) => (row.scheduledAt ?? 0) <= now() && turnWait(store, row) === null);
  }

  /** What occupies nothing is not asked for. */
  function tryClaim(row: FlowRunRow, isShared: boolean, told: EngineEvent[]): Assignment | null {
    if (Object.keys(row.options.occupies ?? {}).length === 0) return take(row, true);
    let wait: { readonly waits: string } | null;
    try {
      wait = limits.tryHoldForQueued(row, isShared);
    } catch (error) {
      // It can never be: its execution asks again, and fails the run with the reason.
      if (error instanceof WeirError) return take(row, false);
      throw error;
    }
    if (wait === null) return take(row, true);
    const next = apply(row, { kind: 'limit-full', message: wait.waits }, budgetOf(row), now());
    if (next !== null && flowRuns.move(row.id, row.state, next, row))
      told.push({ kind: 'run-state', runId: row.id, state: next.state });
    return null;
  }

  /** Runs that wait for a limit: only who is first in a row can have room. */
  function claimWaiting(most: number, told: EngineEvent[]): Assignment[] {
    const claimed: Assignment[] = [];
    for (let goesOn = true; goesOn && claimed.length < most; ) {
      goesOn = false;
      for (const id of store.limits.queueHeads()) {
        const row = flowRuns.byId(id);
        const assignment = isFree(row) ? tryClaim(row, true, told) : null;
        // Over, or somebody else's by now: whoever stands behind it must not wait for it.
        if (!isFree(row)) goesOn = store.limits.release(id, 0) || goesOn;
        if (assignment === null) continue;
        goesOn = true;
        if (claimed.push(assignment) === most) break;
      }
    }
    return claimed;
  }

  /** Runs whose turn has come: of each deployment only the first can have it. */
  function turnsCome(): FlowRunRow[] {
    return flowRuns
      .turnHeads(now())
      .map(({ id }) => flowRuns.byId(id))
      .filter(isFree)
      .filter((row) => turnWait(store, row) === null);
  }

  function claimTurns(most: number, told: EngineEvent[]): Assignment[] {
    const claimed: Assignment[] = [];
    for (let goesOn = true; goesOn && claimed.length < most; ) {
      goesOn = false;
      for (const row of turnsCome()) {
        if (claimed.length === most) break;
        // One of its deployment may have begun in this very round.
        if (turnWait(store, row) !== null) continue;
        const assignment = tryClaim(row, true, told);
        // Its limits are full: it stands in their row now, and holds up nobody here.
        if (assignment === null) flowRuns.beginTurn(row.id, row.slotCoversFrom);
        else claimed.push(assignment);
        goesOn = true;
      }
    }
    return claimed;
  }

  function claimDue(most: number, told: EngineEvent[]): Assignment[] {
    const claimed: Assignment[] = [];
    for (let waiting = 0; claimed.length < most && waiting < MOST_SENT_WAITING; ) {
      const rows = flowRuns.claimable(now(), most - claimed.length);
      if (rows.length === 0) break;
      for (const row of rows) {
        const assignment = tryClaim(row, true, told);
        if (assignment === null) waiting++;
        else claimed.push(assignment);
      }
    }
    return claimed;
  }

  return {
    mayClaim(only) {
      if (only !== null) return chosen(only).length > 0;
      return flowRuns.claimable(now(), 1).length > 0 || store.limits.queueHeads().length > 0 || turnsCome().length > 0;
    },
    claim(most, only, told) {
      if (only !== null)
        return chosen(only)
          .slice(0, most)
          .map((row) => tryClaim(row, false, told))
          .filter((assignment) => assignment !== null);
      const waited = claimWaiting(most, told);
      const inTurn = claimTurns(most - waited.length, told);
      return [...waited, ...inTurn, ...claimDue(most - waited.length - inTurn.length, told)];
    },
  };
}
