/**
 * Flow runs and their history of states, as they are written; find-runs.ts looks for them. Every statement that finishes
 * or moves something carries its guard in the `where`: the owner and token that the caller believes in, so that a late
 * stranger changes nothing.
 */
import type { FlowRules } from '../model/flow-description.ts';
import { hookOf } from '../model/hook.ts';
import type { PlainError } from '../model/plain-error.ts';
import type { RunStanding, State } from '../model/state.ts';
import type { Database } from './database.ts';
import { createRunFinder } from './find-runs.ts';
import { RECORD_FLOW_HOOK } from './hooks.ts';
import { createRunSettling } from './run-settling.ts';
import { lazyStatements } from './statements.ts';
import { createTurns, type Turn } from './turns.ts';

export type Trigger = 'cli' | 'api' | 'page' | 'schedule' | 'catchup' | 'backfill' | 'subflow';

/** A flow run as stored. Times are epoch ms. */
export interface FlowRunRow extends RunStanding {
  readonly id: number;
  readonly flow: string;
  readonly name: string;
  readonly deploymentId: number | null;
  readonly path: string;
  readonly entry: string;
  readonly codeHash: string | null;
  readonly version: string | null;
  readonly options: FlowRules;
  /** Codec bytes. */
  readonly params: Uint8Array;
  readonly tags: readonly string[];
  readonly trigger: Trigger;
  readonly infrastructure: string;
  readonly scheduleId: number | null;
  readonly slotAt: number | null;
  readonly slotStartAt: number | null;
  readonly slotCoversFrom: number | null;
  readonly parentRunId: number | null;
  readonly parentTaskId: number | null;
  readonly createdAt: number;
  readonly ownerId: number | null;
  readonly token: string | null;
  readonly result: Uint8Array | null;
  /** The name of a large result in the content folder. */
  readonly resultHash: string | null;
  readonly resultSize: number | null;
  readonly error: PlainError | null;
  readonly metrics: Readonly<Record<string, number>>;
  /** 1: its process died, so its next attempt gets a child process of its own. */
  readonly isolated: 0 | 1;
  /** What `weir retry --only` allows to be executed; null: everything. */
  readonly onlyTask: string | null;
  /** What of its deployment it waits for before it begins (turns.ts). */
  readonly turn: Turn;
  /** What it is given of its project; null: the folder as it is. */
  readonly snapshotHash: string | null;
}

export interface NewFlowRun {
  readonly flow: string;
  readonly name: string | null;
  readonly deploymentId: number | null;
  readonly path: string;
  readonly entry: string;
  readonly codeHash: string | null;
  readonly version: string | null;
  readonly options: FlowRules;
  readonly params: Uint8Array;
  readonly tags: readonly string[];
  readonly trigger: Trigger;
  readonly infrastructure: string;
  readonly idempotencyKey: string | null;
  readonly scheduleId: number | null;
  readonly slotAt: number | null;
  readonly slotStartAt: number | null;
  readonly slotCoversFrom: number | null;
  /** Of a subflow: who calls it. */
  readonly parentRunId?: number;
  readonly parentTaskId?: number;
  readonly state: State;
  readonly scheduledAt: number | null;
  readonly ownerId: number | null;
  readonly token: string | null;
  /** Default: it need not wait for any other run. */
  readonly turn?: Turn;
  /** Default: none. */
  readonly snapshotHash?: string | null;
}

/** A run is only written by whoever holds it. */
export interface Fence {
  readonly ownerId: number | null;
  readonly token: string | null;
}

export interface Ending {
  readonly result: Uint8Array | null;
  /** A large result, kept as a file. */
  readonly content?: { readonly hash: string; readonly size: number } | null;
  readonly error: PlainError | null;
}

// What autoincrement gives next: to write the row once more for its name costs as much as an index.
const NEXT_ID = "(select coalesce(max(seq), 0) + 1 from sqlite_sequence where name = 'flow_runs')";

