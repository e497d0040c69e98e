-- Ends of pauses are looked for whenever the scheduler wakes: among ten thousand schedules that took 7 ms without these.
create index deployments_pause_ends on deployments (paused_until) where paused_until is not null;
create index schedules_pause_ends on schedules (paused_until) where paused_until is not null;
