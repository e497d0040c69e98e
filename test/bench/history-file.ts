/**
 * A file as two years of a busy machine leave it: 1 000 000 flow runs of 50 flows, 5 task runs each, with states, params,
 * tags, metrics, logs, slots, deployments and models. Written by a few statements in one transaction, in about a minute.
 */
import SqliteDatabase from 'better-sqlite3';
import { openStore } from '../../src/store/store.ts';

export interface History {
  readonly runs: number;
  /** When the last run began; the first one began 63 s a run before it. */
  readonly now: number;
}

/** The busy flow has a quarter of all runs, `weekly-retrain` one in ten thousand, the others share the rest. */
export const BUSY_FLOW = 'flow-00';
export const RARE_FLOW = 'weekly-retrain';
export const RARE_TAG = 'release';

/** Makes the file, which must not be there, with the schema of this version. */
export function makeHistory(path: string, { runs, now }: History): void {
  openStore(path).close();
  const database = new SqliteDatabase(path);
  database.pragma('journal_mode = off');
  database.pragma('synchronous = off');
  database.pragma('cache_size = -400000');
  database.pragma('foreign_keys = off');
  database.transaction(() => {
    for (const sql of [FLOWS, DEPLOYMENTS, SCHEDULES, RUNS, STATES, TASKS, LOGS, METRICS, SLOTS, ARTIFACTS])
      database.prepare(sql).run(/:runs/.test(sql) ? { runs: BigInt(runs), now: BigInt(now) } : {});
    for (const sql of [MODELS, VERSIONS, DECISIONS]) database.prepare(sql).run({ now: BigInt(now) });
    database.exec('drop table temp.flow_names');
  })();
  database.pragma('journal_mode = wal');
  database.close();
}

const FLOWS = `
  create temp table flow_names as
  with recursive numbers (n) as (select 0 union all select n + 1 from numbers where n < 49)
  select n, case n when 49 then '${RARE_FLOW}' else printf('flow-%02d', n) end as flow from numbers`;

const RULES =
  '{"retries":2,"retryDelay":{"kind":"list","delaysMs":[1000,60000]},"retryJitter":0,"crashRetries":2,"timeoutMs":3600000,"concurrencyLimits":{},"runName":null,"sharesThread":true}';

const DEPLOYMENTS = `
  insert into deployments (id, flow, name, path, entry, description, options, tags, number, created_at, updated_at)
  select n + 1, flow, 'default', '/srv/flows/' || flow || '.yaml', 'default', '', '${RULES}',
    case when n % 5 = 0 then '["nightly"]' else '[]' end, 1, 0, 0
  from flow_names`;

const SPEC = '{"kind":"interval","everyMs":63000,"anchorAt":0,"timezone":"UTC","catchup":"latest","overlap":"skip"}';
const SCHEDULES = `
  insert into schedules (id, deployment_id, identity, spec, timezone, next_at, wake_at, created_at)
  select n + 1, n + 1, 'every-63s', '${SPEC}', 'UTC', 4102444800000 + n, 4102444800000 + n, 0
  from flow_names`;

/** h: a number from 0 to 999 that looks like chance; at: when the run was due. */
const RUNS = `
  with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < :runs),
  kinds as (
    select n, (n * 2654435761 >> 7) % 1000 as h, :now - (:runs - n) * 63000 as at,
      case when n % 10000 = 77 then 49 when n % 4 = 0 then 0 else 1 + n % 48 end as f
    from numbers
  ),
  states as (
    select *, 2000 + h * 37 as took,
      case when n > :runs - 6 then 'RUNNING' when n > :runs - 12 then 'SCHEDULED'
        when h < 28 then 'FAILED' when h < 30 then 'CRASHED' when h < 40 then 'CANCELLED' when h < 50 then 'SKIPPED'
        else 'COMPLETED' end as type
    from kinds
  )
  insert into flow_runs (id, flow, name, deployment_id, path, entry, code_hash, options, params, tags, trigger,
    schedule_id, slot_at, slot_start_at, state_type, state_name, state_message, state_at, created_at, scheduled_at,
    start_at, end_at, run_time_ms, attempt, result, result_size, error, metrics)
  select states.n, flow, flow || '-' || states.n, f + 1, '/srv/flows/' || flow || '.yaml', 'default',
    printf('%064x', f * 7919), '${RULES}',
    cast('j{"day":"' || date(at / 1000, 'unixepoch') || '","lr":0.00' || (1 + h % 5) || ',"alphas":[0.1,1,10]}' as blob),
    case when states.n % 50000 = 50 then '["${RARE_TAG}","nightly"]' when f % 5 = 0 then '["nightly"]'
      when f % 7 = 0 then '["etl","team-a"]' else '[]' end,
    case when h % 20 = 0 then 'cli' when h % 20 = 1 then 'api' else 'schedule' end,
    case when h % 20 > 1 then f + 1 end, case when h % 20 > 1 then at end, case when h % 20 > 1 then at - 63000 end,
    type,
    case when type = 'FAILED' and h % 9 = 0 then 'TimedOut'
      else upper(substr(type, 1, 1)) || lower(substr(type, 2)) end,
    case type when 'FAILED' then '1/5 tasks failed.' when 'CRASHED' then 'its process died' end,
    at + took, at, case when type = 'SCHEDULED' then 4102444800000 else at end, case when type <> 'SCHEDULED' then at end,
    case when type not in ('RUNNING', 'SCHEDULED') then at + took end, took, case when h % 50 = 0 then 2 else 1 end,
    case when type = 'COMPLETED' then cast('j{"rows":' || h || '}' as blob) end,
    case when type = 'COMPLETED' then 11 end,
    case when type in ('FAILED', 'CRASHED')
      then '{"name":"Error","message":"task train: exit code ' || (h % 4) || '","stack":null}' end,
    case when f % 5 = 0 then '{"rmse":' || (1 + h / 1000.0) || ',"rows":' || h || '}' else '{}' end
  from states join temp.flow_names on temp.flow_names.n = f`;

