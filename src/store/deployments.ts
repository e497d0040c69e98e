/** Deployments and their schedules; the ledger of slots lies in slots.ts, pauses in pauses.ts. */
import type { DeploymentDefinition, DeploymentOverrides } from '../model/deployment.ts';
import type { FlowRules } from '../model/flow-description.ts';
import type { Database } from './database.ts';
import { createPauses } from './pauses.ts';
import { createSlots } from './slots.ts';
import { lazyStatements } from './statements.ts';

export interface DeploymentRow {
  readonly id: number;
  readonly flow: string;
  readonly name: string;
  readonly path: string;
  readonly entry: string;
  readonly description: string;
  readonly options: FlowRules;
  readonly tags: readonly string[];
  /** The code version of its runs; null in files of older versions: what lies on disk. */
  readonly codeHash: string | null;
  /** What the flow calls its own version. */
  readonly version: string | null;
  /** Given to every run that is not told otherwise. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly paramsSchema: Readonly<Record<string, unknown>> | null;
  /** Which of its versions (deployment-versions.ts) it holds; 0 in files of older versions. */
  readonly number: number;
  readonly overrides: DeploymentOverrides;
  /** The code version that a rollback has left. */
  readonly setAside: string | null;
  /** What its runs are given of the project; null: the folder as it is. */
  readonly snapshotHash: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly deletedAt: number | null;
  readonly pausedAt: number | null;
  readonly pausedBy: string | null;
  readonly pausedReason: string | null;
  /** From then on slots are answered again; null: until somebody resumes it. */
  readonly pausedUntil: number | null;
  /** Failures before it count no more. */
  readonly resumedAt: number | null;
  readonly broken: string | null;
}

export interface ScheduleRow {
  readonly id: number;
  readonly deploymentId: number;
  readonly identity: string;
  /** The resolved schedule (model/schedule.ts) as JSON. */
  readonly spec: string;
  readonly nextAt: number | null;
  /** When its next slot is acted on: `nextAt` and what jitter adds. */
  readonly wakeAt: number | null;
  /** Why it is off: its row could not be read. */
  readonly broken: string | null;
  /** Of `@reboot`: the kernel's boot id that was answered last. */
  readonly bootId: string | null;
  readonly pausedAt: number | null;
  readonly pausedBy: string | null;
  readonly pausedReason: string | null;
  readonly pausedUntil: number | null;
  readonly createdAt: number;
}

const DEPLOYMENT_COLUMNS = `
  id, flow, name, path, entry, description, options, tags, code_hash as codeHash, version, params,
  params_schema as paramsSchema, number, overrides, set_aside as setAside, snapshot_hash as snapshotHash,
  created_at as createdAt,
  updated_at as updatedAt, deleted_at as deletedAt, paused_at as pausedAt, paused_by as pausedBy,
  paused_reason as pausedReason, paused_until as pausedUntil, resumed_at as resumedAt, broken`;

const PUT_DEPLOYMENT = `
  insert into deployments (flow, name, path, entry, description, options, tags, code_hash, version, params,
    params_schema, number, overrides, set_aside, snapshot_hash, created_at, updated_at)
  values (:flow, :name, :path, :entry, :description, :options, :tags, :codeHash, :version, :params, :paramsSchema,
    :number, :overrides, :setAside, :snapshot, :now, :now)
  on conflict (flow, name) do update
  set path = excluded.path, entry = excluded.entry, description = excluded.description, options = excluded.options,
    tags = excluded.tags, code_hash = excluded.code_hash, version = excluded.version, params = excluded.params,
    params_schema = excluded.params_schema, number = excluded.number, overrides = excluded.overrides,
    set_aside = excluded.set_aside, snapshot_hash = excluded.snapshot_hash, broken = null, updated_at = excluded.updated_at, deleted_at = null
  returning id`;
const DEPLOYMENTS = `select ${DEPLOYMENT_COLUMNS} from deployments where deleted_at is null order by flow, name`;
const DELETED = `
  select ${DEPLOYMENT_COLUMNS} from deployments where deleted_at is not null order by deleted_at desc, id desc`;
const DEPLOYMENT_BY_ID = `select ${DEPLOYMENT_COLUMNS} from deployments where id = :id`;
const DEPLOYMENT_NAMED = `select ${DEPLOYMENT_COLUMNS} from deployments where flow = :flow and name = :name`;
// plan: search deployments using index sqlite_autoindex_deployments_1 (flow=?)
const DEPLOYMENTS_OF_FLOW = `
  select ${DEPLOYMENT_COLUMNS} from deployments where flow = :flow and deleted_at is null order by name`;
const DEPLOYMENTS_OF_PATH = `select ${DEPLOYMENT_COLUMNS} from deployments where path = :path and deleted_at is null`;
const MARK_BROKEN =
  'update deployments set broken = :broken, updated_at = :now where path = :path and deleted_at is null';
