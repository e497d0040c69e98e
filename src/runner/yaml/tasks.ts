/** One task of a YAML flow, from its tree: what it does, when, how often, with what. Needs are judged in graph.ts. */

import type { WeirError } from '../../model/errors.ts';
import { refuseTooMany } from '../../model/matrix.ts';
import type { TriggerRule } from '../../model/trigger.ts';
import { onlyExpression } from './expression.ts';
import type { ExpressionPlace, Reading } from './reading.ts';
import {
  innermost,
  type Layer,
  listOf,
  mergeLayers,
  readLayer,
  retryOf,
  scalarsOf,
  type Values,
} from './surroundings.ts';
import { entryOf } from './told.ts';
import type { Entry, MapTree, ScalarTree, Tree } from './tree.ts';
import { readWork, taskNamed } from './work.ts';
import type { YamlCache, YamlData, YamlExpression, YamlForEach, YamlTask, YamlTemplate } from './yaml-flow.ts';

/** What stands around every task. */
export interface TaskSurroundings {
  readonly flow: Layer;
  readonly defaults: Layer;
  readonly reading: Reading;
}

/** Null when something about it is wrong that has been told. */
export function readTask(
  entry: Entry,
  tree: MapTree,
  values: Values,
  around: TaskSurroundings,
): Omit<YamlTask, 'needs'> | null {
  const { reading, flow, defaults } = around;
  const { problems } = reading;
  const { name } = entry;
  const place: ExpressionPlace = { who: taskNamed(name), contexts: ALL, task: name };
  const own = readLayer(tree, values, place, reading);
  const tasks = [defaults, own];
  const shell = innermost<string>([flow, ...tasks], 'shell');
  const forEach = readForEach(tree, values, { ...place, isInItem: false }, reading);
  if (entryOf(tree, 'for_each') === undefined) refuseWithoutItems(tree, reading);
  if (values.when !== undefined && entryOf(tree, 'needs') === undefined)
    problems.warning(
      entryOf(tree, 'when')?.key ?? tree,
      `when has no effect on ${place.who}, which needs nothing`,
      'add needs: TASK, or leave it out',
    );
  const template = (key: string) => textTemplate(entryOf(tree, key)?.value, values[key], place, reading);
  const work = readWork(tree, values, shell, place, reading);
  const files = entryOf(tree, 'files')?.value;
  const task = {
    name,
    at: problems.placeOf(entry.key.start),
    description: String(values.description ?? ''),
    label: template('name'),
    trigger: (values.when ?? 'all_success') as TriggerRule,
    condition: readCondition(entryOf(tree, 'if')?.value, values.if, place, reading),
    forEach,
    maxConcurrency: innermost<number>(tasks, 'max_concurrency'),
    failFast: innermost<boolean>(tasks, 'fail_fast') ?? false,
    continueOnFailure: innermost<boolean>(tasks, 'continue_on_failure') ?? false,
    retry: retryOf(tasks, tree, reading),
    retryOn: retryOn(innermost(tasks, 'retry_on')),
    timeoutMs: innermost<number>(tasks, 'timeout'),
    cache: readCache(tree, values, place, reading),
    code: listOf(values.code),
    files: templates(files, (values.files ?? {}) as Values, place, reading),
    surroundings: mergeLayers([flow, ...tasks]),
    tags: [...new Set(tasks.flatMap((layer) => listOf(layer.values.tags)))],
    occupies: innermost<Record<string, number>>(tasks, 'occupies') ?? {},
  };
  return work === null ? null : { ...task, work };
}

/** Everything that may be named in a task. */
const ALL = ['params', 'item', 'slot', 'run', 'env', 'variables', 'tasks'] as const;

function refuseWithoutItems(tree: MapTree, { problems }: Reading): void {
  for (const key of ['max_concurrency', 'fail_fast']) {
    const entry = entryOf(tree, key);
    if (entry !== undefined)
      problems.error(
        entry.key,
        `${key} is about the items of a for_each, and there is none`,
        key === 'max_concurrency' ? 'for all tasks of the flow it stands at its top level' : 'leave it out',
      );
  }
}

function readForEach(tree: MapTree, values: Values, place: ExpressionPlace, reading: Reading): YamlForEach | null {
  const written = entryOf(tree, 'for_each')?.value;
  if (written === undefined || values.for_each === undefined) return null;
  if (written.kind !== 'map') {
    const items = itemsOf(written, 'for_each', place, reading);
    return items === null ? null : { kind: 'items', items };
  }
  const matrix = entryOf(written, 'matrix')?.value;
  if (matrix?.kind !== 'map') return null;
  refuseCombinations(matrix, reading);
  const dimensions = matrix.entries.map(({ name, value }): [string, YamlData | null] => [
    name,
    itemsOf(value, `for_each.matrix.${name}`, place, reading),
  ]);
  const right = dimensions.filter((each): each is [string, YamlData] => each[1] !== null);
  const count = right.reduce((product, [, data]) => product * lengthOf(data), 1);
  try {
    refuseTooMany(count);
  } catch (error) {
    const { message, hint } = error as WeirError;
    reading.problems.error(matrix.entries[0]?.key ?? matrix, message, hint ?? null);
  }
  return right.length < dimensions.length ? null : { kind: 'matrix', dimensions: Object.fromEntries(right) };
}

