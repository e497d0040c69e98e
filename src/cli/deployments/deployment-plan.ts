/** What `apply` and `rollback` show before they change a deployment, and whether they may. */
import { carryOut, type DeployPlan, isUnchanged } from '../../engine/deploy/deploy.ts';
import type { Engine } from '../../engine/engine.ts';
import { schedulerOf } from '../../engine/server.ts';
import { type DeploymentPlanJson, deploymentPlanJson } from '../../engine/tell/deployment-plan-json.ts';
import { EXIT } from '../../model/errors.ts';
import { mayGoOn } from '../confirm.ts';
import { print, printJson, say } from '../output.ts';
import { sayFault } from '../session.ts';
import { deploymentTitle } from './deploy-lines.ts';
import { planLines } from './plan-lines.ts';

export interface PlanFlags {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Shows the plan, asks where somebody can answer, and carries it out. Gives the exit code. */
export async function showAndCarryOut(engine: Engine, plan: DeployPlan, flags: PlanFlags): Promise<number> {
  const { store, now } = engine;
  const isSame = isUnchanged(plan);
  const shown = planned(engine, plan);
  if (!flags.json) for (const line of planLines(shown)) print(line);
  else if (flags.dryRun || isSame) printJson(shown);
  if (flags.dryRun || isSame) return EXIT.ok;
  if (isAsked(plan, flags) && !(await mayGoOn('Change it?'))) {
    say('nothing was changed');
    return EXIT.declined;
  }
  const inFlight = plan.former === null ? [] : store.deploymentRuns.inFlight(plan.former.id);
  const row = await store.writer.write(() => carryOut({ ...engine, answerDue: answerDueOf(engine) }, plan));
  if (flags.json)
    printJson({
      ...deploymentPlanJson(store, plan, { version: row.number, isApplied: true, now: now() }),
      in_flight: inFlight.map(({ id }) => id),
    });
  sayDeployed(engine, plan, row.number);
  return EXIT.ok;
}

/** The same for several at once, which are carried out together or not at all. */
export async function showAndCarryOutAll(
  engine: Engine,
  plans: readonly DeployPlan[],
  flags: PlanFlags,
): Promise<number> {
  const due = plans.filter((plan) => !isUnchanged(plan));
  if (!flags.json) for (const plan of plans) for (const line of planLines(planned(engine, plan))) print(line);
  const tell = (versions: ReadonlyMap<DeployPlan, number>) => {
    const items = plans.map((plan) => {
      const version = versions.get(plan) ?? plan.former?.number ?? null;
      return deploymentPlanJson(engine.store, plan, { version, isApplied: versions.has(plan), now: engine.now() });
    });
    if (flags.json) printJson({ schema: 'weir.deployment-plans/1', items, next: null });
  };
  if (flags.dryRun || due.length === 0) {
    tell(new Map());
    return EXIT.ok;
  }
  if (due.some((plan) => isAsked(plan, flags)) && !(await mayGoOn('Change them?'))) {
    say('nothing was changed');
    return EXIT.declined;
  }
  const parts = { ...engine, answerDue: answerDueOf(engine) };
  const versions = await engine.store.writer.write(
    () => new Map(due.map((plan) => [plan, carryOut(parts, plan).number])),
  );
  tell(versions);
  for (const [plan, version] of versions) sayDeployed(engine, plan, version);
  return EXIT.ok;
}

/** Before it is carried out. */
function planned({ store, now }: Engine, plan: DeployPlan): DeploymentPlanJson {
  return deploymentPlanJson(store, plan, { version: plan.former?.number ?? null, isApplied: false, now: now() });
}

function sayDeployed({ store }: Engine, plan: DeployPlan, version: number): void {
  const title = `${deploymentTitle(plan)} is deployed: version ${version}`;
  if (store.processes.livingServer() !== null) return say(`${title}; the server goes on with it`);
  const scheduled = plan.specs.length > 0;
  say(`${title}; ${scheduled ? 'nothing is started while no server runs' : 'no server runs'}: weir server start`);
}

/** For a process that fires nothing itself: what is due when a schedule changes is answered under its former rule. */
export function answerDueOf(engine: Engine) {
  return schedulerOf(engine, sayFault).answerDue;
}

/** What only adds needs no question. */
function isAsked({ former }: DeployPlan, { yes, json }: PlanFlags): boolean {
  const isStanding = former !== null && former.deletedAt === null;
  return !yes && !json && isStanding;
}