const INSERT = `
  insert into flow_runs (flow, name, deployment_id, path, entry, code_hash, version, options, params, tags, trigger,
    infrastructure, idempotency_key, schedule_id, slot_at, slot_start_at, slot_covers_from, parent_run_id, parent_task_id,
    state_type, state_name, state_message, state_at, created_at, scheduled_at, owner_id, token, turn, snapshot_hash)
  values (:flow, coalesce(:name, :flow || '-' || ${NEXT_ID}), :deploymentId, :path, :entry, :codeHash, :version, :options, :params, :tags, :trigger,
    :infrastructure, :idempotencyKey, :scheduleId, :slotAt, :slotStartAt, :slotCoversFrom, :parentRunId, :parentTaskId,
    :stateType, :stateName, :stateMessage, :stateAt, :createdAt, :scheduledAt, :ownerId, :token, :turn, :snapshotHash)
  returning id`;

// A new run has no other state: that need not be looked up.
const FIRST_STATE = `
  insert into flow_run_states (flow_run_id, seq, attempt, type, name, message, at)
  values (:id, 1, 0, :type, :name, :message, :at)`;

const ADD_STATE = `
  insert into flow_run_states (flow_run_id, seq, attempt, type, name, message, at)
  values (:id, (select coalesce(max(seq), 0) + 1 from flow_run_states where flow_run_id = +:id), :attempt, :type, :name, :message, :at)`;

const MOVE = `
  update flow_runs
  set state_type = :stateType, state_name = :stateName, state_message = :stateMessage, state_at = :stateAt,
    scheduled_at = :scheduledAt, start_at = :startAt, end_at = :endAt, run_time_ms = :runTimeMs, attempt = :attempt,
    failures = :failures, crashes = :crashes, interruptions = :interruptions
  where id = :id
    and owner_id is :ownerId
    and token is :token
    and state_type = :formerType
    and state_name = :formerName`;

const FINISH = `
  update flow_runs
  set result = :result, result_hash = :resultHash, result_size = :resultSize, error = :error
  where id = :id`;

const SET_CODE = 'update flow_runs set code_hash = :hash where id = :id';
const RENEW = `
  update flow_runs
  set path = :path, entry = :entry, code_hash = :codeHash, version = :version, options = :options, params = :params,
    tags = :tags, snapshot_hash = :snapshotHash
  where id = :id`;

const SET_OWNER = 'update flow_runs set owner_id = :ownerId, token = :token where id = :id and owner_id is :formerId';

// Owner, state and turn at once: each write of a row costs as much as all that it changes.
const CLAIM = `
  update flow_runs
  set owner_id = :ownerId, token = :token, state_type = :stateType, state_name = :stateName,
    state_message = :stateMessage, state_at = :stateAt,
    turn = case when :begins then 0 else turn end,
    slot_covers_from = case when :begins then :coversFrom else slot_covers_from end
  where id = :id
    and owner_id is null
    and state_type = :formerType
    and state_name = :formerName`;

const SET_ISOLATED = 'update flow_runs set isolated = :isolated where id = :id';

const MERGE_METRICS = 'update flow_runs set metrics = json_patch(metrics, :metrics) where id = :id';

