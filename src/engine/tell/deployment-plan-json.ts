/** What deploying, rolling back and deleting do, as the JSON that users script against: field names are a promise. */
import type { DeploymentRow } from '../../store/deployments.ts';
import type { Store } from '../../store/store.ts';
import { type DeployPlan, isUnchanged } from '../deploy/deploy.ts';
import { snapshotJson } from './deployment-json.ts';

/** `version`: that it has, or had before; null: it is new. */
export function deploymentPlanJson(
  store: Store,
  plan: DeployPlan,
  { version, isApplied }: { readonly version: number | null; readonly isApplied: boolean },
) {
  const { flow, name, former, changed, addedSchedules, removedSchedules, definition, sameAs } = plan;
  const isStanding = former !== null && former.deletedAt === null;
  return {
    schema: 'weir.deployment-plan/1',
    deployment: `${flow}/${name}`,
    applied: isApplied,
    action: isUnchanged(plan) ? 'none' : isStanding ? 'change' : 'add',
    changed,
    added_schedules: addedSchedules,
    removed_schedules: removedSchedules,
    path: definition.path,
    code: definition.codeHash,
    snapshot: snapshotJson(plan.snapshot?.manifest ?? null, definition.snapshot ?? null),
    packages: definition.packages ?? {},
    version,
    same_as: sameAs,
    in_flight: former === null ? [] : inFlightOf(store, former),
  };
}

/** `weir deployment delete --json`. */
export function deletedDeploymentJson(store: Store, row: DeploymentRow) {
  return {
    schema: 'weir.deployment-deleted/1',
    deployment: `${row.flow}/${row.name}`,
    in_flight: inFlightOf(store, row),
  };
}

function inFlightOf(store: Store, { id }: DeploymentRow): number[] {
  return store.deploymentRuns.inFlight(id).map((run) => run.id);
}
