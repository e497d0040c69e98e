/** `weir deployment rollback | delete`: back to what a deployment was, or away with it. Runs and history stay. */
import { planRollback, takeAway } from '../engine/deploy.ts';
import { findDeployment } from '../engine/find-deployment.ts';
import { EXIT, WeirError } from '../model/errors.ts';
import type { DeploymentVersionRow } from '../store/deployment-versions.ts';
import type { DeploymentRow } from '../store/deployments.ts';
import type { Store } from '../store/store.ts';
import type { GlobalFlags } from './declare.ts';
import { deploymentName, deploymentTitle } from './deploy-lines.ts';
import { answerDueOf, type PlanFlags, showAndCarryOut } from './deployment-plan.ts';
import { printJson, say } from './output.ts';
import { withEngine } from './session.ts';

export async function rollbackDeployment(
  [text]: [string],
  flags: GlobalFlags & PlanFlags & { readonly to?: string },
): Promise<number> {
  return withEngine(flags, 'command', async (engine) => {
    const { store, now } = engine;
    const row = findDeployment(store, text);
    const to = versionToGoTo(store, row, flags.to);
    const { codeHash, snapshot = null } = to.definition;
    const isKept = snapshot === null || store.snapshots.manifestOf(snapshot) !== null;
    if (!isKept || !store.codeVersions.has(codeHash))
      throw new WeirError('conflict', `the code of version ${to.number} is not in ${store.path} any more`, {
        hint: `weir deployment history ${deploymentName(row)} lists the others`,
      });
    const code = await showAndCarryOut(engine, planRollback(store, row, to, now()), flags);
    if (code === EXIT.ok && !flags.dryRun)
      say(`${row.path} is deployed again when it changes; until then it stays rolled back`);
    return code;
  });
}

/** Without a number: the newest version that is not like what is deployed. */
function versionToGoTo(store: Store, row: DeploymentRow, text: string | undefined): DeploymentVersionRow {
  const title = deploymentTitle(row);
  if (text !== undefined) {
    const found = /^\d{1,9}$/.test(text) ? store.deploymentVersions.byNumber(row.id, Number(text)) : null;
    if (found !== null) return found;
    throw new WeirError('not-found', `${title} has no version "${text}"`, {
      hint: `weir deployment history ${deploymentName(row)}`,
    });
  }
  const versions = store.deploymentVersions.of(row.id);
  const current = versions.find(({ number }) => number === row.number);
  const like = new Set([row.number, current?.sameAs]);
  const former = versions.find(({ number }) => number < (current?.sameAs ?? row.number) && !like.has(number));
  if (former !== undefined) return former;
  throw new WeirError('conflict', `${title} is version ${row.number}: there is none before it`, {
    hint: `weir deployment history ${deploymentName(row)}`,
  });
}

export async function deleteDeployment([text]: [string], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async (engine) => {
    const { store } = engine;
    const row = findDeployment(store, text);
    await store.writer.write(() => takeAway({ ...engine, answerDue: answerDueOf(engine) }, row));
    const inFlight = store.deploymentRuns.inFlight(row.id);
    if (flags.json)
      printJson({
        schema: 'weir.deployment-deleted/1',
        deployment: `${row.flow}/${row.name}`,
        in_flight: inFlight.map(({ id }) => id),
      });
    const title = deploymentTitle(row);
    say(
      `deleted ${title}; its runs stay (weir runs flow:${row.flow}), and its history (weir deployment history ${deploymentName(row)})`,
    );
    if (inFlight.length > 0)
      say(
        `${inFlight.length} ${inFlight.length === 1 ? 'run goes' : 'runs go'} on: weir cancel ${inFlight
          .map(({ id }) => id)
          .slice(0, 5)
          .join(' ')}`,
      );
    say(`weir up deploys it again from ${row.path} at its next start, or when the file changes`);
    return EXIT.ok;
  });
}
