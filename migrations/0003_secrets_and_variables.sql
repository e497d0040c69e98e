-- Secrets, of which the file holds nothing that can be read without the key beside it, and variables.

-- Secrets
-- Every value that a secret has had, sealed (AES-256-GCM; src/store/sealing.ts). The newest is the one that counts. An
-- earlier one is kept only while a run is in the history that got it: a retry must not show it either.
create table secrets (
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

-- the value that counts
create unique index secrets_by_name on secrets (name) where replaced_at is null;

-- Which values a run got, its subflows included: it stands under the number of the run at the root.
create table run_secrets (
  flow_run_id integer not null references flow_runs (id) on delete cascade,
  secret_id integer not null references secrets (id),
  primary key (flow_run_id, secret_id)
) strict, without rowid;

-- values that no run got any more
create index run_secrets_by_secret on run_secrets (secret_id);

-- Variables
-- Values that flows read and people change, as JSON; nothing in them is secret.
create table variables (
  name text primary key,
  value text not null,
  updated_at integer not null
) strict, without rowid;
