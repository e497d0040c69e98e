/**
 * One run in one host, from its start to its end, with the subflows that go on in it: passes reports and questions on to
 * the source, runs their shell commands, and sees to it that the host is gone afterwards, whatever the run's code does.
 */
import { signalInWords } from '../model/command-end.ts';
import { WeirError } from '../model/errors.ts';
import type { DueHook, Report, Request, ShellResult, SubflowStart } from '../model/message.ts';
import { toPlainError } from '../model/plain-error.ts';
import { unpackReports } from '../model/report-packing.ts';
import type { Commands } from './commands.ts';
import { createHookPhase } from './hook-phase.ts';
import type { Host } from './host.ts';
import { endChildren, endHost } from './host-ending.ts';
import { createRawOutput } from './raw-output.ts';
import { createShellOutput } from './shell-output.ts';
import type { Assignment, BeginSubflow, Release, Source } from './source.ts';
import { createTimeWatch } from './time-watch.ts';

export interface Execution {
  readonly runId: number;
  /** Resolves when the run's end, or its release, is committed and its host is gone or lost; never rejects. */
  readonly ended: Promise<void>;
  /** Resolves when the host is really gone: a thread in a native call outlives the end of its run. */
  readonly hostGone: Promise<void>;
  /** Asks the run to stop, or one of its subflows; after the grace the host is ended under it. */
  cancel(reason: string, graceMs: number, runId?: number): void;
  /** Whether that run is a subflow in this host. */
  carries(runId: number): boolean;
  /** Ends the host at once; the run will be resumed and loses no attempt. */
  interrupt(reason: string): Promise<void>;
}

export interface ExecutionParts {
  readonly assignment: Assignment;
  readonly host: Host;
  readonly source: Source;
  /** Instead of an attempt: what is left to run of one that has ended. */
  readonly hooks?: readonly DueHook[];
  readonly commands: Commands;
  /** Begins the mark of everything this process starts. */
  readonly mark: string;
  /** The run's own code starts processes: called before the first one, once. */
  readonly onSpawning: () => void;
  readonly onFault: (error: unknown) => void;
}

type ShellAsk = Extract<Request, { ask: 'shell' }>;

/** The line of the run that the host was started for. */
const MAIN_LINE = 0;

/** How a command that runs is ended: with the grace it was given, or without. */
interface RunningShell {
  readonly end: AbortController;
  readonly kill: AbortController;
}

/** An attempt that goes on in the host: the run's own, or one of a subflow. */
interface Part {
  readonly assignment: Assignment;
  readonly running: Map<number, RunningShell>;
  readonly work: Set<Promise<unknown>>;
  /** Once its end is told: resolves when nothing of it lives any more. */
  emptied: Promise<void> | null;
}

