/**
 * How a run's end is told: its result, or what failed, with its last lines, the reason, and the commands that go on. With
 * `--quiet` still all of it that is a result or a failure: a line of a crontab sends mail for those alone.
 */
import type { RunEndJson } from '../../engine/tell/run-end-json.ts';
import { formatDuration } from '../../model/duration.ts';
import { causeLines, placesOf } from '../../model/error-words.ts';
import { EXIT } from '../../model/errors.ts';
import type { PlainError } from '../../model/plain-error.ts';
import type { State } from '../../model/state.ts';
import { colors, printRaw, say, sayFailed, stateGlyph } from '../output.ts';
import { plainText, terminalText } from '../terminal-text.ts';
import { taskName } from '../tree/progress-lines.ts';

const MOST_PLACES = 3;

/** Of this database, or of a server elsewhere. */
export function sayEnd(end: RunEndJson): void {
  const { id, flow, state } = end;
  const hasFailed = state.type === 'FAILED' || state.type === 'CRASHED';
  if (state.type === 'COMPLETED') printResult(end);
  if (hasFailed) sayFailure(end);
  const message = state.message === null || state.type === 'FAILED' ? '' : `: ${state.message}`;
  // What never ran took no time.
  const took = end.total_run_time_ms === 0 ? '' : colors.dim(` in ${formatDuration(end.total_run_time_ms)}`);
  const line = `${stateGlyph(state.type, state.name)} ${flow}, run ${id}: ${state.name}${message}${took}`;
  if (exitCodeOf(end) === EXIT.ok) say(line);
  else sayFailed(line);
  if (hasFailed) sayNext(end);
}

/** 5 for failed and crashed, 6 for cancelled. */
export function exitCodeOf({ state }: { readonly state: Pick<State, 'type'> }): number {
  if (state.type === 'FAILED' || state.type === 'CRASHED') return EXIT.runFailed;
  return state.type === 'CANCELLED' ? EXIT.runCancelled : EXIT.ok;
}

/** Lines of somebody else's as a terminal may show them. */
export function shownLines(lines: readonly string[]): string[] {
  return lines.map((line) => terminalText(line, { colors: false }));
}

/** Where an error was thrown, and what it came from: briefly. */
export function errorDetails(error: PlainError | null): string[] {
  return error === null ? [] : [...placesOf(error, MOST_PLACES), ...causeLines(error)].map(plainText);
}

function printResult({ result }: RunEndJson): void {
  if (result !== null)
    printRaw(typeof result === 'string' ? result : JSON.stringify(result, null, process.stdout.isTTY ? 2 : 0));
}

/** The failed tasks, their last lines, and the reason in words. */
function sayFailure({ state, error, failed, failures }: RunEndJson): void {
  for (const task of failures) {
    sayFailed(`\n${colors.red(nameOf(task))}: ${task.message}`);
    if (task.error?.hint !== undefined) sayFailed(`  ${plainText(task.error.hint)}`);
    for (const line of [...shownLines(task.last_lines), ...errorDetails(task.error)])
      sayFailed(`  ${colors.dim(line)}`);
  }
  const more = failed - failures.length;
  if (more > 0) sayFailed(`\n... and ${more} more failed ${more === 1 ? 'task' : 'tasks'}`);
  const reason = error?.message ?? state.message;
  const isTold = failures.some(({ message }) => message === reason);
  sayFailed(isTold ? '' : `\n${colors.red(state.name)}: ${reason}`);
  if (!isTold && error?.hint !== undefined) sayFailed(`  ${plainText(error.hint)}`);
  if (!isTold) for (const line of errorDetails(error)) sayFailed(`  ${colors.dim(line)}`);
}

/** Commands that go on from the end of a run, ready to be pasted. */
export function sayNext(end: RunEndJson, { isShown = false } = {}): void {
  const { id, error } = end;
  const { type } = end.state;
  const hasFailed = type === 'FAILED' || type === 'CRASHED';
  const commands = [
    [`weir logs ${hasFailed ? logsArguments(end) : id}`, 'everything it printed'],
    hasFailed || type === 'CANCELLED'
      ? error?.code === 'invalid-parameters'
        ? [`weir rerun ${id} -p NAME=VALUE`, 'a new run with other parameters']
        : [`weir retry ${id}`, 'run again what failed, reuse the rest']
      : [`weir rerun ${id}`, 'a new run with the same parameters'],
    hasFailed && !isShown ? [`weir show ${id}`, 'what happened, task by task'] : [],
  ].filter((command) => command.length > 0);
  const width = Math.max(...commands.map(([command = '']) => command.length));
  for (const [command = '', what = ''] of commands) say(`  ${command.padEnd(width)}  ${colors.dim(what)}`);
}

/** The first failed task by its name, or by its number where the name is not enough; of a subflow its own run. */
function logsArguments({ id, failures: [first] }: RunEndJson): string {
  if (first === undefined) return String(id);
  if (first.run !== null) return String(first.run);
  return `${first.flow_run} ${first.alone && /^[\w.-]+$/.test(first.name) ? first.name : first.id}`;
}

function nameOf({ name, key }: RunEndJson['failures'][number]): string {
  return taskName({ name, label: key });
}
