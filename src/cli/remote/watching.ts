/** `weir logs | watch | wait` on a server elsewhere: what happens there is shown as it happens. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineEvent } from '../../engine/events.ts';
import { localTime } from '../../engine/tell/told-times.ts';
import { formatDuration, parseDuration } from '../../model/duration.ts';
import { EXIT, WeirError } from '../../model/errors.ts';
import { isFinal, type State } from '../../model/state.ts';
import type { LogChunk } from '../../store/logs.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { colors, print, printJson, printJsonLine, say, stateGlyph, table } from '../output.ts';
import { lineText } from '../runs/log-lines.ts';
import { exitCodeOf } from '../runs/run-end.ts';
import { tookMs } from '../runs/run-facts.ts';
import { printEvent } from '../runs/watch.ts';
import { plainText } from '../terminal-text.ts';
import { createDisplay, type Display } from '../tree/display.ts';
import { type Client, pathOf } from './client.ts';
import { getRun } from './runs.ts';
import { type LineJson, type RunJson, type TaskJson, timeOf } from './shapes.ts';

const LOOK_EVERY_MS = 500;

interface LogsFlags extends GlobalFlags {
  readonly tail?: string;
  readonly follow?: boolean;
  readonly failed?: boolean;
}

export async function showLogs(client: Client, [id, task]: [string?, string?], flags: LogsFlags): Promise<number> {
  const run = await getRun(client, id);
  const isFollowing = flags.follow === true && !isFinal(run.state.type);
  const query = {
    format: 'ndjson',
    ...(task === undefined ? {} : { task }),
    ...(flags.tail === undefined ? {} : { tail: flags.tail }),
    ...(flags.failed ? { failed: 'true' } : {}),
    ...(isFollowing ? { follow: 'true' } : {}),
  };
  const lines = client.lines<LineJson>(pathOf('flow-runs', run.id, 'logs'), query);
  const gathered: LineJson[] = [];
  for await (const line of lines) {
    if (flags.json && flags.follow) printJsonLine(line);
    else if (flags.json) gathered.push(line);
    else print(lineText({ text: line.text, number: line.line, path: '', ...partsOf(line) }, task === undefined));
  }
  if (flags.json && !flags.follow) printJson({ schema: 'weir.logs/1', items: gathered, next: null });
  return EXIT.ok;
}

/** A line as this machine's own database would have given it. */
function partsOf(line: LineJson): { readonly chunk: LogChunk; readonly task: TaskRunRow | null } {
  const { run: flowRunId, task_id: taskRunId, attempt, stream, level, at, text, fields } = line;
  const kept = fields === undefined ? null : JSON.stringify(fields);
  const task =
    line.task === null
      ? null
      : ({ id: taskRunId, name: line.task, label: line.key, identity: String(taskRunId) } as TaskRunRow);
  return { chunk: { flowRunId, taskRunId, attempt, stream, level, at: timeOf(at), text, fields: kept }, task };
}

export async function watchRun(client: Client, [id]: [string?], flags: GlobalFlags): Promise<number> {
  let run = await getRun(client, id);
  const display: Display = flags.json
    ? { take: printEvent, stop: () => {} }
    : await createDisplay({ id: run.id, flow: run.flow, startAt: timeOf(run.start_time) }, Date.now);
  const told = createTold();
  const logs = followLog(client, run.id, display);
  try {
    for (;;) {
      for (const event of told(run)) display.take(event);
      if (isFinal(run.state.type)) break;
      await sleep(LOOK_EVERY_MS);
      run = await getRun(client, run.id);
    }
    await logs;
  } finally {
    display.stop();
  }
  if (!flags.json) sayEnd(run);
  return exitCodeOf({ state: stateOf(run.state) });
}

async function followLog(client: Client, id: number, display: Display): Promise<void> {
  const query = { format: 'ndjson', follow: 'true', tail: '0' };
  for await (const line of client.lines<LineJson>(pathOf('flow-runs', id, 'logs'), query))
    display.take({ kind: 'log', ...partsOf(line) });
}

