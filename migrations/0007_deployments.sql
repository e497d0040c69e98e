-- Deployments hold what they run; their former versions can be gone back to; files that cannot be deployed are known.

-- What a deployment runs
-- The code version of its runs (code_versions); null in files of older versions: what lies on disk.
alter table deployments add column code_hash text;
-- what the flow calls its own version
alter table deployments add column version text;
-- parameters as they may be given, JSON Schema; null: the flow declares none
alter table deployments add column params_schema text;
-- which of its versions below it holds
alter table deployments add column number integer not null default 0;
-- What `deployment.yaml` says that the flow does not: schedules, parameters, tags, description; JSON.
alter table deployments add column overrides text not null default '{}';
-- The code version that a rollback has left. As long as the file gives it, it is not deployed again.
alter table deployments add column set_aside text;

-- What a deployment was, one row for each time it was changed.
create table deployment_versions (
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

-- Files that `weir up` cannot deploy as they are now, whether or not they had been deployed before.
create table broken_files (
  path text primary key,
  message text not null,
  hint text,
  since_at integer not null
) strict, without rowid;
