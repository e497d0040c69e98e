/**
 * One attempt of a shell task, as asked of the spawner: its command line, its environment, and what it hands on.
 * Must never put a value into the script's text (model/shell-script.ts binds them to environment variables).
 */
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { WeirError } from '../../model/errors.ts';
import type { ShellRequest, ShellResult } from '../../model/request.ts';
import type { RunStart } from '../../model/run-start.ts';
import { bindValues } from '../../model/shell-script.ts';
import type { ShellOutcome } from '../../sdk/sh.ts';
import type { Line, Scope } from '../scope.ts';
import { type DirectProgram, directProgram } from './direct-program.ts';
import { openHandOver } from './hand-over.ts';
import { keepFiles } from './kept-files.ts';
import { ownEnvironment } from './own-environment.ts';
import type { ShellCommand } from './shell-command.ts';
import { type Surroundings, surroundingsOf } from './shell-environment.ts';
import { shellArgv } from './shell-program.ts';
import { variablesOf, writeInputs } from './shell-variables.ts';

const GRACE_MS = 10_000;

/** The failure of a command, with what an error page needs to explain it. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly exitCode: number | null;
  /** Taken over into the plain error (message.ts). */
  readonly plain: {
    readonly exit_code: number | null;
    readonly signal: string | null;
    readonly last_lines: readonly string[];
    readonly stack: null;
  };

  constructor(result: Pick<ShellResult, 'exitCode' | 'signal' | 'lastLines' | 'ending'>) {
    super(result.ending);
    this.exitCode = result.exitCode;
    this.plain = { exit_code: result.exitCode, signal: result.signal, last_lines: result.lastLines, stack: null };
  }
}

/** What a command came to, for those who do more with it than `sh`. */
export interface CommandOutcome extends ShellOutcome {
  /** As written to WEIR_METRICS. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Runs one attempt of a shell task in `scope`. `dir`: the folder of the flow file, or what stands for it; `params` as
 * validated.
 * @throws CommandFailed when it does not exit with 0
 * @throws WeirError for what it needs and does not find, and for what it hands on and cannot be read
 */
export async function runShell(
  line: Line,
  scope: Scope,
  run: RunStart,
  dir: string,
  params: unknown,
  command: ShellCommand,
): Promise<CommandOutcome> {
  scope.signal.throwIfAborted();
  // Environments and env files are in no copy of the project.
  const surroundings = surroundingsOf(command, dirname(run.path), ownEnvironment());
  const cwd = workingDirectory(command, dir);
  const { argv, bound, direct } = workOf(command, surroundings, dir, cwd);
  const handOver = openHandOver(line, scope, run);
  try {
    const inputs = writeInputs(run, params, command.inputs, handOver.folder);
    /** Copied as seldom as can be: a user's environment has a hundred variables. */
    const request = (ofShell: Readonly<Record<string, string>> | null) => ({
      cwd,
      env: {
        ...surroundings.env,
        ...variablesOf(run, scope, params),
        ...handOver.variables,
        WEIR_INPUTS: inputs,
        ...command.extraEnv,
        ...bound,
        ...ofShell,
      },
      ...(command.secrets === undefined || command.secrets.length === 0 ? {} : { secrets: command.secrets }),
      stderr: command.stderr ?? 'separate',
      graceMs: GRACE_MS,
    });
    const result =
      (direct === null ? null : await startedDirectly(line, scope, { ...request(direct.env), ...direct.program })) ??
      (await execute(line, scope, command, { ...request(null), argv: argv() }));
    const metrics = handOver.tellWhatIsThere();
    if (result.exitCode !== 0) throw new CommandFailed(result);
    const outputs = handOver.outputs();
    const files = command.files === undefined ? {} : await keepFiles(line, scope, command.files, cwd);
    return { exitCode: 0, stdout: result.stdout, outputs, files, metrics };
  } finally {
    handOver.close();
  }
}

/** null: it cannot be started so. What is wrong then the shell tells as it always does. */
async function startedDirectly(line: Line, scope: Scope, request: ShellRequest): Promise<ShellResult | null> {
  try {
    return await execute(line, scope, {}, request);
  } catch (error) {
    if (['not-found', 'file-system'].includes((error as { code?: string }).code ?? '')) return null;
    throw error;
  }
}

/** A cancel or a time limit ends the command; then, too, its end is waited for. */
async function execute(
  line: Line,
  scope: Scope,
  { shell }: Pick<ShellCommand, 'shell'>,
  request: ShellRequest,
): Promise<ShellResult> {
  const endCommand = () => void line.ask({ ask: 'end-shell' }, scope.call).catch(() => {});
  scope.signal.addEventListener('abort', endCommand, { once: true });
  try {
    const result = (await line.ask({ ask: 'shell', shell: request }, scope.call)) as ShellResult;
    if (result.isOwnEnd) scope.onOwnEnd?.();
    return result;
  } catch (error) {
    const isMissing = (error as { code?: unknown }).code === 'not-found' && (request.secrets ?? []).length === 0;
    if (!shell || !isMissing) throw error;
    throw new WeirError('not-found', `the shell "${shell}" cannot be started: ${(error as Error).message}`, {
      hint: 'correct its name, install it, or leave it out: bash -eo pipefail is the default',
      cause: error,
    });
  } finally {
    scope.signal.removeEventListener('abort', endCommand);
  }
}

interface Work {
  readonly argv: () => readonly string[];
  /** Variables that hold values. */
  readonly bound: Readonly<Record<string, string>>;
  /** What the script comes to, where it is one plain program. */
  readonly direct: DirectProgram | null;
}

function workOf(
  { work, shell, secrets = [] }: ShellCommand,
  { env, enter, needsShell }: Surroundings,
  dir: string,
  cwd: string,
): Work {
  const inShell = (script: string) => () => enter(shellArgv(shell, script, env.PATH, dir));
  switch (work.kind) {
    case 'arguments':
      return { argv: () => enter(work.argv), bound: {}, direct: null };
    case 'plain-script':
      return { argv: inShell(work.script), bound: {}, direct: null };
    case 'script': {
      const { script, env: bound } = bindValues(work.parts, work.values);
      const isDefault = (shell ?? null) === null && !needsShell;
      return {
        argv: inShell(script),
        bound,
        direct: isDefault ? directProgram(script, bound, { env, cwd, secrets }) : null,
      };
    }
  }
}

function workingDirectory({ cwd }: ShellCommand, dir: string): string {
  if (!cwd) return dir;
  const folder = resolve(dir, cwd);
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return folder;
  throw new WeirError(
    'not-found',
    stats === undefined
      ? `the working directory ${folder} does not exist`
      : `the working directory ${folder} is a file`,
    { hint: 'it counts from the folder of the flow; make it, or let an earlier task make it' },
  );
}
