-- The page of a flow counts what went wrong within a stretch of time without reading runs: only ends that are no success
-- are in this index, so that a run that succeeds never touches it. (`or`, not `in`: see 0005.)
create index flow_runs_gone_wrong_by_flow on flow_runs (flow, id, state_type)
  where state_type = 'FAILED' or state_type = 'CRASHED' or state_type = 'CANCELLED';
