/** What deploying, rolling back and deleting do, as the JSON that users script against: field names are a promise. */
import { nextSlot } from '../../model/schedule.ts';
import { type ScheduleSpec, scheduleIdentity } from '../../model/schedule-spec.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import type { Store } from '../../store/store.ts';
import { type DeployPlan, isUnchanged } from '../deploy/deploy.ts';
import { snapshotJson } from './deployment-json.ts';
import { isoTime } from './told-times.ts';

export type DeploymentPlanJson = ReturnType<typeof deploymentPlanJson>;
export type DeletedDeploymentJson = ReturnType<typeof deletedDeploymentJson>;

/** `version`: that it has, or had before; null: it is new. */
export function deploymentPlanJson(
  store: Store,
  plan: DeployPlan,
  { version, isApplied, now }: { readonly version: number | null; readonly isApplied: boolean; readonly now: number },
) {
  const { flow, name, former, changed, addedSchedules, removedSchedules, definition, sameAs } = plan;
  const isStanding = former !== null && former.deletedAt === null;
  return {
    schema: 'weir.deployment-plan/1' as const,
    deployment: `${flow}/${name}`,
    applied: isApplied,
    action: isUnchanged(plan) ? ('none' as const) : isStanding ? ('change' as const) : ('add' as const),
    changed,
    added_schedules: addedSchedules,
    removed_schedules: removedSchedules,
    path: definition.path,
    code: definition.codeHash,
    snapshot:
      plan.snapshot === null
        ? snapshotOf(store, definition.snapshot ?? null)
        : snapshotJson(plan.snapshot.manifest, definition.snapshot ?? null),
    packages: definition.packages ?? {},
    params: definition.params,
    schedules: plan.specs.map((spec) => ({
      ...{ schedule: scheduleIdentity(spec), text: textOf(spec), kind: spec.kind },
      next: isoTime(nextSlot(spec, now)?.at ?? null),
    })),
    version,
    former: former === null ? null : { version: former.number, snapshot: snapshotOf(store, former.snapshotHash) },
    same_as: sameAs,
    in_flight: former === null ? [] : inFlightOf(store, former),
  };
}

/** `weir deployment delete --json`. */
export function deletedDeploymentJson(store: Store, row: DeploymentRow) {
  return {
    schema: 'weir.deployment-deleted/1' as const,
    deployment: `${row.flow}/${row.name}`,
    flow: row.flow,
    path: row.path,
    in_flight: inFlightOf(store, row),
  };
}

function inFlightOf(store: Store, { id }: DeploymentRow): number[] {
  return store.deploymentRuns.inFlight(id).map((run) => run.id);
}

function snapshotOf({ snapshots }: Store, hash: string | null) {
  return snapshotJson(hash === null ? null : snapshots.manifestOf(hash), hash);
}

/** `0 2 * * *`, or `nightly: 0 2 * * *` where it has a name. */
function textOf(spec: ScheduleSpec): string {
  const { name } = spec;
  return name === null ? scheduleIdentity(spec) : `${name}: ${scheduleIdentity({ ...spec, name: null })}`;
}
