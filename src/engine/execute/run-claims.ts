/**
 * How runs become this process's own: begun here, claimed from the queue, or taken for their hooks. Each is active from
 * then on (active-run.ts), and has the assignment by which it is executed. Owner, token and state go in one guarded write.
 */
import { crashPoint } from '../../crash-points.ts';
import type { HostKind } from '../../model/message.ts';
import type { DueHook, RunStart } from '../../model/run-start.ts';
import { apply, type State } from '../../model/state.ts';
import type { Assignment } from '../../pool/source.ts';
import type { FlowRunRow, NewFlowRun } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import type { EngineEvent, Events } from '../events.ts';
import { randomId } from '../random-id.ts';
import { ActiveRun } from './active-run.ts';
import { budgetOf } from './budget.ts';
import { createClaimer } from './claim.ts';
import type { LimitKeeper } from './limits.ts';
import type { RunStarts } from './run-starts.ts';

/** A run as it begins here, with the files that it was described from. */
export type BegunRun = Omit<NewFlowRun, 'state' | 'ownerId' | 'token' | 'scheduledAt'> & {
  readonly code?: Uint8Array | null;
};

export interface RunClaims {
  /** A run enqueued already claimed by this process, so that nobody else can take it. */
  enqueueClaimed(run: BegunRun): Promise<Assignment>;
  /** What is due, at most so many. */
  claim(most: number): Promise<Assignment[]>;
  /** Claims one certain run, such as one to resume; null when somebody else was quicker. */
  claimRun(runId: number): Promise<Assignment | null>;
  /** A run that has ended and whose hooks are still due; null when there is none. */
  claimHooks(): Promise<{ readonly assignment: Assignment; readonly hooks: readonly DueHook[] } | null>;
  /** Limits `claim` to runs that this process has begun. */
  claimOnly(runIds: ReadonlySet<number>): void;
  /** A row that is this process's already. Call it inside a transaction, or right behind it. */
  activate(row: FlowRunRow, token: string, options: { readonly begins: boolean }): Assignment;
}

export interface RunClaimsParts {
  readonly store: Store;
  readonly events: Events;
  readonly processId: number;
  readonly now: () => number;
  readonly limits: Pick<LimitKeeper, 'tryHoldForQueued'>;
  readonly starts: RunStarts;
  /** By the number of the run. */
  readonly active: Map<number, ActiveRun>;
}

export function createRunClaims(parts: RunClaimsParts): RunClaims {
  const { store, events, processId, now, limits, starts, active } = parts;
  const { writer, flowRuns, taskRuns } = store;
  const claimer = createClaimer({ store, now, limits, take });
  let only: ReadonlySet<number> | null = null;

  /** The start message tells the runner what is finished already. */
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
    return assignmentOf(row, token, start);
  }

  return {
    activate,

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
        const hooks = store.hooks.dueOf(row.id);
        run.hooksDue = hooks;
        active.set(row.id, run);
        const start = { ...starts.startOf(row, [], { begins: false }), attempt: row.attempt };
        return { assignment: assignmentOf(row, token, start), hooks };
      });
    },

    claimOnly(runIds) {
      only = runIds;
    },
  };
}

function assignmentOf(row: FlowRunRow, token: string, start: RunStart): Assignment {
  return {
    runId: row.id,
    token,
    infrastructure: infrastructureOf(row),
    sharesThread: row.options.sharesThread === true,
    start,
  };
}

function infrastructureOf({ isolated, infrastructure }: FlowRunRow): HostKind {
  return isolated === 1 || infrastructure === 'process' ? 'process' : 'thread';
}