const CLEAR_BROKEN = 'update deployments set broken = null where path = :path and broken is not null';
const DELETE_DEPLOYMENT = 'update deployments set deleted_at = :now, broken = null where id = :id';

const SCHEDULE_COLUMNS = `
  id, deployment_id as deploymentId, identity, spec, next_at as nextAt, wake_at as wakeAt, broken, boot_id as bootId,
  paused_at as pausedAt, paused_by as pausedBy, paused_reason as pausedReason, paused_until as pausedUntil,
  created_at as createdAt`;
// What is unchanged keeps its next slot: it may be due already. `next_at` there is that of the former row.
const PUT_SCHEDULE = `
  insert into schedules (deployment_id, identity, spec, timezone, next_at, wake_at, next_note, boot_id, created_at)
  values (:deploymentId, :identity, :spec, :timezone, :nextAt, :wakeAt, :nextNote, :bootId, :now)
  on conflict (deployment_id, identity) do update
  set spec = excluded.spec, timezone = excluded.timezone, removed_at = null, broken = null,
    boot_id = case when excluded.boot_id is null then null else coalesce(schedules.boot_id, excluded.boot_id) end,
    next_at = case when schedules.removed_at is null and schedules.spec = excluded.spec
      then coalesce(schedules.next_at, excluded.next_at) else excluded.next_at end,
    wake_at = case when schedules.removed_at is null and schedules.spec = excluded.spec
      then coalesce(schedules.wake_at, schedules.next_at, excluded.wake_at) else excluded.wake_at end
  returning id`;
const ZONE_OF_SCHEDULE = 'select timezone from schedules where id = :id';
const REMOVE_OTHER_SCHEDULES = `
  update schedules
  set removed_at = :now, next_at = null, wake_at = null
  where deployment_id = :deploymentId
    and removed_at is null
    and identity not in (select value from json_each(:identities))`;
// One that was removed keeps its anchor and its zone for the day when it comes back.
const SCHEDULE_NAMED = `
  select ${SCHEDULE_COLUMNS} from schedules where deployment_id = :deploymentId and identity = :identity`;
const SCHEDULES_OF = `select ${SCHEDULE_COLUMNS} from schedules where deployment_id = :deploymentId and removed_at is null order by id`;
const ALL_SCHEDULES = `select ${SCHEDULE_COLUMNS} from schedules where removed_at is null order by id`;
const SCHEDULE_BY_ID = `select ${SCHEDULE_COLUMNS} from schedules where id = :id`;
// plan: search schedules using index schedules_due (wake_at<?)
const DUE_SCHEDULES = `
  select ${SCHEDULE_COLUMNS}
  from schedules
  where wake_at <= :now
    and removed_at is null
  order by wake_at
  limit :limit`;
const EARLIEST = 'select min(wake_at) from schedules where wake_at is not null and removed_at is null';
const OF_OTHER_BOOTS = `
  select ${SCHEDULE_COLUMNS}
  from schedules
  where boot_id is not null
    and boot_id <> :bootId
    and removed_at is null`;
const SET_BOOT = 'update schedules set boot_id = :bootId where id = :id';
const ADVANCE = 'update schedules set next_at = :nextAt, wake_at = :wakeAt, next_note = :nextNote where id = :id';
// Its next slot stays: once it can be read again, nothing that was due is lost.
const BREAK = 'update schedules set broken = :reason, wake_at = null where id = :id';

type Packed = 'options' | 'tags' | 'params' | 'overrides';
type RawDeployment = Omit<DeploymentRow, Packed | 'paramsSchema'> &
  Readonly<Record<Packed, string>> & { readonly paramsSchema: string | null };

/** What is written of a deployment that is deployed: its definition, and where it stands in its history. */
type PutDeployment = Pick<DeploymentDefinition, 'path' | 'entry' | 'description' | 'options' | 'tags'> &
  Partial<DeploymentDefinition> & {
    readonly flow: string;
    readonly name: string;
    readonly number?: number;
    readonly setAside?: string | null;
    readonly now: number;
  };

