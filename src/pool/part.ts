/**
 * An attempt that goes on in a host, the run's own or that of a subflow, with the shell commands that it has under way:
 * their output becomes log lines, and none of them outlives it.
 */
import type { Report } from '../model/report.ts';
import type { Request, ShellResult } from '../model/request.ts';
import type { Commands } from './commands.ts';
import { createReportQueue, type ReportQueue } from './report-queue.ts';
import { runShellCommand } from './shell-command.ts';
import type { Assignment, Source } from './source.ts';

export interface Part {
  readonly assignment: Assignment;
  readonly reports: ReportQueue;
  readonly running: Map<number | null, RunningShell>;
  readonly work: Set<Promise<unknown>>;
  /** Once its end is told: resolves when nothing of it lives any more. */
  emptied: Promise<void> | null;
}

/** How a command that runs is ended: with the grace it was given, or without. */
interface RunningShell {
  readonly end: AbortController;
  readonly kill: AbortController;
}

export type ShellAsk = Extract<Request, { ask: 'shell' }>;

export interface PartCommands {
  readonly commands: Commands;
  readonly source: Source;
  /** Begins the mark of everything this process starts. */
  readonly mark: string;
}

export function newPart(assignment: Assignment, source: Source): Part {
  const reports = createReportQueue((told) => source.report(assignment, told));
  return { assignment, reports, running: new Map(), work: new Set(), emptied: null };
}

/** Resolves when the command is over, whatever its exit code. `isStopping`: the part is cancelled already. */
export async function runShell(
  part: Part,
  { call, shell }: ShellAsk,
  { commands, source, mark }: PartCommands,
  isStopping: boolean,
): Promise<ShellResult> {
  const { assignment, running, work } = part;
  const shellRun = { end: new AbortController(), kill: new AbortController() };
  running.set(call, shellRun);
  // Asked for before its thread has heard of the cancel.
  if (isStopping) shellRun.end.abort();
  const task = start();
  work.add(task);
  try {
    return await task;
  } finally {
    work.delete(task);
    if (running.get(call) === shellRun) running.delete(call);
  }

  /** Without a secret that it asks for nothing is started. */
  async function start(): Promise<ShellResult> {
    const { secrets = [], ...asked } = shell;
    const opened = secrets.length === 0 ? null : await source.openSecrets(assignment, secrets);
    const values = opened === null ? {} : Object.fromEntries(opened);
    const WEIR_MARK = `${mark}:${assignment.runId}:${call ?? 'handler'}`;
    const command = { ...asked, env: { ...asked.env, ...values, WEIR_MARK } };
    return runShellCommand(commands, command, {
      call,
      signal: shellRun.end.signal,
      killSignal: shellRun.kill.signal,
      report: (reports: readonly Report[]) => part.reports.now(reports),
      mask: () => source.maskOf(assignment),
    });
  }
}

/** Asks its commands to end, each with its grace. */
export function abortCommandsOf({ running }: Part): void {
  for (const { end } of running.values()) end.abort();
}

/** The grace is over. */
export function killCommandsOf({ running }: Part): void {
  for (const { kill } of running.values()) kill.abort();
}

export async function endCommandsOf(part: Part): Promise<void> {
  abortCommandsOf(part);
  await Promise.allSettled([...part.work]);
}
