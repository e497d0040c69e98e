/**
 * Many runs that nobody holds any more, written at once: a dead process may leave ten thousand. What becomes of each was
 * decided before; every row keeps its guard, so that a run which somebody else holds or has moved by now stays as it is.
 */
import { hookOf } from '../model/hook.ts';
import type { RunStanding, State } from '../model/state.ts';
import type { Database } from './database.ts';
import type { Fence } from './flow-runs.ts';
import { RECORD_FLOW_HOOK } from './hooks.ts';
import { lazyStatements, portions } from './statements.ts';

/** A new standing of a run; from then on it is nobody's. */
export interface SettledRun {
  readonly id: number;
  /** The state that the decision was made from. */
  readonly former: State;
  readonly standing: RunStanding;
  /** Who held it. */
  readonly fence: Fence;
  /** Its next attempt gets a process of its own. */
  readonly isolated: boolean;
}

// One statement for many rows: 15 us each, where one by one they take 27, most of it for the indexes of unfinished runs.
const SETTLE = `
  update flow_runs
  set state_type = settled.value ->> 1, state_name = settled.value ->> 2, state_message = settled.value ->> 3,
    state_at = settled.value ->> 4, scheduled_at = settled.value ->> 5, start_at = settled.value ->> 6,
    end_at = settled.value ->> 7, run_time_ms = settled.value ->> 8, attempt = settled.value ->> 9,
    failures = settled.value ->> 10, crashes = settled.value ->> 11, interruptions = settled.value ->> 12,
    isolated = settled.value ->> 13, owner_id = null, token = null
  from json_each(:rows) as settled
  where flow_runs.id = settled.value ->> 0
    and flow_runs.owner_id is settled.value ->> 14
    and flow_runs.token is settled.value ->> 15
    and flow_runs.state_type = settled.value ->> 16
    and flow_runs.state_name = settled.value ->> 17
  returning flow_runs.id`;

// 5 us each, where one by one they take 16.
const ADD_STATES = `
  insert into flow_run_states (flow_run_id, seq, attempt, type, name, message, at)
  select entered.value ->> 0,
    (select coalesce(max(seq), 0) + 1 from flow_run_states where flow_run_id = entered.value ->> 0),
    entered.value ->> 1, entered.value ->> 2, entered.value ->> 3, entered.value ->> 4, entered.value ->> 5
  from json_each(:rows) as entered`;

// Once for a dead process, 10 000 runs of it in some 50 ms. plan: each by an index, of the owner or of the run
const NEWEST_KNOWN_OF = `
  with owned (id, state_at) as materialized (select id, state_at from flow_runs where owner_id = +:ownerId)
  select max(at)
  from (
    select max(state_at) as at from owned
    union all
    select max(task_runs.state_at) from owned cross join task_runs on task_runs.flow_run_id = owned.id
    union all
    select max(logs.at)
    from owned cross join logs on logs.id = (select max(newest.id) from logs as newest where newest.flow_run_id = owned.id)
  )`;

export function createRunSettling(database: Database) {
  const statement = lazyStatements(database);

  function settleSome(runs: readonly SettledRun[]): void {
    const changed = new Set(
      statement(SETTLE)
        .pluck()
        .all({ rows: JSON.stringify(runs.map(rowOf)) }) as number[],
    );
    const moved = runs.filter(({ id }) => changed.has(id));
    const entered = moved.map(({ id, standing: { state, attempt } }) => [
      ...[id, attempt, state.type, state.name, state.message, state.at],
    ]);
    statement(ADD_STATES).run({ rows: JSON.stringify(entered) });
    for (const { id, standing } of moved) {
      const { state } = standing;
      const hook = hookOf(state.type);
      if (hook !== null)
        statement(RECORD_FLOW_HOOK).run({ flowRunId: id, hook, state: JSON.stringify(state), at: state.at });
    }
  }

  return {
    /** When something was last written of the runs that a process holds: a state, also of a task, or a log line. */
    newestKnownOf: (ownerId: number): number | null =>
      statement(NEWEST_KNOWN_OF).pluck().get({ ownerId }) as number | null,

    /** Writes new standings and their states, and lets the runs go. */
    settleAll(runs: readonly SettledRun[]): void {
      for (const some of portions(runs)) settleSome(some);
    },
  };
}

function rowOf({ id, former, standing, fence, isolated }: SettledRun): unknown[] {
  const { state, scheduledAt, startAt, endAt, runTimeMs, attempt, failures, crashes, interruptions } = standing;
  return [
    ...[id, state.type, state.name, state.message, state.at, scheduledAt, startAt, endAt, runTimeMs, attempt],
    ...[failures, crashes, interruptions, isolated ? 1 : 0, fence.ownerId, fence.token, former.type, former.name],
  ];
}
