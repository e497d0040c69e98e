/** `weir status`, `weir deployment ...` and `weir schedule slots` on a server elsewhere. */
import { SLOT_OUTCOMES } from '../../engine/tell/slot-json.ts';
import { localTime } from '../../engine/tell/told-times.ts';
import { EXIT, nearest, WeirError } from '../../model/errors.ts';
import { toPlainJson } from '../../model/plain-json.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { colors, fitTable, print, printJson, say, stateGlyph, table } from '../output.ts';
import { parseParams } from '../runs/params.ts';
import { showOutcome } from '../schedule/outcome.ts';
import { type StatusJson, tellStatus } from '../server/status.ts';
import { plainText } from '../terminal-text.ts';
import { parseWhole } from '../whole-number.ts';
import { type Client, pathOf } from './client.ts';
import { tellStarted } from './runs.ts';
import {
  type DeploymentItem,
  type DeploymentJson,
  type DeploymentVersionItem,
  type RunJson,
  type SlotItem,
  timeOf,
} from './shapes.ts';

const MOST = 10_000;
const DEFAULT_SLOTS = 20;
const DEFAULT_VERSIONS = 20;

export async function showStatus(client: Client, _: [], flags: GlobalFlags): Promise<number> {
  const status = await client.get<StatusJson>('/api/status');
  tellStatus(status, flags, Date.now(), `${client.url} reads a database that no server runs on`);
  return EXIT.ok;
}

export async function listDeployments(client: Client, _: [], flags: GlobalFlags): Promise<number> {
  const page = await client.list<DeploymentItem>('/api/deployments', {}, MOST);
  if (flags.json) printJson(page);
  else if (page.items.length === 0) say('nothing is deployed there');
  else print(fitTable([deploymentHeading(), ...page.items.map(deploymentCells)], 1));
  return EXIT.ok;
}

function deploymentHeading(): string[] {
  return ['deployment', 'schedule', 'next', 'last run', 'version'].map((cell) => colors.dim(cell));
}

function deploymentCells(row: DeploymentItem): string[] {
  const times = row.schedules.flatMap(({ next }) => (next === null ? [] : [timeOf(next)]));
  const { last_run: last } = row;
  return [
    plainText(row.name === 'default' ? row.flow : row.deployment),
    row.schedules.length === 0 ? '-' : plainText(row.schedules.map(({ schedule }) => schedule).join('; ')),
    row.paused !== null ? colors.yellow('paused') : times.length === 0 ? '-' : localTime(Math.min(...times)),
    last === null ? '-' : `${stateGlyph(last.state.type, last.state.name)} ${last.id}`,
    `${row.version}${row.broken === null ? '' : colors.red(' (its file is broken)')}`,
  ];
}

/** `flow/name`, or the flow alone where it has one: asked of the list, so that both are understood as here. */
export async function findDeployment(client: Client, text: string): Promise<DeploymentJson> {
  if (text.includes('/')) return client.get<DeploymentJson>(pathOf('deployments', ...text.split('/')));
  const { items } = await client.list<DeploymentItem>('/api/deployments', {}, MOST);
  const found = items.filter(({ flow }) => flow === text);
  const [only] = found;
  if (only !== undefined && found.length === 1)
    return client.get<DeploymentJson>(pathOf('deployments', only.flow, only.name));
  if (found.length > 1)
    throw new WeirError('usage', `the flow "${text}" has ${found.length} deployments`, {
      hint: `name one: ${found.map(({ deployment }) => deployment).join(', ')}`,
    });
  const near = nearest(
    text,
    items.flatMap(({ flow, name }) => [flow, `${flow}/${name}`]),
  );
  throw new WeirError('not-found', `there is no deployment "${text}"`, {
    hint: near === undefined ? 'weir deployment ls shows what is deployed there' : `did you mean ${near}?`,
  });
}

export async function inspectDeployment(client: Client, [text]: [string], flags: GlobalFlags): Promise<number> {
  const row = await findDeployment(client, text);
  if (flags.json) {
    printJson(row);
    return EXIT.ok;
  }
  const rows = [
    ['deployment', row.deployment],
    ...(row.description === '' ? [] : [['description', row.description]]),
    ['flow', row.path],
    ['version', String(row.version)],
    ...(row.paused === null
      ? []
      : [['paused', `by ${row.paused.by}${row.paused.reason === null ? '' : `: ${row.paused.reason}`}`]]),
    ...row.schedules.map(({ schedule, next }) => [
      'schedule',
      `${schedule}${next === null ? '' : `, next ${localTime(timeOf(next))}`}`,
    ]),
    ['parameters', Object.keys(row.params).length === 0 ? 'those of the flow' : JSON.stringify(row.params)],
    ...(row.tags.length === 0 ? [] : [['tags', row.tags.join(', ')]]),
  ];
  print(table(rows.map(([name = '', value = '']) => [colors.dim(name), plainText(value)])));
  return EXIT.ok;
}

interface RunFlags extends GlobalFlags {
  readonly param: readonly string[];
  readonly params?: string;
  readonly tag: readonly string[];
  readonly slot?: string;
  readonly idempotencyKey?: string;
}

