/** `weir deployment rollback | backfill | delete` on a server elsewhere: shown first, asked as here, carried out there. */
import type { BackfillJson } from '../../engine/tell/backfill-json.ts';
import type { DeletedDeploymentJson, DeploymentPlanJson } from '../../engine/tell/deployment-plan-json.ts';
import { EXIT } from '../../model/errors.ts';
import { mayGoOn } from '../confirm.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { type BackfillFlags, parseMost, tellBackfill } from '../deployments/backfill.ts';
import type { PlanFlags } from '../deployments/deployment-plan.ts';
import { sayRolledBack, tellDeleted, versionNumber } from '../deployments/deployment-rollback.ts';
import { planLines, planTitle } from '../deployments/plan-lines.ts';
import { print, printJson, say } from '../output.ts';
import { type Client, pathOf } from './client.ts';
import { findDeployment } from './deployments.ts';

export async function rollbackDeployment(
  client: Client,
  [text]: [string],
  flags: GlobalFlags & PlanFlags & { readonly to?: string },
): Promise<number> {
  const { flow, name } = await findDeployment(client, text);
  const path = pathOf('deployments', flow, name, 'rollback');
  const to = flags.to === undefined ? {} : { to: versionNumber(`${flow}/${name}`, flags.to) };
  const plan = await client.send<DeploymentPlanJson>('POST', path, { ...to, dry_run: true });
  const isSame = plan.action === 'none';
  if (!flags.json) for (const line of planLines(plan)) print(line);
  else if (flags.dryRun || isSame) printJson(plan);
  if (flags.dryRun) return EXIT.ok;
  if (!isSame) {
    if (!flags.yes && !flags.json && !(await mayGoOn('Change it?'))) {
      say('nothing was changed');
      return EXIT.declined;
    }
    // To what was shown, also where somebody deploys meanwhile.
    const chosen = plan.same_as === null ? to : { to: plan.same_as };
    const done = await client.send<DeploymentPlanJson>('POST', path, chosen);
    if (flags.json) printJson(done);
    say(`${planTitle(done)} is deployed: version ${done.version}; the server goes on with it`);
  }
  sayRolledBack(plan.path);
  return EXIT.ok;
}

export async function backfillDeployment(client: Client, [text]: [string], flags: BackfillFlags): Promise<number> {
  const max = parseMost(flags.max);
  const { flow, name } = await findDeployment(client, text);
  const path = pathOf('deployments', flow, name, 'backfill');
  const { from, to, schedule, newestFirst = false } = flags;
  const wish = { from, to, max, newest_first: newestFirst, schedule };
  const planned = await client.send<BackfillJson>('POST', path, { ...wish, dry_run: true });
  return tellBackfill({ ...planned, dry_run: flags.dryRun === true }, flags, {
    isServed: () => true,
    // The same stretch of time as was shown, however long the answer took.
    carryOut: () => client.send<BackfillJson>('POST', path, { ...wish, from: planned.from, to: planned.to }),
  });
}

export async function deleteDeployment(client: Client, [text]: [string], flags: GlobalFlags): Promise<number> {
  const { flow, name } = await findDeployment(client, text);
  tellDeleted(await client.send<DeletedDeploymentJson>('DELETE', pathOf('deployments', flow, name)), flags);
  return EXIT.ok;
}
