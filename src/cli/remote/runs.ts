/** `weir runs | show | cancel | retry | rerun | resume` on a server elsewhere. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunAccount } from '../../engine/tell/run-account.ts';
import { localTime, zoneOfTimes } from '../../engine/tell/told-times.ts';
import { CANCEL_GRACE_MS } from '../../engine/verbs/cancel.ts';
import { refuseBoth } from '../../engine/verbs/retry-run.ts';
import { formatDuration } from '../../model/duration.ts';
import { EXIT, WeirError } from '../../model/errors.ts';
import type { JsonSchema } from '../../model/param-schema.ts';
import { toPlainJson } from '../../model/plain-json.ts';
import { parseRunFilter } from '../../model/run-filter.ts';
import { isFinal } from '../../model/state.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { colors, fitTable, print, printJson, say, sayError, stateGlyph } from '../output.ts';
import { parseParams } from '../runs/params.ts';
import { agoInWords, tookMs } from '../runs/run-facts.ts';
import { sayPaused } from '../runs/runs.ts';
import { tellRun } from '../runs/show.ts';
import { plainText } from '../terminal-text.ts';
import { parseWhole } from '../whole-number.ts';
import { type Client, pathOf } from './client.ts';
import { type DeploymentItem, type DeploymentJson, type RunItem, type RunJson, timeOf } from './shapes.ts';

const DEFAULT_LIMIT = 20;
const FLOW_COLUMN = 1;
const MOST_DEPLOYMENTS = 10_000;
const LOOK_EVERY_MS = 200;
/** Beyond the grace that a run is given to end by itself: its process is stopped, or too busy to hear. */
const PATIENCE_MS = CANCEL_GRACE_MS + 10_000;

export async function listRuns(
  client: Client,
  [words]: [string[]],
  flags: GlobalFlags & { readonly limit?: string; readonly before?: string },
): Promise<number> {
  const limit = parseWhole('--limit', flags.limit, 10_000) ?? DEFAULT_LIMIT;
  const before = parseWhole('--before', flags.before, Number.MAX_SAFE_INTEGER);
  const query = { q: words.map(quoted), cursor: before === null ? undefined : cursorOf(before) };
  const page = await client.list<RunItem>('/api/flow-runs', query, limit);
  const next = page.next === null ? null : numberOf(page.next);
  if (flags.json) printJson({ ...page, next });
  else if (page.items.length === 0)
    say(words.length === 0 ? 'there are no runs yet' : `no run matches ${words.join(' ')}`);
  else {
    const heading = ['run', 'flow', 'state', 'started', 'took', 'by'].map((cell) => colors.dim(cell));
    print(fitTable([heading, ...page.items.map(runCells)], FLOW_COLUMN));
  }
  if (next !== null && process.stdout.isTTY)
    say(colors.dim(`older ones: weir runs ${[...words, '--before', next].join(' ')}`));
  if (!flags.json) await sayAllPaused(client, words);
  return EXIT.ok;
}

async function sayAllPaused(client: Client, words: readonly string[]): Promise<void> {
  const filter = parseRunFilter(words, Date.now(), zoneOfTimes());
  const { items } = await client.list<DeploymentItem>('/api/deployments', {}, MOST_DEPLOYMENTS);
  for (const { flow, name, paused } of items)
    if (paused !== null) sayPaused({ ...paused, flow, name, until: timeOf(paused.until) }, true, filter);
}

/** A place in the list of runs, as the server hands it out (http/api/cursor.ts): here it is the number of a run. */
function cursorOf(run: number): string {
  return Buffer.from(JSON.stringify(['runs', run])).toString('base64url');
}

/** As it is, where a server hands out other places. */
function numberOf(cursor: string): number | string {
  const text = Buffer.from(cursor, 'base64url').toString();
  return Number(/^\["runs",(\d+)\]$/.exec(text)?.[1] ?? Number.NaN) || cursor;
}

