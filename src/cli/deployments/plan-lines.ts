/** What a change of a deployment would do, as a terminal shows it: of this database, or of a server elsewhere. Only words. */
import type { DeploymentPlanJson } from '../../engine/tell/deployment-plan-json.ts';
import { localTime } from '../../engine/tell/told-times.ts';
import { neverDue } from '../../model/schedule-words.ts';
import { colors } from '../output.ts';
import { plainText } from '../terminal-text.ts';
import { deploymentTitle } from './deploy-lines.ts';
import { snapshotLines } from './snapshot-lines.ts';

export function planLines(plan: DeploymentPlanJson): string[] {
  const { action, former, changed, same_as: sameAs, params, schedules } = plan;
  const title = colors.bold(plainText(planTitle(plan)));
  if (action === 'none') return [`= ${title}: nothing changes, it is version ${former?.version}`];
  const isStanding = action === 'change';
  const textOf = (identity: string) =>
    plainText(schedules.find(({ schedule }) => schedule === identity)?.text ?? identity);
  const what = sameAs !== null ? `back to version ${sameAs}: ${changed.join(', ') || 'as it is'}` : changed.join(', ');
  const lines = [
    isStanding ? `${colors.yellow('~')} ${title}: ${what}` : `${colors.green('+')} ${title}: ${plainText(plan.path)}`,
  ];
  for (const each of plan.added_schedules) lines.push(`  ${colors.green('+')} schedule ${textOf(each)}`);
  for (const each of plan.removed_schedules) lines.push(`  ${colors.red('-')} schedule ${textOf(each)}`);
  lines.push(...snapshotLines(plan));
  if (!isStanding || changed.includes('parameters'))
    if (Object.keys(params).length > 0 || isStanding) lines.push(`    parameters ${plainText(JSON.stringify(params))}`);
  lines.push(`    ${nextInWords(plan)}`);
  const { in_flight: inFlight } = plan;
  if (inFlight.length > 0) {
    const shown = inFlight.slice(0, 5).join(', ') + (inFlight.length > 5 ? ', ...' : '');
    const [runs, keep] = inFlight.length === 1 ? ['run', 'keeps'] : ['runs', 'keep'];
    lines.push(`    ${inFlight.length} ${runs} in flight (${shown}) ${keep} version ${former?.version}`);
  }
  return lines;
}

/** `flow/name`, or the flow alone for what `up` deploys. */
export function planTitle({ deployment }: Pick<DeploymentPlanJson, 'deployment'>): string {
  const slash = deployment.lastIndexOf('/');
  return deploymentTitle({ flow: deployment.slice(0, slash), name: deployment.slice(slash + 1) });
}

function nextInWords({ schedules }: DeploymentPlanJson): string {
  if (schedules.length === 0) return 'no schedule';
  const times = schedules.flatMap(({ next }) => (next === null ? [] : [Date.parse(next)]));
  return times.length === 0 ? neverDue(schedules) : `next at ${localTime(Math.min(...times))}`;
}
