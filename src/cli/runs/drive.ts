/** Executes one run in this process to its end: prints what happens, minds the signals, gives the exit code. */
import { constants } from 'node:os';
import type { Engine } from '../../engine/engine.ts';
import { runEndJson } from '../../engine/tell/run-end-json.ts';
import { runJson } from '../../engine/tell/run-json.ts';
import { askToCancel, CANCEL_GRACE_MS } from '../../engine/verbs/cancel.ts';
import { EXIT } from '../../model/errors.ts';
import { isFinal } from '../../model/state.ts';
import type { Assignment } from '../../pool/source.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import { endProcess } from '../end-process.ts';
import { printJson, say, sayFailed } from '../output.ts';
import { createDisplay, type Display } from '../tree/display.ts';
import { sayHooks, sayWaitsForHooks } from './hook-words.ts';
import { exitCodeOf, sayEnd } from './run-end.ts';

/** How often a run that somebody else may execute is looked at. */
const LOOK_EVERY_MS = 500;

/** What a person sees of the run, and what this process ends with. */
export interface Telling {
  readonly display: Display;
  sayEnd(row: FlowRunRow): void;
  exitCodeOf(row: FlowRunRow): number;
}

interface DriveOptions {
  /** The run as one object on stdout, and nothing else there. */
  readonly json: boolean;
  /** With `json`: the caller prints it, among others. */
  readonly isOneOfMany?: boolean;
  /** Default: as `weir run` tells it. */
  readonly telling?: Telling;
}

export async function drive(engine: Engine, assignment: Assignment, options: DriveOptions): Promise<number> {
  const { runId } = assignment;
  const { flowRuns } = engine.store;
  let signal: NodeJS.Signals | null = null;
  const telling = options.telling ?? (await asRunTells(engine, assignment));
  const { display } = telling;
  const unsubscribe = engine.events.subscribe((event) => display.take(event));
  let lookTimer: ReturnType<typeof setInterval> | undefined;
  let launched = false;
  const ended = new Promise<FlowRunRow>((resolve) => {
    const look = () => {
      const row = flowRuns.byId(runId);
      if (row === null) return;
      if ((isFinal(row.state.type) || signal !== null) && row.ownerId === null) resolve(row);
      // Its execution is over, and not even that could be written: nobody would wait for its end but us.
      if (launched && isStuck(engine, row)) resolve(row);
    };
    engine.events.subscribe((event) => {
      const mayEnd = event.kind === 'run-state' || event.kind === 'run-released';
      if (mayEnd && event.runId === runId) setImmediate(look);
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
    const execution = engine.dispatcher.launch(assignment);
    launched = true;
    void execution.ended.then(look);
  });
  const stopMinding = mindSignals(engine, runId, (received) => {
    signal = received;
  });
  const end = await ended;
  const stuck = isStuck(engine, end);
  // Of runs that ended without their host: this one, or one that died before.
  await engine.runDueHooks((row, hooks) => {
    if (row.id !== runId) sayHooks(row, hooks);
  });
  clearInterval(lookTimer);
  stopMinding();
  unsubscribe();
  display.stop();
  if (options.json && options.isOneOfMany !== true) printJson(runJson(engine.store, end));
  if (!options.json && !stuck) telling.sayEnd(end);
  if (!stuck) return signal === null ? telling.exitCodeOf(end) : 128 + constants.signals[signal];
  sayFailed(`the end of run ${runId} could not be written: when the cause is mended, weir resume ${runId}`);
  return EXIT.failed;
}

/** This process holds the run and does not execute it: it could not let it go. */
function isStuck({ dispatcher, processId }: Engine, row: FlowRunRow): boolean {
  return row.ownerId === processId && dispatcher.executionOf(row.id) === undefined;
}

/** The first Ctrl-C cancels what is not over, the second ends at once; SIGTERM and SIGHUP interrupt, and the run can be resumed. */
function mindSignals(engine: Engine, runId: number, onSignal: (signal: NodeJS.Signals) => void): () => void {
  let asked = false;
  const onInterrupt = () => {
    if (asked) endProcess(128 + constants.signals.SIGINT);
    asked = true;
    const row = engine.store.flowRuns.byId(runId);
    // Nobody cancels its hooks: it ends as it did, and this process with it.
    if (row !== null && isFinal(row.state.type)) return sayWaitsForHooks(row, engine.store.hooks.dueOf(runId));
    onSignal('SIGINT');
    say('cancelling; press Ctrl-C again to end at once');
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
    void engine.stop(signal).then(() => endProcess(128 + constants.signals[signal]));
  };
  process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate).on('SIGHUP', onTerminate);
  return () => {
    process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate).off('SIGHUP', onTerminate);
  };
}

async function asRunTells(engine: Engine, { runId, start }: Assignment): Promise<Telling> {
  const { startAt = null } = engine.store.flowRuns.byId(runId) ?? {};
  return {
    display: await createDisplay({ id: runId, flow: start.flow, startAt }, engine.now),
    sayEnd: (row) => sayEnd(runEndJson(engine.store, row)),
    exitCodeOf,
  };
}
