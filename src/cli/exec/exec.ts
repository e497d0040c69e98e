/**
 * `weir exec -- COMMAND`: any command with history, retries, a time limit and a log, as it would run without Weir: its
 * streams are the caller's own, its exit code is passed on. Made for the lines of a crontab.
 */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createEarlyPool } from '../../engine/execute/early-pool.ts';
import { encode } from '../../model/codec.ts';
import { nameOfCommand } from '../../model/command-name.ts';
import { parseDuration } from '../../model/duration.ts';
import { CATALOGUE, EXIT, WeirError } from '../../model/errors.ts';
import { shownCommand } from '../../model/exec-hint.ts';
import { execPath } from '../../model/exec-run.ts';
import type { FlowDescription } from '../../model/flow-description.ts';
import { faultOfName } from '../../model/flow-name.ts';
import { packFile } from '../../runner/code-version.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { createInlineRunner } from '../inline-runner.ts';
import { folderGone, sayError } from '../output.ts';
import { RUNNER_ARGV, SPAWNER_ARGV } from '../roles.ts';
import { drive } from '../runs/drive.ts';
import { sayFault, settingsOf, withEngine } from '../session.ts';
import { documentOf, type ExecFlow } from './exec-flow.ts';
import { inputFor } from './exec-input.ts';
import { execTelling, OWN_FAILURE } from './exec-telling.ts';

interface ExecFlags extends GlobalFlags {
  readonly name?: string;
  readonly retries?: string;
  readonly retryDelay?: string;
  readonly timeout?: string;
  readonly cwd?: string;
  readonly envFile: readonly string[];
  readonly tag: readonly string[];
}

/** What a run keeps of its command; more than that no line of a crontab has. */
const LONGEST_COMMAND = 900_000;
/** Of the command, where runs are listed. */
const LONGEST_SHOWN = 200;

export async function exec([argv]: [string[]], flags: ExecFlags): Promise<number> {
  try {
    const flow = flowOf(argv, flags);
    return await execute(flow, execPath(folderOf(flags.cwd)), flags);
  } catch (error) {
    const code = sayError(error);
    // The command may end with any small number: what Weir itself fails with must not be taken for it.
    return error instanceof WeirError && CATALOGUE[error.code].exit === EXIT.usage ? code : OWN_FAILURE;
  }
}

async function execute(flow: ExecFlow, path: string, flags: ExecFlags): Promise<number> {
  const streams = { stdin: inputFor(flow.retries), stdout: flags.json ? 'stderr' : 'stdout' } as const;
  const early = createEarlyPool(
    {
      db: settingsOf(flags).db,
      role: 'run',
      spawnerArgv: SPAWNER_ARGV,
      runnerArgv: RUNNER_ARGV,
      makeInlineRunner: createInlineRunner,
      onFault: sayFault,
    },
    streams,
  );
  early.commands.warm();
  const describing = early.pool.describe(path, { keep: true, code: packFile(path, documentOf(flow)) });
  describing.catch(() => {});
  return withEngine(
    flags,
    'run',
    async (engine) => {
      const [description] = await describing;
      const assignment = await engine.queue.enqueueClaimed(begunRun(description as FlowDescription, flow, path, flags));
      const telling = execTelling(engine, assignment.runId, { ...flow, folder: dirname(path) });
      return drive(engine, assignment, { json: flags.json === true, telling });
    },
    early,
  );
}

function begunRun(description: FlowDescription, { argv, name }: ExecFlow, path: string, flags: ExecFlags) {
  const shown = shownCommand(argv);
  return {
    flow: name,
    name: shown.length > LONGEST_SHOWN ? `${shown.slice(0, LONGEST_SHOWN - 3)}...` : shown,
    deploymentId: null,
    path,
    entry: description.entry,
    codeHash: description.codeHash,
    code: description.code,
    version: null,
    options: description.options,
    params: encode({}, 'params'),
    tags: [...new Set(flags.tag)],
    trigger: 'cli',
    infrastructure: 'thread',
    idempotencyKey: null,
    scheduleId: null,
    slotAt: null,
    slotStartAt: null,
    slotCoversFrom: null,
  } as const;
}

/** Everything that was typed, checked before anything is done. */
function flowOf(argv: readonly string[], flags: ExecFlags): ExecFlow {
  if (argv.length === 0)
    throw new WeirError('usage', 'which command? it stands after --', { hint: 'weir exec -- ./backup.sh --full' });
  if (argv[0] === '') throw new WeirError('usage', 'the command is an empty text: it names no program');
  refuseUnreadable(argv);
  const name = flags.name ?? nameOfCommand(argv);
  refuseBadName(name);
  const retries = retriesOf(flags.retries);
  const retryDelays = (flags.retryDelay?.split(',') ?? []).map((delay) => duration('--retry-delay', delay.trim()));
  if (retries === 0 && retryDelays.length > 0)
    throw new WeirError('usage', '--retry-delay has no meaning without --retries', { hint: 'add --retries 3' });
  return {
    name,
    argv,
    retries,
    retryDelays,
    timeout: flags.timeout === undefined ? null : duration('--timeout', flags.timeout),
    envFiles: flags.envFile.map(envFile),
  };
}

/** What no flow may be called; found here, it is told of the flag. */
function refuseBadName(name: string): void {
  const fault = faultOfName('flow', name);
  if (fault === null) return;
  throw new WeirError('usage', `--name ${JSON.stringify(name.slice(0, 80))} ${fault.why}`, { hint: fault.hint });
}

function retriesOf(text = '0'): number {
  const retries = Number(text);
  if (/^\d+$/.test(text) && retries <= 1_000_000) return retries;
  throw new WeirError('usage', `--retries is "${text}"; it must be a whole number of 0 or more`);
}

/** As it was written: the flow is described with it. */
function duration(flag: string, text: string): string {
  try {
    parseDuration(text);
    return text;
  } catch (error) {
    const { message, hint } = error as WeirError;
    throw new WeirError('usage', `${flag}: ${message}`, hint === undefined ? {} : { hint });
  }
}

function envFile(file: string): string {
  const path = resolve(file);
  if (statSync(path, { throwIfNoEntry: false }) === undefined)
    throw new WeirError('usage', `--env-file ${file} does not exist: ${path}`);
  return path;
}

function folderOf(cwd = '.'): string {
  let folder: string;
  try {
    folder = resolve(cwd);
  } catch (cause) {
    throw folderGone(cause);
  }
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder;
  throw new WeirError('usage', `--cwd ${cwd} is no folder: ${folder}`);
}

/** Node gives arguments as text: bytes that are none are replaced, and another file would be meant. */
function refuseUnreadable(argv: readonly string[]): void {
  const size = argv.reduce((sum, argument) => sum + argument.length, 0);
  if (size > LONGEST_COMMAND)
    throw new WeirError('usage', `the command has ${size} characters; with a run ${LONGEST_COMMAND} can be kept`, {
      hint: 'put it into a script, or its arguments into a file',
    });
  const suspect = argv.find((argument) => argument.includes('\ufffd'));
  if (suspect === undefined || isText('/proc/self/cmdline')) return;
  throw new WeirError('usage', `the argument ${JSON.stringify(suspect)} is not UTF-8 text, and cannot be passed on`, {
    hint: 'put the command into a script, and run that: weir exec -- ./script.sh',
  });
}

function isText(path: string): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
    return true;
  } catch {
    return false;
  }
}
