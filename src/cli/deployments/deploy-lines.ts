/** What `weir up` says of what became of files and deployments: one line each, and the next step where there is one. */
import { relative } from 'node:path';
import type { CatalogChange } from '../../engine/deploy/catalog.ts';
import { DEPLOYMENT_NAME } from '../../engine/deploy/catalog.ts';
import { nextDueOf } from '../../engine/deploy/deploy.ts';
import type { Engine } from '../../engine/engine.ts';
import { localTime } from '../../engine/tell/told-times.ts';
import type { ScheduleSpec } from '../../model/schedule-spec.ts';
import { neverDue } from '../../model/schedule-words.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import { say } from '../output.ts';

/** `isFirst`: at the start, when everything is told that is deployed, also what has not changed. */
export function sayChanges(engine: Engine, changes: readonly CatalogChange[], isFirst: boolean): void {
  for (const change of changes) sayChange(engine, change, isFirst);
}

/** `flow/name`, or the flow alone for what `up` deploys. */
export function deploymentTitle({ flow, name }: Pick<DeploymentRow, 'flow' | 'name'>): string {
  return name === DEPLOYMENT_NAME ? flow : `${flow}/${name}`;
}

/** As a command takes it, also where the flow has several. */
export function deploymentName({ flow, name }: Pick<DeploymentRow, 'flow' | 'name'>): string {
  return `${flow}/${name}`;
}

function sayChange(engine: Engine, change: CatalogChange, isFirst: boolean): void {
  switch (change.kind) {
    case 'deployed': {
      const { deployment, isNew, wasBroken, changed } = change;
      const title = deploymentTitle(deployment);
      if (isNew) return say(`deployed ${title}, ${whenNext(engine, deployment)}`);
      const what = changed.length === 0 ? '' : ` (${changed.join(', ')} changed)`;
      return say(
        `deployed ${title}, ${whenNext(engine, deployment)}: version ${deployment.number}${what}${wasBroken ? ', mended' : ''}`,
      );
    }
    case 'unchanged': {
      const { deployment, wasBroken } = change;
      if (isFirst) say(`deployed ${deploymentTitle(deployment)}, ${whenNext(engine, deployment)}`);
      else if (wasBroken) say(`mended: ${deploymentTitle(deployment)} is version ${deployment.number} as before`);
      return;
    }
    case 'set-aside': {
      const { flow, name, number, path } = change.deployment;
      const title = deploymentTitle({ flow, name });
      say(`deployed ${title}, ${whenNext(engine, change.deployment)}: version ${number}, rolled back`);
      return say(
        `        ${shortPath(path)} is as it was before; change it, or: weir deployment history ${deploymentName(change.deployment)}`,
      );
    }
    case 'broken': {
      const { error, keeps } = change;
      say(`broken: ${error.message}`);
      if (error.hint !== undefined) say(`        ${error.hint}`);
      for (const each of keeps) say(`        ${deploymentTitle(each)} goes on with version ${each.number}`);
      return;
    }
    case 'removed': {
      const { deployment, isFileGone } = change;
      const title = deploymentTitle(deployment);
      const why = isFileGone
        ? `${shortPath(deployment.path)} is gone`
        : `${shortPath(deployment.path)} has no flow "${deployment.flow}" any more`;
      say(`removed ${title}: ${why}; it is not scheduled any longer, its runs stay: weir runs flow:${deployment.flow}`);
      return;
    }
  }
}

function whenNext(engine: Engine, deployment: DeploymentRow): string {
  const schedules = engine.store.deployments.schedulesOf(deployment.id);
  if (schedules.length === 0) return 'no schedule';
  const next = nextDueOf(engine.store, deployment.id);
  if (next !== null) return `next at ${localTime(next)}`;
  const readable = schedules.filter(({ broken }) => broken === null);
  return neverDue(readable.map(({ spec }) => JSON.parse(spec) as ScheduleSpec));
}

function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' || short.startsWith('..') ? path : short;
}
