/** `weir status`: one screen. What needs attention stands first, then what is deployed, then who serves. */

import { gatherStatus } from '../../engine/tell/status.ts';
import { statusJson } from '../../engine/tell/status-json.ts';
import { clockTime, localTime } from '../../engine/tell/told-times.ts';
import { formatDuration } from '../../model/duration.ts';
import { EXIT } from '../../model/errors.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { deploymentTitle } from '../deployments/deploy-lines.ts';
import { lastRun } from '../deployments/deployment.ts';
import { colors, fitTable, print, printJson } from '../output.ts';
import { agoInWords } from '../runs/run-facts.ts';
import { withEngine } from '../session.ts';
import { plainText } from '../terminal-text.ts';

const NAME_COLUMN = 0;
const MESSAGE_COLUMN = 2;
const HEIGHTS = '▁▂▃▄▅▆▇█';
const ATTENTION_SHOWN = 10;
/** Characters, also in a pipe: what comes behind it should be seen; `weir show` and `--json` have it whole. */
const LONGEST_MESSAGE = 120;
/** Flows that have runs and no deployment: those that are deployed come first. */
const OTHERS_SHOWN = 15;

export async function status(_: [], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ store, now }) => {
    const found = store.overview.inSnapshot(() => statusJson(store, gatherStatus(store, now())));
    tellStatus(found, flags, now(), `No server is running on ${store.path}: weir up, or weir server start`);
    return EXIT.ok;
  });
}

/** Of this database, or of a server elsewhere. */
export function tellStatus(found: StatusJson, { json }: GlobalFlags, now: number, unserved: string): void {
  if (json) printJson(found);
  else for (const part of [...screen(found, now), '', serverLine(found, now, unserved)]) print(part);
}

export type StatusJson = ReturnType<typeof statusJson>;
type Bar = StatusJson['others'][number]['runs'][number];

function screen({ attention, deployments, others }: StatusJson, now: number): string[] {
  const parts: string[] = [];
  if (attention.length > 0) {
    parts.push(colors.bold('Needs attention'));
    parts.push(
      fitTable(
        attention.slice(0, ATTENTION_SHOWN).map((line) => attentionCells(line, now)),
        MESSAGE_COLUMN,
      ),
    );
    if (attention.length > ATTENTION_SHOWN) parts.push(colors.dim(`  and ${attention.length - ATTENTION_SHOWN} more`));
    parts.push('');
  }
  const rows = [
    ...deployments.map((deployment) => [
      plainText(deploymentTitle(deployment)),
      ...historyCells(deployment.runs, now),
      deployment.paused !== null ? colors.yellow('paused') : nextInWords(deployment.next, now),
    ]),
    ...others
      .slice(0, OTHERS_SHOWN)
      .map(({ flow, runs }) => [plainText(flow), ...historyCells(runs, now), colors.dim('not deployed')]),
  ];
  if (rows.length === 0) parts.push('Nothing is deployed and nothing has run yet: weir init, weir run, weir up');
  else {
    const heading = ['flow', 'last runs', 'last', 'next'].map((cell) => colors.dim(cell));
    parts.push(fitTable([heading, ...rows], NAME_COLUMN));
    if (others.length > OTHERS_SHOWN)
      parts.push(colors.dim(`and ${others.length - OTHERS_SHOWN} more that are not deployed: weir runs`));
  }
  return parts;
}

function nextInWords(next: string | null, now: number): string {
  return next === null ? '-' : clockTime(Date.parse(next), now);
}

function historyCells(runs: readonly Bar[], now: number): string[] {
  const [last] = runs;
  return [bars(runs), last === undefined ? '-' : lastRun(historyOf(last), now)];
}

function historyOf({ id, state: { type, name }, start_time, end_time }: Bar) {
  const startAt = start_time === null ? null : Date.parse(start_time);
  return { id, type, name, startAt, endAt: end_time === null ? null : Date.parse(end_time) };
}

function attentionCells({ kind, what, at, message, next }: StatusJson['attention'][number], now: number): string[] {
  const mark = kind === 'failed' || kind === 'broken' ? colors.red('✗') : colors.yellow('!');
  const when = at === null ? '' : `, ${agoInWords(Date.parse(at), now) ?? localTime(Date.parse(at))}`;
  const told =
    message !== null && message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE - 1)}…` : message;
  const sentence = plainText(`${(told ?? '').replace(/[.:]$/, '')}${when}`);
  return [`${mark} ${kind}`, plainText(what), sentence, colors.dim(plainText(next))];
}

function serverLine({ server, running, queued }: StatusJson, now: number, unserved: string): string {
  const work = `${running} running, ${queued} queued`;
  if (server === null) return `${work}. ${unserved}`;
  const startedAt = Date.parse(server.started_at);
  const since = formatDuration(Math.max(0, Math.floor((now - startedAt) / 1000) * 1000));
  return `${work}. Server ${server.url ?? ''} (pid ${server.pid}), up since ${localTime(startedAt)} (${since})`;
}

/** Oldest first, a character a run: what succeeded as high as it took long, everything else by a sign of its own. */
function bars(runs: readonly Bar[]): string {
  const ended = runs.filter(({ state }) => state.type === 'COMPLETED');
  const longest = Math.max(1, ...ended.map((run) => run.total_run_time_ms));
  return runs
    .toReversed()
    .map((run) => bar(run, longest))
    .join('');
}

function bar({ state: { type, name }, total_run_time_ms: runTimeMs }: Bar, longest: number): string {
  switch (type) {
    case 'COMPLETED':
      return colors.green(HEIGHTS[Math.round((runTimeMs / longest) * (HEIGHTS.length - 1))] ?? '▁');
    case 'FAILED':
    case 'CRASHED':
      return colors.red('✗');
    case 'RUNNING':
    case 'CANCELLING':
      return colors.blue('▸');
    case 'CANCELLED':
      return colors.dim('/');
    case 'SKIPPED':
      return colors.dim('-');
    default:
      return name === 'Scheduled' ? colors.dim('·') : colors.yellow('~');
  }
}
