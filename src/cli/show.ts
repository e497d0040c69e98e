/** `weir show`: one run with its tasks, and why each was reused or ran again. */

import type { Engine } from '../engine/engine.ts';
import { isoTime, runJson } from '../engine/run-json.ts';
import { selectRun } from '../engine/select-run.ts';
import { formatDuration } from '../model/duration.ts';
import { EXIT } from '../model/errors.ts';
import { isFinal } from '../model/state.ts';
import type { FlowRunRow } from '../store/flow-runs.ts';
import { colors, print, printJson, showMetrics, stateGlyph, table } from './output.ts';
import type { GlobalFlags } from './program.ts';
import { taskName } from './progress-lines.ts';
import { sayInterrupted, withEngine } from './session.ts';

export async function show([id]: [string?], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async (engine) => {
    const row = selectRun(engine.store, id);
    const json = runJson(engine.store, row);
    if (flags.json) {
      printJson(json);
      return EXIT.ok;
    }
    const message = row.state.message === null ? '' : `: ${row.state.message}`;
    print(`${stateGlyph(row.state.type, row.state.name)} ${row.flow}, run ${row.id}: ${row.state.name}${message}`);
    const facts = [
      ['attempt', String(row.attempt)],
      ['started', row.startAt === null ? 'not yet' : isoTime(row.startAt)],
      ['took', formatDuration(row.runTimeMs)],
      ...sleepingUntil(engine, row),
      ['trigger', row.parentRunId === null ? row.trigger : `subflow of run ${row.parentRunId}`],
      ['params', JSON.stringify(json.params)],
      ['result', json.result === null ? 'none' : shorten(JSON.stringify(json.result))],
      ...(Object.keys(row.metrics).length === 0 ? [] : [['metrics', showMetrics(row.metrics)]]),
      ...(json.artifacts.length === 0
        ? []
        : [['artifacts', json.artifacts.map((artifact) => `${artifact.key} (${artifact.kind})`).join(', ')]]),
      ...(row.error === null ? [] : [['error', `${row.error.name}: ${row.error.message}`]]),
    ];
    print(table(facts.map(([name = '', value = '']) => [`  ${colors.dim(name)}`, value])));
    const tasks = engine.store.taskRuns.ofRun(row.id);
    if (tasks.length > 0) {
      print('');
      print(
        table(
          tasks.map((task) => [
            `${stateGlyph(task.state.type, task.state.name)} ${taskName(task)}`,
            task.state.name,
            formatDuration(task.runTimeMs),
            task.attempt > 1 ? `attempt ${task.attempt}` : '',
            colors.dim(
              [
                task.childRunId === null ? null : `run ${task.childRunId}`,
                task.why,
                task.state.message,
                task.error?.message === task.state.message ? null : task.error?.message,
              ]
                .filter(Boolean)
                .join('; '),
            ),
          ]),
        ),
      );
    }
    sayInterrupted(engine);
    return EXIT.ok;
  });
}

/** What a run does that runs and does nothing else. */
function sleepingUntil(engine: Engine, row: FlowRunRow): string[][] {
  const until = isFinal(row.state.type) ? null : engine.store.sleeps.latestEnd(row.id);
  return until === null || until <= engine.now() ? [] : [['sleeping', `until ${isoTime(until)}`]];
}

function shorten(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}...` : text;
}
