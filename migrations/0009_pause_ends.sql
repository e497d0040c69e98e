-- Ends of pauses are looked for whenever the scheduler wakes: among ten thousand schedules that took 7 ms without these.
create index deployments_pause_ends on deployments (paused_until) where paused_until is not null;
create index schedules_pause_ends on schedules (paused_until) where paused_until is not null;

-- Among runs of a deployment that wait for their turn, what is due now goes before what a backfill makes up for.
drop index flow_runs_in_turn;
create index flow_runs_in_turn on flow_runs (deployment_id, turn, trigger = 'backfill', id)
  where turn > 0 and state_type = 'SCHEDULED' and owner_id is null;
