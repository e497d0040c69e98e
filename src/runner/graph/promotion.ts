/**
 * `promote:`: registers a file as the candidate and lets the registry decide, as `models.promoteIfBetter` does; candidate
 * and production are evaluated by a command on the same data (evaluation.ts). Must never touch production itself.
 */

import { createReadStream, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { WeirError } from '../../model/errors.ts';
import { comparisonInWords } from '../../model/promotion.ts';
import type { ModelLabels, PromotionDecision } from '../../model/registered-model.ts';
import { openSha256 } from '../../model/sha256.ts';
import { compareAndPromote } from '../../sdk/models.ts';
import { Completed, type ReturnedState } from '../../sdk/states.ts';
import { scopes } from '../scope.ts';
import type { ShellCommand } from '../shell/shell-command.ts';
import type { YamlData, YamlTemplate, YamlWork } from '../yaml/yaml-flow.ts';
import type { TaskCallParts, Work } from './call-parts.ts';
import { givenOf, scriptCommand, sourcesOf } from './command.ts';
import { asData } from './contexts.ts';
import { evaluate, say } from './evaluation.ts';
import type { TaskResult } from './task-end.ts';

type Promote = Extract<YamlWork, { kind: 'promote' }>;

interface Promotion {
  readonly work: Promote;
  /** Absolute, as those of the data. */
  readonly file: string;
  readonly data: readonly string[];
  readonly labels: Pick<ModelLabels, 'params' | 'tags'>;
  readonly command: ShellCommand;
  readonly who: string;
}

export function promotionOf(parts: TaskCallParts, work: Promote): Work {
  const { yaml, path } = parts.place;
  const { contexts } = parts;
  const command = scriptCommand(parts, work.evaluate, work.isPosix);
  const who = `task "${parts.task.name}"`;
  const scope = scopes.getStore();
  const dir = scope === undefined ? dirname(path) : scope.line.contextOf(scope).dir;
  const folder = resolve(dir, command.cwd ?? '.');
  const pathOf = (key: string, template: YamlTemplate) => {
    const written = yaml.renderTemplate(template, contexts);
    if (written.trim() !== '') return resolve(folder, written);
    throw new WeirError('invalid-value', `promote.${key} of ${who} is empty: its expression gave nothing`, {
      hint: 'a task before it hands on a file by files: { model: model.pkl }; here file: ${{ tasks.NAME.files.model }}',
    });
  };
  const file = pathOf('file', work.file);
  const data = work.data.map((each) => pathOf('data', each));
  const labels = labelsOf(parts, work);
  const { model, metric, goal, margin, minimum } = work;
  return {
    kind: 'promote',
    given: { file, data, labels, command: givenOf(command) },
    run: () => promote({ work, file, data, labels, command, who }),
    code: JSON.stringify({ model, metric, goal, margin, minimum, evaluate: [work.evaluate.parts, command.shell] }),
    more: { runsCommands: true, sources: sourcesOf(parts.task, command) },
  };
}

/** Everything in it that may hold expressions. */
export function readersOfPromotion({ file, evaluate: script, data, params, tags }: Promote): readonly YamlData[] {
  return [...[file, script, ...data, ...Object.values(tags)].map(asData), ...Object.values(params ?? {})];
}

/** What it was made with: as the flow says it, else the run's own parameters, and which item it is. */
function labelsOf({ place, contexts, item, hasItem }: TaskCallParts, { params, tags }: Promote) {
  const { renderData, renderTemplate } = place.yaml;
  const given = Object.entries(params ?? {}).map(([name, value]) => [name, renderData(value, contexts)]);
  const ofRun = { ...(contexts.params as object), ...(hasItem ? { item } : {}) };
  return {
    params: params === null ? ofRun : (Object.fromEntries(given) as Record<string, unknown>),
    tags: Object.fromEntries(Object.entries(tags).map(([name, text]) => [name, renderTemplate(text, contexts)])),
  };
}

async function promote({ work, file, data, labels, command, who }: Promotion): Promise<ReturnedState> {
  const scope = scopes.getStore();
  if (!scope) throw new WeirError('internal', 'a promotion was run outside of its task');
  refuseMissing(file, 'the candidate', who);
  for (const each of data) refuseMissing(each, 'a file of data', who);
  const { model, metric, goal, margin, minimum } = work;
  let candidate: number | null = null;
  const decision = await compareAndPromote(
    model,
    { file },
    {
      ...labels,
      metric,
      goal,
      margin,
      ...(minimum === null ? {} : { minimum }),
      ...(data.length === 0 ? {} : { data: await hashOf(data) }),
      evaluate: (value, version) => {
        // The candidate comes first; production again and again while others promote meanwhile.
        candidate ??= version.version;
        return evaluate({ command, metric }, value, version, version.version === candidate);
      },
    },
  );
  const words = comparisonInWords(decision);
  say(scope, words);
  scope.line.report({ kind: 'metric', call: scope.call, name: metric, value: decision.candidateValue, at: Date.now() });
  return Completed(words, { result: resultOf(metric, decision) });
}

/** `${{ tasks.NAME.outputs.promoted }}`, in the words of `weir model promote-if-better --json`. */
function resultOf(metric: string, decision: PromotionDecision): TaskResult {
  const { promoted, candidate, candidateValue, production, productionValue, reason } = decision;
  return {
    outputs: {
      promoted,
      candidate,
      candidate_value: candidateValue,
      production,
      production_value: productionValue,
      reason,
    },
    files: {},
    metrics: { [metric]: candidateValue },
    result: promoted,
    finished_at: new Date().toISOString(),
  };
}

function refuseMissing(path: string, what: string, who: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) return;
  throw new WeirError('file-system', `${path}, ${what} of ${who}, is not a file; nothing was registered`, {
    hint: 'a task before it must make it: files: { model: model.pkl }, and here file: ${{ tasks.NAME.files.model }}',
  });
}

/** Of all bytes, one file after the other: the same as `cat FILES | sha256sum`. */
async function hashOf(paths: readonly string[]): Promise<string> {
  const hash = openSha256();
  for (const path of paths)
    for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) hash.update(piece);
  return `sha256:${hash.digest('hex')}`;
}
