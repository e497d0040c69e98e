/** What is said of the hooks of a run whose process did not live to run them, when another one runs them. */
import { HOOK_OPTION } from '../../model/hook.ts';
import type { DueHook } from '../../model/run-start.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import { say } from '../output.ts';
import { plainText } from '../terminal-text.ts';

/** Of a run with a thousand tasks the first ones tell enough. */
const MOST_TOLD = 3;

/** `run 7 of nightly is Crashed; its hooks run now: onFailure, onFailure of task load`. */
export function sayHooks(row: FlowRunRow, hooks: readonly DueHook[]): void {
  const names = hooks.map(({ hook, task }) => `${HOOK_OPTION[hook]}${task === null ? '' : ` of task ${task.name}`}`);
  const more = names.length > MOST_TOLD ? ` and ${names.length - MOST_TOLD} more` : '';
  const told = `${names.slice(0, MOST_TOLD).join(', ')}${more}`;
  say(plainText(`run ${row.id} of ${row.flow} is ${row.state.name}; its hooks run now: ${told}`));
}
