-- What the engine in full keeps, by subject: subflows, code versions, retries by hand, large results, hosts that end
-- under a run, usage of commands, durable sleeps, hooks, waits for limits, and lists of very many runs.

-- Subflows
-- A task run that stands for the call of a subflow names its run; the run names it back (parent_run_id, parent_task_id).
alter table task_runs add column child_run_id integer references flow_runs (id);

-- Code versions
-- The project files that a run was loaded from, once for each version: a resume uses them, whatever lies on disk then.
create table code_versions (
  hash text primary key,
  -- JSON, deflated where it is large: files with their texts, and where each import led
  files blob not null,
  created_at integer not null
) strict, without rowid;

-- Retries by hand
-- Why its next call runs although its result could be reused: `weir retry` asked for it (`--from fetch`).
alter table task_runs add column again text;
-- `weir retry --only T`: the one task that the attempts since may execute; everything else is reused or fails.
alter table flow_runs add column only_task text;

-- Large results
-- Such a one lies in the content folder beside the database, under its hash; `result` is null then.
alter table task_runs add column result_hash text;
alter table flow_runs add column result_hash text;

-- Hosts that end under a run
-- The next attempt gets a child process of its own: its process died, and nobody knows yet whose fault that was.
alter table flow_runs add column isolated integer not null default 0 check (isolated in (0, 1));
-- Attempts of this call that count against its retries although the flow's code saw none of them end: it was ended
-- from outside (blocked its thread past its time). Cleared when the call ends.
alter table task_runs add column spent integer not null default 0;

-- Usage
-- What the process tree of a shell command took in the latest attempt, as it was sampled: peak memory and CPU time, JSON.
alter table task_runs add column usage text;

-- Durable sleeps
-- When each `sleep()` of a run is over; its identity is its scope and its count there.
create table sleeps (
  flow_run_id integer not null references flow_runs (id) on delete cascade,
  identity text not null,
  until_at integer not null,
  primary key (flow_run_id, identity)
) strict, without rowid;

-- Hooks
-- Those that are due: recorded with the state that they were declared for, kept until they have run.
create table hooks (
  id integer primary key,
  flow_run_id integer not null references flow_runs (id) on delete cascade,
  -- null: a hook of the flow itself
  task_run_id integer,
  hook text not null check (hook in ('on_running', 'on_completion', 'on_failure', 'on_cancellation')),
  -- the state it was recorded with, as JSON
  state text not null,
  recorded_at integer not null,
  ran_at integer
) strict;

create index hooks_due on hooks (flow_run_id, id) where ran_at is null;

-- Waits for limits
-- Who waits for a place in a limit, one row for each limit that was full. Whoever has the smaller ticket is first.
create table limit_waiters (
  id integer primary key,
  -- the same in all rows of one waiter
  ticket integer not null,
  limit_name text not null,
  amount integer not null check (amount > 0),
  flow_run_id integer not null references flow_runs (id) on delete cascade,
  -- the task run that waits; 0 when the flow run itself does
  task_run_id integer not null default 0,
  -- who looks again for it; null: a run in the queue, which has not begun and lets pass what has
  process_id integer references processes (id),
  since_at integer not null,
  unique (limit_name, flow_run_id, task_run_id)
) strict;

create index limit_waiters_in_order on limit_waiters (limit_name, ticket);
create index limit_waiters_by_flow_run on limit_waiters (flow_run_id, task_run_id);
create index limit_waiters_by_process on limit_waiters (process_id) where process_id is not null;

-- claim: what waits for a limit is found by its ticket, so that thousands of them hide nothing behind them
drop index flow_runs_claimable;
create index flow_runs_claimable on flow_runs (scheduled_at, id)
  where state_type = 'SCHEDULED' and owner_id is null and state_name <> 'AwaitingLimit';

-- Lists of very many runs
-- runs in a state that is seldom, and runs with tags (the few that have some, without reading the others)
create index flow_runs_stopped on flow_runs (id) where state_type in ('CANCELLED', 'SKIPPED');
create index flow_runs_tagged on flow_runs (id, tags) where tags <> '[]';
