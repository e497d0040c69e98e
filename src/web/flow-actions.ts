/** What can be done with a deployment of a flow: run it, pause and resume it, make up for what it missed. */
import { commandLine } from '../model/shell-word.ts';
import type { Action } from './action.tsx';
import { flowAction } from './address.ts';

export interface DeploymentToActOn {
  readonly flow: string;
  readonly name: string;
  /** The flow has no other: then it need not be named. */
  readonly isOnly: boolean;
  readonly isPaused: boolean;
  readonly hasSchedule: boolean;
  /** Names of parameters that have no value unless one is given. */
  readonly required: readonly string[];
  /** It has parameters at all. */
  readonly hasParams: boolean;
  /** What makes a button start one run however often it is pressed: another text once there is a newer run. */
  readonly once?: string;
}

/** `Run` starts at once where nothing must be given first. */
export function deploymentActions(deployment: DeploymentToActOn): Action[] {
  const { flow, name, isOnly, isPaused, hasSchedule, required, hasParams, once } = deployment;
  const which = { deployment: isOnly ? null : name };
  const named = isOnly ? flow : `${flow}/${name}`;
  const fields: Record<string, string> = isOnly ? {} : { deployment: name };
  const command = (verb: string, ...more: string[]) => commandLine('weir', 'deployment', verb, named, ...more);
  const run: Action = {
    kind: 'post',
    label: 'Run',
    to: flowAction(flow, 'run', once === undefined ? {} : { once }),
    fields,
    tone: 'main',
    command: command('run'),
  };
  const withParams: Action = {
    kind: 'link',
    label: required.length > 0 ? 'Run' : 'Run with parameters',
    to: flowAction(flow, 'run', which),
    command: command('run', '-p', `${required[0] ?? 'NAME'}=VALUE`),
  };
  const starts = required.length > 0 ? [withParams] : hasParams ? [run, withParams] : [run];
  if (!hasSchedule && !isPaused) return starts;
  const pausing: Action = isPaused
    ? { kind: 'post', label: 'Resume', to: flowAction(flow, 'resume'), fields, command: command('resume') }
    : {
        kind: 'link',
        label: 'Pause',
        to: flowAction(flow, 'pause', which),
        command: command('pause', '--reason', 'WHY', '--until', '2h'),
      };
  const backfill: Action = {
    kind: 'link',
    label: 'Backfill',
    to: flowAction(flow, 'backfill', which),
    command: command('backfill', '--from', '7d', '--dry-run'),
  };
  return [...starts, pausing, ...(hasSchedule ? [backfill] : [])];
}
