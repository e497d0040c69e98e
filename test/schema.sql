CREATE TABLE artifacts (
  id integer primary key,
  flow_run_id integer not null references flow_runs (id) on delete cascade,
  task_run_id integer,
  key text not null,
  kind text not null check (kind in ('markdown', 'table', 'link', 'image', 'file', 'summary')),
  description text,
  media_type text not null,
  size integer not null,
  -- small data lies here, large data in the content folder beside the database under its hash
  data blob,
  content_hash text,
  created_at integer not null,
  unique (flow_run_id, key)
) strict;

CREATE TABLE broken_files (
  path text primary key,
  message text not null,
  hint text,
  since_at integer not null
) strict, without rowid;

CREATE TABLE code_versions (
  hash text primary key,
  -- JSON, deflated where it is large: files with their texts, and where each import led
  files blob not null,
  created_at integer not null
) strict, without rowid;

CREATE TABLE concurrency_limits (
  name text primary key,
  capacity integer not null check (capacity >= 0),
  declared_by text not null check (declared_by in ('user', 'flow')),
  updated_at integer not null
) strict, without rowid;

CREATE TABLE deployment_versions (
  deployment_id integer not null references deployments (id),
  number integer not null,
  code_hash text not null,
  -- everything else that was deployed, JSON
  definition text not null,
  -- what differs from the version before, JSON: words such as "code" and "schedule"
  changed text not null,
  origin text not null check (origin in ('up', 'apply', 'rollback')),
  -- of a rollback: the version that it went back to
  same_as integer,
  deployed_at integer not null,
  primary key (deployment_id, number)
) strict, without rowid;

CREATE TABLE deployments (
  id integer primary key,
  flow text not null,
  name text not null,
  path text not null,
  entry text not null,
  description text not null default '',
  options text not null,
  params text not null default '{}',
  tags text not null default '[]',
  paused_at integer,
  paused_by text,
  paused_reason text,
  broken text,
  created_at integer not null,
  updated_at integer not null,
  deleted_at integer, paused_until integer, resumed_at integer, code_hash text, version text, params_schema text, number integer not null default 0, overrides text not null default '{}', set_aside text, snapshot_hash text,
  unique (flow, name)
) strict;

CREATE TABLE flow_run_states (
  flow_run_id integer not null references flow_runs (id) on delete cascade,
  seq integer not null,
  attempt integer not null,
  type text not null,
  name text not null,
  message text,
  at integer not null,
  primary key (flow_run_id, seq)
) strict, without rowid;

CREATE TABLE flow_runs (
  id integer primary key autoincrement,
  flow text not null,
  name text not null,
  deployment_id integer references deployments (id),
  path text not null,
  entry text not null,
  code_hash text,
  version text,
  -- what the flow file said of retries, limits and timeouts when the run was created (FlowOptions as JSON)
  options text not null default '{}',
  params blob not null,
  tags text not null default '[]',
  trigger text not null check (trigger in ('cli', 'api', 'page', 'schedule', 'catchup', 'backfill', 'subflow')),
  infrastructure text not null default 'thread',
  idempotency_key text unique,
  schedule_id integer references schedules (id),
  slot_at integer,
  slot_start_at integer,
  slot_covers_from integer,
  parent_run_id integer references flow_runs (id),
  parent_task_id integer,

  state_type text not null check (state_type in
    ('SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING', 'COMPLETED', 'SKIPPED', 'FAILED', 'CANCELLED', 'CRASHED')),
  state_name text not null,
  state_message text,
  state_at integer not null,
  created_at integer not null,
  scheduled_at integer,
  start_at integer,
  end_at integer,
  run_time_ms integer not null default 0,
  attempt integer not null default 0,
  failures integer not null default 0,
  crashes integer not null default 0,
  interruptions integer not null default 0,

  -- who executes it, and the token that fences reports of anybody else
  owner_id integer references processes (id),
  token text,

  result blob,
  result_size integer,
  error text,
  metrics text not null default '{}'
, only_task text, result_hash text, isolated integer not null default 0 check (isolated in (0, 1)), turn integer not null default 0 check (turn = 0 or turn = 1 or turn = 2), snapshot_hash text) strict;

