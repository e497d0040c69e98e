/** Deployments, their schedules, and the ledger of slots. */
import type { DeploymentDefinition, DeploymentOverrides } from '../model/deployment.ts';
import type { FlowRules } from '../model/flow-description.ts';
import type { Database } from './database.ts';
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
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly deletedAt: number | null;
  readonly pausedAt: number | null;
  readonly pausedBy: string | null;
  readonly pausedReason: string | null;
  readonly broken: string | null;
}

export interface ScheduleRow {
  readonly id: number;
  readonly deploymentId: number;
  readonly identity: string;
  /** The resolved schedule (model/schedule.ts) as JSON. */
  readonly spec: string;
  readonly nextAt: number | null;
  readonly createdAt: number;
}

export type SlotOutcome = 'ran' | 'caught_up' | 'missed' | 'skipped' | 'suppressed' | 'buffered';

export interface SlotRow {
  readonly scheduleId: number;
  readonly at: number;
  readonly outcome: SlotOutcome;
  readonly reason: string | null;
  readonly note: string | null;
  readonly flowRunId: number | null;
}

const DEPLOYMENT_COLUMNS = `
  id, flow, name, path, entry, description, options, tags, code_hash as codeHash, version, params,
  params_schema as paramsSchema, number, overrides, set_aside as setAside, created_at as createdAt,
  updated_at as updatedAt, deleted_at as deletedAt, paused_at as pausedAt, paused_by as pausedBy,
  paused_reason as pausedReason, broken`;

const PUT_DEPLOYMENT = `
  insert into deployments (flow, name, path, entry, description, options, tags, code_hash, version, params,
    params_schema, number, overrides, set_aside, created_at, updated_at)
  values (:flow, :name, :path, :entry, :description, :options, :tags, :codeHash, :version, :params, :paramsSchema,
    :number, :overrides, :setAside, :now, :now)
  on conflict (flow, name) do update
  set path = excluded.path, entry = excluded.entry, description = excluded.description, options = excluded.options,
    tags = excluded.tags, code_hash = excluded.code_hash, version = excluded.version, params = excluded.params,
    params_schema = excluded.params_schema, number = excluded.number, overrides = excluded.overrides,
    set_aside = excluded.set_aside, broken = null, updated_at = excluded.updated_at, deleted_at = null
  returning id`;
const DEPLOYMENTS = `select ${DEPLOYMENT_COLUMNS} from deployments where deleted_at is null order by flow, name`;
const DEPLOYMENT_BY_ID = `select ${DEPLOYMENT_COLUMNS} from deployments where id = :id`;
const DEPLOYMENT_NAMED = `select ${DEPLOYMENT_COLUMNS} from deployments where flow = :flow and name = :name`;
const DEPLOYMENTS_OF_PATH = `select ${DEPLOYMENT_COLUMNS} from deployments where path = :path and deleted_at is null`;
const MARK_BROKEN =
  'update deployments set broken = :broken, updated_at = :now where path = :path and deleted_at is null';
const CLEAR_BROKEN = 'update deployments set broken = null where path = :path and broken is not null';
const DELETE_DEPLOYMENT = 'update deployments set deleted_at = :now, broken = null where id = :id';

const SCHEDULE_COLUMNS =
  'id, deployment_id as deploymentId, identity, spec, next_at as nextAt, created_at as createdAt';
const PUT_SCHEDULE = `
  insert into schedules (deployment_id, identity, spec, timezone, next_at, next_note, created_at)
  values (:deploymentId, :identity, :spec, :timezone, :nextAt, :nextNote, :now)
  on conflict (deployment_id, identity) do update
  set spec = excluded.spec, timezone = excluded.timezone, removed_at = null,
    next_at = case when schedules.removed_at is null and schedules.spec = excluded.spec
      then coalesce(schedules.next_at, excluded.next_at) else excluded.next_at end
  returning id`;
