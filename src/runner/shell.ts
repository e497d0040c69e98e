/**
 * A shell task, as asked of the spawner: the command line, its environment, and the files it hands on by.
 * Must never put a value into the script's text (model/shell-script.ts binds them to environment variables).
 */
import { accessSync, constants, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { toPlainJson } from '../model/plain-json.ts';
import type { ShellRequest, ShellResult } from '../model/request.ts';
import type { RunStart } from '../model/run-start.ts';
import { bindValues } from '../model/shell-script.ts';
import type { ShellOutcome } from '../sdk/sh.ts';
import type { Line, Scope } from './scope.ts';
import type { ShellCommand } from './shell-command.ts';

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

  constructor(result: ShellResult) {
    super(result.ending);
    this.exitCode = result.exitCode;
    this.plain = { exit_code: result.exitCode, signal: result.signal, last_lines: result.lastLines, stack: null };
  }
}

/** Runs one attempt of a shell task in `scope`. @throws CommandFailed when it does not exit with 0 */
export async function runShell(
  line: Line,
  scope: Scope,
  run: RunStart,
  dir: string,
  params: unknown,
  command: ShellCommand,
): Promise<ShellOutcome> {
  scope.signal.throwIfAborted();
  const handOver = join(run.runDir, 'tasks', `${scope.call}.${scope.taskAttempt}`);
  rmSync(handOver, { recursive: true, force: true });
  mkdirSync(handOver, { recursive: true });
  const given = { ...inherited(), ...command.env };
  const { argv, env: bound } = argumentsOf(command, given.PATH);
  const request: ShellRequest = {
    argv,
    cwd: resolve(dir, command.cwd ?? '.'),
    env: { ...given, ...weirVariables(run, scope, params, handOver), ...command.extraEnv, ...bound },
    stderr: command.stderr ?? 'separate',
    graceMs: GRACE_MS,
  };
  const endCommand = () => void line.ask({ ask: 'end-shell' }, scope.call).catch(() => {});
  scope.signal.addEventListener('abort', endCommand, { once: true });
  let result: ShellResult;
  try {
    result = (await line.ask({ ask: 'shell', shell: request }, scope.call)) as ShellResult;
  } finally {
    scope.signal.removeEventListener('abort', endCommand);
  }
  reportMetrics(line, scope, textOf(join(handOver, 'metrics')));
  const outputs = parseOutputs(textOf(join(handOver, 'output')));
  if (result.exitCode !== 0) throw new CommandFailed(result);
  return { exitCode: 0, stdout: result.stdout, outputs, files: {} };
}

function argumentsOf(
  { work, shell }: ShellCommand,
  path: string | undefined,
): { argv: readonly string[]; env: object } {
  switch (work.kind) {
    case 'arguments':
      return { argv: work.argv, env: {} };
    case 'plain-script':
      return { argv: [...shellArguments(shell, path), work.script], env: {} };
    case 'script': {
      const { script, env } = bindValues(work.parts, work.values);
      return { argv: [...shellArguments(shell, path), script], env };
    }
  }
}

/** `name=value` lines or one JSON object; a value becomes a number only if it prints back the same. */
function parseOutputs(text: string): Record<string, unknown> {
  const trimmed = text.trim();
  if (trimmed.startsWith('{')) {
    try {
      return JSON.parse(trimmed) as Record<string, unknown>;
    } catch {
      // not JSON after all: read as lines
    }
  }
  const outputs: [string, unknown][] = [];
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (equals <= 0) continue;
    const value = line.slice(equals + 1).replace(/\r$/, '');
    outputs.push([line.slice(0, equals).trim(), printsBack(value) ? Number(value) : value]);
  }
  return Object.fromEntries(outputs);
}

function printsBack(value: string): boolean {
  return Number.isFinite(Number(value)) && String(Number(value)) === value;
}

function reportMetrics(line: Line, scope: Scope, text: string): void {
  for (const [name, value] of Object.entries(parseOutputs(text))) {
    if (typeof value === 'number') line.report({ kind: 'metric', call: scope.call, name, value, at: Date.now() });
    else
      reportWarning(
        line,
        scope,
        `the metric "${name}" is ${JSON.stringify(value)}, which is no number, and was not kept`,
      );
  }
}

function reportWarning(line: Line, scope: Scope, text: string): void {
  line.report({ kind: 'log', call: scope.call, stream: 'log', level: 'warn', at: Date.now(), text });
}

/** `bash -eo pipefail -c`, else `sh -e -c`; a shell that is given keeps its own arguments. */
function shellArguments(shell: string | null | undefined, path: string | undefined): string[] {
  if (shell) return [...shell.trim().split(/\s+/), '-c'];
  return isInPath('bash', path) ? ['bash', '-eo', 'pipefail', '-c'] : ['sh', '-e', '-c'];
}

function isInPath(program: string, path: string | undefined): boolean {
  for (const folder of (path ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter)) {
    try {
      if (!isAbsolute(folder)) continue;
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      // not in this folder
    }
  }
  return false;
}

function inherited(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;
  env.PATH ??= '/usr/local/bin:/usr/bin:/bin';
  env.PYTHONUNBUFFERED = '1';
  return env;
}

function weirVariables(run: RunStart, scope: Scope, params: unknown, handOver: string): Record<string, string> {
  const env: Record<string, string> = {
    WEIR_RUN: String(run.runId),
    WEIR_FLOW: run.flow,
    WEIR_TASK: scope.taskName ?? '',
    WEIR_ATTEMPT: String(scope.taskAttempt),
    WEIR_RUN_DIR: run.runDir,
    WEIR_OUTPUT: join(handOver, 'output'),
    WEIR_METRICS: join(handOver, 'metrics'),
  };
  if (run.slot !== null) {
    env.WEIR_SLOT_TIME = new Date(run.slot.time).toISOString();
    if (run.slot.start !== null) env.WEIR_SLOT_START = new Date(run.slot.start).toISOString();
    env.WEIR_SLOT_END = new Date(run.slot.end).toISOString();
  }
  for (const [name, value] of Object.entries((params ?? {}) as Record<string, unknown>)) {
    const text = typeof value === 'string' ? value : JSON.stringify(toPlainJson(value));
    // A value too long for an environment variable reaches the command by interpolation or not at all.
    if (text.length < 100_000 && !text.includes('\0'))
      env[`WEIR_PARAM_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`] = text;
  }
  return env;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
