-- A task that has completed and is run again on purpose (weir retry --from) decides again about its model, so that one task
-- run may have several decisions. That a resume decides nothing twice is seen to where decisions are looked for.
drop index model_decisions_by_task;
