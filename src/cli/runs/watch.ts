/** `weir watch`: follows a run that any process on the file executes, as `weir run` shows its own, to the same exit code. */
import type { EngineEvent } from '../../engine/events.ts';
import { logLineJson } from '../../engine/tell/log-lines.ts';
import { runEndJson } from '../../engine/tell/run-end-json.ts';
import { createFollower } from '../../engine/tell/run-follower.ts';
import { stateJson } from '../../engine/tell/run-json.ts';
import { isoTime } from '../../engine/tell/told-times.ts';
import { selectRun } from '../../engine/verbs/select-run.ts';
import { printJsonLine } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { withEngine } from '../session.ts';
import { createDisplay, type Display } from '../tree/display.ts';
import { lookOn } from './look-on.ts';
import { exitCodeOf, sayEnd } from './run-end.ts';

export async function watch([id]: [string?], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async (engine) => {
    const run = selectRun(engine.store, id);
    const follower = createFollower(engine.store, run);
    const display: Display = flags.json
      ? { take: printEvent, stop: () => {} }
      : await createDisplay({ id: run.id, flow: run.flow, startAt: run.startAt }, engine.now);
    await lookOn(engine, follower, display, `run ${run.id} goes on without you; weir watch ${run.id}`);
    if (!flags.json) sayEnd(runEndJson(engine.store, follower.row));
    return exitCodeOf(follower.row);
  });
}

/** One object a line; `event` tells which: run, task, progress, log. */
export function printEvent(event: EngineEvent): void {
  switch (event.kind) {
    case 'run-state':
      return printJsonLine({ event: 'run', run: event.runId, state: stateJson(event.state) });
    case 'task-state':
      return printJsonLine({
        event: 'task',
        run: event.runId,
        task: event.task.id,
        name: event.task.name,
        key: event.task.label,
        state: stateJson(event.task.state),
        why: event.task.why,
      });
    case 'progress': {
      const { done, total, label, task } = event;
      const who = { task: task?.id ?? null, name: task?.name ?? null, key: task?.label ?? null };
      return printJsonLine({ event: 'progress', run: event.runId, ...who, done, total, label });
    }
    case 'log':
      for (const line of logLineJson(event.chunk, event.task)) printJsonLine({ event: 'log', ...line });
      return;
    case 'sleeping':
      return printJsonLine({ event: 'sleeping', run: event.runId, until: isoTime(event.until) });
  }
}
