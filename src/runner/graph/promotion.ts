/**
 * `promote:`: registers a file as the candidate and lets the registry decide, as `models.promoteIfBetter` does; candidate
 * and production are evaluated by a command on the same data.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { WeirError } from '../../model/errors.ts';
import type { ModelVersion } from '../../model/registered-model.ts';
import { compareAndPromote } from '../../sdk/models.ts';
import { scopes } from '../scope.ts';
import type { ShellCommand } from '../shell-command.ts';
import type { YamlWork } from '../yaml/yaml-flow.ts';
import type { TaskCallParts, Work } from './call-parts.ts';
import { scriptCommand, sourcesOf } from './command.ts';
import type { TaskResult } from './task-end.ts';

type Promote = Extract<YamlWork, { kind: 'promote' }>;

export function promotionOf(parts: TaskCallParts, work: Promote): Work {
  const { yaml, path } = parts.place;
  const { contexts } = parts;
  const command = scriptCommand(parts, work.evaluate);
  const folder = resolve(dirname(path), command.cwd ?? '.');
  const file = resolve(folder, yaml.renderTemplate(work.file, contexts));
  const data = work.data.map((each) => resolve(folder, yaml.renderTemplate(each, contexts)));
  const { model, metric, goal, margin, minimum } = work;
  return {
    kind: 'promote',
    given: { file, data },
    run: () => promote({ work, file, data, command, who: `task "${parts.task.name}"` }),
    code: JSON.stringify({ model, metric, goal, margin, minimum, evaluate: work.evaluate }),
    more: { sources: sourcesOf(parts.task, command) },
  };
}

interface Promotion {
  readonly work: Promote;
  readonly file: string;
  readonly data: readonly string[];
  readonly command: ShellCommand;
  readonly who: string;
}

async function promote({ work, file, data, command, who }: Promotion): Promise<TaskResult> {
  refuseMissing(file, 'the candidate', who);
  for (const each of data) refuseMissing(each, 'a file of data', who);
  const { model, metric, goal, margin, minimum } = work;
  const decision = await compareAndPromote(
    model,
    { file },
    {
      metric,
      goal,
      margin,
      ...(minimum === null ? {} : { minimum }),
      ...(data.length === 0 ? {} : { data: await contentsOf(data) }),
      evaluate: (candidate, version) => evaluate(command, candidate.file, metric, version),
    },
  );
  const { promoted, candidateValue } = decision;
  return {
    outputs: { ...decision },
    files: {},
    metrics: { [metric]: candidateValue },
    result: promoted,
    finished_at: new Date().toISOString(),
  };
}

/** The figure that the command writes to WEIR_METRICS, else prints as its last line. */
async function evaluate(command: ShellCommand, file: string, metric: string, version: ModelVersion): Promise<number> {
  const { callMaker } = scopes.getStore()?.line ?? {};
  if (!callMaker) throw new WeirError('internal', 'a promotion was run outside of its task');
  const { path, remove } = underItsName(file, version);
  try {
    const extraEnv = {
      WEIR_MODEL: path,
      WEIR_MODEL_NAME: version.model,
      WEIR_MODEL_VERSION: String(version.version),
    };
    const { metrics, stdout } = await callMaker.command({ ...command, extraEnv, keepsMetrics: false });
    const told = metrics[metric] ?? figureIn(stdout);
    if (told !== undefined) return told;
    throw new WeirError('evaluation-failed', `the evaluation told no figure for ${metric}`, {
      hint: `print ${metric} as the last line, or write ${metric}=VALUE to the file $WEIR_METRICS; nothing was promoted`,
    });
  } finally {
    remove();
  }
}

/** What reads models often goes by the ending of a name, and kept contents have none. */
function underItsName(file: string, { version, fileName }: ModelVersion) {
  if (basename(file) === fileName) return { path: file, remove: () => {} };
  const scope = scopes.getStore();
  const runDir = scope?.line.contextOf(scope).runDir ?? dirname(file);
  const folder = join(runDir, 'models', `${version}`);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, basename(fileName));
  rmSync(path, { force: true });
  symlinkSync(file, path);
  return { path, remove: () => rmSync(path, { force: true }) };
}

function figureIn(stdout: string): number | undefined {
  const last = stdout.trimEnd().split('\n').at(-1)?.trim() ?? '';
  return last === '' || Number.isNaN(Number(last)) ? undefined : Number(last);
}

function refuseMissing(path: string, what: string, who: string): void {
  if (existsSync(path) && statSync(path).isFile()) return;
  throw new WeirError('file-system', `${path}, ${what} of ${who}, is not a file`, {
    hint: 'a task before it must make it: files: { model: model.pkl }, and here file: ${{ tasks.NAME.files.model }}',
  });
}

async function contentsOf(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) {
    const each = createHash('sha256');
    await pipeline(createReadStream(path), each);
    hash.update(each.digest());
  }
  return `sha256:${hash.digest('hex')}`;
}
