/** `weir runs`: runs by what is asked for, newest first, a page at a time. */
import { runSummaryJson } from '../../engine/tell/run-json.ts';
import { localTime, zoneOfTimes } from '../../engine/tell/told-times.ts';
import { formatDuration } from '../../model/duration.ts';
import { EXIT, nearest } from '../../model/errors.ts';
import { parseRunFilter, type RunFilter } from '../../model/run-filter.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import { colors, fitTable, print, printJson, say, stateGlyph } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { sayInterrupted, withEngine } from '../session.ts';
import { plainText } from '../terminal-text.ts';
import { parseWhole } from '../whole-number.ts';
import { agoInWords, ranMs } from './run-facts.ts';

const DEFAULT_LIMIT = 20;
/** The flow's column gives way first where a terminal is narrow. */
const FLOW_COLUMN = 1;

interface RunsFlags extends GlobalFlags {
  readonly limit?: string;
  readonly before?: string;
}

export async function runs([words]: [string[]], flags: RunsFlags): Promise<number> {
  const limit = parseWhole('--limit', flags.limit, 10_000) ?? DEFAULT_LIMIT;
  const before = parseWhole('--before', flags.before, Number.MAX_SAFE_INTEGER);
  return withEngine(flags, 'command', async (engine) => {
    const { store } = engine;
    const filter = parseRunFilter(words, engine.now(), zoneOfTimes());
    const rows = store.flowRuns.search(filter, { before, limit: limit + 1 });
    const shown = rows.slice(0, limit);
    const next = rows.length > limit ? (shown.at(-1)?.id ?? null) : null;
    if (flags.json) {
      printJson({ schema: 'weir.runs/1', items: shown.map((row) => runSummaryJson(store, row)), next });
      return EXIT.ok;
    }
    if (shown.length === 0) sayNone(store, filter, words);
    else {
      const heading = ['run', 'flow', 'state', 'started', 'took', 'by'].map((cell) => colors.dim(cell));
      print(fitTable([heading, ...shown.map((row) => cellsOf(row, engine.now()))], FLOW_COLUMN));
    }
    if (next !== null && process.stdout.isTTY)
      say(colors.dim(`older ones: weir runs ${[...words, '--before', next].join(' ')}`));
    for (const each of store.deployments.all())
      sayPaused(
        { ...each, by: each.pausedBy, reason: each.pausedReason, until: each.pausedUntil },
        each.pausedAt !== null,
        filter,
      );
    sayInterrupted(engine);
    return EXIT.ok;
  });
}

interface Pause {
  readonly flow: string;
  readonly name: string;
  readonly by: string | null;
  readonly reason: string | null;
  readonly until: number | null;
}

/** Why no newer runs of it come. */
export function sayPaused({ flow, name, by, reason, until }: Pause, isPaused: boolean, { flows }: RunFilter): void {
  if (!isPaused || (flows.length > 0 && !flows.includes(flow))) return;
  const end = until === null ? '' : ` until ${localTime(until)}`;
  const why = reason === null ? '' : `: ${reason}`;
  say(plainText(`${flow}/${name} is paused by ${by}${end}${why}`));
  say(colors.dim(plainText(`  weir deployment resume ${flow}/${name}`)));
}

function cellsOf(row: FlowRunRow, now: number): string[] {
  const { type, name } = row.state;
  const started = row.startAt ?? row.scheduledAt;
  const ago = process.stdout.isTTY && started !== null ? agoInWords(started, now) : null;
  const isUsual = row.name === row.flow || row.name === `${row.flow}-${row.id}`;
  const ownName = isUsual ? '' : ` ${colors.dim(plainText(row.name))}`;
  return [
    String(row.id),
    `${plainText(row.flow)}${ownName}`,
    `${stateGlyph(type, name)} ${name}${row.attempt > 1 ? colors.dim(` (attempt ${row.attempt})`) : ''}`,
    started === null ? '-' : (ago ?? localTime(started)),
    row.startAt === null ? '-' : formatDuration(ranMs(row, now)),
    row.trigger,
  ];
}

/** Nothing found: perhaps the flow's name was mistyped. */
function sayNone(store: Store, { flows }: RunFilter, words: readonly string[]): void {
  const names = store.overview.flowsWithRuns(1000);
  if (names.length === 0) return say('there are no runs yet: weir run FILE');
  say(`no run matches ${words.join(' ')}`);
  for (const flow of flows.filter((each) => !names.includes(each))) {
    const near = nearest(flow, names);
    say(`no flow "${flow}" has a run${near === undefined ? '' : `: did you mean flow:${near}?`}`);
  }
}
