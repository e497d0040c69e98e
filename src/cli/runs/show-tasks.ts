/** The tasks of a run as lines for `weir show`: below their callers, with what they waited for and how they ended. */
import type { RunAccount } from '../../engine/tell/run-account.ts';
import { toldMessage } from '../../engine/tell/told-message.ts';
import { formatBytes } from '../../model/bytes.ts';
import { formatDuration } from '../../model/duration.ts';
import { isSuccess } from '../../model/state.ts';
import { wrapWords } from '../flows/folded-rows.ts';
import { colors, showMetrics, stateGlyph, table, terminalWidth, visibleLength } from '../output.ts';
import { plainText } from '../terminal-text.ts';
import { taskName } from '../tree/progress-lines.ts';
import { errorDetails, shownLines } from './run-end.ts';
import { tookMs } from './run-facts.ts';

/** More calls of one name that all ended well are one line. */
const MOST_ALIKE = 20;
/** Names of upstream tasks that are told one by one. */
const MOST_UPSTREAM = 3;
const LONGEST_NAME = 48;

interface Line {
  readonly cells: readonly string[];
  /** What follows it, outside of the columns. */
  readonly below: readonly string[];
}

export function taskLines({ run, tasks: beside }: RunAccount, now: number): string[] {
  const all = run.tasks.map((task, place): ShownTask => ({ ...task, ...(beside[place] ?? NOTHING_BESIDE) }));
  // What the latest attempt did not call comes last.
  const tasks = all.sort((a, b) => Number(b.called) - Number(a.called));
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const children = Map.groupBy(tasks, (task) => task.parent ?? 0);
  const lines: Line[] = [];
  const shown = new Set<number>();
  const add = (parent: number, depth: number) => {
    const names = Map.groupBy(children.get(parent) ?? [], (task) => task.name);
    for (const alike of names.values()) {
      const foldable = alike.length > MOST_ALIKE ? alike.filter((task) => isSuccess(task.state.type)) : [];
      if (foldable.length > MOST_ALIKE) lines.push(foldedLine(foldable, alike.length, depth));
      const folded = foldable.length > MOST_ALIKE ? new Set(foldable) : new Set();
      for (const task of alike) {
        if (folded.has(task) || shown.has(task.id)) continue;
        shown.add(task.id);
        lines.push(taskLine(task, byId, depth, now));
        add(task.id, depth + 1);
      }
    }
  };
  add(0, 1);
  const rows = table(lines.map((line) => line.cells)).split('\n');
  const bare = table(lines.map((line) => line.cells.slice(0, -1))).split('\n');
  return lines.flatMap((line, place) => {
    const row = rows[place] ?? '';
    if (visibleLength(row) <= terminalWidth()) return [row, ...line.below];
    // As deep as what else stands below a task.
    const indent = `${/^ */.exec(row)?.[0]}    `;
    const remarks = wrapWords(line.cells.at(-1) ?? '', terminalWidth() - indent.length).map((each) => indent + each);
    return [bare[place] ?? '', ...remarks, ...line.below];
  });
}

type ShownTask = RunAccount['run']['tasks'][number] & RunAccount['tasks'][number];

const NOTHING_BESIDE: RunAccount['tasks'][number] = { parent: null, called: true, last_lines: [] };

function foldedLine(tasks: readonly ShownTask[], all: number, depth: number): Line {
  const ran = tasks.filter((task) => task.state.name === 'Completed');
  const each = ran.reduce((sum, task) => sum + task.total_run_time_ms, 0) / Math.max(1, ran.length);
  const name = `${indentOf(depth)}${stateGlyph('COMPLETED', 'Completed')} ${plainText(tasks[0]?.name ?? '')}`;
  return { cells: [name, `${tasks.length}/${all} ended well`, `${formatDuration(each)} each`, ''], below: [] };
}

function taskLine(task: ShownTask, byId: ReadonlyMap<number, ShownTask>, depth: number, now: number): Line {
  const { type, name } = task.state;
  const isFailed = (type === 'FAILED' && name !== 'UpstreamFailed') || type === 'CRASHED';
  const title = titleOf(task);
  const short = title.length > LONGEST_NAME ? `${title.slice(0, LONGEST_NAME - 1)}…` : title;
  const indent = indentOf(depth);
  return {
    cells: [
      `${indent}${stateGlyph(type, name)} ${short}`,
      `${name}${task.attempt > 1 ? ` (attempt ${task.attempt})` : ''}`,
      formatDuration(tookMs(task, now)),
      colors.dim(remarksOf(task, byId, now).join('; ')),
    ],
    below: isFailed ? failureOf(task).map((line) => `${indent}    ${line}`) : [],
  };
}

function titleOf({ name, key }: ShownTask): string {
  return taskName({ name, label: key });
}

function remarksOf(task: ShownTask, byId: ReadonlyMap<number, ShownTask>, now: number): string[] {
  const message = toldMessage(task.state, now);
  const isTold = task.error !== null && message !== null && task.error.message === message;
  const origin = task.cached_from === null ? null : `cached from run ${task.cached_from.run}`;
  const metrics = Object.keys(task.metrics).length === 0 ? null : showMetrics(task.metrics);
  const child = task.run === undefined ? null : `run ${task.run}`;
  const remarks = [child, afterOf(task, byId), task.why, origin, isTold ? null : message, metrics, usageOf(task)];
  return remarks.filter((remark) => remark !== null && remark !== '').map((remark) => plainText(remark as string));
}

/** `1.2 GiB, 3m 20s of CPU`: at its peak, and all of its tree together. */
function usageOf({ peak_memory: memory, cpu_ms: cpu }: ShownTask): string | null {
  return memory === undefined ? null : `peak memory ${formatBytes(memory)}, CPU ${formatDuration(cpu ?? 0)}`;
}

/** `after fetch, train ×37`: what its inputs came from. */
function afterOf({ upstream }: ShownTask, byId: ReadonlyMap<number, ShownTask>): string {
  const tasks = upstream.map((id) => byId.get(id)).filter((task) => task !== undefined);
  const names = [...Map.groupBy(tasks, (task) => task.name)].map(([name, alike]) =>
    alike.length === 1 ? titleOf(alike[0] as ShownTask) : `${name} ×${alike.length}`,
  );
  const more = names.length > MOST_UPSTREAM ? ` and ${names.length - MOST_UPSTREAM} more` : '';
  return names.length === 0 ? '' : `after ${names.slice(0, MOST_UPSTREAM).join(', ')}${more}`;
}

function failureOf(task: ShownTask): string[] {
  const { error } = task;
  const reason = error === null ? (task.state.message ?? '') : `${error.name}: ${error.message}`;
  const history = task.states.length > 3 ? [colors.dim(task.states.map((state) => state.name).join(', '))] : [];
  return [
    colors.red(plainText(reason)),
    ...shownLines(task.last_lines).map((line) => colors.dim(`| ${line}`)),
    ...(error?.hint === undefined ? [] : [plainText(error.hint)]),
    ...errorDetails(error).map((line) => colors.dim(line)),
    ...history,
  ].filter(Boolean);
}

function indentOf(depth: number): string {
  return '  '.repeat(depth);
}
