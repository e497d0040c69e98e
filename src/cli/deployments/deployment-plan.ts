/** What `apply` and `rollback` show before they change a deployment, and whether they may. */
import { carryOut, type DeployPlan, isUnchanged } from '../../engine/deploy/deploy.ts';
import type { Engine } from '../../engine/engine.ts';
import { schedulerOf } from '../../engine/server.ts';
import { deploymentPlanJson } from '../../engine/tell/deployment-plan-json.ts';
import { localTime } from '../../engine/tell/told-times.ts';
import { EXIT } from '../../model/errors.ts';
import { nextSlot } from '../../model/schedule.ts';
import { scheduleIdentity } from '../../model/schedule-spec.ts';
import { neverDue } from '../../model/schedule-words.ts';
import { mayGoOn } from '../confirm.ts';
import { colors, print, printJson, say } from '../output.ts';
import { sayFault } from '../session.ts';
import { plainText } from '../terminal-text.ts';
import { deploymentTitle } from './deploy-lines.ts';
import { scheduleText } from './deployment.ts';
import { snapshotLines } from './snapshot-lines.ts';

export interface PlanFlags {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Shows the plan, asks where somebody can answer, and carries it out. Gives the exit code. */
export async function showAndCarryOut(engine: Engine, plan: DeployPlan, flags: PlanFlags): Promise<number> {
  const { store } = engine;
  const lines = planLines(engine, plan);
  const isSame = isUnchanged(plan);
  if (!flags.json) for (const line of lines) print(line);
  if (flags.json && (flags.dryRun || isSame))
    printJson(deploymentPlanJson(store, plan, { version: plan.former?.number ?? null, isApplied: false }));
  if (flags.dryRun || isSame) return EXIT.ok;
  if (isAsked(plan, flags) && !(await mayGoOn('Change it?'))) {
    say('nothing was changed');
    return EXIT.declined;
  }
  const inFlight = plan.former === null ? [] : store.deploymentRuns.inFlight(plan.former.id);
  const row = await store.writer.write(() => carryOut({ ...engine, answerDue: answerDueOf(engine) }, plan));
  if (flags.json)
    printJson({
      ...deploymentPlanJson(store, plan, { version: row.number, isApplied: true }),
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
  if (!flags.json) for (const plan of plans) for (const line of planLines(engine, plan)) print(line);
  const tell = (versions: ReadonlyMap<DeployPlan, number>) => {
    const items = plans.map((plan) => {
      const version = versions.get(plan) ?? plan.former?.number ?? null;
      return deploymentPlanJson(engine.store, plan, { version, isApplied: versions.has(plan) });
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

function planLines({ store, now }: Engine, plan: DeployPlan): string[] {
  const { former, changed, definition, specs, addedSchedules, removedSchedules, sameAs } = plan;
  const textOf = (identity: string) => {
    const spec = specs.find((each) => scheduleIdentity(each) === identity);
    return plainText(spec === undefined ? identity : scheduleText(spec));
  };
  const title = colors.bold(plainText(deploymentTitle(plan)));
  if (isUnchanged(plan)) return [`= ${title}: nothing changes, it is version ${former?.number}`];
  const isStanding = former !== null && former.deletedAt === null;
  const what = sameAs !== null ? `back to version ${sameAs}: ${changed.join(', ') || 'as it is'}` : changed.join(', ');
  const lines = [
    isStanding
      ? `${colors.yellow('~')} ${title}: ${what}`
      : `${colors.green('+')} ${title}: ${plainText(definition.path)}`,
  ];
  for (const each of addedSchedules) lines.push(`  ${colors.green('+')} schedule ${textOf(each)}`);
  for (const each of removedSchedules) lines.push(`  ${colors.red('-')} schedule ${textOf(each)}`);
  lines.push(...snapshotLines(store, plan));
  if (!isStanding || changed.includes('parameters'))
    if (Object.keys(definition.params).length > 0 || isStanding)
      lines.push(`    parameters ${plainText(JSON.stringify(definition.params))}`);
  const next = specs.flatMap((spec) => nextSlot(spec, now())?.at ?? []).sort((a, b) => a - b)[0];
  lines.push(
    specs.length === 0
      ? '    no schedule'
      : `    ${next === undefined ? neverDue(specs) : `next at ${localTime(next)}`}`,
  );
  const inFlight = former === null ? [] : store.deploymentRuns.inFlight(former.id).map(({ id }) => id);
  if (inFlight.length > 0) {
    const shown = inFlight.slice(0, 5).join(', ') + (inFlight.length > 5 ? ', ...' : '');
    const runs = inFlight.length === 1 ? 'run' : 'runs';
    lines.push(
      `    ${inFlight.length} ${runs} in flight (${shown}) ${inFlight.length === 1 ? 'keeps' : 'keep'} version ${former?.number}`,
    );
  }
  return lines;
}

/** What only adds needs no question. */
function isAsked({ former }: DeployPlan, { yes, json }: PlanFlags): boolean {
  const isStanding = former !== null && former.deletedAt === null;
  return !yes && !json && isStanding;
}
