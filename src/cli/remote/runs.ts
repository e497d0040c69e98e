/** `weir runs | show | cancel | retry | rerun` on a server elsewhere. */
import type { RunAccount } from '../../engine/tell/run-account.ts';
import { localTime } from '../../engine/tell/told-times.ts';
import { refuseBoth } from '../../engine/verbs/retry-run.ts';
import { formatDuration } from '../../model/duration.ts';
import { EXIT, WeirError } from '../../model/errors.ts';
import type { JsonSchema } from '../../model/param-schema.ts';
import { toPlainJson } from '../../model/plain-json.ts';
import { isFinal } from '../../model/state.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { colors, fitTable, print, printJson, say, sayError, stateGlyph } from '../output.ts';
import { parseParams } from '../runs/params.ts';
import { agoInWords, tookMs } from '../runs/run-facts.ts';
import { tellRun } from '../runs/show.ts';
import { plainText } from '../terminal-text.ts';
import { parseWhole } from '../whole-number.ts';
import { type Client, pathOf } from './client.ts';
import { type DeploymentJson, type RunItem, type RunJson, timeOf } from './shapes.ts';

const DEFAULT_LIMIT = 20;
const FLOW_COLUMN = 1;

export async function listRuns(
  client: Client,
  [words]: [string[]],
  flags: GlobalFlags & { readonly limit?: string; readonly before?: string },
): Promise<number> {
  const limit = parseWhole('--limit', flags.limit, 10_000) ?? DEFAULT_LIMIT;
  if (flags.before !== undefined && !/^[\w-]+$/.test(flags.before))
    throw new WeirError('usage', `--before is "${flags.before}"`, { hint: 'give it what next in the JSON said' });
  const query = { q: words.map(quoted), ...(flags.before === undefined ? {} : { cursor: flags.before }) };
  const page = await client.list<RunItem>('/api/flow-runs', query, limit);
  if (flags.json) printJson(page);
  else if (page.items.length === 0)
    say(words.length === 0 ? 'there are no runs yet' : `no run matches ${words.join(' ')}`);
  else {
    const heading = ['run', 'flow', 'state', 'started', 'took', 'by'].map((cell) => colors.dim(cell));
    print(fitTable([heading, ...page.items.map(runCells)], FLOW_COLUMN));
  }
  return EXIT.ok;
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
  const ago = process.stdout.isTTY && started !== null ? agoInWords(started, Date.now()) : null;
  return [
    String(run.id),
    plainText(run.flow),
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
  const items: RunJson[] = [];
  for (const { id, flow } of chosen.values()) {
    try {
      const run = await client.send<RunJson>('POST', pathOf('flow-runs', id, 'cancel'));
      items.push(run);
      if (isFinal(run.state.type)) say(`run ${id} of ${flow} is cancelled`);
      else say(`run ${id} of ${flow} is told to stop; what does not end by itself is ended`);
    } catch (error) {
      worst = Math.max(worst, sayError(error));
    }
  }
  if (flags.json) printJson({ schema: 'weir.runs/1', items, next: null });
  return worst;
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
