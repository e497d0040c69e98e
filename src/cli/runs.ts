/** `weir runs`: the latest runs, newest first. */

import { isoTime, runSummaryJson } from '../engine/run-json.ts';
import { formatDuration } from '../model/duration.ts';
import { EXIT, WeirError } from '../model/errors.ts';
import { colors, print, printJson, say, stateGlyph, table } from './output.ts';
import type { GlobalFlags } from './program.ts';
import { sayInterrupted, withEngine } from './session.ts';

const DEFAULT_LIMIT = 20;

export async function runs(_: [], flags: GlobalFlags & { limit?: string }): Promise<number> {
  const limit = flags.limit === undefined ? DEFAULT_LIMIT : Number(flags.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
    throw new WeirError('usage', `--limit is "${flags.limit}"; it must be a whole number from 1 to 10000`);
  return withEngine(flags, 'command', async (engine) => {
    const rows = engine.store.flowRuns.latest(limit + 1, null);
    const next = rows.length > limit ? (rows[limit - 1]?.id ?? null) : null;
    const shown = rows.slice(0, limit);
    if (flags.json) {
      printJson({ schema: 'weir.runs/1', items: shown.map((row) => runSummaryJson(engine.store, row)), next });
      return EXIT.ok;
    }
    if (shown.length === 0) {
      say('there are no runs yet: weir run FILE');
      return EXIT.ok;
    }
    const heading = ['run', 'flow', 'state', 'started', 'took', 'trigger', 'attempt'].map((cell) => colors.dim(cell));
    const lines = shown.map((row) => [
      String(row.id),
      row.flow,
      `${stateGlyph(row.state.type, row.state.name)} ${row.state.name}`,
      isoTime(row.startAt)?.replace('T', ' ').slice(0, 19) ?? '-',
      row.startAt === null ? '-' : formatDuration(row.runTimeMs),
      row.trigger,
      String(row.attempt),
    ]);
    print(table([heading, ...lines]));
    sayInterrupted(engine);
    return EXIT.ok;
  });
}
