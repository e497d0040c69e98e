/** `weir deployment rollback | delete`: back to what a deployment was, or away with it. Runs and history stay. */
import { planRollback, takeAway } from '../../engine/deploy/deploy.ts';
import { findDeployment } from '../../engine/deploy/find-deployment.ts';
import { versionToGoTo } from '../../engine/deploy/version-to-go-to.ts';
import { type DeletedDeploymentJson, deletedDeploymentJson } from '../../engine/tell/deployment-plan-json.ts';
import { EXIT, WeirError } from '../../model/errors.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { printJson, say } from '../output.ts';
import { withEngine } from '../session.ts';
import { deploymentName } from './deploy-lines.ts';
import { answerDueOf, type PlanFlags, showAndCarryOut } from './deployment-plan.ts';
import { planTitle } from './plan-lines.ts';

export async function rollbackDeployment(
  [text]: [string],
  flags: GlobalFlags & PlanFlags & { readonly to?: string },
): Promise<number> {
  return withEngine(flags, 'command', async (engine) => {
    const { store, now } = engine;
    const row = findDeployment(store, text);
    const to = versionToGoTo(store, row, flags.to === undefined ? null : versionNumber(deploymentName(row), flags.to));
    const code = await showAndCarryOut(engine, planRollback(store, row, to, now()), flags);
    if (code === EXIT.ok && !flags.dryRun) sayRolledBack(row.path);
    return code;
  });
}

/** What follows files goes on with the next one. */
export function sayRolledBack(path: string): void {
  say(`${path} is deployed again when it changes; until then it stays rolled back`);
}

/** @throws WeirError `not-found` for what is no number of a version */
export function versionNumber(deployment: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new WeirError('not-found', `${planTitle({ deployment })} has no version "${text}"`, {
    hint: `weir deployment history ${deployment}`,
  });
}

export async function deleteDeployment([text]: [string], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async (engine) => {
    const { store } = engine;
    const row = findDeployment(store, text);
    await store.writer.write(() => takeAway({ ...engine, answerDue: answerDueOf(engine) }, row));
    tellDeleted(deletedDeploymentJson(store, row), flags);
    return EXIT.ok;
  });
}

/** Of this database, or of a server elsewhere. */
export function tellDeleted(deleted: DeletedDeploymentJson, { json }: GlobalFlags): void {
  const { deployment, flow, path, in_flight: inFlight } = deleted;
  if (json) printJson(deleted);
  say(
    `deleted ${planTitle(deleted)}; its runs stay (weir runs flow:${flow}), and its history (weir deployment history ${deployment})`,
  );
  if (inFlight.length > 0)
    say(
      `${inFlight.length} ${inFlight.length === 1 ? 'run goes' : 'runs go'} on: weir cancel ${inFlight.slice(0, 5).join(' ')}`,
    );
  say(`weir up deploys it again from ${path} at its next start, or when the file changes`);
}
