/** Deployments, their versions, slots of the ledger, limits and the queue as answers hold them. */
import { z } from 'zod';
import { anything, count, id, outcome, state, time } from './shapes.ts';

const schedule = z
  .object({
    schedule: z.string(),
    name: z.string().nullable(),
    timezone: z.string(),
    catchup: z.string(),
    overlap: z.string(),
    next: time.nullable(),
  })
  .meta({ id: 'Schedule' });

const snapshot = z
  .object({
    hash: z.string(),
    root: z.string().nullable(),
    size: count,
    files: z.array(z.object({ path: z.string(), sha256: z.string(), size: count, executable: z.boolean() })),
  })
  .meta({ id: 'Snapshot' });

const ofDeployments = {
  deployment: z.string(),
  flow: z.string(),
  name: z.string(),
  path: z.string(),
  description: z.string(),
  version: count,
  code: z.string().nullable(),
  params: anything,
  tags: z.array(z.string()),
  schedules: z.array(schedule),
  paused: z
    .object({ at: time, by: z.string().nullable(), reason: z.string().nullable(), until: time.nullable() })
    .nullable(),
  broken: z.string().nullable(),
  last_run: z
    .object({ id, state: z.object({ type: state.shape.type, name: state.shape.name }), end_time: time.nullable() })
    .nullable(),
  created_at: time,
  updated_at: time,
  deleted_at: time.nullable(),
};

export const deploymentSummary = z.object(ofDeployments).meta({ id: 'DeploymentSummary' });

export const deployment = z
  .object({
    schema: z.literal('weir.deployment/1'),
    ...ofDeployments,
    entry: z.string(),
    flow_version: z.string().nullable(),
    params_schema: anything.meta({ description: 'JSON Schema of its parameters; null: any' }),
    overrides: anything,
    storage: z.string(),
    snapshot: snapshot.nullable(),
    packages: z.record(z.string(), anything),
    rolled_back_from_code: z.string().nullable(),
    infrastructure: z.string(),
    retries: count,
    timeout_ms: z.number().nullable(),
    concurrency_limits: z.record(z.string(), z.number()),
    occupies: z.record(z.string(), z.number()),
    in_flight: z.array(z.object({ run: id, code: z.string().nullable() })),
  })
  .meta({ id: 'Deployment' });

export const deploymentVersion = z
  .object({
    version: count,
    current: z.boolean(),
    deployed_at: time,
    origin: z.enum(['up', 'apply', 'rollback']),
    same_as: count.nullable(),
    changed: z.array(z.string()),
    code: z.string(),
    snapshot: z.string().nullable(),
    packages: z.record(z.string(), anything),
    path: z.string(),
    schedules: z.array(anything),
    params: anything,
    tags: z.array(z.string()),
  })
  .meta({ id: 'DeploymentVersion' });

export const slot = z
  .object({
    deployment: z.string(),
    schedule: z.string(),
    slot: time,
    outcome,
    reason: z.string().nullable(),
    run: id.nullable(),
    note: z.string().nullable(),
  })
  .meta({ id: 'Slot' });

const limitUser = z
  .object({
    run: id,
    flow: z.string(),
    task: z.object({ id, name: z.string() }).nullable(),
    amount: count,
    since: time,
  })
  .meta({ id: 'LimitUser' });

const ofLimits = {
  name: z.string(),
  capacity: count,
  declared_by: z.enum(['user', 'flow']).nullable(),
  in_use: count,
  holders: z.array(limitUser),
  waiters: z.array(limitUser),
};

export const limitItem = z.object(ofLimits).meta({ id: 'LimitSummary' });
export const limit = z
  .object({ schema: z.literal('weir.concurrency-limit/1'), ...ofLimits })
  .meta({ id: 'ConcurrencyLimit' });
/** One that is gone: what it counts as from now on, where a flow declares it or somebody still holds it. */
export const deletedLimit = z
  .object({
    schema: z.literal('weir.concurrency-limit/1'),
    ...ofLimits,
    capacity: count.nullable(),
    declared_by: ofLimits.declared_by.optional(),
    in_use: count.optional(),
    holders: ofLimits.holders.optional(),
    waiters: ofLimits.waiters.optional(),
  })
  .meta({ id: 'DeletedConcurrencyLimit' });

export const pausedDeployment = z
  .object({
    schema: z.literal('weir.pause/1'),
    deployment: z.string(),
    schedule: z.string().nullable(),
    paused: z.object({ by: z.string(), reason: z.string().nullable(), since: time, until: time.nullable() }).nullable(),
  })
  .meta({ id: 'Pause' });

export const deploymentPlan = z
  .object({
    schema: z.literal('weir.deployment-plan/1'),
    deployment: z.string(),
    applied: z.boolean(),
    action: z.enum(['none', 'change', 'add']),
    changed: z.array(z.string()),
    added_schedules: z.array(z.string()),
    removed_schedules: z.array(z.string()),
    path: z.string(),
    code: z.string(),
    snapshot: snapshot.nullable(),
    packages: z.record(z.string(), anything),
    params: anything,
    schedules: z.array(
      z.object({
        schedule: z.string(),
        text: z.string().meta({ description: 'as people read it, with its name' }),
        kind: z.enum(['cron', 'interval', 'rrule', 'reboot']),
        next: time.nullable(),
      }),
    ),
    version: count.nullable(),
    former: z.object({ version: count, snapshot: snapshot.nullable() }).nullable(),
    same_as: count.nullable(),
    in_flight: z.array(id),
  })
  .meta({ id: 'DeploymentPlan' });

export const deletedDeployment = z
  .object({
    schema: z.literal('weir.deployment-deleted/1'),
    deployment: z.string(),
    flow: z.string(),
    path: z.string(),
    in_flight: z.array(id),
  })
  .meta({ id: 'DeletedDeployment' });

export const backfilled = z
  .object({
    schema: z.literal('weir.backfill/1'),
    deployment: z.string(),
    dry_run: z.boolean(),
    from: time,
    to: time,
    timezones: z.array(z.string()).meta({ description: 'of its schedules' }),
    max: count,
    limit: z.string().meta({ description: 'the concurrency limit that holds its runs back' }),
    planned: count,
    left: count.meta({ description: 'how many more there are than one backfill makes runs for' }),
    items: z.array(
      z.object({
        deployment: z.string(),
        schedule: z.string(),
        timezone: z.string(),
        slot: time,
        outcome,
        reason: z.string().nullable().meta({ description: 'why it had no run, where the ledger has no answer' }),
        run: id.nullable(),
      }),
    ),
    next: z.null(),
  })
  .meta({ id: 'Backfill' });

export const queue = z
  .object({ name: z.string(), concurrency_limit: count, running: count, waiting: count })
  .meta({ id: 'WorkQueue' });

export const waitingRun = z
  .object({
    run: id,
    flow: z.string(),
    state,
    due: time.nullable(),
    why: z.string().meta({ description: 'in a sentence' }),
    limits: z.array(z.string()).meta({ description: 'concurrency limits that it waits for' }),
  })
  .meta({ id: 'WaitingRun' });
