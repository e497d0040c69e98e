/**
 * One shell command of a task, from its start to its result: its output becomes log lines as it comes, its progress bar
 * the task's progress, its memory and CPU time the task's usage.
 */
import type { Command } from '../model/command.ts';
import { signalInWords } from '../model/command-end.ts';
import { decodeLines } from '../model/output-lines.ts';
import type { Report } from '../model/report.ts';
import type { ShellResult } from '../model/request.ts';
import type { Commands } from './commands.ts';
import { LastLines } from './last-lines.ts';

/** The task's, as the engine knows it. */
export interface ShellTask {
  readonly call: number;
  readonly signal: AbortSignal;
  /** Its grace is over. */
  readonly killSignal: AbortSignal;
  /** Resolves when the reports are stored. */
  readonly report: (reports: readonly Report[]) => Promise<unknown>;
}

/** Resolves when the command's whole tree is gone and everything of it is stored. */
export async function runShellCommand(
  commands: Commands,
  command: Omit<Command, 'output'>,
  { call, signal, killSignal, report }: ShellTask,
): Promise<ShellResult> {
  const last = new LastLines();
  const end = await commands.run(
    { ...command, output: 'log' },
    {
      signal,
      killSignal,
      async onLines({ stream, at, data, leftOut }) {
        const text = decodeLines(data.subarray(0, -1));
        last.take(text);
        const said = { kind: 'log', call, stream, level: 'info', at, text } as const;
        await report([leftOut === undefined ? said : { ...said, leftOut }]);
      },
      onProgress: ({ done, total, label }) => report([{ kind: 'progress', call, done, total, label }]),
    },
  );
  const { peakMemory, cpuMs } = end;
  if (peakMemory !== null && cpuMs !== null) await report([{ kind: 'usage', call, peakMemory, cpuMs }]);
  return {
    exitCode: end.exitCode,
    signal: end.signal,
    ending: signalInWords(end),
    lastLines: [...last.lines],
    stdout: new TextDecoder().decode(end.stdout),
  };
}
