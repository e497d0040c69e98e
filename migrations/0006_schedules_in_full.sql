-- What schedules in full keep: whose turn it is among the runs of a deployment, when a schedule wakes, pauses with an end,
-- the boot that was answered, and by which rule a range of the ledger is told slot by slot.

-- Turns
-- A run that must wait for others of its deployment before it begins: 1, until there is room by the deployment's
-- `concurrency`; 2, until every earlier scheduled run has ended. 0 from its first claim on.
alter table flow_runs add column turn integer not null default 0 check (turn = 0 or turn = 1 or turn = 2);

-- claim: who waits for a turn is found by deployment, so that thousands of them hide nothing behind them
drop index flow_runs_claimable;
create index flow_runs_claimable on flow_runs (scheduled_at, id)
  where state_type = 'SCHEDULED' and owner_id is null and state_name <> 'AwaitingLimit' and turn = 0;
create index flow_runs_in_turn on flow_runs (deployment_id, turn, id)
  where turn > 0 and state_type = 'SCHEDULED' and owner_id is null;
-- overlap: what of a deployment has not ended
create index flow_runs_going_of_deployment on flow_runs (deployment_id, id)
  where deployment_id is not null and end_at is null;

-- Waking
-- When its next slot is acted on: `next_at` and what jitter adds.
alter table schedules add column wake_at integer;
update schedules set wake_at = next_at;
drop index schedules_due;
create index schedules_due on schedules (wake_at) where wake_at is not null and removed_at is null;

-- @reboot
-- The kernel's boot id that was answered last; null for every other kind.
alter table schedules add column boot_id text;
create index schedules_of_boots on schedules (boot_id) where boot_id is not null and removed_at is null;

-- Pauses
-- Of one schedule, and the end of either, from which on slots are answered again.
alter table schedules add column paused_at integer;
alter table schedules add column paused_by text;
alter table schedules add column paused_reason text;
alter table schedules add column paused_until integer;
alter table deployments add column paused_until integer;
-- failures before it count no more
alter table deployments add column resumed_at integer;

-- Ranges
-- The schedule (JSON) by which a row that stands for many slots is told slot by slot; `count` is 0 where nobody counted.
alter table slots add column spec text;
