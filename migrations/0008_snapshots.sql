-- Deployments with storage `snapshot`: the files that their runs are given, kept by content.

-- What a snapshot holds. Kept as long as a deployment may go back to it, or one of its runs may go on.
create table snapshots (
  hash text primary key,
  -- JSON: root, files with path, hash and size, packages with their versions
  manifest text not null,
  created_at integer not null
) strict, without rowid;

-- Equal files are kept once, whatever snapshots hold them.
create table snapshot_files (
  hash text primary key,
  size integer not null,
  is_deflated integer not null check (is_deflated in (0, 1)),
  data blob not null
) strict;

-- null: the folder itself
alter table deployments add column snapshot_hash text;
alter table flow_runs add column snapshot_hash text;

-- Runs of a snapshot, to know whether it is needed; runs without one are not in it.
create index flow_runs_of_snapshot on flow_runs (snapshot_hash, id) where snapshot_hash is not null;
