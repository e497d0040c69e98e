/**
 * One evaluation for `promote-if-better`: the user's command is told the model by `WEIR_MODEL` and tells a figure, on
 * the last line of its output that is a number, or in the file that `WEIR_METRICS` names.
 * Must never give a figure that is no finite number.
 */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../engine/engine.ts';
import { modelValueJson, versionInWords } from '../../engine/tell/model-content.ts';
import { signalInWords } from '../../model/command-end.ts';
import { WeirError } from '../../model/errors.ts';
import { decodeLines } from '../../model/output-lines.ts';
import type { ModelVersion } from '../../model/registered-model.ts';
import { toldFigure } from '../../model/told-figure.ts';
import { colors, say } from '../output.ts';

const GRACE_MS = 10_000;

/** As for the shell tasks of a flow: bash where there is one, because it notices a failure inside a pipe. */
const BASH = ['bash', '-eo', 'pipefail', '-c'];
const SH = ['sh', '-e', '-c'];

export interface Evaluation {
  readonly engine: Engine;
  /** A line of shell. */
  readonly command: string;
  readonly metric: string;
  /** Ends the command and all it started. */
  readonly signal: AbortSignal;
}

/** @throws WeirError `evaluation-failed` when the command fails, or tells no finite figure */
export async function evaluate(evaluation: Evaluation, version: ModelVersion): Promise<number> {
  const { engine, metric } = evaluation;
  const folder = mkdtempSync(join(tmpdir(), 'weir-evaluate-'));
  try {
    const metrics = join(folder, 'metrics');
    const model = await layOut(engine, version, folder);
    const { stdout } = await run(evaluation, version, { WEIR_MODEL: model, WEIR_METRICS: metrics });
    return toldFigure({ metric, model: versionInWords(version), metrics: textIn(metrics), stdout });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Under its own name, because what reads models often goes by the ending; a value as JSON. */
async function layOut(engine: Engine, version: ModelVersion, folder: string): Promise<string> {
  const path = join(mkdtempSync(join(folder, 'model-')), version.fileName);
  if (version.format === 'value') writeFileSync(path, modelValueJson(engine.store, version));
  else symlinkSync(await engine.store.content.verifiedPath(version.contentHash, versionInWords(version)), path);
  return path;
}

async function run(
  { engine, command, signal }: Evaluation,
  version: ModelVersion,
  variables: Readonly<Record<string, string>>,
): Promise<{ stdout: string }> {
  const tell = (lines: string) => {
    for (const line of lines.split('\n')) say(`  ${colors.dim(`version ${version.version}:`)} ${line}`);
  };
  const env: Record<string, string> = {
    ...inherited(),
    ...variables,
    WEIR_DB: engine.store.path,
    WEIR_MODEL_NAME: version.model,
    WEIR_MODEL_VERSION: String(version.version),
    PYTHONUNBUFFERED: '1',
  };
  const runBy = (shell: readonly string[]) =>
    engine.commands.run(
      { argv: [...shell, command], cwd: process.cwd(), env, stderr: 'separate', graceMs: GRACE_MS, output: 'log' },
      { onLines: ({ data }) => tell(decodeLines(data.subarray(0, -1))), signal },
    );
  const end = await runBy(BASH).catch((error: unknown) => {
    if (error instanceof WeirError && error.code === 'not-found') return runBy(SH);
    throw error;
  });
  if (end.exitCode === 0) return { stdout: new TextDecoder().decode(end.stdout) };
  throw new WeirError(
    'evaluation-failed',
    `the evaluation of ${versionInWords(version)} failed: ${signalInWords(end)}`,
    {
      hint: `nothing was promoted; the command was: ${command}`,
    },
  );
}

function inherited(): Record<string, string> {
  const env: Record<string, string> = { PATH: '/usr/local/bin:/usr/bin:/bin' };
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;
  return env;
}

/** Empty when there is none. */
function textIn(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
