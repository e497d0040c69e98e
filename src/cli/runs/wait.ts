/** `weir wait`: silent until runs are over, then their states and the worst exit code. */

import { isOver } from '../../engine/tell/run-follower.ts';
import { runSummaryJson } from '../../engine/tell/run-json.ts';
import { localTime } from '../../engine/tell/told-times.ts';
import { selectRun } from '../../engine/verbs/select-run.ts';
import { formatDuration, parseDuration } from '../../model/duration.ts';
import { EXIT, WeirError } from '../../model/errors.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import { colors, print, printJson, say, stateGlyph, table } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { withEngine } from '../session.ts';
import { lookUntil } from './follow.ts';
import { exitCodeOf } from './run-end.ts';
import { ranMs } from './run-facts.ts';

export async function wait([ids]: [string[]], flags: GlobalFlags & { timeout?: string }): Promise<number> {
  const timeoutMs = flags.timeout === undefined ? Number.POSITIVE_INFINITY : parseTimeout(flags.timeout);
  return withEngine(flags, 'command', async (engine) => {
    const { flowRuns } = engine.store;
    const chosen = [...new Set(ids.map((id) => selectRun(engine.store, id).id))];
    let rows: FlowRunRow[] = [];
    const look = () => {
      rows = chosen.map((id) => flowRuns.byId(id)).filter((row) => row !== null);
      return { isEnough: rows.every(isOver), rows };
    };
    const areOver = await lookUntil(engine, look, engine.now() + timeoutMs);
    // The file is only looked at when it has changed: what stands is what was seen last.
    if (flags.json)
      printJson({ schema: 'weir.runs/1', items: rows.map((row) => runSummaryJson(engine.store, row)), next: null });
    else print(table(rows.map((row) => rowOf(row, engine.now()))));
    if (areOver) return worstOf(rows);
    const open = rows.filter((row) => !isOver(row)).map((row) => row.id);
    say(
      `after ${formatDuration(timeoutMs)} ${open.length === 1 ? 'run' : 'runs'} ${open.join(', ')} still ${open.length === 1 ? 'goes' : 'go'} on: weir watch ${open[0]}`,
    );
    return EXIT.timedOut;
  });
}

function parseTimeout(text: string): number {
  try {
    return parseDuration(text);
  } catch (cause) {
    const { message, hint } = cause as WeirError;
    throw new WeirError('usage', `--timeout: ${message}`, { cause, ...(hint === undefined ? {} : { hint }) });
  }
}

function rowOf(row: FlowRunRow, now: number): string[] {
  const { type, name, message } = row.state;
  return [
    String(row.id),
    row.flow,
    `${stateGlyph(type, name)} ${name}`,
    formatDuration(ranMs(row, now)),
    colors.dim((message ?? (row.endAt === null ? '' : `at ${localTime(row.endAt)}`)).split('\n')[0] ?? ''),
  ];
}

/** Failed is worse than cancelled. */
function worstOf(rows: readonly FlowRunRow[]): number {
  const codes = rows.map(exitCodeOf);
  return [EXIT.runFailed, EXIT.runCancelled].find((code) => codes.includes(code)) ?? EXIT.ok;
}
