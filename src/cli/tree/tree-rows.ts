/**
 * A picture of a run as rows of a tree: one a task, mapped ones folded to a row with counts, children below their
 * caller. Pure. Which rows there is room for, and how they look, is render-tree.ts.
 */

import { toldMessage } from '../../engine/tell/told-message.ts';
import { formatDuration } from '../../model/duration.ts';
import { isFinal, isSuccess, type State } from '../../model/state.ts';
import { taskTitle } from '../../model/task-title.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import { plainText } from '../terminal-text.ts';
import type { RunPicture, TaskGlimpse } from './run-picture.ts';

export interface TreeRow {
  readonly depth: number;
  readonly state: State;
  readonly name: string;
  /** How long it ran, or has been running. */
  readonly time: string;
  readonly info: string;
  /** Ended well: the first rows to be counted instead of shown. */
  readonly isDone: boolean;
  /** Members of a folded name, and children: the next to be left out. */
  readonly isDetail: boolean;
}

/** More calls of one name in one scope are shown as one row with counts. */
const MOST_UNFOLDED = 4;
/** Members of a folded name that are shown below it while they run, wait, or have failed. */
const MOST_MEMBERS = 4;
const BAR_WIDTH = 16;

export function rowsOf(picture: RunPicture, now: number): TreeRow[] {
  const scopes = Map.groupBy(picture.tasks.values(), (task) => task.scope);
  const seen = new Set<string>();
  const below = (scope: string, depth: number): TreeRow[] => {
    // A task below itself would be a circle; there is none, but drawing must end.
    if (seen.has(scope)) return [];
    seen.add(scope);
    const names = Map.groupBy(scopes.get(scope) ?? [], (task) => task.name);
    return [...names.values()].flatMap((tasks) =>
      tasks.length > MOST_UNFOLDED
        ? foldedRows(tasks, depth, now)
        : tasks.flatMap((task) => [taskRow(task, depth, now, depth > 1), ...below(task.identity, depth + 1)]),
    );
  };
  return below('', 1);
}

function taskRow(task: TaskGlimpse, depth: number, now: number, isDetail: boolean): TreeRow {
  const { state } = task;
  return {
    depth,
    state,
    name: plainText(taskTitle(task)),
    time: timeOf(task, now),
    info: infoOf(task, now),
    isDone: isSuccess(state.type),
    isDetail,
  };
}

/** `train  37/100, 4 running, 2 failed`, and below it those that somebody may want to see. */
function foldedRows(tasks: readonly TaskGlimpse[], depth: number, now: number): TreeRow[] {
  const members = [
    ...tasks.filter((task) => isFailed(task.state)),
    ...tasks.filter((task) => task.state.type === 'RUNNING' || task.state.type === 'CANCELLING'),
    ...tasks.filter((task) => task.state.type === 'SCHEDULED'),
  ];
  const isDone = tasks.every((task) => isSuccess(task.state.type));
  const head: TreeRow = {
    depth,
    state: foldedState(tasks),
    name: plainText(tasks[0]?.name ?? ''),
    time: '',
    info: countsOf(tasks),
    isDone,
    isDetail: depth > 1,
  };
  return [head, ...members.slice(0, MOST_MEMBERS).map((task) => taskRow(task, depth + 1, now, true))];
}

function countsOf(tasks: readonly TaskGlimpse[]): string {
  const counts = new Map<string, number>();
  let ended = 0;
  let ran = 0;
  let spentMs = 0;
  for (const { state, isReused, runTimeMs } of tasks) {
    if (isFinal(state.type)) ended++;
    if (state.name === 'Completed' && !isReused) {
      ran++;
      spentMs += runTimeMs;
    }
    const word = wordOf(state, isReused);
    if (word !== null) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const told = [...counts].map(([word, number]) => `, ${number} ${word}`).join('');
  const each = ran === 0 ? '' : `, ${formatDuration(spentMs / ran)} each`;
  return `${ended}/${tasks.length}${told}${each}`;
}

/** What a member of a folded name is counted as; null where the count of those that ended says it. */
function wordOf(state: State, isReused: boolean): string | null {
  if (isReused) return 'reused';
  switch (state.name) {
    case 'Completed':
    case 'Pending':
    case 'Scheduled':
      return null;
    case 'AwaitingRetry':
      return 'waiting for a retry';
    case 'AwaitingLimit':
      return 'waiting for a limit';
    case 'UpstreamFailed':
      return 'not run: an upstream failed';
    case 'Retrying':
    case 'Resuming':
      return 'running';
    case 'TimedOut':
      return 'timed out';
    default:
      return state.name.toLowerCase();
  }
}

/** The state that most wants to be seen. */
function foldedState(tasks: readonly TaskGlimpse[]): State {
  const worst =
    tasks.find((task) => isFailed(task.state)) ??
    tasks.find((task) => task.state.type === 'RUNNING') ??
    tasks.find((task) => !isFinal(task.state.type)) ??
    tasks[0];
  return (worst as TaskGlimpse).state;
}

function isFailed({ type, name }: State): boolean {
  return (type === 'FAILED' && name !== 'UpstreamFailed') || type === 'CRASHED';
}

function timeOf({ state, runTimeMs }: TaskGlimpse, now: number): string {
  if (state.type === 'RUNNING') return formatDuration(runTimeMs + Math.max(0, now - state.at));
  return runTimeMs > 0 || state.name === 'Completed' ? formatDuration(runTimeMs) : '';
}

function infoOf({ state, progress, remark, isReused, attempt }: TaskGlimpse, now: number): string {
  const tries = attempt > 1 ? `attempt ${attempt}` : '';
  switch (state.type) {
    case 'RUNNING':
      return [tries, progress === null ? '' : progressBar(progress)].filter(Boolean).join('  ');
    case 'COMPLETED':
      return isReused ? plainText(remark ?? 'reused') : state.name === 'Cached' ? 'cached' : tries;
    case 'FAILED':
    case 'CRASHED':
      return plainText(`${state.name}: ${remark ?? state.message ?? ''}`.replace(/: $/, ''));
    case 'PENDING':
      return '';
    default:
      return plainText(toldMessage(state, now) ?? state.name);
  }
}

/** `████████░░░░░░░░ 12/24 epochs`; without a total only how much is done. */
export function progressBar({ done, total, label }: NonNullable<TaskRunRow['progress']>): string {
  const unit = label === null ? '' : ` ${plainText(label)}`;
  if (total === null || total <= 0) return `${shortNumber(done)}${unit}`;
  // A bar that told nothing but its percentage: `37% file.iso`.
  const isPercent = total === 100 && unit.startsWith(' %');
  const numbers = isPercent
    ? `${shortNumber(done)}${unit.trimStart()}`
    : `${shortNumber(done)}/${shortNumber(total)}${unit}`;
  const filled = Math.round(Math.min(1, Math.max(0, done / total)) * BAR_WIDTH);
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${numbers}`;
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}
