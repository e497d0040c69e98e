/** Which deployment of a flow a page is about: the one that is named, else its only one, else `default`. */
import { DEPLOYMENT_NAME } from '../../engine/deploy/catalog.ts';
import { WeirError } from '../../model/errors.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';

export interface ChosenDeployment {
  readonly deployment: DeploymentRow;
  /** All of the flow, by name. */
  readonly all: readonly DeploymentRow[];
}

/** Null: the flow has runs, but is not deployed. @throws WeirError `not-found`, `usage` */
export function chooseDeployment(store: Store, flow: string, name: string | undefined): ChosenDeployment | null {
  const all = store.deployments.all().filter((each) => each.flow === flow);
  if (all.length === 0 && name === undefined && store.flowRuns.latestOfFlow(flow, 0) !== null) return null;
  if (all.length === 0)
    throw new WeirError('not-found', `no flow "${flow.slice(0, 100)}" is deployed`, {
      hint: 'weir up FOLDER deploys the flows of a folder',
    });
  const wanted = name ?? DEPLOYMENT_NAME;
  const deployment = all.find((each) => each.name === wanted) ?? (name === undefined ? all[0] : undefined);
  if (deployment !== undefined) return { deployment, all };
  const names = all.map((each) => each.name).join(', ');
  throw new WeirError('not-found', `the flow "${flow}" has no deployment "${wanted.slice(0, 100)}"; it has ${names}`);
}

/** @throws WeirError `not-found`, and `conflict` for a flow that only the command line runs */
export function deployedOrRefuse(store: Store, flow: string, name: string | undefined): DeploymentRow {
  const chosen = chooseDeployment(store, flow, name);
  if (chosen === null)
    throw new WeirError('conflict', `the flow "${flow}" is not deployed: nothing of it is scheduled`, {
      hint: 'weir up FOLDER deploys the flows of a folder',
    });
  if (name === undefined && chosen.all.length > 1)
    throw new WeirError('usage', `the flow "${flow}" has ${chosen.all.length} deployments, and none was named`, {
      hint: `name one: ${chosen.all.map((each) => each.name).join(', ')}`,
    });
  return chosen.deployment;
}

/** As commands and addresses name it: by its flow alone where it has no other. */
export function deploymentTitle({ deployment, all }: ChosenDeployment): string {
  return all.length === 1 ? deployment.flow : `${deployment.flow}/${deployment.name}`;
}

/** The deployment whose parameters are those of the run; null where there is none any more. */
export function deploymentOfRun(store: Store, run: FlowRunRow): DeploymentRow | null {
  const own = run.deploymentId === null ? null : store.deployments.byId(run.deploymentId);
  return own === null || own.deletedAt !== null ? null : own;
}