/** Gives of each look what was not told before, in the order in which it happened. */
function createTold(): (run: RunJson) => EngineEvent[] {
  const seen = new Map<number, number>();
  let runStates = 0;
  return (run) => {
    const events: EngineEvent[] = [];
    for (const [position, task] of run.tasks.entries()) {
      const row = taskRowOf(task, run, position);
      const reused = task.reused_from_attempt !== null;
      for (const state of task.states.slice(seen.get(task.id) ?? 0))
        events.push({ kind: 'task-state', runId: run.id, task: { ...row, state: stateOf(state) }, reused });
      seen.set(task.id, task.states.length);
    }
    for (const state of run.states.slice(runStates))
      events.push({ kind: 'run-state', runId: run.id, state: stateOf(state) });
    runStates = run.states.length;
    const at = (event: EngineEvent) =>
      event.kind === 'run-state' ? event.state.at : event.kind === 'task-state' ? event.task.state.at : 0;
    return events.sort((a, b) => at(a) - at(b));
  };
}

type StateJson = RunJson['state'];

function stateOf({ type, name, message, at }: StateJson): State {
  return { type, name, message, at: timeOf(at) };
}

/** As far as what shows a run reads it. */
function taskRowOf(task: TaskJson, run: RunJson, position: number): TaskRunRow {
  return {
    id: task.id,
    flowRunId: run.id,
    identity: String(task.id),
    scope: '',
    name: task.name,
    label: task.key,
    callIndex: task.index,
    position,
    parentTaskId: null,
    childRunId: task.run ?? null,
    upstream: task.upstream,
    state: stateOf(task.state),
    states: task.states.map(stateOf),
    startAt: timeOf(task.start_time),
    endAt: timeOf(task.end_time),
    runTimeMs: task.total_run_time_ms,
    attempt: task.attempt,
    flowAttempt: run.attempt,
    reusedFromAttempt: task.reused_from_attempt,
    why: task.why,
    error: task.error,
    progress: null,
  } as unknown as TaskRunRow;
}

function sayEnd(run: RunJson): void {
  const { id, flow, state, error, result } = run;
  if (state.type === 'COMPLETED' && result !== null) print(JSON.stringify(result));
  for (const task of run.tasks)
    if (task.error !== null && task.state.name !== 'UpstreamFailed')
      say(`${colors.red(plainText(task.name))}: ${plainText(task.error.message)}`);
  if (error !== null) say(`${colors.red(plainText(error.name))}: ${plainText(error.message)}`);
  say(
    `${stateGlyph(state.type, state.name)} ${plainText(flow)}, run ${id}: ${state.name} ${colors.dim(`in ${formatDuration(tookMs(run, Date.now()))}`)}`,
  );
}

export async function waitForRuns(
  client: Client,
  [ids]: [string[]],
  flags: GlobalFlags & { readonly timeout?: string },
): Promise<number> {
  const deadline = flags.timeout === undefined ? Number.POSITIVE_INFINITY : Date.now() + parseTimeout(flags.timeout);
  let runs: RunJson[] = [];
  for (const id of ids) runs.push(await getRun(client, id));
  runs = [...new Map(runs.map((run) => [run.id, run])).values()];
  while (runs.some((run) => !isFinal(run.state.type)) && Date.now() < deadline) {
    await sleep(Math.min(LOOK_EVERY_MS, Math.max(1, deadline - Date.now())));
    const again: RunJson[] = [];
    for (const run of runs) again.push(isFinal(run.state.type) ? run : await getRun(client, run.id));
    runs = again;
  }
  if (flags.json) printJson({ schema: 'weir.runs/1', items: runs.map(summaryOf), next: null });
  else print(table(runs.map(endCells)));
  const open = runs.filter((run) => !isFinal(run.state.type));
  if (open.length > 0) {
    say(`${open.map(({ id }) => id).join(', ')} still going on: weir watch ${open[0]?.id}`);
    return EXIT.timedOut;
  }
  const codes = runs.map(({ state }) => exitCodeOf({ state: stateOf(state) }));
  return [EXIT.runFailed, EXIT.runCancelled].find((code) => codes.includes(code)) ?? EXIT.ok;
}

/** As an item of `weir runs --json`. */
function summaryOf({ schema: _, tasks: __, states: ___, artifacts: ____, ...item }: RunJson) {
  return item;
}

function endCells(run: RunJson): string[] {
  const { type, name, message } = run.state;
  const end = run.end_time === null ? '' : `at ${localTime(timeOf(run.end_time))}`;
  return [
    String(run.id),
    plainText(run.flow),
    `${stateGlyph(type, name)} ${name}`,
    formatDuration(tookMs(run, Date.now())),
    colors.dim(plainText((message ?? end).split('\n')[0] ?? '')),
  ];
}

function parseTimeout(text: string): number {
  try {
    return parseDuration(text);
  } catch (cause) {
    throw new WeirError('usage', `--timeout: ${(cause as Error).message}`, { cause });
  }
}
