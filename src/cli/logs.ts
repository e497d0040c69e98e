/** `weir logs`: what a run, or one of its tasks, printed and logged. */

import { isoTime } from '../engine/run-json.ts';
import { selectRun } from '../engine/select-run.ts';
import { EXIT, nearest, WeirError } from '../model/errors.ts';
import type { StoredLogChunk } from '../store/logs.ts';
import type { TaskRunRow } from '../store/task-runs.ts';
import { colors, print, printJson } from './output.ts';
import type { GlobalFlags } from './program.ts';
import { taskName } from './progress-lines.ts';
import { withEngine } from './session.ts';

const PAGE = 1000;

export async function logs([id, task]: [string?, string?], flags: GlobalFlags & { tail?: string }): Promise<number> {
  const tail = flags.tail === undefined ? null : Number(flags.tail);
  if (tail !== null && (!Number.isInteger(tail) || tail < 0))
    throw new WeirError('usage', `--tail is "${flags.tail}"; it must be a whole number`);
  return withEngine(flags, 'command', async (engine) => {
    const { store } = engine;
    const row = selectRun(store, id);
    const tasks = new Map(store.taskRuns.ofRun(row.id).map((each) => [each.id, each]));
    const chosen = task === undefined ? null : chooseTask([...tasks.values()], task);
    const read = (after: number) =>
      chosen === null
        ? store.logs.after(row.id, after, PAGE)
        : store.logs.ofTaskAfter(chosen.task.id, chosen.attempt, after, PAGE);
    // With --tail only the end is kept; without it every page is printed as it is read.
    let kept: (() => void)[] = [];
    for (let chunks = read(0); chunks.length > 0; chunks = read(chunks.at(-1)?.id ?? 0)) {
      for (const chunk of chunks)
        for (const [offset, line] of chunk.text.split('\n').entries()) {
          const printLine = () => printLogLine(chunk, chunk.firstLine + offset, line, tasks, flags.json === true);
          if (tail === null) printLine();
          else kept.push(printLine);
        }
      if (tail !== null) kept = tail === 0 ? [] : kept.slice(-tail);
    }
    for (const printLine of kept) printLine();
    return EXIT.ok;
  });
}

function chooseTask(tasks: readonly TaskRunRow[], text: string): { task: TaskRunRow; attempt: number | null } {
  const [, name = text, attempt] = /^(.*?)(?:\.(\d+))?$/.exec(text) ?? [];
  const found =
    tasks.find((task) => task.name === text || String(task.id) === text) ??
    tasks.find((task) => task.name === name || String(task.id) === name);
  if (found !== undefined)
    return { task: found, attempt: found.name === text || attempt === undefined ? null : Number(attempt) };
  const names = [...new Set(tasks.map((task) => task.name))];
  const near = nearest(name, names);
  throw new WeirError(
    'not-found',
    `the run has no task "${text}"; it has ${names.join(', ') || 'none'}`,
    near === undefined ? {} : { hint: `did you mean ${near}?` },
  );
}

function printLogLine(
  chunk: StoredLogChunk,
  number: number,
  line: string,
  tasks: ReadonlyMap<number, TaskRunRow>,
  json: boolean,
): void {
  const task = chunk.taskRunId === null ? undefined : tasks.get(chunk.taskRunId);
  if (json) {
    return printJson({
      line: number,
      at: isoTime(chunk.at),
      task: task?.name ?? null,
      task_id: chunk.taskRunId,
      attempt: chunk.attempt,
      stream: chunk.stream,
      level: chunk.level,
      text: line,
      ...(chunk.fields === null ? {} : { fields: JSON.parse(chunk.fields) as unknown }),
    });
  }
  const time = isoTime(chunk.at).slice(11, 23);
  const fields = chunk.fields === null ? '' : ` ${chunk.fields}`;
  print(`${colors.dim(time)} ${task === undefined ? '' : `${colors.dim(taskName(task))} `}${line}${fields}`);
}
