/**
 * One shell command of a task, from its start to its result: its output becomes log lines as it comes, its progress bar
 * the task's progress, its memory and CPU time the task's usage.
 */
import type { Command, CommandEnd } from '../model/command.ts';
import { signalInWords } from '../model/command-end.ts';
import { WeirError } from '../model/errors.ts';
import { MASKED, type Mask } from '../model/mask.ts';
import { MaskedStreams } from '../model/masked-streams.ts';
import { decodeLines } from '../model/output-lines.ts';
import type { Report } from '../model/report.ts';
import type { ShellResult } from '../model/request.ts';
import type { CommandHandlers, Commands } from './commands.ts';
import { LastLines } from './last-lines.ts';
import { explainAbsence, explainMissing } from './missing-program.ts';
import { explainUnstartable } from './unstartable-program.ts';

/** What shells end with when a program is missing. */
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

/** The task's, as the engine knows it. */
export interface ShellTask {
  /** null: the command of a flow's handler. */
  readonly call: number | null;
  readonly signal: AbortSignal;
  /** Its grace is over. */
  readonly killSignal: AbortSignal;
  /** Resolves when the reports are stored. */
  readonly report: (reports: readonly Report[]) => Promise<unknown>;
  /** Hides the secrets of its run; null while that has none. */
  readonly mask: () => Mask | null;
}

/** Resolves when the command's whole tree is gone and everything of it is stored. */
export async function runShellCommand(
  commands: Commands,
  command: Omit<Command, 'output'>,
  { call, signal, killSignal, report, mask }: ShellTask,
): Promise<ShellResult> {
  const last = new LastLines();
  const streams = new MaskedStreams();
  const end = await run(
    commands,
    { ...command, output: 'log' },
    {
      signal,
      killSignal,
      async onLines({ stream, at, data, leftOut }) {
        const hidden = mask();
        const lines = decodeLines(data.subarray(0, -1));
        // Before it is cut for the last lines: half of a value could not be found.
        const text = hidden === null ? lines : streams.take(hidden, stream, lines);
        last.take(text);
        const said = { kind: 'log', call, stream, level: 'info', at, text } as const;
        await report([leftOut === undefined ? said : { ...said, leftOut }]);
      },
      onProgress: ({ done, total, label }) => report([{ kind: 'progress', call, done, total, label }]),
    },
  );
  const { peakMemory, cpuMs } = end;
  if (call !== null && peakMemory !== null && cpuMs !== null)
    await report([{ kind: 'usage', call, peakMemory, cpuMs }]);
  const why = await whyNotStarted(commands, command, end.exitCode, last.lines, signal);
  const stdout = new TextDecoder().decode(end.stdout);
  return {
    exitCode: end.exitCode,
    signal: end.signal,
    isOwnEnd: end.wasAsked !== true,
    ending: why === null ? signalInWords(end) : `exit code ${end.exitCode}: ${why}`,
    lastLines: [...last.lines],
    stdout: maskOutput(mask(), stdout),
  };
}

/** What the shell says by these two codes of the last command in it, with the reason; null for every other end. */
async function whyNotStarted(
  commands: Commands,
  command: Omit<Command, 'output'>,
  exitCode: number | null,
  lastLines: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  if (exitCode !== NOT_FOUND && exitCode !== NOT_EXECUTABLE) return null;
  const why = explainUnstartable(command.cwd, lastLines);
  if (why !== null || exitCode === NOT_EXECUTABLE) return why;
  return explainMissing(commands, command, lastLines, signal);
}

/** What a flow gets is what its log shows: a value that was printed by mistake goes no further. Its beginning may be cut. */
function maskOutput(mask: Mask | null, stdout: string): string {
  if (mask === null) return stdout;
  const rest = mask.restAt(stdout);
  return (rest === 0 ? '' : MASKED) + mask.text(stdout.slice(rest));
}

/** The program itself may be missing: then no shell has said so. */
async function run(commands: Commands, command: Command, handlers: CommandHandlers): Promise<CommandEnd> {
  try {
    return await commands.run(command, handlers);
  } catch (error) {
    const [program = ''] = command.argv;
    if (!(error instanceof WeirError) || error.code !== 'not-found' || program.includes('/')) throw error;
    const signal = handlers.signal ?? new AbortController().signal;
    const elsewhere = await explainAbsence(commands, program, command.cwd, signal);
    throw elsewhere === null ? error : new WeirError('not-found', `${error.message} ${elsewhere}`, { cause: error });
  }
}
