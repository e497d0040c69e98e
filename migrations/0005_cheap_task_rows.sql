-- Rows of task runs at half the price. For `in` with more than two values SQLite builds a table in memory, anew for each
-- row that is written: 4 of the 10 us that a task's row took. The same rules said with `or` cost next to nothing.
-- No other table refers to task_runs, so that it may be made anew without anything going with the old one.
create table task_runs_anew (
  id integer primary key,
  flow_run_id integer not null references flow_runs (id) on delete cascade,
  identity text not null,
  scope text not null,
  name text not null,
  label text,
  kind text not null default 'function' check (kind = 'function' or kind = 'shell' or kind = 'promote'),
  call_index integer not null,
  -- the order of calls within the latest attempt that called it
  position integer not null,
  code_hash text not null,
  input_hash text,
  cache_key text,
  cache_expires_at integer,
  parent_task_id integer,
  -- the run of the subflow that it stands for
  child_run_id integer references flow_runs (id),
  upstream text not null default '[]',
  tags text not null default '[]',

  -- most frequent first
  state_type text not null check (
    state_type = 'COMPLETED' or state_type = 'RUNNING' or state_type = 'PENDING' or state_type = 'SCHEDULED' or
    state_type = 'FAILED' or state_type = 'SKIPPED' or state_type = 'CANCELLED' or state_type = 'CRASHED' or
    state_type = 'CANCELLING' or state_type = 'PAUSED'),
  state_name text not null,
  state_message text,
  state_at integer not null,
  states text not null,
  start_at integer,
  end_at integer,
  run_time_ms integer not null default 0,
  attempt integer not null default 0,
  -- attempts that count against its retries although the flow's code saw none of them end: it was ended from outside
  spent integer not null default 0,
  -- the flow run's attempt that last called this task, and the one whose result it reused
  flow_attempt integer not null,
  reused_from_attempt integer,
  cached_from_run integer,
  cached_from_task integer,
  why text,
  -- why its next call runs although its result could be reused: `weir retry` asked for it
  again text,

  result blob,
  -- a large result lies in the content folder beside the database under this hash; `result` is null then
  result_hash text,
  result_size integer,
  -- the result could be stored, so that it may stand for an equal call
  reusable integer not null default 0 check (reusable in (0, 1)),
  error text,
  metrics text not null default '{}',
  progress text,
  -- what the process tree of a shell command took in the latest attempt: peak memory and CPU time, JSON
  usage text,

  unique (flow_run_id, identity)
) strict;

insert into task_runs_anew (id, flow_run_id, identity, scope, name, label, kind, call_index, position, code_hash,
  input_hash, cache_key, cache_expires_at, parent_task_id, child_run_id, upstream, tags, state_type, state_name,
  state_message, state_at, states, start_at, end_at, run_time_ms, attempt, spent, flow_attempt, reused_from_attempt,
  cached_from_run, cached_from_task, why, again, result, result_hash, result_size, reusable, error, metrics, progress,
  usage)
select id, flow_run_id, identity, scope, name, label, kind, call_index, position, code_hash,
  input_hash, cache_key, cache_expires_at, parent_task_id, child_run_id, upstream, tags, state_type, state_name,
  state_message, state_at, states, start_at, end_at, run_time_ms, attempt, spent, flow_attempt, reused_from_attempt,
  cached_from_run, cached_from_task, why, again, result, result_hash, result_size, reusable, error, metrics, progress,
  usage
from task_runs;

drop table task_runs;
alter table task_runs_anew rename to task_runs;

-- cache: the newest unexpired result of a key
create index task_runs_cache on task_runs (cache_key, end_at) where cache_key is not null and state_type = 'COMPLETED';
