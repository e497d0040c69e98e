/**
 * One run in one host, from its start to its end: passes reports and questions on to the source, runs its shell
 * commands, and sees to it that the host is gone afterwards, whatever the run's code does.
 */
import { signalInWords } from '../model/command-end.ts';
import type { Report, Request, ShellResult } from '../model/message.ts';
import { toPlainError } from '../model/plain-error.ts';
import type { Commands } from './commands.ts';
import type { Host } from './host.ts';
import { createShellOutput } from './shell-output.ts';
import type { Assignment, Release, Source } from './source.ts';

export interface Execution {
  readonly runId: number;
  /** Resolves when the run's end, or its release, is committed and the host is gone; never rejects. */
  readonly ended: Promise<void>;
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
  readonly onFault: (error: unknown) => void;
}

type ShellAsk = Extract<Request, { ask: 'shell' }>;

export function execute(parts: ExecutionParts): Execution {
  const { assignment, host, source, commands, mark, onFault } = parts;
  const running = new Map<number, AbortController>();
  const work = new Set<Promise<unknown>>();
  let finish: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let over = false;
  let graceTimer: ReturnType<typeof setTimeout> | undefined;

  host.onMessage((message) => {
    if (over) return;
    if (message.kind === 'reports') void take(message.batch, message.reports);
    else if (message.kind === 'request') void answer(message.id, message.request);
  });
  host.onExit(({ reason }) => void end({ kind: 'died', reason }));
  host.post({ kind: 'start', run: assignment.start });

  async function take(batch: number, reports: readonly Report[]): Promise<void> {
    const hasEnded = reports.some((report) => report.kind === 'run-ended');
    try {
      // A final state is a promise that nothing of the run lives any more.
      if (hasEnded) await endCommands();
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
    const log = (stream: 'stdout' | 'stderr', text: string | null): Promise<void> | undefined =>
      text === null
        ? undefined
        : source.report(assignment, [{ kind: 'log', call, stream, level: 'info', at: Date.now(), text }]);
    const command = { ...shell, env: { ...shell.env, WEIR_MARK: `${mark}:${assignment.runId}:${call}` } };
    const task = commands.run(command, {
      onOutput: (stream, data) => log(stream, output.take(stream, data)),
      signal: controller.signal,
    });
    work.add(task);
    try {
      const end = await task;
      await log('stdout', output.rest('stdout'));
      await log('stderr', output.rest('stderr'));
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

  async function endCommands(): Promise<void> {
    for (const controller of running.values()) controller.abort();
    await Promise.allSettled([...work]);
  }

  /** Order: commands ended, host ended, then the run is let go: nothing of it lives when it is tried again. */
  async function end(release: Release | null): Promise<void> {
    if (over) return ended;
    over = true;
    clearTimeout(graceTimer);
    await endCommands();
    try {
      await host.stop();
      if (release !== null) await source.release(assignment, release);
    } catch (error) {
      onFault(error);
    }
    finish();
  }

  return {
    runId: assignment.runId,
    ended,
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
