/** `weir deployment rollback | delete`: back to what a deployment was, or away with it. Runs and history stay. */
import { planRollback, takeAway } from '../../engine/deploy/deploy.ts';
import { findDeployment } from '../../engine/deploy/find-deployment.ts';
import { versionToGoTo } from '../../engine/deploy/version-to-go-to.ts';
import { deletedDeploymentJson } from '../../engine/tell/deployment-plan-json.ts';
import { EXIT, WeirError } from '../../model/errors.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { printJson, say } from '../output.ts';
import { withEngine } from '../session.ts';
import { deploymentName, deploymentTitle } from './deploy-lines.ts';
import { answerDueOf, type PlanFlags, showAndCarryOut } from './deployment-plan.ts';

export async function rollbackDeployment(
  [text]: [string],
  flags: GlobalFlags & PlanFlags & { readonly to?: string },
): Promise<number> {
  return withEngine(flags, 'command', async (engine) => {
    const { store, now } = engine;
    const row = findDeployment(store, text);
    const to = versionToGoTo(store, row, flags.to === undefined ? null : numberOf(row, flags.to));
    const code = await showAndCarryOut(engine, planRollback(store, row, to, now()), flags);
    if (code === EXIT.ok && !flags.dryRun)
      say(`${row.path} is deployed again when it changes; until then it stays rolled back`);
    return code;
  });
}

function numberOf(row: DeploymentRow, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new WeirError('not-found', `${deploymentTitle(row)} has no version "${text}"`, {
    hint: `weir deployment history ${deploymentName(row)}`,
  });
}

export async function deleteDeployment([text]: [string], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async (engine) => {
    const { store } = engine;
    const row = findDeployment(store, text);
    await store.writer.write(() => takeAway({ ...engine, answerDue: answerDueOf(engine) }, row));
    const inFlight = store.deploymentRuns.inFlight(row.id);
    if (flags.json) printJson(deletedDeploymentJson(store, row));
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
