/** Which version of a deployment a rollback goes to. Only reads. */
import { WeirError } from '../../model/errors.ts';
import type { DeploymentVersionRow } from '../../store/deployment-versions.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import type { Store } from '../../store/store.ts';

/**
 * Without a number (null): the newest version that is not like what is deployed.
 * @throws WeirError `not-found`; `conflict` where there is none before, or its code is not kept any more
 */
export function versionToGoTo(store: Store, row: DeploymentRow, number: number | null): DeploymentVersionRow {
  const name = `${row.flow}/${row.name}`;
  const hint = `weir deployment history ${name}`;
  const to = number === null ? versionBefore(store, row) : store.deploymentVersions.byNumber(row.id, number);
  if (to === null && number !== null) throw new WeirError('not-found', `${name} has no version ${number}`, { hint });
  if (to === null) throw new WeirError('conflict', noneBefore(store, row, name), { hint });
  const { codeHash, snapshot = null } = to.definition;
  const isKept = snapshot === null || store.snapshots.manifestOf(snapshot) !== null;
  if (isKept && store.codeVersions.has(codeHash)) return to;
  throw new WeirError('conflict', `the code of version ${to.number} is not in ${store.path} any more`, {
    hint: `${hint} lists the others`,
  });
}

function versionBefore({ deploymentVersions }: Store, { id, number: current }: DeploymentRow) {
  const versions = deploymentVersions.of(id);
  const now = versions.find(({ number }) => number === current);
  const like = new Set([current, now?.sameAs]);
  return versions.find(({ number }) => number < (now?.sameAs ?? current) && !like.has(number)) ?? null;
}

function noneBefore({ deploymentVersions }: Store, { id, number }: DeploymentRow, name: string): string {
  const sameAs = deploymentVersions.byNumber(id, number)?.sameAs ?? null;
  if (sameAs === null) return `${name} is version ${number}: there is none before it`;
  return `${name} is version ${number}, which is version ${sameAs} again: there is none before that`;
}