export function createFlowRuns(database: Database) {
  const statement = lazyStatements(database);

  function write(id: number, former: State, standing: RunStanding, fence: Fence): boolean {
    const { state, ...rest } = standing;
    const changed = statement(MOVE).run({
      id,
      ...fence,
      formerType: former.type,
      formerName: former.name,
      ...bindState(state),
      scheduledAt: rest.scheduledAt,
      startAt: rest.startAt,
      endAt: rest.endAt,
      runTimeMs: rest.runTimeMs,
      attempt: rest.attempt,
      failures: rest.failures,
      crashes: rest.crashes,
      interruptions: rest.interruptions,
    }).changes;
    if (changed === 0) return false;
    statement(ADD_STATE).run({ id, attempt: rest.attempt, ...state });
    const hook = hookOf(state.type);
    // Running again after a retry or resume is no beginning.
    if (hook !== null && (hook !== 'on_running' || rest.attempt === 1))
      statement(RECORD_FLOW_HOOK).run({ flowRunId: id, hook, state: JSON.stringify(state), at: state.at });
    return true;
  }

  return {
    ...createRunFinder(database),
    ...createRunSettling(database),
    ...createTurns(database),

    insert(run: NewFlowRun): number {
      const { state } = run;
      const id = statement(INSERT)
        .pluck()
        .get({
          ...run,
          parentRunId: run.parentRunId ?? null,
          parentTaskId: run.parentTaskId ?? null,
          options: JSON.stringify(run.options),
          tags: JSON.stringify(run.tags),
          ...bindState(state),
          createdAt: state.at,
          turn: run.turn ?? turnByConcurrency(run),
          snapshotHash: run.snapshotHash ?? null,
        }) as number;
      statement(FIRST_STATE).run({ id, ...state });
      return id;
    },

    /**
     * Writes a new standing and its state. False when somebody else holds the run by now, or has moved it on from
     * `former`, the state that the decision was made from: the row must be read again and the event judged anew.
     */
    move(id: number, former: State, standing: RunStanding, fence: Fence): boolean {
      return write(id, former, standing, fence);
    },

    finish(id: number, ending: Ending): void {
      statement(FINISH).run({
        id,
        result: ending.result,
        resultHash: ending.content?.hash ?? null,
        resultSize: ending.content?.size ?? ending.result?.length ?? null,
        error: ending.error === null ? null : JSON.stringify(ending.error),
      });
    },

    /** The code version that its next attempts are loaded from. */
    setCode(id: number, hash: string): void {
      statement(SET_CODE).run({ id, hash });
    },

    /** What a subflow is called with in its parent's next attempt: code and parameters may have changed since. */
    renew(
      id: number,
      run: Pick<NewFlowRun, 'path' | 'entry' | 'codeHash' | 'version' | 'options' | 'params' | 'tags' | 'snapshotHash'>,
    ) {
      const { path, entry, codeHash, version, options, params, tags, snapshotHash = null } = run;
      const texts = { options: JSON.stringify(options), tags: JSON.stringify(tags) };
      statement(RENEW).run({ id, path, entry, codeHash, version, params, snapshotHash, ...texts });
    },

    /** Claims or lets go; false when somebody else was quicker. */
    setOwner(id: number, former: number | null, next: Fence): boolean {
      return statement(SET_OWNER).run({ id, formerId: former, ...next }).changes === 1;
    },

    /**
     * A run that nobody holds is `owner`'s from now on, in this state; false when somebody else was quicker. `begins`: it
     * waits for no other run any more, and its slot follows what has completed.
     */
    claim(
      { id, state: former }: Pick<FlowRunRow, 'id' | 'state'>,
      { state, attempt }: RunStanding,
      owner: Fence,
      begins: { readonly coversFrom: number | null } | null,
    ): boolean {
      const changed = statement(CLAIM).run({
        ...{ id, ...owner, ...bindState(state), formerType: former.type, formerName: former.name },
        ...{ begins: begins === null ? 0 : 1, coversFrom: begins?.coversFrom ?? null },
      }).changes;
      if (changed === 1 && state !== former) statement(ADD_STATE).run({ id, attempt, ...state });
      return changed === 1;
    },

    /** Whether the next attempt gets a process of its own. */
    setIsolated(id: number, isolated: boolean): void {
      statement(SET_ISOLATED).run({ id, isolated: isolated ? 1 : 0 });
    },

    mergeMetrics(id: number, metrics: Readonly<Record<string, number>>): void {
      statement(MERGE_METRICS).run({ id, metrics: JSON.stringify(metrics) });
    },
  };
}

/** A deployment that has few runs at once has them begin in turn; who is claimed already has begun. */
function turnByConcurrency({ deploymentId, ownerId, parentRunId, options }: NewFlowRun): Turn {
  const isOfDeployment = deploymentId !== null && parentRunId === undefined;
  return isOfDeployment && ownerId === null && options.concurrency !== undefined ? 1 : 0;
}

function bindState(state: State) {
  return { stateType: state.type, stateName: state.name, stateMessage: state.message, stateAt: state.at };
}
