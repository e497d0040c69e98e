/**
 * One run in one host, from its start to its end: passes reports and questions on to the source, runs its shell
 * commands, and sees to it that the host is gone afterwards, whatever the run's code does.
 */
import { signalInWords } from '../model/command-end.ts';
import type { Report, Request, ShellResult } from '../model/message.ts';
import { toPlainError } from '../model/plain-error.ts';
import { unpackReports } from '../model/report-packing.ts';
import type { Commands } from './commands.ts';
import type { Host } from './host.ts';
import { endChildren, endHost } from './host-ending.ts';
import { createShellOutput } from './shell-output.ts';
import type { Assignment, Release, Source } from './source.ts';

export interface Execution {
  readonly runId: number;
  /** Resolves when the run's end, or its release, is committed and its host is gone or lost; never rejects. */
  readonly ended: Promise<void>;
  /** Resolves when the host is really gone: a thread in a native call outlives the end of its run. */
  readonly hostGone: Promise<void>;
  /** Asks the run to stop; after the grace the host is ended under it. */
  cancel(reason: string, graceMs: number): void;
  /** Ends the host at once; the run will be resumed and loses no attempt. */
  interrupt(reason: string): Promise<void>;
}

export interface ExecutionParts {
  readonly assignment: Assignment;
  readonly host: Host;
  readonly source: Source;
  readonly commands: Commands;
  /** Begins the mark of everything this process starts. */
  readonly mark: string;
  /** The run's own code starts processes: called before the first one, once. */
  readonly onSpawning: () => void;
  readonly onFault: (error: unknown) => void;
}

type ShellAsk = Extract<Request, { ask: 'shell' }>;

export function execute(parts: ExecutionParts): Execution {
  const { assignment, host, source, commands, mark, onSpawning, onFault } = parts;
  const running = new Map<number, AbortController>();
  const work = new Set<Promise<unknown>>();
  let finish: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let told: () => void = () => {};
  const hostGone = new Promise<void>((resolve) => {
    told = resolve;
  });
  const rawOutput = createShellOutput();
  let over = false;
  let hasSpawned = false;
  let graceTimer: ReturnType<typeof setTimeout> | undefined;

  host.onMessage((message) => {
    if (over) return;
    if (message.kind === 'reports') void take(message.batch, unpackReports(message.reports));
    else if (message.kind === 'request') void answer(message.id, message.request);
    else if (message.kind === 'spawning') {
      hasSpawned = true;
      onSpawning();
    }
  });
  host.onOutput((stream, data) => log(null, stream, rawOutput.take(stream, data)));
  host.onExit(({ reason, isCrash }) => void end({ kind: isCrash ? 'crashed' : 'died', reason }));
  host.post({ kind: 'start', run: assignment.start });

  async function take(batch: number, reports: readonly Report[]): Promise<void> {
    const hasEnded = reports.some((report) => report.kind === 'run-ended');
    try {
      // A final state is a promise that nothing of the run lives any more.
      if (hasEnded) await Promise.all([endCommands(), hasSpawned ? endChildren(host, commands) : null, sayRest()]);
      await source.report(assignment, reports);
      if (over) return;
      if (hasEnded) await end(null);
      else host.post({ kind: 'committed', batch });
    } catch (error) {
      // What cannot be written must not go on; and not be tried again for ever, for it may never be writable.
      onFault(error);
      await end({ kind: 'died', reason: `its reports could not be stored: ${(error as Error).message}` });
    }
  }

  async function answer(id: number, request: Request): Promise<void> {
    try {
      const value = await answerTo(request);
      if (!over) host.post({ kind: 'reply', id, value });
    } catch (error) {
      if (!over) host.post({ kind: 'refusal', id, error: toPlainError(error) });
    }
  }

  async function answerTo(request: Request): Promise<unknown> {
    if (request.ask === 'end-shell') {
      running.get(request.call)?.abort();
      return null;
    }
    return request.ask === 'shell' ? runShell(request) : source.ask(assignment, request);
  }

  async function runShell({ call, shell }: ShellAsk): Promise<ShellResult> {
    const controller = new AbortController();
    running.set(call, controller);
    // Asked for before its thread has heard of the cancel.
    if (graceTimer !== undefined) controller.abort();
    const output = createShellOutput();
    const command = { ...shell, env: { ...shell.env, WEIR_MARK: `${mark}:${assignment.runId}:${call}` } };
    const task = commands.run(command, {
      onOutput: (stream, data) => log(call, stream, output.take(stream, data)),
      signal: controller.signal,
    });
    work.add(task);
    try {
      const end = await task;
      await log(call, 'stdout', output.rest('stdout'));
      await log(call, 'stderr', output.rest('stderr'));
      return {
        exitCode: end.exitCode,
        signal: end.signal,
        ending: signalInWords(end),
        lastLines: [...output.lastLines],
        stdout: output.stdout,
      };
    } finally {
      work.delete(task);
      if (running.get(call) === controller) running.delete(call);
    }
  }

  function log(call: number | null, stream: 'stdout' | 'stderr', text: string | null): Promise<void> | undefined {
    if (text === null) return undefined;
    return source.report(assignment, [{ kind: 'log', call, stream, level: 'info', at: Date.now(), text }]);
  }

  /** What was written past the capture without a line's end. */
  async function sayRest(): Promise<void> {
    await log(null, 'stdout', rawOutput.rest('stdout'));
    await log(null, 'stderr', rawOutput.rest('stderr'));
  }

  async function endCommands(): Promise<void> {
    for (const controller of running.values()) controller.abort();
    await Promise.allSettled([...work]);
  }

  /**
   * Order: commands ended, host ended, then the run is let go: nothing of it lives when it is tried again, but for a
   * thread that is lost in a native call, whose reports are a stranger's from then on.
   */
  async function end(release: Release | null): Promise<void> {
    if (over) return ended;
    over = true;
    clearTimeout(graceTimer);
    await endCommands();
    const { gone } = await endHost(host, commands, hasSpawned);
    void gone.then(told);
    try {
      if (release !== null) {
        await sayRest();
        await source.release(assignment, release);
      }
    } catch (error) {
      onFault(error);
    }
    finish();
  }

  return {
    runId: assignment.runId,
    ended,
    hostGone,
    cancel(reason, graceMs) {
      if (over || graceTimer !== undefined) return;
      host.post({ kind: 'cancel', reason });
      // Not left to the runner: code that keeps its thread busy would take the whole grace before a command hears of it.
      for (const controller of running.values()) controller.abort();
      graceTimer = setTimeout(() => void end({ kind: 'cancelled', reason }), graceMs);
    },
    interrupt: (reason) => end({ kind: 'interrupted', reason }),
  };
}
