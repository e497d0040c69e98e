/**
 * Puts a flow, as it was described, into the file as a deployment: what it runs from now on, its schedules, and a row of
 * its history. Runs that are there already keep the version they were made with; slots that are due are answered by the
 * schedule they belong to before it changes, so that redeploying loses none and fires none twice.
 */
import {
  changesBetween,
  type DeploymentDefinition,
  type DeploymentOverrides,
  definitionOf,
} from '../../model/deployment.ts';
import type { FlowDescription } from '../../model/flow-description.ts';
import type { ScheduleInput } from '../../model/schedule-input.ts';
import { resolveSchedules, type ScheduleSpec, scheduleIdentity } from '../../model/schedule-spec.ts';
import type { DeploymentOrigin } from '../../store/deployment-versions.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import type { Store } from '../../store/store.ts';
import type { CollectedSnapshot } from './project-files.ts';
import { putSchedules, type SchedulesParts } from './put-schedules.ts';
import { keepSnapshot } from './snapshots.ts';

export type DeployParts = SchedulesParts;

/** What deploying would change; nothing is written yet. */
export interface DeployPlan {
  readonly flow: string;
  readonly name: string;
  readonly origin: DeploymentOrigin;
  readonly definition: DeploymentDefinition;
  /** The files of its code, packed; null where they are kept already. */
  readonly code: Uint8Array | null;
  /** The files that its runs are given; null where they are kept already, or there are none. */
  readonly snapshot: CollectedSnapshot | null;
  /** Null: it is new. It may have been deleted. */
  readonly former: DeploymentRow | null;
  /** What differs from what is deployed. */
  readonly changed: readonly string[];
  readonly specs: readonly ScheduleSpec[];
  readonly addedSchedules: readonly string[];
  readonly removedSchedules: readonly string[];
  /** The version that a rollback goes back to. */
  readonly sameAs: number | null;
}

export interface DeployRequest {
  readonly path: string;
  readonly flow: FlowDescription;
  readonly name: string;
  readonly origin: DeploymentOrigin;
  /** Default: those that it has. */
  readonly overrides?: DeploymentOverrides;
  /** What `collectSnapshot` gave for it. */
  readonly snapshot: CollectedSnapshot | null;
}

/** What is said of a deployment besides its flow: what is asked for, else what it has. */
export function overridesFor(
  { deployments }: Pick<Store, 'deployments'>,
  flow: string,
  name: string,
  asked?: DeploymentOverrides,
): DeploymentOverrides {
  if (asked !== undefined) return asked;
  const former = deployments.named(flow, name);
  return former?.deletedAt === null ? former.overrides : {};
}

/** @throws WeirError `invalid-value` for schedules that mean nothing */
export function planDeploy(store: Store, request: DeployRequest, now: number): DeployPlan {
  const { flow, name, path, origin, snapshot } = request;
  const former = store.deployments.named(flow.name, name);
  const overrides = overridesFor(store, flow.name, name, request.overrides);
  const definition = definitionOf(path, flow, overrides, snapshot?.hash ?? null);
  const { code } = flow;
  return planOf(store, { flow: flow.name, name, origin, definition, code, snapshot, former, sameAs: null }, now);
}

/** What going back to an earlier version would change. */
export function planRollback(
  store: Store,
  former: DeploymentRow,
  to: { readonly number: number; readonly definition: DeploymentDefinition },
  now: number,
): DeployPlan {
  const { flow, name } = former;
  const { definition, number: sameAs } = to;
  const kept = { code: null, snapshot: null };
  return planOf(store, { flow, name, origin: 'rollback', definition, ...kept, former, sameAs }, now);
}

function planOf(
  store: Store,
  plan: Pick<DeployPlan, 'flow' | 'name' | 'origin' | 'definition' | 'code' | 'snapshot' | 'former' | 'sameAs'>,
  now: number,
): DeployPlan {
  const { flow, name, definition, former } = plan;
  const specs = resolveSchedules(definition.schedules as ScheduleInput[], {
    machineZone: Temporal.Now.timeZoneId(),
    seed: `${flow}/${name}`,
    createdAt: now,
  });
  const identities = specs.map(scheduleIdentity);
  const present = former === null ? [] : store.deployments.schedulesOf(former.id).map(({ identity }) => identity);
  return {
    ...plan,
    changed: former === null ? [] : changedSince(store, former, definition),
    specs,
    addedSchedules: identities.filter((identity) => !present.includes(identity)),
    removedSchedules: present.filter((identity) => !identities.includes(identity)),
  };
}

/** Whether carrying out the plan would change anything. */
export function isUnchanged({ former, changed }: DeployPlan): boolean {
  return former !== null && former.deletedAt === null && changed.length === 0;
}

/** Carries out a plan; gives the deployment as it is then. Call it inside a transaction. */
export function carryOut(parts: DeployParts, plan: DeployPlan): DeploymentRow {
  const { store, now } = parts;
  const { deployments, deploymentVersions, codeVersions } = store;
  const { flow, name, definition, former, changed, origin, specs, sameAs } = plan;
  const at = now();
  if (plan.code !== null) codeVersions.put(definition.codeHash, plan.code, at);
  if (plan.snapshot !== null) keepSnapshot(store, plan.snapshot, at);
  const isNewVersion = former === null || former.number === 0 || changed.length > 0;
  const number = isNewVersion ? (former === null ? 0 : deploymentVersions.newest(former.id)) + 1 : former.number;
  const setAside = origin === 'rollback' && former !== null ? leftBy(former, definition) : null;
  const id = deployments.put({ ...definition, flow, name, number, setAside, now: at });
  if (isNewVersion)
    deploymentVersions.add({ deploymentId: id, number, definition, changed, origin, sameAs, deployedAt: at });
  putSchedules(parts, id, specs);
  return deployments.byId(id) as DeploymentRow;
}

/** Takes a deployment away: its schedules are off, its runs, versions and slots stay. Call it inside a transaction. */
export function takeAway({ store, now, answerDue }: DeployParts, deployment: DeploymentRow): void {
  for (const schedule of store.deployments.schedulesOf(deployment.id)) answerDue(schedule);
  store.deployments.delete(deployment.id, now());
}

/** The earliest due time of a deployment that lies ahead. */
export function nextDueOf(store: Store, deploymentId: number): number | null {
  const times = store.deployments.schedulesOf(deploymentId).flatMap(({ nextAt }) => (nextAt === null ? [] : [nextAt]));
  return times.length === 0 ? null : Math.min(...times);
}

/** What the file gives, as long as it is not changed: a second rollback does not know it better than the first. */
function leftBy(former: DeploymentRow, definition: DeploymentDefinition): string | null {
  const left = former.setAside ?? codeKey(former.codeHash, former.snapshotHash);
  return left === codeKeyOf(definition) ? null : left;
}

/** What tells the code of one version from that of another, by which one that was rolled back is known again. */
export function codeKeyOf({ codeHash, snapshot = null }: DeploymentDefinition): string {
  return codeKey(codeHash, snapshot) as string;
}

function codeKey(codeHash: string | null, snapshot: string | null): string | null {
  return codeHash === null || snapshot === null ? codeHash : `${codeHash} ${snapshot}`;
}

function changedSince(store: Store, former: DeploymentRow, definition: DeploymentDefinition): readonly string[] {
  const version = store.deploymentVersions.byNumber(former.id, former.number);
  // Deployed by a version of Weir that kept no history.
  return version === null ? ['code'] : changesBetween(version.definition, definition);
}
