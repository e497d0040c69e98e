/** What is said of hooks: of a run whose process did not live to run them, and while somebody waits for them. */
import { writtenHook } from '../../model/hook.ts';
import type { DueHook } from '../../model/run-start.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import { say } from '../output.ts';
import { plainText } from '../terminal-text.ts';

/** Of a run with a thousand tasks the first ones tell enough. */
const MOST_TOLD = 3;

/** `run 7 of nightly is Crashed; its hooks run now: onFailure, onFailure of task load`. */
export function sayHooks(row: FlowRunRow, hooks: readonly DueHook[]): void {
  say(plainText(`run ${row.id} of ${row.flow} is ${row.state.name}; its hooks run now: ${namesOf(row, hooks)}`));
}

/** Ctrl-C when there is nothing left to cancel. */
export function sayWaitsForHooks(row: FlowRunRow, hooks: readonly DueHook[]): void {
  const told = hooks.length === 0 ? 'only its end is seen to' : `waits for ${namesOf(row, hooks)} to end`;
  const after = hooks.length === 0 ? '' : ': weir resume, or a server, then runs again what has not ended';
  say(plainText(`run ${row.id} is ${row.state.name} already and ${told}; press Ctrl-C again to end at once${after}`));
}

function namesOf({ path }: FlowRunRow, hooks: readonly DueHook[]): string {
  const names = hooks.map(
    ({ hook, task }) => `${writtenHook(hook, path)}${task === null ? '' : ` of task ${task.name}`}`,
  );
  const more = names.length > MOST_TOLD ? ` and ${names.length - MOST_TOLD} more` : '';
  return `${names.slice(0, MOST_TOLD).join(', ')}${more}`;
}