export function createDeployments(database: Database) {
  const statement = lazyStatements(database);
  const deployments = (sql: string, binding: object) =>
    (statement(sql).all(binding) as RawDeployment[]).map(parseDeployment);

  return {
    ...createSlots(database),
    ...createPauses(database),

    put(row: PutDeployment): number {
      const { flow, name, path, entry, description, now, codeHash = null, version = null, paramsSchema = null } = row;
      const { number = 0, setAside = null, params = {}, overrides = {}, snapshot = null } = row;
      return statement(PUT_DEPLOYMENT)
        .pluck()
        .get({
          ...{ flow, name, path, entry, description, now, codeHash, version, number, setAside, snapshot },
          options: JSON.stringify(row.options),
          tags: JSON.stringify(row.tags),
          params: JSON.stringify(params),
          paramsSchema: paramsSchema === null ? null : JSON.stringify(paramsSchema),
          overrides: JSON.stringify(overrides),
        }) as number;
    },
    all: (): DeploymentRow[] => deployments(DEPLOYMENTS, {}),
    /** Taken away, the latest first. */
    deleted: (): DeploymentRow[] => deployments(DELETED, {}),
    byId: (id: number): DeploymentRow | null => deployments(DEPLOYMENT_BY_ID, { id })[0] ?? null,
    /** Also one that was deleted. */
    named: (flow: string, name: string): DeploymentRow | null =>
      deployments(DEPLOYMENT_NAMED, { flow, name })[0] ?? null,
    ofFlow: (flow: string): DeploymentRow[] => deployments(DEPLOYMENTS_OF_FLOW, { flow }),
    ofPath: (path: string): DeploymentRow[] => deployments(DEPLOYMENTS_OF_PATH, { path }),
    markBroken(path: string, broken: string, now: number): void {
      statement(MARK_BROKEN).run({ path, broken, now });
    },
    clearBroken(path: string): void {
      statement(CLEAR_BROKEN).run({ path });
    },
    /** Its runs, versions and slots stay; its schedules are off. */
    delete(id: number, now: number): void {
      statement(REMOVE_OTHER_SCHEDULES).run({ deploymentId: id, identities: '[]', now });
      statement(DELETE_DEPLOYMENT).run({ id, now });
    },

    putSchedule(row: {
      deploymentId: number;
      identity: string;
      spec: string;
      timezone: string;
      nextAt: number | null;
      nextNote: string | null;
      /** Default: no jitter. */
      wakeAt?: number | null;
      /** Of `@reboot`: the boot that is under way. */
      bootId?: string | null;
      now: number;
    }): number {
      const { wakeAt = row.nextAt, bootId = null } = row;
      return statement(PUT_SCHEDULE)
        .pluck()
        .get({ ...row, wakeAt, bootId }) as number;
    },
    removeOtherSchedules(deploymentId: number, identities: readonly string[], now: number): void {
      statement(REMOVE_OTHER_SCHEDULES).run({ deploymentId, identities: JSON.stringify(identities), now });
    },
    /** Also one that was removed. */
    scheduleNamed: (deploymentId: number, identity: string): ScheduleRow | null =>
      (statement(SCHEDULE_NAMED).get({ deploymentId, identity }) as ScheduleRow | undefined) ?? null,
    schedulesOf: (deploymentId: number): ScheduleRow[] =>
      statement(SCHEDULES_OF).all({ deploymentId }) as ScheduleRow[],
    /** Also of one that was removed since. */
    zoneOf: (id: number): string | null =>
      (statement(ZONE_OF_SCHEDULE).pluck().get({ id }) as string | undefined) ?? null,
    dueSchedules: (now: number, limit: number): ScheduleRow[] =>
      statement(DUE_SCHEDULES).all({ now, limit }) as ScheduleRow[],
    earliestSlot: (): number | null => statement(EARLIEST).pluck().get() as number | null,
    allSchedules: (): ScheduleRow[] => statement(ALL_SCHEDULES).all({}) as ScheduleRow[],
    scheduleById: (id: number): ScheduleRow | null =>
      (statement(SCHEDULE_BY_ID).get({ id }) as ScheduleRow | undefined) ?? null,
    /** Schedules by `@reboot` that have not answered this boot of the machine. */
    schedulesOfOtherBoots: (bootId: string): ScheduleRow[] =>
      statement(OF_OTHER_BOOTS).all({ bootId }) as ScheduleRow[],
    answerBoot(id: number, bootId: string): void {
      statement(SET_BOOT).run({ id, bootId });
    },
    advance(id: number, next: { at: number; wakeAt: number; note: string | null } | null): void {
      statement(ADVANCE).run({
        id,
        nextAt: next?.at ?? null,
        wakeAt: next?.wakeAt ?? null,
        nextNote: next?.note ?? null,
      });
    },
    /** Switches one schedule off, and says why; the next deploy mends it. */
    breakSchedule(id: number, reason: string): void {
      statement(BREAK).run({ id, reason });
    },
  };
}

export type Deployments = ReturnType<typeof createDeployments>;

function parseDeployment(raw: RawDeployment): DeploymentRow {
  return {
    ...raw,
    options: JSON.parse(raw.options) as FlowRules,
    tags: JSON.parse(raw.tags) as string[],
    params: JSON.parse(raw.params) as DeploymentRow['params'],
    paramsSchema: raw.paramsSchema === null ? null : (JSON.parse(raw.paramsSchema) as DeploymentRow['paramsSchema']),
    overrides: JSON.parse(raw.overrides) as DeploymentOverrides,
  };
}
