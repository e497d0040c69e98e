/** From `flow/name`, or the flow alone where it has one deployment, to the deployment. Only reads. */
import { nearest, WeirError } from '../../model/errors.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import type { Store } from '../../store/store.ts';
import { localTime } from '../tell/told-times.ts';

/** `withDeleted`: also one that was deleted, when it is named and no living one is. @throws WeirError `not-found`, `usage` */
export function findDeployment(store: Store, text: string, { withDeleted = false } = {}): DeploymentRow {
  const matches = (row: DeploymentRow) => text === `${row.flow}/${row.name}` || text === row.flow;
  const all = store.deployments.all();
  const found = all.filter(matches);
  const exact =
    found.find(({ flow, name }) => text === `${flow}/${name}`) ?? (found.length === 1 ? found[0] : undefined);
  if (exact !== undefined) return exact;
  if (found.length > 1)
    throw new WeirError('usage', `the flow "${text}" has ${found.length} deployments`, {
      hint: `name one: ${found.map(({ flow, name }) => `${flow}/${name}`).join(', ')}`,
    });
  const gone = store.deployments.deleted().filter(matches);
  if (gone[0] !== undefined && withDeleted) return gone[0];
  if (gone[0] !== undefined) {
    const name = `${gone[0].flow}/${gone[0].name}`;
    throw new WeirError('not-found', `${name} was deleted ${localTime(gone[0].deletedAt ?? 0)}`, {
      hint: `its history is there: weir deployment history ${name}`,
    });
  }
  const near = nearest(
    text,
    all.flatMap(({ flow, name }) => [flow, `${flow}/${name}`]),
  );
  throw new WeirError('not-found', `there is no deployment "${text}"`, {
    hint: near === undefined ? 'weir up deploys the flows of a folder' : `did you mean ${near}?`,
  });
}

/** Also those that were deleted: what became of their due times stays in the ledger. */
export function deploymentsEver({ deployments }: Store): DeploymentRow[] {
  return [...deployments.all(), ...deployments.deleted()];
}
