/** How a run's end is told: its result, or what failed, with its last lines, the reason, and the commands that go on. */
import { failedTasks } from '../../engine/tell/failed-tasks.ts';
import { LAST_LINES, lastLines } from '../../engine/tell/last-lines.ts';
import { resultJson } from '../../engine/tell/run-json.ts';
import { formatDuration } from '../../model/duration.ts';
import { causeLines, placesOf } from '../../model/error-words.ts';
import { EXIT } from '../../model/errors.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import { colors, printRaw, say, stateGlyph } from '../output.ts';
import { plainText, terminalText } from '../terminal-text.ts';
import { taskName } from '../tree/progress-lines.ts';

const MOST_PLACES = 3;
/** More failed tasks are only counted: the first ones tell the story. */
const MOST_FAILURES = 3;

export function sayEnd(store: Store, row: FlowRunRow): void {
  const { state } = row;
  const hasFailed = state.type === 'FAILED' || state.type === 'CRASHED';
  if (state.type === 'COMPLETED') printResult(row);
  const failed = hasFailed ? innermostFailures(store, row) : [];
  if (hasFailed) sayFailure(store, row, failed);
  const message = state.message === null || state.type === 'FAILED' ? '' : `: ${state.message}`;
  const took = colors.dim(`in ${formatDuration(row.runTimeMs)}`);
  say(`${stateGlyph(state.type, state.name)} ${row.flow}, run ${row.id}: ${state.name}${message} ${took}`);
  if (hasFailed) sayNext(store, row);
}

/** 5 for failed and crashed, 6 for cancelled. */
export function exitCodeOf({ state }: Pick<FlowRunRow, 'state'>): number {
  if (state.type === 'FAILED' || state.type === 'CRASHED') return EXIT.runFailed;
  return state.type === 'CANCELLED' ? EXIT.runCancelled : EXIT.ok;
}

function innermostFailures(store: Store, row: FlowRunRow): TaskRunRow[] {
  return failedTasks(store, row).flatMap((task) => innermost(store, task));
}

/** What failed inside of a subflow says more than the call that failed with it. */
function innermost(store: Store, task: TaskRunRow): TaskRunRow[] {
  const child = task.childRunId === null ? null : store.flowRuns.byId(task.childRunId);
  const inner = child?.state.type === 'FAILED' ? failedTasks(store, child) : [];
  return inner.length === 0 ? [task] : inner.flatMap((each) => innermost(store, each));
}

/** What a task printed last, as a terminal may show it. */
export function lastLinesOf(store: Store, task: TaskRunRow, most = LAST_LINES): string[] {
  return shownLines(lastLines(store, task, most));
}

/** Lines of somebody else's as a terminal may show them. */
export function shownLines(lines: readonly string[]): string[] {
  return lines.map((line) => terminalText(line, { colors: false }));
}

/** Where an error was thrown, and what it came from: briefly. */
export function errorDetails(error: TaskRunRow['error']): string[] {
  return error === null ? [] : [...placesOf(error, MOST_PLACES), ...causeLines(error)].map(plainText);
}

/** Of the run's own row: its tasks may be ten thousand. */
function printResult(row: FlowRunRow): void {
  const result = resultJson(row.result);
  if (result !== null)
    printRaw(typeof result === 'string' ? result : JSON.stringify(result, null, process.stdout.isTTY ? 2 : 0));
}

/** The failed tasks, their last lines, and the reason in words. */
function sayFailure(store: Store, row: FlowRunRow, failed: readonly TaskRunRow[]): void {
  for (const task of failed.slice(0, MOST_FAILURES)) {
    say(`\n${colors.red(taskName(task))}: ${task.error?.message ?? task.state.message}`);
    for (const line of [...lastLinesOf(store, task), ...errorDetails(task.error)]) say(`  ${colors.dim(line)}`);
  }
  const more = failed.length - MOST_FAILURES;
  if (more > 0) say(`\n... and ${more} more failed ${more === 1 ? 'task' : 'tasks'}`);
  const reason = row.error?.message ?? row.state.message;
  const isTold = failed.some((task) => (task.error?.message ?? task.state.message) === reason);
  say(isTold ? '' : `\n${colors.red(row.state.name)}: ${reason}`);
  if (row.error?.hint !== undefined) say(`  ${row.error.hint}`);
  if (!isTold) for (const line of errorDetails(row.error)) say(`  ${colors.dim(line)}`);
}

/** Commands that go on from the end of a run, ready to be pasted. */
export function sayNext(store: Store, row: FlowRunRow, { isShown = false } = {}): void {
  const { type } = row.state;
  const hasFailed = type === 'FAILED' || type === 'CRASHED';
  const commands = [
    [`weir logs ${hasFailed ? logsArguments(row, innermostFailures(store, row)) : row.id}`, 'everything it printed'],
    hasFailed || type === 'CANCELLED'
      ? row.error?.code === 'invalid-parameters'
        ? [`weir rerun ${row.id} -p NAME=VALUE`, 'a new run with other parameters']
        : [`weir retry ${row.id}`, 'run again what failed, reuse the rest']
      : [`weir rerun ${row.id}`, 'a new run with the same parameters'],
    hasFailed && !isShown ? [`weir show ${row.id}`, 'what happened, task by task'] : [],
  ].filter((command) => command.length > 0);
  const width = Math.max(...commands.map(([command = '']) => command.length));
  for (const [command = '', what = ''] of commands) say(`  ${command.padEnd(width)}  ${colors.dim(what)}`);
}

/** The first failed task by its name, or by its number where the name is not enough; of a subflow its own run. */
function logsArguments(row: FlowRunRow, failed: readonly TaskRunRow[]): string {
  const [first] = failed;
  if (first === undefined) return String(row.id);
  if (first.childRunId !== null) return String(first.childRunId);
  const isOnly = failed.filter((task) => task.name === first.name).length === 1;
  return `${first.flowRunId} ${isOnly && /^[\w.-]+$/.test(first.name) ? first.name : first.id}`;
}
