/** `weir wait`: silent until runs are over, then their states and the worst exit code. */

import type { Engine } from '../../engine/engine.ts';
import { isOver } from '../../engine/tell/run-follower.ts';
import { runSummaryJson } from '../../engine/tell/run-json.ts';
import { localTime } from '../../engine/tell/told-times.ts';
import { runToResumeFirst, waitsForServer } from '../../engine/tell/waiting-runs.ts';
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
    sayOpen(engine, rows, formatDuration(timeoutMs));
    return EXIT.timedOut;
  });
}

/** Those that are not over after all that time: what goes on, and what nobody goes on with. */
function sayOpen(engine: Engine, rows: readonly FlowRunRow[], waited: string): void {
  const all = rows.filter((row) => !isOver(row));
  const unserved = all.filter((row) => waitsForServer(engine, row));
  const open = all
    .filter((row) => !unserved.includes(row))
    .map((row) => ({ id: row.id, first: runToResumeFirst(engine, row) }));
  const forsaken = open.filter(({ first }) => first !== null);
  const going = open.filter(({ first }) => first === null);
  const numbers = (some: readonly { readonly id: number }[]) =>
    `${some.length === 1 ? 'run' : 'runs'} ${some.map(({ id }) => id).join(', ')}`;
  if (going.length > 0)
    say(`after ${waited} ${numbers(going)} still ${going.length === 1 ? 'goes' : 'go'} on: weir watch ${going[0]?.id}`);
  if (unserved.length > 0)
    say(`after ${waited} ${numbers(unserved)} still ${unserved.length === 1 ? 'waits' : 'wait'} for a server: weir up`);
  if (forsaken.length > 0) {
    const firsts = new Set(forsaken.map(({ first }) => first?.id));
    say(`after ${waited} nobody goes on with ${numbers(forsaken)}: weir resume ${[...firsts].join(' ')}`);
  }
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
