/**
 * What `weir exec` says and ends with. Its output is the command's own; Weir adds a line only where something went wrong.
 * The exit code is that of the command, as a shell would tell it.
 */
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../engine/engine.ts';
import type { EngineEvent } from '../../engine/events.ts';
import { toldMessage } from '../../engine/tell/told-message.ts';
import { formatDuration } from '../../model/duration.ts';
import { EXIT } from '../../model/errors.ts';
import { shownCommand } from '../../model/exec-hint.ts';
import { shellOf } from '../../model/missing-program.ts';
import { isFinal } from '../../model/state.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import { say, sayMore } from '../output.ts';
import type { Telling } from '../runs/drive.ts';
import { plainText } from '../terminal-text.ts';

/** As `timeout`, `env` and every shell end. */
const EXEC_EXIT = { timedOut: 124, ownFailure: 125, notExecutable: 126, notFound: 127 } as const;

/** What Weir ends with when it could not run the command, or not say what became of it. */
export const OWN_FAILURE: number = EXEC_EXIT.ownFailure;

export interface ToldCommand {
  readonly name: string;
  readonly argv: readonly string[];
  readonly folder: string;
}

export function execTelling(
  { store, now }: Pick<Engine, 'store' | 'now'>,
  runId: number,
  { name, argv, folder }: ToldCommand,
): Telling {
  const who = plainText(name);
  return {
    display: {
      take(event: EngineEvent) {
        if (event.kind !== 'task-state' || event.runId !== runId) return;
        const { state } = event.task;
        if (state.name === 'AwaitingRetry') say(`weir: ${who}: ${toldMessage(state, now())}`);
      },
      stop: () => {},
    },
    sayEnd(row) {
      const { state, id } = row;
      // Interrupted, which was said with the command that goes on.
      if (!isFinal(state.type)) return;
      const took = formatDuration(row.runTimeMs);
      if (state.type === 'COMPLETED') return sayMore(`weir: ${who}: completed in ${took} (run ${id})`);
      const task = taskOf(store, row);
      const reason = task?.error?.message ?? row.error?.message ?? state.message ?? state.name;
      const verb = state.type === 'CANCELLED' ? 'cancelled' : 'failed';
      const tries = task !== null && task.attempt > 1 ? `, attempt ${task.attempt}` : '';
      say(`weir: ${who} ${verb} after ${took}: ${reason} (run ${id}${tries})`);
      const hint = task?.error?.code === 'not-found' ? hintForMissing(argv, folder) : task?.error?.hint;
      if (hint !== undefined) say(`      ${hint}`);
      if (state.type !== 'CANCELLED') say(`      weir logs ${id} has its output; weir retry ${id} runs it again`);
    },
    exitCodeOf: (row) => exitCodeOf(row, taskOf(store, row)),
  };
}

/** What was meant for a shell, or lies in the folder, which no shell looks in either. */
function hintForMissing(argv: readonly string[], folder: string): string | undefined {
  const [program = ''] = argv;
  if (argv.length === 1 && /[\s|&;<>$*`]/.test(program))
    return `it is run without a shell; with one: weir exec -- sh -c ${shownCommand(argv)}`;
  const shell = shellOf(program);
  if (shell !== null)
    return `in a shell, with what it is for: weir exec -- ${shell} -c ${shownCommand([`${shownCommand(argv)} && ...`])}`;
  if (program.includes('/') || !existsSync(join(folder, program))) return undefined;
  return `it is in this folder: weir exec -- ${shownCommand([`./${program}`, ...argv.slice(1)])}`;
}

function taskOf(store: Store, row: FlowRunRow): TaskRunRow | null {
  return store.taskRuns.ofRun(row.id)[0] ?? null;
}

function exitCodeOf({ state }: FlowRunRow, task: TaskRunRow | null): number {
  if (state.type === 'COMPLETED') return EXIT.ok;
  if (state.type === 'CANCELLED') return EXIT.runCancelled;
  if (task?.state.name === 'TimedOut') return EXEC_EXIT.timedOut;
  const { exit_code: exitCode, signal, code } = task?.error ?? {};
  if (typeof exitCode === 'number') return exitCode;
  if (typeof signal === 'string') return 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
  if (code === 'not-found') return EXEC_EXIT.notFound;
  return code === 'file-system' ? EXEC_EXIT.notExecutable : EXEC_EXIT.ownFailure;
}
