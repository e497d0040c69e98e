/** `weir status`: one screen. What needs attention stands first, then what is deployed, then who serves. */

import { type Attention, gatherStatus, type Status } from '../../engine/tell/status.ts';
import { statusJson } from '../../engine/tell/status-json.ts';
import { clockTime, localTime } from '../../engine/tell/told-times.ts';
import { formatDuration } from '../../model/duration.ts';
import { EXIT } from '../../model/errors.ts';
import type { HistoryRow } from '../../store/overview.ts';
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
    const found = store.overview.inSnapshot(() => gatherStatus(store, now()));
    if (flags.json) printJson(statusJson(store, found));
    else for (const part of screen(store.path, found, now())) print(part);
    return EXIT.ok;
  });
}

function screen(path: string, found: Status, now: number): string[] {
  const { attention, deployments, others } = found;
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
    ...deployments.map(({ deployment, runs, nextAt }) => [
      plainText(deploymentTitle(deployment)),
      bars(runs),
      runs[0] === undefined ? '-' : lastRun(runs[0], now),
      deployment.pausedAt !== null ? colors.yellow('paused') : nextAt === null ? '-' : clockTime(nextAt, now),
    ]),
    ...others
      .slice(0, OTHERS_SHOWN)
      .map(({ flow, runs }) => [
        plainText(flow),
        bars(runs),
        runs[0] === undefined ? '-' : lastRun(runs[0], now),
        colors.dim('not deployed'),
      ]),
  ];
  if (rows.length === 0) parts.push('Nothing is deployed and nothing has run yet: weir init, weir run, weir up');
  else {
    const heading = ['flow', 'last runs', 'last', 'next'].map((cell) => colors.dim(cell));
    parts.push(fitTable([heading, ...rows], NAME_COLUMN));
    if (others.length > OTHERS_SHOWN)
      parts.push(colors.dim(`and ${others.length - OTHERS_SHOWN} more that are not deployed: weir runs`));
  }
  return [...parts, '', serverLine(path, found, now)];
}

function attentionCells({ kind, what, at, message, next }: Attention, now: number): string[] {
  const mark = kind === 'failed' || kind === 'broken' ? colors.red('✗') : colors.yellow('!');
  const when = at === null ? '' : `, ${agoInWords(at, now) ?? localTime(at)}`;
  const told =
    message !== null && message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE - 1)}…` : message;
  return [`${mark} ${kind}`, plainText(what), plainText(`${(told ?? '').replace(/\.$/, '')}${when}`), colors.dim(next)];
}

function serverLine(path: string, { server, running, queued }: Status, now: number): string {
  const work = `${running} running, ${queued} queued`;
  if (server === null) return `${work}. No server is running on ${path}: weir up, or weir server start`;
  const { pid, url, startedAt } = server;
  const since = formatDuration(Math.max(0, Math.floor((now - startedAt) / 1000) * 1000));
  return `${work}. Server ${url ?? ''} (pid ${pid}), up since ${localTime(startedAt)} (${since})`;
}

/** Oldest first, a character a run: what succeeded as high as it took long, everything else by a sign of its own. */
function bars(runs: readonly HistoryRow[]): string {
  const longest = Math.max(1, ...runs.filter(({ type }) => type === 'COMPLETED').map(({ runTimeMs }) => runTimeMs));
  return runs
    .toReversed()
    .map((run) => bar(run, longest))
    .join('');
}

function bar({ type, name, runTimeMs }: HistoryRow, longest: number): string {
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