/** As one word of a filter in a line: blanks are kept in quotes. */
function quoted(word: string): string {
  const colon = word.indexOf(':');
  const [key, value] = [word.slice(0, colon), word.slice(colon + 1)];
  return colon < 1 || !/[\s"]/.test(value) ? word : `${key}:"${value.replaceAll(/(["\\])/g, '\\$1')}"`;
}

function runCells(run: RunItem): string[] {
  const { state, attempt } = run;
  const started = timeOf(run.start_time ?? run.scheduled_at);
  const isUsual = run.name === run.flow || run.name === `${run.flow}-${run.id}`;
  const ownName = isUsual ? '' : ` ${colors.dim(plainText(run.name))}`;
  const ago = process.stdout.isTTY && started !== null ? agoInWords(started, Date.now()) : null;
  return [
    String(run.id),
    `${plainText(run.flow)}${ownName}`,
    `${stateGlyph(state.type, state.name)} ${state.name}${attempt > 1 ? colors.dim(` (attempt ${attempt})`) : ''}`,
    started === null ? '-' : (ago ?? localTime(started)),
    run.start_time === null ? '-' : formatDuration(tookMs(run, Date.now())),
    run.trigger,
  ];
}

export function getRun(client: Client, id: string | number | undefined): Promise<RunJson> {
  return client.get<RunJson>(pathOf('flow-runs', id ?? '@latest'));
}

export async function showRun(client: Client, [id]: [string?], flags: GlobalFlags): Promise<number> {
  if (flags.json) printJson(await getRun(client, id));
  else tellRun(await client.get<RunAccount>(pathOf('flow-runs', id ?? '@latest', 'account')), Date.now());
  return EXIT.ok;
}

export async function cancelRuns(client: Client, [ids]: [string[]], flags: GlobalFlags): Promise<number> {
  // All of them are known before the first is touched: a slip of the pen cancels nothing.
  const chosen = new Map<number, RunJson>();
  for (const id of ids) {
    const run = await getRun(client, id);
    chosen.set(run.id, run);
  }
  let worst: number = EXIT.ok;
  const stopping: number[] = [];
  for (const { id, flow } of chosen.values()) {
    try {
      const run = await client.send<RunJson>('POST', pathOf('flow-runs', id, 'cancel'));
      stopping.push(id);
      if (!isFinal(run.state.type)) say(`run ${id} of ${flow} is told to stop; what does not end by itself is ended`);
    } catch (error) {
      worst = Math.max(worst, sayError(error));
    }
  }
  const deadline = Date.now() + PATIENCE_MS;
  for (const id of stopping) {
    const { flow, state } = await over(client, id, deadline);
    const { type, name, message } = state;
    if (isFinal(type)) say(`${stateGlyph(type, name)} ${flow}, run ${id}: ${name}${message ? `: ${message}` : ''}`);
    else
      worst = Math.max(
        worst,
        sayError(
          new WeirError('timed-out', `run ${id} is still Cancelling: its process lives, but does not answer`, {
            hint: `weir why ${id} tells which; it ends the run as soon as it goes on`,
          }),
        ),
      );
  }
  if (flags.json) {
    const items: RunItem[] = [];
    for (const id of chosen.keys()) items.push(summaryOf(await getRun(client, id)));
    printJson({ schema: 'weir.runs/1', items, next: null });
  }
  return worst;
}

/** The run when it is over, or as it is at the deadline. */
async function over(client: Client, id: number, deadline: number): Promise<RunJson> {
  for (;;) {
    const run = await getRun(client, id);
    if (isFinal(run.state.type) || Date.now() > deadline) return run;
    await sleep(LOOK_EVERY_MS);
  }
}

/** As an item of `weir runs --json`. */
export function summaryOf({ schema: _, tasks: __, states: ___, artifacts: ____, ...item }: RunJson): RunItem {
  return item;
}

export async function resumeRuns(client: Client, [ids]: [string[]], flags: GlobalFlags): Promise<number> {
  if (ids.length === 0)
    throw new WeirError('usage', `the server at ${client.url} goes on with interrupted runs by itself`, {
      hint: 'name one that it shall go on with now: weir resume RUN',
    });
  const resumed: RunJson[] = [];
  for (const id of ids) {
    const { id: number } = await getRun(client, id);
    const run = await client.send<RunJson>('POST', pathOf('flow-runs', number, 'resume'));
    resumed.push(run);
    say(`run ${run.id} of ${run.flow} goes on there: weir watch ${run.id}`);
  }
  if (flags.json && ids.length === 1) printJson(resumed[0]);
  else if (flags.json) printJson({ schema: 'weir.runs/1', items: resumed.map(summaryOf), next: null });
  return EXIT.ok;
}

interface RetryFlags extends GlobalFlags {
  readonly from?: string;
  readonly only?: string;
  readonly sameCode?: boolean;
  readonly dryRun?: boolean;
}

export async function retryRun(client: Client, [id]: [string?], flags: RetryFlags): Promise<number> {
  refuseBoth(flags);
  if (flags.dryRun) return (await import('./questions.ts')).forecastRetry(client, id, flags);
  const { from, only, sameCode } = flags;
  const wish = {
    ...(from === undefined ? {} : { from }),
    ...(only === undefined ? {} : { only }),
    same_code: sameCode === true,
  };
  const { id: number } = await getRun(client, id);
  const run = await client.send<RunJson>('POST', pathOf('flow-runs', number, 'retry'), wish);
  if (flags.json) printJson(run);
  say(`run ${run.id} of ${run.flow} opens again, and the server takes it: weir watch ${run.id}`);
  return EXIT.ok;
}

export async function rerunRun(
  client: Client,
  [id]: [string?],
  flags: GlobalFlags & { readonly param?: readonly string[] },
): Promise<number> {
  const former = await getRun(client, id);
  const schema = former.deployment === null ? null : await schemaOf(client, former.deployment);
  const params = parseParams(flags.param ?? [], undefined, schema);
  const run = await client.send<RunJson>('POST', pathOf('flow-runs', former.id, 'rerun'), {
    params: toPlainJson(params),
  });
  tellStarted(run, flags.json === true);
  return EXIT.ok;
}

/** The schema of a deployment's parameters; null: it takes any. */
export async function schemaOf(client: Client, deployment: string): Promise<JsonSchema | null> {
  return (await client.get<DeploymentJson>(pathOf('deployments', ...deployment.split('/'))))
    .params_schema as JsonSchema | null;
}

/** The number alone on stdout, as for scripts. */
export function tellStarted(run: RunJson, json: boolean): void {
  if (json) printJson(run);
  else print(String(run.id));
  say(`run ${run.id} of ${run.flow} is taken by the server; follow it: weir watch ${run.id}`);
}
