/** Executes one run in this process to its end: prints what happens, minds the signals, gives the exit code. */
import { constants } from 'node:os';
import { askToCancel, CANCEL_GRACE_MS } from '../engine/cancel.ts';
import type { Engine } from '../engine/engine.ts';
import { runJson } from '../engine/run-json.ts';
import { formatDuration } from '../model/duration.ts';
import { EXIT } from '../model/errors.ts';
import { isFinal } from '../model/state.ts';
import type { Assignment } from '../pool/source.ts';
import type { FlowRunRow } from '../store/flow-runs.ts';
import { colors, print, printJson, say, stateGlyph } from './output.ts';
import { sayEvent, taskName } from './progress-lines.ts';

const LAST_LINES = 10;
/** How often a run that somebody else may execute is looked at. */
const LOOK_EVERY_MS = 500;

/** `json`: the run as one object on stdout, and nothing else there. */
export async function drive(
  engine: Engine,
  assignment: Assignment,
  options: { readonly json: boolean },
): Promise<number> {
  const { runId } = assignment;
  const { flowRuns } = engine.store;
  let signal: NodeJS.Signals | null = null;
  const unsubscribe = engine.events.subscribe((event) => {
    if ((event.kind === 'log' ? event.chunk.flowRunId : event.runId) === runId) sayEvent(event);
  });
  let lookTimer: ReturnType<typeof setInterval> | undefined;
  const ended = new Promise<FlowRunRow>((resolve) => {
    const look = () => {
      const row = flowRuns.byId(runId);
      if (row !== null && (isFinal(row.state.type) || signal !== null) && row.ownerId === null) resolve(row);
    };
    engine.events.subscribe((event) => {
      if (event.kind === 'run-state' && event.runId === runId) setImmediate(look);
    });
    // A server on the same file may take a retry or a resume of this run: its events are not told here.
    lookTimer = setInterval(() => {
      try {
        look();
      } catch {
        // the file is locked for this moment: the next look will do
      }
    }, LOOK_EVERY_MS);
    // A retry waits for its time here; the dispatcher claims only this run.
    engine.queue.claimOnly(new Set([runId]));
    engine.dispatcher.start();
    void engine.dispatcher.launch(assignment).ended.then(look);
  });
  const stopMinding = mindSignals(engine, runId, (received) => {
    signal = received;
  });
  const row = await ended;
  clearInterval(lookTimer);
  stopMinding();
  unsubscribe();
  if (options.json) printJson(runJson(engine.store, row));
  else sayEnd(engine, row);
  return exitCode(row, signal);
}

/** The first Ctrl-C cancels, the second ends at once; SIGTERM and SIGHUP interrupt, and the run can be resumed. */
function mindSignals(engine: Engine, runId: number, onSignal: (signal: NodeJS.Signals) => void): () => void {
  let asked = false;
  const onInterrupt = () => {
    onSignal('SIGINT');
    if (asked) process.exit(128 + constants.signals.SIGINT);
    asked = true;
    say('\ncancelling; press Ctrl-C again to end at once');
    // Its execution is told at once, whoever locks the file at this moment.
    engine.dispatcher.executionOf(runId)?.cancel('cancelled by Ctrl-C', CANCEL_GRACE_MS);
    askToCancel(engine, runId, 'Ctrl-C').catch(() => {});
  };
  let terminating = false;
  const onTerminate = (signal: NodeJS.Signals) => {
    onSignal(signal);
    // The second time, commands that are deaf to SIGTERM are not waited for.
    if (terminating) return void engine.commands.stop();
    terminating = true;
    say(`${signal}: the run is interrupted and can be resumed: weir resume ${runId}`);
    void engine.stop(signal).then(() => process.exit(128 + constants.signals[signal]));
  };
  process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate).on('SIGHUP', onTerminate);
  return () => {
    process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate).off('SIGHUP', onTerminate);
  };
}

function sayEnd(engine: Engine, row: FlowRunRow): void {
  const { state } = row;
  const { result } = runJson(engine.store, row);
  if (state.type === 'COMPLETED' && result !== null)
    print(typeof result === 'string' ? result : JSON.stringify(result, null, process.stdout.isTTY ? 2 : 0));
  if (state.type === 'FAILED' || state.type === 'CRASHED') sayFailure(engine, row);
  const message = state.message === null || state.type === 'FAILED' ? '' : `: ${state.message}`;
  say(
    `${stateGlyph(state.type, state.name)} ${row.flow}, run ${row.id}: ${state.name}${message} ${colors.dim(`in ${formatDuration(row.runTimeMs)}`)}`,
  );
  if (state.type === 'FAILED' || state.type === 'CRASHED') {
    say(`  weir show ${row.id}     what happened, task by task`);
    say(`  weir logs ${row.id}     everything it printed`);
  }
}

/** The failed task, its last lines, and the reason in words. */
function sayFailure(engine: Engine, row: FlowRunRow): void {
  const failed = engine.store.taskRuns
    .ofRun(row.id)
    .filter((task) => task.state.type === 'FAILED' && task.state.name !== 'UpstreamFailed');
  for (const task of failed.slice(0, 3)) {
    say(`\n${colors.red(taskName(task))}: ${task.error?.message ?? task.state.message}`);
    const lines = task.error?.last_lines ?? [];
    for (const line of lines.slice(-LAST_LINES)) say(`  ${colors.dim(line)}`);
  }
  say(`\n${colors.red(row.state.name)}: ${row.error?.message ?? row.state.message}`);
  if (row.error?.hint !== undefined) say(`  ${row.error.hint}`);
  if (failed.length === 0)
    for (const line of row.error?.stack?.split('\n').slice(1, 6) ?? []) say(`  ${colors.dim(line)}`);
}

function exitCode(row: FlowRunRow, signal: NodeJS.Signals | null): number {
  if (signal !== null) return 128 + constants.signals[signal];
  if (row.state.type === 'FAILED' || row.state.type === 'CRASHED') return EXIT.runFailed;
  return row.state.type === 'CANCELLED' ? EXIT.runCancelled : EXIT.ok;
}