/** GitHub's `include` and `exclude` would silently be dimensions like any other, and multiply what they should change. */
function refuseCombinations({ entries }: MapTree, { problems }: Reading): void {
  for (const { name, key, value } of entries)
    if ((name === 'include' || name === 'exclude') && value.kind === 'list' && value.items.some(isMap))
      problems.error(
        key,
        `${name} of a matrix is a dimension here as any other, and changes no combination of the others`,
        name === 'exclude'
          ? 'leave combinations out by a condition: if: ${{ !(item.lr == 0.1 && item.depth == 3) }}'
          : 'write the combinations as a list instead: for_each: [{ lr: 0.1, depth: 3 }, { lr: 1, depth: 5 }]',
      );
}

function isMap({ kind }: Tree): boolean {
  return kind === 'map';
}

/** A list as written, or one expression that gives one. */
function itemsOf(tree: Tree, path: string, place: ExpressionPlace, reading: Reading): YamlData | null {
  if (tree.kind === 'list') {
    if (tree.items.length === 0) reading.problems.warning(tree, `${path} is an empty list: nothing will run`);
    return reading.data(tree, place);
  }
  if (tree.kind !== 'scalar' || tree.value === null) return null;
  const { template, isBroken } = reading.found(tree, place);
  if (isBroken) return null;
  if (onlyExpression(template) !== null) return { kind: 'template', template };
  const text = String(tree.value).trim();
  const looksLike = /^[a-z]+(\.\w+)+$/i.test(text) ? `\${{ ${text} }}` : '${{ params.alphas }}, or [a, b]';
  reading.problems.error(tree, `${path} must be a list, or one expression that gives a list`, `such as ${looksLike}`);
  return null;
}

function lengthOf(data: YamlData): number {
  if (data.kind === 'list') return data.items.length;
  return data.kind === 'plain' && Array.isArray(data.value) ? data.value.length : 1;
}

/** GitHub takes text around an expression for true; that trap is refused. */
function readCondition(
  tree: Tree | undefined,
  value: unknown,
  place: ExpressionPlace,
  reading: Reading,
): YamlExpression | null {
  if (tree?.kind !== 'scalar' || value === undefined) return null;
  if (typeof value === 'boolean') return { text: String(value), at: reading.problems.placeOf(tree.start), reads: [] };
  if (!String(value).includes('${{')) return reading.bare(tree, place);
  const { template, isBroken } = reading.found(tree, place);
  const only = onlyExpression(template);
  if (only === null && !isBroken)
    reading.problems.error(
      tree,
      'a condition is one expression: with text around it, it would always be true',
      `write all of it inside: \${{ ... }}`,
    );
  return only;
}

function readCache(tree: MapTree, values: Values, place: ExpressionPlace, reading: Reading): YamlCache | null {
  if (values.cache === undefined) return null;
  const { key, expires, refresh } = values.cache as { key?: string; expires?: number; refresh?: boolean };
  const cache = entryOf(tree, 'cache')?.value;
  const written = entryOf(cache, 'key')?.value;
  return {
    key: key === 'inputs' ? null : textTemplate(written, key, place, reading),
    files: scalarsOf(entryOf(cache, 'files')?.value).map((file) => reading.template(file, place)),
    expiresMs: expires ?? null,
    refresh: refresh ?? false,
  };
}

function textTemplate(
  tree: Tree | undefined,
  value: unknown,
  place: ExpressionPlace,
  reading: Reading,
): YamlTemplate | null {
  return value === undefined || tree?.kind !== 'scalar' ? null : reading.template(tree as ScalarTree, place);
}

function templates(
  tree: Tree | undefined,
  values: Values,
  place: ExpressionPlace,
  reading: Reading,
): Record<string, YamlTemplate> {
  const entries = (tree?.kind === 'map' ? tree.entries : []).flatMap(({ name, value }): [string, YamlTemplate][] =>
    name in values && value.kind === 'scalar' ? [[name, reading.template(value, place)]] : [],
  );
  return Object.fromEntries(entries);
}

function retryOn(value: unknown): number[] | null {
  if (value === null || value === undefined) return null;
  return (Array.isArray(value) ? value : [value]) as number[];
}
