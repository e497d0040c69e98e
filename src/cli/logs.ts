/** `weir logs`: what a run, or some of its tasks, printed and logged; with `-f` also what is still to come. */
import type { Engine } from '../engine/engine.ts';
import { selectRun } from '../engine/select-run.ts';
import { EXIT, WeirError } from '../model/errors.ts';
import type { FlowRunRow } from '../store/flow-runs.ts';
import type { StoredLogChunk } from '../store/logs.ts';
import type { Store } from '../store/store.ts';
import type { TaskRunRow } from '../store/task-runs.ts';
import { isOver, lookUntil } from './follow.ts';
import { type LogLine, lineJson, linesOf, lineText } from './log-lines.ts';
import { refuseUnknownTask, selectTasks } from './log-selection.ts';
import { print, printJsonLine, say } from './output.ts';
import type { GlobalFlags } from './program.ts';
import { failedTasks } from './run-end.ts';
import { withEngine } from './session.ts';

const PAGE = 1000;

interface LogsFlags extends GlobalFlags {
  readonly tail?: string;
  readonly follow?: boolean;
  readonly failed?: boolean;
}

/** Gives the lines that were not given before, whole pages at a time. */
type Read = () => Generator<LogLine>;

export async function logs([id, task]: [string?, string?], flags: LogsFlags): Promise<number> {
  const tail = parseTail(flags.tail);
  return withEngine(flags, 'command', async (engine) => {
    const { store } = engine;
    const run = selectRun(store, id);
    const current = () => store.flowRuns.byId(run.id) ?? run;
    const isFollowing = flags.follow === true && !isOver(run);
    if (task !== undefined && !isFollowing && tasksOf(store, run, task).tasks.length === 0)
      refuseUnknownTask(run.id, store.taskRuns.ofRun(run.id), task);
    const isOne = task !== undefined && tasksOf(store, run, task).tasks.length === 1;
    const show = (line: LogLine) => (flags.json ? printJsonLine(lineJson(line)) : print(lineText(line, !isOne)));
    const start = tail === null || task !== undefined ? 0 : startOfTail(store, run, tail);
    const read = flags.failed ? readFailed(store, current, task) : readAll(store, run, task, start);

    const backlog = lastOf(read(), tail);
    for (const line of backlog) show(line);
    if (isFollowing) await follow(engine, current, read, show);
    if (task !== undefined && isFollowing && tasksOf(store, run, task).tasks.length === 0)
      refuseUnknownTask(run.id, store.taskRuns.ofRun(run.id), task);
    if (flags.failed && failedTasks(store, current()).length === 0) say(`no task of run ${run.id} has failed`);
    return EXIT.ok;
  });
}

async function follow(
  engine: Engine,
  current: () => FlowRunRow,
  read: Read,
  show: (line: LogLine) => void,
): Promise<void> {
  await lookUntil(engine, () => {
    // The run first: when it is over by then, its last line is in the file already.
    const row = current();
    for (const line of read()) show(line);
    return { isEnough: isOver(row), rows: [row] };
  });
}

/** Lines of the run, or of the tasks that the text names; tasks may appear while it is followed. */
function readAll(store: Store, run: FlowRunRow, text: string | undefined, start: number): Read {
  const known = new Map<number, TaskRunRow>();
  const taskOf = (chunk: StoredLogChunk) => {
    if (chunk.taskRunId === null) return null;
    const task = known.get(chunk.taskRunId) ?? store.taskRuns.byId(chunk.taskRunId);
    if (task !== null) known.set(task.id, task);
    return task;
  };
  let after = start;
  return function* () {
    const only = text === undefined ? null : tasksOf(store, run, text).tasks;
    const single = only?.length === 1 && after === 0 ? only[0] : undefined;
    for (;;) {
      const chunks =
        single === undefined
          ? store.logs.after(run.id, after, PAGE)
          : store.logs.ofTaskAfter(single.id, null, after, PAGE);
      for (const chunk of chunks) {
        after = chunk.id;
        const task = taskOf(chunk);
        if (text !== undefined && !isNamed(task, chunk, text)) continue;
        yield* linesOf(chunk, task);
      }
      if (chunks.length < PAGE) return;
    }
  };
}

/** All lines of each task that has failed, one task after the other. */
function readFailed(store: Store, current: () => FlowRunRow, text: string | undefined): Read {
  const told = new Set<number>();
  return function* () {
    for (const task of failedTasks(store, current())) {
      if (told.has(task.id)) continue;
      told.add(task.id);
      let after = 0;
      for (;;) {
        const chunks = store.logs.ofTaskAfter(task.id, null, after, PAGE);
        for (const chunk of chunks) {
          after = chunk.id;
          if (text === undefined || isNamed(task, chunk, text)) yield* linesOf(chunk, task);
        }
        if (chunks.length < PAGE) break;
      }
    }
  };
}

/** The chunk behind which the last lines stand: a long log is read from its end, not from its beginning. */
function startOfTail(store: Store, run: FlowRunRow, tail: number): number {
  let before = Number.MAX_SAFE_INTEGER;
  let lines = 0;
  while (lines < tail) {
    const chunks = store.logs.lastOfRun(run.id, before, Math.min(PAGE, tail));
    if (chunks.length === 0) return 0;
    before = chunks[0]?.id ?? 0;
    lines += chunks.reduce((sum, chunk) => sum + chunk.lines, 0);
  }
  return before - 1;
}

function tasksOf(store: Store, run: FlowRunRow, text: string) {
  return selectTasks(store.taskRuns.ofRun(run.id), text);
}

function isNamed(task: TaskRunRow | null, chunk: StoredLogChunk, text: string): boolean {
  if (task === null) return false;
  const { tasks, attempt } = selectTasks([task], text);
  return tasks.length > 0 && (attempt === null || attempt === chunk.attempt);
}

function lastOf(lines: Iterable<LogLine>, tail: number | null): Iterable<LogLine> {
  if (tail === null) return lines;
  let kept: LogLine[] = [];
  for (const line of lines) {
    kept.push(line);
    if (kept.length > tail + PAGE) kept = tail === 0 ? [] : kept.slice(-tail);
  }
  return tail === 0 ? [] : kept.slice(-tail);
}

function parseTail(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new WeirError('usage', `--tail is "${text}"; it must be a whole number`);
}
