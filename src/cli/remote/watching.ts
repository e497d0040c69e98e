/** `weir logs | watch | wait` on a server elsewhere: what happens there is shown as it happens. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type EventJson, eventOf } from '../../engine/tell/event-json.ts';
import type { RunEndJson } from '../../engine/tell/run-end-json.ts';
import { localTime } from '../../engine/tell/told-times.ts';
import { formatDuration, parseDuration } from '../../model/duration.ts';
import { EXIT, WeirError } from '../../model/errors.ts';
import { isFinal } from '../../model/state.ts';
import type { LogChunk } from '../../store/logs.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { colors, print, printJson, printJsonLine, say, stateGlyph, table } from '../output.ts';
import { lineText } from '../runs/log-lines.ts';
import { leaveOnSignal } from '../runs/look-on.ts';
import { exitCodeOf, sayEnd } from '../runs/run-end.ts';
import { tookMs } from '../runs/run-facts.ts';
import { printEvent } from '../runs/watch.ts';
import { plainText } from '../terminal-text.ts';
import { createDisplay, type Display } from '../tree/display.ts';
import { type Client, pathOf } from './client.ts';
import { getRun, summaryOf } from './runs.ts';
import { type LineJson, type RunItem, type RunJson, timeOf } from './shapes.ts';

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
    else
      print(
        lineText({ text: line.text, number: line.line, path: line.path ?? '', ...partsOf(line) }, task === undefined),
      );
  }
  if (flags.json && !flags.follow) printJson({ schema: 'weir.logs/1', items: gathered, next: null });
  if (flags.failed && (await client.get<RunEndJson>(pathOf('flow-runs', run.id, 'end'))).failed === 0)
    say(`no task of run ${run.id} has failed`);
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
  const { id: runId, flow, start_time: start } = await client.get<RunItem>(pathOf('flow-runs', id ?? '@latest'));
  const display: Display = flags.json
    ? { take: printEvent, stop: () => {} }
    : await createDisplay({ id: runId, flow, startAt: timeOf(start) }, Date.now);
  const forget = leaveOnSignal(() => {
    display.stop();
    say(`run ${runId} goes on without you; weir watch ${runId}`);
  });
  try {
    for await (const event of client.lines<EventJson>(pathOf('flow-runs', runId, 'events')))
      display.take(eventOf(event));
  } finally {
    forget();
    display.stop();
  }
  const end = await client.get<RunEndJson>(pathOf('flow-runs', runId, 'end'));
  if (!isFinal(end.state.type))
    throw new WeirError(
      'unreachable',
      `the server at ${client.url} has stopped telling of run ${runId} before its end`,
      {
        hint: `weir watch ${runId}`,
      },
    );
  if (!flags.json) sayEnd(end);
  return exitCodeOf(end);
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
    const ids = open.map(({ id }) => id);
    const [runs, go] = ids.length === 1 ? ['run', 'goes'] : ['runs', 'go'];
    say(
      `after ${formatDuration(parseTimeout(flags.timeout ?? '0s'))} ${runs} ${ids.join(', ')} still ${go} on: weir watch ${ids[0]}`,
    );
    return EXIT.timedOut;
  }
  const codes = runs.map(({ state }) => exitCodeOf({ state }));
  return [EXIT.runFailed, EXIT.runCancelled].find((code) => codes.includes(code)) ?? EXIT.ok;
}

function endCells(run: RunJson): string[] {
  const { type, name, message } = run.state;
  const endAt = timeOf(run.end_time);
  const end = endAt === null ? '' : `at ${localTime(endAt)}`;
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
