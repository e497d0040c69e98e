-- The ledger of all schedules as one list, newest first, and in it what people ask about: due times that did not simply run.
-- Without these, such a list would read the whole ledger.
create index slots_by_time on slots (at, schedule_id);
create index slots_to_explain on slots (at, schedule_id) where outcome <> 'ran';