const STATES = `
  insert into flow_run_states (flow_run_id, seq, attempt, type, name, at)
  select flow_runs.id, v.seq, 1, case v.seq when 1 then 'SCHEDULED' when 2 then 'RUNNING' else state_type end,
    case v.seq when 1 then 'Scheduled' when 2 then 'Running' else state_name end,
    case v.seq when 3 then state_at else created_at end
  from flow_runs
  join (select 1 as seq union all select 2 union all select 3) v on v.seq = 1 or (v.seq = 2 and start_at is not null)
    or (v.seq = 3 and end_at is not null)
  order by flow_runs.id, v.seq`;

const TASKS = `
  insert into task_runs (flow_run_id, identity, scope, name, kind, call_index, position, code_hash, input_hash, upstream,
    state_type, state_name, state_message, state_at, states, start_at, end_at, run_time_ms, attempt, flow_attempt, result,
    result_size, reusable, error, metrics)
  select run.id, printf('%s-%032x', task.name, run.id * 31 + task.place), '', task.name, 'shell', 0, task.place,
    printf('%064x', task.place), printf('%064x', run.id * 5 + task.place),
    case when task.place = 1 then '[]' else '[' || ((run.id - 1) * 5 + task.place - 1) || ']' end,
    case when run.state_type in ('COMPLETED', 'RUNNING') and task.place = 3 then run.state_type
      when run.state_type in ('FAILED', 'CRASHED') and task.place >= 3 then 'FAILED' else 'COMPLETED' end,
    case when run.state_type in ('FAILED', 'CRASHED') and task.place > 3 then 'UpstreamFailed'
      when run.state_type in ('FAILED', 'CRASHED') and task.place = 3 then 'Failed'
      when run.state_type = 'RUNNING' and task.place = 3 then 'Running' else 'Completed' end,
    case when run.state_type in ('FAILED', 'CRASHED') and task.place = 3 then 'exit code 3' end,
    run.created_at + task.place * 300,
    '[["PENDING","Pending",null,' || run.created_at || '],["RUNNING","Running",null,' || run.created_at ||
      '],["COMPLETED","Completed",null,' || (run.created_at + 300) || ']]',
    run.created_at + task.place * 300, run.created_at + task.place * 300 + 300, 300, 1, 1,
    cast('j{"rows":12}' as blob), 11, 1,
    case when run.state_type in ('FAILED', 'CRASHED') and task.place = 3
      then '{"name":"Error","message":"task train: exit code 3","stack":null,"exit_code":3,"last_lines":["connecting","connection refused by db-' || (run.id % 50) || '"]}' end,
    '{}'
  from flow_runs run
  join (select 1 as place, 'fetch' as name union all select 2, 'clean' union all select 3, 'train'
    union all select 4, 'evaluate' union all select 5, 'report') task
  order by run.id, task.place`;

/** One run in twenty kept its log: three chunks. */
const LOGS = `
  insert into logs (flow_run_id, task_run_id, attempt, stream, level, at, first_line, lines, text)
  select run.id, (run.id - 1) * 5 + chunk.n, 1, 'stdout', 'info', run.created_at, chunk.n * 8 - 7, 8,
    replace(hex(zeroblob(8)), '00', 'a line of the log of a task that went well' || char(10))
  from flow_runs run
  join (select 1 as n union all select 2 union all select 3) chunk
  where run.id % 20 = 0
  order by run.id, chunk.n`;

const METRICS = `
  insert into metrics (flow_run_id, flow, name, value, at)
  select run.id, run.flow, m.key, m.value, run.end_at
  from flow_runs run, json_each(run.metrics) m
  where run.metrics <> '{}' and run.end_at is not null`;

const SLOTS = `
  insert into slots (schedule_id, at, outcome, flow_run_id, decided_at)
  select schedule_id, slot_at, case when id % 97 = 0 then 'caught_up' else 'ran' end, id, slot_at
  from flow_runs
  where schedule_id is not null
  order by schedule_id, slot_at`;

const ARTIFACTS = `
  insert into artifacts (flow_run_id, key, kind, media_type, size, data, created_at)
  select id, 'summary', 'markdown', 'text/markdown', 7, cast('# Ready' as blob), created_at
  from flow_runs
  where id % 100 = 0`;

const MODELS = `
  insert into models (name, created_at) values ('temperature', :now - 1000), ('demand', :now - 1000), ('churn', :now - 1000)`;
const VERSIONS = `
  with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 300)
  insert into model_versions (model, version, stage, content_hash, size, format, file_name, metrics, flow_run_id, created_at)
  select name, n, case n when 297 then 'Production' else 'Archived' end, printf('%064x', n), 1000, 'value', 'model',
    '{"rmse":' || (2 - n / 1000.0) || '}', n * 3000, :now - (300 - n) * 86400000
  from models, numbers`;
const DECISIONS = `
  insert into model_decisions (model, kind, at, flow_run_id, metric, goal, margin, candidate, candidate_value, production,
    production_value, stage, promoted, reason, decided_by)
  select model, 'compare', created_at, flow_run_id, 'rmse', 'min', 0.01, version, 1.5, max(1, version - 1), 1.6, 'Production',
    version % 3 = 0, 'better', 'run'
  from model_versions
  where :now > 0`;
