/** A run of a deployment: with the version that is deployed, whatever lies on disk, and the deployment's parameters. */
import { encode } from '../../model/codec.ts';
import { resolveRunName } from '../../model/run-name.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import type { NewFlowRun } from '../../store/flow-runs.ts';

type OfDeployment =
  | 'flow'
  | 'name'
  | 'deploymentId'
  | 'path'
  | 'entry'
  | 'codeHash'
  | 'version'
  | 'options'
  | 'params'
  | 'tags'
  | 'infrastructure'
  | 'snapshotHash';

/** `params`: given for this run alone; they count before the deployment's own. */
export function runOfDeployment(
  deployment: DeploymentRow,
  params: Readonly<Record<string, unknown>> = {},
): Pick<NewFlowRun, OfDeployment> {
  const all = { ...deployment.params, ...params };
  const { flow, path, entry, codeHash, version, options, tags, snapshotHash } = deployment;
  return {
    ...{ flow, path, entry, codeHash, version, options, tags, snapshotHash },
    name: resolveRunName(options.runName, all, deployment.paramsSchema),
    deploymentId: deployment.id,
    params: encode(all, 'params'),
    infrastructure: options.infrastructure ?? 'thread',
  };
}
