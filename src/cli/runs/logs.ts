/** `weir logs`: what a run with its subflows, or some of its tasks, printed and logged; with `-f` also what is still to come. */
import type { Engine } from '../../engine/engine.ts';
import { failedTasks } from '../../engine/tell/failed-tasks.ts';
import { type LogLine, lineJson } from '../../engine/tell/log-lines.ts';
import { isOver } from '../../engine/tell/run-follower.ts';
import { createRunLog } from '../../engine/tell/run-log.ts';
import { selectRun } from '../../engine/verbs/select-run.ts';
import { EXIT, WeirError } from '../../model/errors.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import { print, printJsonLine, printJsonList, say } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { withEngine } from '../session.ts';
import { lookUntil } from './follow.ts';
import { lineText } from './log-lines.ts';

/** Lines held beside the last ones, so that not every line moves them all. */
const SLACK = 1000;

interface LogsFlags extends GlobalFlags {
  readonly tail?: string;
  readonly follow?: boolean;
  readonly failed?: boolean;
}

export async function logs([id, task]: [string?, string?], flags: LogsFlags): Promise<number> {
  const tail = parseTail(flags.tail);
  return withEngine(flags, 'command', async (engine) => {
    const { store } = engine;
    const run = selectRun(store, id);
    const current = () => store.flowRuns.byId(run.id) ?? run;
    const isFollowing = flags.follow === true && !isOver(run);
    const log = createRunLog(store, run.id, task ?? null);
    const named = log.named();
    if (!isFollowing) log.refuseUnknown();
    const isOne = named.length === 1 && named[0]?.childRunId === null;
    const show = (line: LogLine) => (flags.json ? printJsonLine(lineJson(line)) : print(lineText(line, !isOne)));
    if (tail !== null && task === undefined) log.skipToLast(tail);
    const read = flags.failed ? log.readFailed : log.read;

    const backlog = lastOf(read(), tail);
    if (flags.json && !flags.follow) printJsonList('weir.logs/1', backlog.map(lineJson));
    else for (const line of backlog) show(line);
    if (isFollowing) await follow(engine, current, read, show);
    if (isFollowing) log.refuseUnknown();
    if (flags.failed && failedTasks(store, current()).length === 0) say(`no task of run ${run.id} has failed`);
    return EXIT.ok;
  });
}

async function follow(
  engine: Engine,
  current: () => FlowRunRow,
  read: () => Iterable<LogLine>,
  show: (line: LogLine) => void,
): Promise<void> {
  await lookUntil(engine, () => {
    // The run first: when it is over by then, its last line is in the file already.
    const row = current();
    for (const line of read()) show(line);
    return { isEnough: isOver(row), rows: [row] };
  });
}

function lastOf(lines: Generator<LogLine>, tail: number | null): IteratorObject<LogLine> {
  if (tail === null) return lines;
  let kept: LogLine[] = [];
  for (const line of lines) {
    kept.push(line);
    if (kept.length > tail + SLACK) kept = tail === 0 ? [] : kept.slice(-tail);
  }
  return (tail === 0 ? [] : kept.slice(-tail)).values();
}

function parseTail(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new WeirError('usage', `--tail is "${text}"; it must be a whole number`);
}
