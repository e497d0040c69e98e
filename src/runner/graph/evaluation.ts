/**
 * One evaluation of `promote:`: the flow's command is told a model by WEIR_MODEL and tells a figure, as for
 * `weir model promote-if-better`. It runs with everything that the task gives a command: folder, environment, shell.
 */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { WeirError } from '../../model/errors.ts';
import { toPlainJson } from '../../model/plain-json.ts';
import type { ModelVersion } from '../../model/registered-model.ts';
import { toldFigure } from '../../model/told-figure.ts';
import { type Scope, scopes } from '../scope.ts';
import { CommandFailed } from '../shell/shell.ts';
import type { ShellCommand } from '../shell/shell-command.ts';

export interface Evaluation {
  readonly command: ShellCommand;
  readonly metric: string;
}

/** `model` is `{ file }`, or a value that a flow registered. @throws what the command ended with; an unusable figure */
export async function evaluate(
  { command, metric }: Evaluation,
  model: unknown,
  version: ModelVersion,
  isCandidate: boolean,
): Promise<number> {
  const scope = scopes.getStore();
  const { callMaker } = scope?.line ?? {};
  if (!scope || !callMaker) throw new WeirError('internal', 'a promotion was run outside of its task');
  const which = `version ${version.version} of "${version.model}"`;
  say(scope, `evaluates ${which}, ${isCandidate ? 'the candidate' : 'which is in Production'}`);
  const folder = folderOf(scope, version);
  try {
    const metrics = join(folder, 'metrics');
    const extraEnv = {
      WEIR_MODEL: layOut(model, version, folder),
      WEIR_MODEL_NAME: version.model,
      WEIR_MODEL_VERSION: String(version.version),
      // Its own: what is no number must be seen as it was written, and none of it is a figure of the task's.
      WEIR_METRICS: metrics,
    };
    const { stdout } = await callMaker.command({ ...command, extraEnv }).catch(explain(which));
    return toldFigure({ metric, model: which, metrics: textIn(metrics), stdout });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A line in the task's log. */
export function say(scope: Scope, text: string): void {
  scope.line.report({ kind: 'log', call: scope.call, stream: 'log', level: 'info', at: Date.now(), text });
}

function folderOf(scope: Scope, { version }: ModelVersion): string {
  const { runDir } = scope.line.contextOf(scope);
  const folder = join(runDir, '.weir', `evaluation-${scope.call}.${scope.taskAttempt}-${version}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Under its own name, because what reads models often goes by the ending; a value as JSON. */
function layOut(model: unknown, { format, fileName }: ModelVersion, folder: string): string {
  const inner = join(folder, 'model');
  mkdirSync(inner);
  const path = join(inner, basename(fileName));
  if (format === 'value') writeFileSync(path, JSON.stringify(toPlainJson(model)));
  else symlinkSync((model as { readonly file: string }).file, path);
  return path;
}

/** Exit code and last lines stay what they are: `retry_on` goes by them, and whoever reads the failure. */
function explain(which: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof CommandFailed)) throw error;
    const { exit_code, signal, last_lines } = error.plain;
    const ending = `the evaluation of ${which} failed: ${error.message}; nothing was promoted`;
    throw new CommandFailed({ exitCode: exit_code, signal, lastLines: last_lines, ending });
  };
}

function textIn(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // it wrote none
    return '';
  }
}