export function execute(parts: ExecutionParts): Execution {
  const { assignment, host, source, hooks, commands, mark, onSpawning, onFault } = parts;
  const main = newPart(assignment);
  const lines = new Map<number, Part>([[MAIN_LINE, main]]);
  let lastLine = MAIN_LINE;
  /** Runs that were begun here, also those that wait for their retry or have ended. */
  /** Subflows that wait for a limit: how to stop the wait. */
  const waitingSubflows = new Map<number, (reason: string) => void>();
  const subflows = new Set<number>();
  const graceTimers = new Map<number, ReturnType<typeof setTimeout>>();
  let finish: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let told: () => void = () => {};
  const hostGone = new Promise<void>((resolve) => {
    told = resolve;
  });
  const rawOutput = createRawOutput((stream, text) => log(main, null, stream, text));
  let over = false;
  let hasSpawned = false;
  /** Its end is told and being stored: how its host goes does not matter any more. */
  let isEnding = false;
  const watch = createTimeWatch({
    onNotLoaded: (limitMs) =>
      void end({
        kind: 'died',
        reason: `${assignment.start.path} was not loaded within ${limitMs / 1000} s; move slow work from its top level into a task`,
      }),
    onAsk: () => host.post({ kind: 'ping' }),
    onBlocked(overdue) {
      const own = overdue.find(({ runId, call }) => runId === assignment.runId && call === null);
      void end(own === undefined ? { kind: 'blocked', overdue } : { kind: 'timed-out', timeoutMs: own.timeoutMs });
    },
  });

  host.onMessage((message) => {
    if (over) return;
    if (message.kind === 'pong') watch.answered();
    else if (message.kind === 'spawning') {
      hasSpawned = true;
      onSpawning();
    }
    if (!('line' in message)) return;
    const part = lines.get(message.line);
    // The attempt has ended, and with it everybody who could wait for an answer.
    if (part === undefined) return;
    if (message.kind === 'reports') void take(part, message.line, message.batch, unpackReports(message.reports));
    else void answer(part, message.line, message.id, message.request);
  });
  host.onOutput((stream, data) => rawOutput.take(stream, data));
  const phase = createHookPhase(host, assignment.start, (reason) => void end({ kind: 'hook-failed', reason }));
  host.onExit(({ reason, isCrash }) => {
    if (!isEnding) void end({ kind: exitKind(isCrash), reason });
  });
  const place = hooks === undefined ? source.hold(assignment) : null;
  let hasBegun = place === null;
  if (hooks !== undefined) phase.begin(hooks);
  else if (place === null) start();
  else void begin(place);

  function start(): void {
    hasBegun = true;
    watch.start();
    host.post({ kind: 'start', run: assignment.start });
  }

  /** A host that is booted meanwhile costs little, and the wait may be short. */
  async function begin(place: Promise<boolean>): Promise<void> {
    try {
      const mayStart = await place;
      if (over) return;
      if (!mayStart) return void end(null);
      start();
    } catch (error) {
      await take(main, MAIN_LINE, 0, [failedBefore(error)]);
    }
  }

  function exitKind(isCrash: boolean): 'crashed' | 'died' | 'hook-failed' {
    // A fresh host runs nothing but hooks: then it is one of them that has ended it.
    if (hooks !== undefined) return 'hook-failed';
    return isCrash ? 'crashed' : 'died';
  }

  async function take(part: Part, line: number, batch: number, reports: readonly Report[]): Promise<void> {
    const hasEnded = reports.some((report) => report.kind === 'run-ended');
    isEnding ||= hasEnded && part === main;
    watch.take(part.assignment.runId, reports);
    try {
      // A final state is a promise that nothing of the run lives any more.
      if (hasEnded) part.emptied = part === main ? endEverything() : endCommandsOf(part);
      // What is told afterwards must not overtake it.
      if (part.emptied !== null) await part.emptied;
      const due = await source.report(part.assignment, reports);
      if (over) return;
      if (part === main) {
        if (hasEnded && due.length === 0) return await end(null);
        if (phase.heard(reports)) return await end({ kind: 'hooks-ran', reason: 'its hooks have run' });
      } else if (hasEnded) lines.delete(line);
      host.post({ kind: 'committed', line, batch });
      if (!hasEnded || part !== main) return;
      // Nobody may end the hooks of a run that has done as it was told.
      stopGraceTimers();
      isEnding = false;
      phase.begin(due);
    } catch (error) {
      // What cannot be written must not go on; and not be tried again for ever, for it may never be writable.
      onFault(error);
      await end({ kind: 'died', reason: `its reports could not be stored: ${(error as Error).message}` });
    }
  }

  async function answer(part: Part, line: number, id: number, request: Request): Promise<void> {
    try {
      const value = await answerTo(part, request);
      if (!over) host.post({ kind: 'reply', line, id, value });
    } catch (error) {
      if (!over) host.post({ kind: 'refusal', line, id, error: toPlainError(error) });
    }
  }

  async function answerTo(part: Part, request: Request): Promise<unknown> {
    switch (request.ask) {
      case 'end-shell':
        part.running.get(request.call)?.end.abort();
        return null;
      case 'shell':
        return runShell(part, request);
      case 'begin-subflow':
        return beginSubflow(part, request);
      default:
        return source.ask(part.assignment, request);
    }
  }

  async function beginSubflow(parent: Part, request: BeginSubflow): Promise<SubflowStart> {
    const child = await source.beginSubflow(parent.assignment, request);
    subflows.add(child.runId);
    const hasToWait = holdFor(child);
    if (hasToWait !== null) await hasToWait;
    const line = ++lastLine;
    lines.set(line, newPart(child));
    return { line, run: child.start };
  }

  /** Throws when the subflow cannot start any more, or never could: its run has ended then. */
  function holdFor(child: Assignment): Promise<void> | null {
    const place = source.hold(child);
    return place === null ? null : waitFor(child, place);
  }

  async function waitFor(child: Assignment, place: Promise<boolean>): Promise<void> {
    const stopped = Promise.withResolvers<never>();
    waitingSubflows.set(child.runId, (reason) => stopped.reject(new WeirError('conflict', reason)));
    try {
      const mayStart = await Promise.race([place, stopped.promise]);
      if (mayStart === false) throw new WeirError('conflict', `run ${child.runId} ended while it waited for a limit`);
    } catch (error) {
      await source.report(child, [failedBefore(error)]);
      throw error;
    } finally {
      waitingSubflows.delete(child.runId);
    }
  }

  async function runShell(part: Part, { call, shell }: ShellAsk): Promise<ShellResult> {
    const { assignment, running, work } = part;
    const shellRun = { end: new AbortController(), kill: new AbortController() };
    running.set(call, shellRun);
    // Asked for before its thread has heard of the cancel.
    if (graceTimers.has(main.assignment.runId) || graceTimers.has(assignment.runId)) shellRun.end.abort();
    const output = createShellOutput();
    const command = { ...shell, env: { ...shell.env, WEIR_MARK: `${mark}:${assignment.runId}:${call}` } };
    const task = commands.run(command, {
      onOutput: (stream, data) => log(part, call, stream, output.take(stream, data)),
      signal: shellRun.end.signal,
      killSignal: shellRun.kill.signal,
    });
    work.add(task);
    try {
      const end = await task;
      await log(part, call, 'stdout', output.rest('stdout'));
      await log(part, call, 'stderr', output.rest('stderr'));
      return {
        exitCode: end.exitCode,
        signal: end.signal,
        ending: signalInWords(end),
        lastLines: [...output.lastLines],
        stdout: output.stdout,
      };
    } finally {
      work.delete(task);
      if (running.get(call) === shellRun) running.delete(call);
    }
  }

  async function log(
    { assignment }: Part,
    call: number | null,
    stream: 'stdout' | 'stderr',
    text: string | null,
  ): Promise<void> {
    if (text === null) return;
    await source.report(assignment, [{ kind: 'log', call, stream, level: 'info', at: Date.now(), text }]);
  }

  /** What the run has started by itself cannot be told from what its subflows have: it ends with the run. */
  async function endEverything(): Promise<void> {
    await Promise.all([endCommands(), hasSpawned ? endChildren(host, commands) : null]);
    await rawOutput.end();
  }

  function stopGraceTimers(): void {
    for (const timer of graceTimers.values()) clearTimeout(timer);
  }

  async function endCommands(): Promise<void> {
    await Promise.all([...lines.values()].map(endCommandsOf));
  }

  /**
   * Order: host and commands ended, then the run is let go: nothing of it lives when it is tried again, but for a
   * thread that is lost in a native call, whose reports are a stranger's from then on.
   */
  async function end(release: Release | null): Promise<void> {
    if (over) return ended;
    over = true;
    stopGraceTimers();
    phase.stop();
    watch.stop();
    // The grace is over.
    if (release?.kind === 'cancelled')
      for (const { running } of lines.values()) for (const { kill } of running.values()) kill.abort();
    const [{ gone }] = await Promise.all([endHost(host, commands, hasSpawned), endCommands()]);
    void gone.then(told);
    try {
      if (release !== null) {
        await rawOutput.end();
        await source.release(assignment, release);
      }
    } catch (error) {
      onFault(error);
    }
    finish();
  }

  /** It keeps the thread to itself, which it shares with its parent: that fails with it, and may be tried again. */
  async function endDeafSubflow(runId: number): Promise<void> {
    graceTimers.delete(runId);
    const goesOn = [...lines.values()].some((part) => part.assignment.runId === runId);
    if (!goesOn || graceTimers.has(assignment.runId)) return;
    await end({ kind: 'died', reason: `its subflow, run ${runId}, was cancelled and did not end` });
  }

  return {
    runId: assignment.runId,
    ended,
    hostGone,
    carries: (runId) => subflows.has(runId),
    cancel(reason, graceMs, runId = assignment.runId) {
      const isWhole = runId === assignment.runId;
      if (over || phase.hasBegun || (isWhole && graceTimers.has(runId))) return;
      // What has not begun has nothing to end by itself.
      if (isWhole && !hasBegun) return void end({ kind: 'cancelled', reason });
      const stopWaiting = waitingSubflows.get(runId);
      if (stopWaiting !== undefined) return stopWaiting(reason);
      // Told again as often as it is asked: a subflow between two attempts hears nothing.
      host.post({ kind: 'cancel', run: runId, reason });
      // Not left to the runner: code that keeps its thread busy would take the whole grace before a command hears of it.
      for (const part of lines.values()) if (isWhole || part.assignment.runId === runId) abortCommandsOf(part);
      if (graceTimers.has(runId)) return;
      const onTime = () => (isWhole ? end({ kind: 'cancelled', reason }) : endDeafSubflow(runId));
      graceTimers.set(
        runId,
        setTimeout(() => void onTime(), graceMs),
      );
    },
    interrupt: (reason) => end({ kind: 'interrupted', reason }),
  };
}

function newPart(assignment: Assignment): Part {
  return { assignment, running: new Map(), work: new Set(), emptied: null };
}

function abortCommandsOf({ running }: Part): void {
  for (const { end } of running.values()) end.abort();
}

async function endCommandsOf(part: Part): Promise<void> {
  abortCommandsOf(part);
  await Promise.allSettled([...part.work]);
}

/** The end of a run that could not begin. */
function failedBefore(error: unknown): Report {
  const plain = toPlainError(error);
  const state = { type: 'FAILED', name: 'Failed', message: plain.message } as const;
  return { kind: 'run-ended', state, at: Date.now(), error: plain, retriable: false };
}