const ZONE_OF_SCHEDULE = 'select timezone from schedules where id = :id';
const REMOVE_OTHER_SCHEDULES = `
  update schedules
  set removed_at = :now, next_at = null
  where deployment_id = :deploymentId
    and removed_at is null
    and identity not in (select value from json_each(:identities))`;
// One that was removed keeps its anchor and its zone for the day when it comes back.
const SCHEDULE_NAMED = `
  select ${SCHEDULE_COLUMNS} from schedules where deployment_id = :deploymentId and identity = :identity`;
const SCHEDULES_OF = `select ${SCHEDULE_COLUMNS} from schedules where deployment_id = :deploymentId and removed_at is null order by id`;
// plan: search schedules using index schedules_due (next_at<?)
const DUE_SCHEDULES = `select ${SCHEDULE_COLUMNS} from schedules where next_at <= :now and removed_at is null order by next_at limit :limit`;
const EARLIEST = 'select min(next_at) from schedules where next_at is not null and removed_at is null';
const ADVANCE = 'update schedules set next_at = :nextAt, next_note = :nextNote where id = :id';

const ADD_SLOT = `
  insert into slots (schedule_id, at, outcome, reason, note, flow_run_id, decided_at)
  values (:scheduleId, :at, :outcome, :reason, :note, :flowRunId, :now)
  on conflict do nothing`;
const SET_SLOT_RUN = 'update slots set flow_run_id = :runId where schedule_id = :scheduleId and at = :at';
const SLOT_AT = `
  select schedule_id as scheduleId, at, outcome, reason, note, flow_run_id as flowRunId
  from slots
  where schedule_id = :scheduleId
    and at <= :at
    and coalesce(until_at, at) >= :at
  order by at desc
  limit 1`;
const SLOTS_OF = `
  select schedule_id as scheduleId, at, outcome, reason, note, flow_run_id as flowRunId
  from slots
  where schedule_id = :scheduleId
  order by at desc
  limit :limit`;

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
    put(row: PutDeployment): number {
      const { flow, name, path, entry, description, now, codeHash = null, version = null, paramsSchema = null } = row;
      const { number = 0, setAside = null, params = {}, overrides = {} } = row;
      return statement(PUT_DEPLOYMENT)
        .pluck()
        .get({
          ...{ flow, name, path, entry, description, now, codeHash, version, number, setAside },
          options: JSON.stringify(row.options),
          tags: JSON.stringify(row.tags),
          params: JSON.stringify(params),
          paramsSchema: paramsSchema === null ? null : JSON.stringify(paramsSchema),
          overrides: JSON.stringify(overrides),
        }) as number;
    },
    all: (): DeploymentRow[] => deployments(DEPLOYMENTS, {}),
    byId: (id: number): DeploymentRow | null => deployments(DEPLOYMENT_BY_ID, { id })[0] ?? null,
    /** Also one that was deleted. */
    named: (flow: string, name: string): DeploymentRow | null =>
      deployments(DEPLOYMENT_NAMED, { flow, name })[0] ?? null,
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
      now: number;
    }): number {
      return statement(PUT_SCHEDULE).pluck().get(row) as number;
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
    advance(id: number, nextAt: number | null, nextNote: string | null): void {
      statement(ADVANCE).run({ id, nextAt, nextNote });
    },

    /** False when the slot was answered already: no slot fires twice. */
    addSlot(row: SlotRow, now: number): boolean {
      return statement(ADD_SLOT).run({ ...row, now }).changes === 1;
    },
    setSlotRun(scheduleId: number, at: number, runId: number): void {
      statement(SET_SLOT_RUN).run({ scheduleId, at, runId });
    },
    /** What became of a due time, also where it stands in a range of equal neighbours. */
    slotAt: (scheduleId: number, at: number): SlotRow | null =>
      (statement(SLOT_AT).get({ scheduleId, at }) as SlotRow | undefined) ?? null,
    slotsOf: (scheduleId: number, limit: number): SlotRow[] =>
      statement(SLOTS_OF).all({ scheduleId, limit }) as SlotRow[],
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
