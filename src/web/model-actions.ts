/** What can be done with a model and with each of its versions. */
import { commandLine } from '../model/shell-word.ts';
import type { Action } from './action.tsx';
import { modelAction } from './address.ts';

/** `previous`: the version that a rollback returns to; null: there is none. */
export function modelActions({
  model,
  previous,
}: {
  readonly model: string;
  readonly previous: number | null;
}): Action[] {
  if (previous === null) return [];
  return [
    {
      kind: 'post',
      label: `Roll back to ${previous}`,
      to: modelAction(model, 'rollback'),
      tone: 'risk',
      command: commandLine('weir', 'model', 'rollback', model),
    },
  ];
}

/** Puts the version in Production, in place of the one that is there. */
export function versionActions(version: {
  readonly model: string;
  readonly version: number;
  readonly stage: string;
}): Action[] {
  if (version.stage === 'Production') return [];
  return [
    {
      kind: 'post',
      label: 'Promote',
      to: modelAction(version.model, 'promote'),
      fields: { version: String(version.version) },
      command: commandLine('weir', 'model', 'promote', version.model, version.version),
    },
  ];
}
