/**
 * One run in one host, from its start to its end, with the subflows that go on in it: passes reports and questions on to
 * the source, runs their shell commands, and sees to it that the host is gone afterwards, whatever the run's code does.
 */

import { toPlainError } from '../model/plain-error.ts';
import type { Report } from '../model/report.ts';
import { unpackReports } from '../model/report-packing.ts';
import type { Request, SubflowStart } from '../model/request.ts';
import type { DueHook } from '../model/run-start.ts';
import type { Commands } from './commands.ts';
import { createHookPhase } from './hook-phase.ts';
import type { Host, HostExit } from './host.ts';
import { endChildren, endHost } from './host-ending.ts';
import { createSubflowWaits, failedBefore } from './limit-wait.ts';
import { abortCommandsOf, endCommandsOf, killCommandsOf, newPart, type Part, runShell } from './part.ts';
import { createRawOutput } from './raw-output.ts';
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

/** A batch of reports, without what is in it. */
interface Told {
  readonly line: number;
  readonly batch: number;
  readonly mayWait: boolean;
}

/** The line of the run that the host was started for. */
const MAIN_LINE = 0;

export function execute(parts: ExecutionParts): Execution {
  const { assignment, host, source, hooks, commands, mark, onSpawning, onFault } = parts;
  const main = newPart(assignment, source);
  const lines = new Map<number, Part>([[MAIN_LINE, main]]);
  let lastLine = MAIN_LINE;
  const waits = createSubflowWaits(source);
  /** Runs that were begun here, also those that wait for their retry or have ended. */
  const subflows = new Set<number>();
  const graceTimers = new Map<number, ReturnType<typeof setTimeout>>();
  const { promise: ended, resolve: finish } = Promise.withResolvers<void>();
  const { promise: hostGone, resolve: told } = Promise.withResolvers<void>();
  const rawOutput = createRawOutput((stream, text) =>
    source.report(assignment, [{ kind: 'log', call: null, stream, level: 'info', at: Date.now(), text }]),
  );
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
    if (message.kind === 'reports') void take(part, message, unpackReports(message.reports));
    else void answer(part, message.line, message.id, message.request);
  });
  host.onOutput((stream, data) => rawOutput.take(stream, data));
  const phase = createHookPhase(host, assignment.start, (reason) => void end({ kind: 'hook-failed', reason }));
  host.onExit((exit) => {
    if (!isEnding) void end({ kind: exitKind(exit), reason: exit.reason });
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
      await take(main, { line: MAIN_LINE, batch: 0, mayWait: false }, [failedBefore(error)]);
    }
  }

  function exitKind({ isCrash, hadCompany }: HostExit): 'crashed' | 'crashed-in-company' | 'died' | 'hook-failed' {
    // A fresh host runs nothing but hooks: then it is one of them that has ended it.
    if (hooks !== undefined) return 'hook-failed';
    if (isCrash && hadCompany) return 'crashed-in-company';
    return isCrash ? 'crashed' : 'died';
  }

  async function take(part: Part, { line, batch, mayWait }: Told, reports: readonly Report[]): Promise<void> {
    const hasEnded = reports.some((report) => report.kind === 'run-ended');
    isEnding ||= hasEnded && part === main;
    watch.take(part.assignment.runId, reports);
    try {
      // A final state is a promise that nothing of the run lives any more.
      if (hasEnded) part.emptied = part === main ? endEverything() : endCommandsOf(part);
      // What is told afterwards must not overtake it.
      if (part.emptied !== null) await part.emptied;
      const due = await (mayWait ? part.reports.soon(reports) : part.reports.now(reports));
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
    // A command is not kept waiting for what was told before it.
    if (request.ask !== 'shell') part.reports.flush();
    switch (request.ask) {
      case 'end-shell':
        part.running.get(request.call)?.end.abort();
        return null;
      case 'shell':
        return runShell(part, request, { commands, source, mark }, isStopping(part));
      case 'begin-subflow':
        return beginSubflow(part, request);
      default:
        return source.ask(part.assignment, request);
    }
  }

  function isStopping({ assignment: { runId } }: Part): boolean {
    return graceTimers.has(main.assignment.runId) || graceTimers.has(runId);
  }

  async function beginSubflow(parent: Part, request: BeginSubflow): Promise<SubflowStart> {
    const child = await source.beginSubflow(parent.assignment, request);
    subflows.add(child.runId);
    const wait = waits.holdFor(child);
    if (wait !== null) await wait;
    const line = ++lastLine;
    lines.set(line, newPart(child, source));
    return { line, run: child.start };
  }

  /** What the run has started by itself cannot be told from what its subflows have: it ends with the run. */
  async function endEverything(): Promise<void> {
    await Promise.all([endCommands(), hasSpawned ? endChildren(host, commands) : null]);
    await rawOutput.end();
  }

  function stopGraceTimers(): void {
    for (const timer of graceTimers.values()) clearTimeout(timer);
    graceTimers.clear();
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
    for (const part of lines.values()) part.reports.flush();
    if (release?.kind === 'cancelled') for (const part of lines.values()) killCommandsOf(part);
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
      if (waits.stop(runId, reason)) return;
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
