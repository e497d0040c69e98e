/**
 * Snapshots of deployments: collected before anything is written, kept with the deploy, and taken away here, too, when
 * nothing needs them any more. What a run is given of one on disk is the affair of project-copies.ts.
 */
import type { DeploymentOverrides } from '../../model/deployment.ts';
import { WeirError } from '../../model/errors.ts';
import type { FlowDescription } from '../../model/flow-description.ts';
import { filesFolder } from '../../store/database.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { RetriedCode } from '../../store/retries.ts';
import type { Store } from '../../store/store.ts';
import { type CollectedSnapshot, collectProjectFiles } from './project-files.ts';

/** Versions of a deployment that a rollback finds whole. */
const KEPT_VERSIONS = 20;
/** Runs that ended longer ago are not retried with the files that they had. */
const KEPT_AFTER_END_MS = 30 * 24 * 3_600_000;

/** The snapshot of a flow as its files are now; null: its deployment has none. @throws WeirError naming deployment and fault */
export function collectSnapshot(
  store: Pick<Store, 'path'>,
  request: {
    readonly path: string;
    readonly flow: FlowDescription;
    readonly name: string;
    readonly overrides: DeploymentOverrides;
  },
): CollectedSnapshot | null {
  const { path, flow, name, overrides } = request;
  if (overrides.storage !== 'snapshot' || flow.code === null) return null;
  try {
    const own = [store.path, filesFolder(store.path)];
    const { code, packages } = flow;
    return collectProjectFiles({ path, code, packages, include: overrides.include ?? [], own });
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    throw new WeirError(error.code, `${flow.name}/${name} cannot be kept as a snapshot: ${error.message}`, {
      ...hint,
      cause: error,
    });
  }
}

/** Keeps it, and takes away those that nothing needs any more. Call it inside a transaction. */
export function keepSnapshot(
  { snapshots }: Pick<Store, 'snapshots'>,
  { hash, manifest, contents }: CollectedSnapshot,
  now: number,
): void {
  snapshots.put(hash, manifest, contents, now);
  snapshots.clean({ before: now, versions: KEPT_VERSIONS, endedAfter: now - KEPT_AFTER_END_MS });
}

/**
 * What a run of a snapshot is given when it is tried once more, or started anew: what its deployment has now. Null where
 * the folder itself counts, or nothing else is deployed.
 */
export function deployedCodeFor({ deployments, snapshots }: Store, run: FlowRunRow): RetriedCode | null {
  if (run.snapshotHash === null || run.deploymentId === null) return null;
  const deployment = deployments.byId(run.deploymentId);
  const hash = deployment?.snapshotHash ?? null;
  if (deployment === null || hash === null || snapshots.manifestOf(hash) === null) return null;
  const { entry, codeHash, version, options, snapshotHash } = deployment;
  return { entry, codeHash, version, options, snapshotHash };
}
