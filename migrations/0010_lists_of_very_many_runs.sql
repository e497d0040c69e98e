-- Pages that stay fast with a million runs: what they count and draw is read from an index alone, not from rows that lie
-- wherever their runs came to be. Measured with 1 000 000 runs of 50 flows: 10 000 runs of a flow by state and day in 5 ms
-- instead of 40, the last 30 of each of 50 flows in 2 ms instead of 12; 90 bytes a run, and no measurable time a change.
drop index flow_runs_by_flow;
create index flow_runs_by_flow on flow_runs
  (flow, id, state_type, state_name, created_at, start_at, end_at, run_time_ms, parent_run_id);

-- what went wrong, of all flows or of one; what was stopped
drop index flow_runs_gone_wrong;
create index flow_runs_gone_wrong on flow_runs (id, flow, state_type, state_name, created_at)
  where state_type in ('FAILED', 'CRASHED');
drop index flow_runs_stopped;
create index flow_runs_stopped on flow_runs (id, flow, state_type, state_name, created_at)
  where state_type in ('CANCELLED', 'SKIPPED');

-- err: the tasks of a run that failed, without its others
create index task_runs_failed on task_runs (flow_run_id) where error is not null;