export async function runDeployment(client: Client, [text]: [string], flags: RunFlags): Promise<number> {
  const { flow, name, params_schema: schema } = await findDeployment(client, text);
  const params = toPlainJson(parseParams(flags.param, flags.params, schema));
  const body = { params, tags: flags.tag, ...(flags.slot === undefined ? {} : { slot: flags.slot }) };
  const key: Record<string, string> =
    flags.idempotencyKey === undefined ? {} : { 'idempotency-key': flags.idempotencyKey };
  const run = await client.send<RunJson>('POST', pathOf('deployments', flow, name, 'runs'), body, key);
  tellStarted(run, flags.json === true);
  return EXIT.ok;
}

export async function deploymentHistory(
  client: Client,
  [text]: [string],
  flags: GlobalFlags & { readonly limit?: string },
): Promise<number> {
  const limit = parseWhole('--limit', flags.limit, MOST) ?? DEFAULT_VERSIONS;
  const { flow, name } = await findDeployment(client, text);
  const page = await client.list<DeploymentVersionItem>(pathOf('deployments', flow, name, 'history'), {}, limit);
  if (flags.json) printJson({ ...page, next: null });
  else {
    const heading = ['version', 'deployed', 'by', 'what changed', 'code'].map((cell) => colors.dim(cell));
    print(table([heading, ...page.items.map(versionCells)]));
  }
  return EXIT.ok;
}

function versionCells({
  version,
  current,
  deployed_at,
  origin,
  changed,
  same_as,
  code,
}: DeploymentVersionItem): string[] {
  const what = same_as !== null ? `back to version ${same_as}` : changed.length === 0 ? 'new' : changed.join(', ');
  return [`${version}${current ? ' *' : ''}`, localTime(timeOf(deployed_at)), origin, what, code.slice(0, 8)];
}

interface PauseFlags extends GlobalFlags {
  readonly schedule?: string;
  readonly reason?: string;
  readonly until?: string;
}

export async function pauseDeployment(client: Client, [text]: [string], flags: PauseFlags): Promise<number> {
  const { reason, until, schedule } = flags;
  const body = {
    ...(reason === undefined ? {} : { reason }),
    ...(until === undefined ? {} : { until }),
    ...(schedule === undefined ? {} : { schedule }),
  };
  return changePause(client, text, 'pause', body, flags);
}

export async function resumeDeployment(client: Client, [text]: [string], flags: PauseFlags): Promise<number> {
  return changePause(client, text, 'resume', flags.schedule === undefined ? {} : { schedule: flags.schedule }, flags);
}

async function changePause(
  client: Client,
  text: string,
  verb: 'pause' | 'resume',
  body: object,
  flags: GlobalFlags,
): Promise<number> {
  const { flow, name } = await findDeployment(client, text);
  const json = await client.send('POST', pathOf('deployments', flow, name, verb), body);
  if (flags.json) printJson(json);
  say(
    verb === 'pause'
      ? `${flow}/${name} is paused: what is due meanwhile is skipped, with the reason`
      : `${flow}/${name} is resumed`,
  );
  return EXIT.ok;
}

interface SlotsFlags extends GlobalFlags {
  readonly from?: string;
  readonly to?: string;
  readonly limit?: string;
  readonly outcome: readonly string[];
  readonly before?: string;
}

export async function listSlots(client: Client, [text]: [string?], flags: SlotsFlags): Promise<number> {
  const limit = parseWhole('--limit', flags.limit, MOST) ?? DEFAULT_SLOTS;
  const outcome = flags.outcome
    .flatMap((words) => words.split(','))
    .map((word) => word.trim().toLowerCase().replaceAll(/[- ]/g, '_'));
  const unknown = outcome.find((word) => !SLOT_OUTCOMES.some((each) => each === word));
  if (unknown !== undefined)
    throw new WeirError('usage', `--outcome is "${unknown}"; it must be one of ${SLOT_OUTCOMES.join(', ')}`);
  const query = {
    ...(text === undefined ? {} : { deployment: text }),
    ...(flags.from === undefined ? {} : { from: flags.from }),
    ...(flags.to === undefined ? {} : { to: flags.to }),
    ...(flags.before === undefined ? {} : { cursor: flags.before }),
    outcome,
  };
  const page = await client.list<SlotItem>('/api/slots', query, limit);
  if (flags.json) printJson(page);
  else if (page.items.length === 0) say('no due time matches');
  else {
    const heading = ['due', 'deployment', 'outcome', 'run', ''].map((cell) => colors.dim(cell));
    print(fitTable([heading, ...page.items.map(slotCells)], heading.length - 1));
  }
  return EXIT.ok;
}

function slotCells({ deployment, slot, outcome, run, reason, note }: SlotItem): string[] {
  const why = [...new Set([reason, note])].filter((part) => part !== null).join('; ');
  return [
    localTime(timeOf(slot)),
    plainText(deployment),
    showOutcome(outcome),
    run === null ? '' : String(run),
    plainText(why),
  ];
}