CREATE TABLE hooks (
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

CREATE TABLE limit_holders (
  id integer primary key,
  limit_name text not null,
  amount integer not null check (amount > 0),
  flow_run_id integer not null references flow_runs (id) on delete cascade,
  -- the task run that holds it; 0 when the flow run itself does
  task_run_id integer not null default 0,
  since_at integer not null,
  unique (limit_name, flow_run_id, task_run_id)
) strict;

CREATE TABLE limit_waiters (
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

CREATE TABLE logs (
  id integer primary key,
  flow_run_id integer not null references flow_runs (id) on delete cascade,
  task_run_id integer,
  attempt integer not null,
  stream text not null check (stream in ('log', 'stdout', 'stderr')),
  level text not null check (level in ('debug', 'info', 'warn', 'error')),
  at integer not null,
  first_line integer not null,
  lines integer not null,
  text text not null,
  fields text
) strict;

CREATE TABLE meta (
  key text primary key,
  value text not null
) strict, without rowid;

CREATE TABLE metrics (
  id integer primary key,
  flow_run_id integer not null references flow_runs (id) on delete cascade,
  task_run_id integer,
  flow text not null,
  name text not null,
  value real not null,
  at integer not null
) strict;

CREATE TABLE model_aliases (
  model text not null,
  alias text not null,
  version integer not null,
  set_at integer not null,
  primary key (model, alias),
  foreign key (model, version) references model_versions (model, version)
) strict, without rowid;

CREATE TABLE model_decisions (
  id integer primary key,
  model text not null references models (name),
  kind text not null check (kind in ('compare', 'promote', 'rollback')),
  at integer not null,
  flow_run_id integer,
  task_run_id integer,
  metric text,
  goal text check (goal in ('min', 'max')),
  margin real,
  minimum real,
  candidate integer not null,
  candidate_value real,
  production integer,
  production_value real,
  -- the stage that the candidate was given; null when it kept its own
  stage text check (stage in ('None', 'Staging', 'Production', 'Archived')),
  promoted integer not null check (promoted in (0, 1)),
  reason text not null,
  data_identity text,
  decided_by text not null,
  -- when a rollback undid this promotion; those that stand are the way back, newest first
  undone_at integer
) strict;

CREATE TABLE model_versions (
  model text not null references models (name),
  version integer not null,
  stage text not null default 'None' check (stage in ('None', 'Staging', 'Production', 'Archived')),
  -- the model file in the content folder beside the database; `format` tells a codec value from a file of the user's
  content_hash text not null,
  size integer not null,
  format text not null check (format in ('value', 'file')),
  file_name text not null,
  metrics text not null default '{}',
  params text not null default '{}',
  tags text not null default '{}',
  flow_run_id integer,
  task_run_id integer,
  created_at integer not null,
  primary key (model, version)
) strict, without rowid;

CREATE TABLE models (
  name text primary key,
  description text not null default '',
  created_at integer not null
) strict, without rowid;

CREATE TABLE processes (
  id integer primary key,
  boot_id text not null unique,
  role text not null check (role in ('run', 'server')),
  pid integer not null,
  host text not null,
  version text not null,
  kernel_boot_id text,
  spawned_commands integer not null default 0 check (spawned_commands in (0, 1)),
  url text,
  started_at integer not null,
  ended_at integer,
  ended_why text
) strict;

CREATE TABLE run_secrets (
  flow_run_id integer not null references flow_runs (id) on delete cascade,
  secret_id integer not null references secrets (id),
  primary key (flow_run_id, secret_id)
) strict, without rowid;

CREATE TABLE schedules (
  id integer primary key,
  deployment_id integer not null references deployments (id),
  identity text not null,
  spec text not null,
  timezone text not null,
  next_at integer,
  next_note text,
  broken text,
  created_at integer not null,
  removed_at integer, wake_at integer, boot_id text, paused_at integer, paused_by text, paused_reason text, paused_until integer,
  unique (deployment_id, identity)
) strict;

CREATE TABLE secrets (
  id integer primary key,
  name text not null,
  -- which key it was sealed with: a few bytes of the key's hash
  key_id text not null,
  nonce blob not null,
  -- ends with the authentication tag
  sealed blob not null,
  set_at integer not null,
  -- another value counts instead, or none any more
  replaced_at integer
) strict;

CREATE TABLE sleeps (
  flow_run_id integer not null references flow_runs (id) on delete cascade,
  identity text not null,
  until_at integer not null,
  primary key (flow_run_id, identity)
) strict, without rowid;

CREATE TABLE slots (
  schedule_id integer not null references schedules (id),
  at integer not null,
  until_at integer,
  count integer not null default 1,
  outcome text not null check (outcome in ('ran', 'caught_up', 'missed', 'skipped', 'suppressed', 'buffered')),
  reason text,
  note text,
  flow_run_id integer,
  decided_at integer not null, spec text,
  primary key (schedule_id, at)
) strict, without rowid;

CREATE TABLE snapshot_files (
  hash text primary key,
  size integer not null,
  is_deflated integer not null check (is_deflated in (0, 1)),
  data blob not null
) strict;

CREATE TABLE snapshots (
  hash text primary key,
  -- JSON: root, files with path, hash and size, packages with their versions
  manifest text not null,
  created_at integer not null
) strict, without rowid;

CREATE TABLE "task_runs" (
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

CREATE TABLE variables (
  name text primary key,
  value text not null,
  updated_at integer not null
) strict, without rowid;

CREATE INDEX deployments_pause_ends on deployments (paused_until) where paused_until is not null;

CREATE INDEX flow_runs_by_deployment on flow_runs (deployment_id, id) where deployment_id is not null;

CREATE INDEX flow_runs_by_flow on flow_runs
  (flow, id, state_type, state_name, created_at, start_at, end_at, run_time_ms, parent_run_id);

CREATE INDEX flow_runs_by_parent on flow_runs (parent_run_id) where parent_run_id is not null;

CREATE INDEX flow_runs_claimable on flow_runs (scheduled_at, id)
  where state_type = 'SCHEDULED' and owner_id is null and state_name <> 'AwaitingLimit' and turn = 0;

CREATE INDEX flow_runs_going_of_deployment on flow_runs (deployment_id, id)
  where deployment_id is not null and end_at is null;

CREATE INDEX flow_runs_gone_wrong on flow_runs (id, flow, state_type, state_name, created_at)
  where state_type in ('FAILED', 'CRASHED');

CREATE INDEX flow_runs_gone_wrong_by_flow on flow_runs (flow, id, state_type)
  where state_type = 'FAILED' or state_type = 'CRASHED' or state_type = 'CANCELLED';

CREATE INDEX flow_runs_in_turn on flow_runs (deployment_id, turn, trigger = 'backfill', id)
  where turn > 0 and state_type = 'SCHEDULED' and owner_id is null;

CREATE INDEX flow_runs_of_snapshot on flow_runs (snapshot_hash, id) where snapshot_hash is not null;

CREATE INDEX flow_runs_owned on flow_runs (owner_id) where owner_id is not null;

CREATE INDEX flow_runs_stopped on flow_runs (id, flow, state_type, state_name, created_at)
  where state_type in ('CANCELLED', 'SKIPPED');

CREATE INDEX flow_runs_tagged on flow_runs (id, tags) where tags <> '[]';

CREATE INDEX flow_runs_unfinished on flow_runs (state_type, id)
  where state_type in ('SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING');

CREATE INDEX hooks_due on hooks (flow_run_id, id) where ran_at is null;

CREATE INDEX limit_holders_by_flow_run on limit_holders (flow_run_id, task_run_id);

CREATE INDEX limit_waiters_by_flow_run on limit_waiters (flow_run_id, task_run_id);

CREATE INDEX limit_waiters_by_process on limit_waiters (process_id) where process_id is not null;

CREATE INDEX limit_waiters_in_order on limit_waiters (limit_name, ticket);

CREATE INDEX logs_by_flow_run on logs (flow_run_id, id);

CREATE INDEX logs_by_task_run on logs (task_run_id, id) where task_run_id is not null;

CREATE INDEX metrics_by_flow_run on metrics (flow_run_id);

CREATE INDEX metrics_over_runs on metrics (flow, name, id);

CREATE INDEX model_decisions_by_origin on model_decisions (flow_run_id, task_run_id) where flow_run_id is not null;

CREATE INDEX model_decisions_of_model on model_decisions (model, id);

CREATE INDEX model_decisions_standing on model_decisions (model, id)
  where promoted = 1 and kind <> 'rollback' and undone_at is null;

CREATE INDEX model_versions_by_origin on model_versions (flow_run_id, task_run_id) where flow_run_id is not null;

CREATE UNIQUE INDEX model_versions_one_production on model_versions (model) where stage = 'Production';

CREATE INDEX processes_believed_alive on processes (id) where ended_at is null;

CREATE INDEX run_secrets_by_secret on run_secrets (secret_id);

CREATE INDEX schedules_due on schedules (wake_at) where wake_at is not null and removed_at is null;

CREATE INDEX schedules_of_boots on schedules (boot_id) where boot_id is not null and removed_at is null;

CREATE INDEX schedules_pause_ends on schedules (paused_until) where paused_until is not null;

CREATE UNIQUE INDEX secrets_by_name on secrets (name) where replaced_at is null;

CREATE INDEX slots_by_time on slots (at, schedule_id);

CREATE INDEX slots_to_explain on slots (at, schedule_id) where outcome <> 'ran';

CREATE INDEX task_runs_cache on task_runs (cache_key, end_at) where cache_key is not null and state_type = 'COMPLETED';

CREATE INDEX task_runs_failed on task_runs (flow_run_id) where error is not null;
