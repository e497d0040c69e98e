/**
 * Where and with what commands run, layer by layer: the flow says it for all, `defaults` for all tasks, a task or handler
 * for itself. Lists add up, variables of a later layer win, of everything else the innermost word counts.
 */

import type { WeirError } from '../../model/errors.ts';
import { exponential, type RetryDelayInput, type RetryPolicy, resolveRetryPolicy } from '../../model/retry.ts';
import type { ExpressionPlace, Reading } from './reading.ts';
import { judgeShell } from './script.ts';
import { entryOf } from './told.ts';
import type { ScalarTree, Tree } from './tree.ts';
import type { YamlSurroundings, YamlTemplate } from './yaml-flow.ts';

/** Values as the table read them: present only when right. */
export type Values = Readonly<Record<string, unknown>>;

/** What one layer says; what it leaves out is absent. */
export interface Layer {
  readonly values: Values;
  readonly env: readonly (readonly [string, YamlTemplate])[];
  readonly workingDir: YamlTemplate | null;
}

/** One layer, its expressions read and its shell judged. */
export function readLayer(tree: Tree | undefined, values: Values, place: ExpressionPlace, reading: Reading): Layer {
  const env = entryOf(tree, 'env')?.value;
  const known = (values.env ?? {}) as Values;
  const variables = (env?.kind === 'map' ? env.entries : []).flatMap(({ name, value }): [string, YamlTemplate][] =>
    name in known && value.kind === 'scalar' ? [[name, reading.template(value, place)]] : [],
  );
  const shell = entryOf(tree, 'shell')?.value;
  if (typeof values.shell === 'string' && shell !== undefined) judgeShell(values.shell, shell, reading.problems);
  const folder = entryOf(tree, 'working_dir')?.value;
  const workingDir =
    values.working_dir !== undefined && folder?.kind === 'scalar' ? reading.template(folder, place) : null;
  return { values, env: variables, workingDir };
}

/** Of the flow's layer and those inside it, outermost first. */
export function mergeLayers(layers: readonly Layer[]): YamlSurroundings {
  const [flow] = layers;
  const together = (key: string) => [...new Set(layers.flatMap(({ values }) => listOf(values[key])))];
  return {
    envFiles: together('env_file'),
    inheritEnv: (flow?.values.inherit_env ?? 'all') as YamlSurroundings['inheritEnv'],
    env: layers.flatMap(({ env }) => env),
    secrets: together('secrets'),
    venv: (flow?.values.venv ?? null) as string | null,
    conda: (flow?.values.conda ?? null) as string | null,
    shell: innermost<string>(layers, 'shell'),
    workingDir: layers.map(({ workingDir }) => workingDir).findLast((each) => each !== null) ?? null,
  };
}

/** The innermost value of a key; null when no layer has it. */
export function innermost<Value>(layers: readonly { readonly values: Values }[], key: string): Value | null {
  return (layers.findLast(({ values }) => values[key] !== undefined)?.values[key] ?? null) as Value | null;
}

/** `retries`, `retry_delay`, `retry_jitter`, each from the innermost layer that has it. */
export function retryOf(
  layers: readonly { readonly values: Values }[],
  tree: Tree | undefined,
  reading: Reading,
): RetryPolicy {
  const retries = innermost<number>(layers, 'retries') ?? 0;
  const delay = innermost<number | number[] | { exponential: number; factor?: number; max?: number }>(
    layers,
    'retry_delay',
  );
  const own = entryOf(tree, 'retry_delay');
  if (own !== undefined && retries === 0)
    reading.problems.warning(own.key, 'retry_delay has no effect without retries', 'add retries: 3');
  const jitter = innermost<number>(layers, 'retry_jitter') ?? 0;
  try {
    return resolveRetryPolicy({
      retries,
      retryJitter: jitter,
      ...(delay === null ? {} : { retryDelay: delayOf(delay) }),
    });
  } catch (error) {
    if (own !== undefined)
      reading.problems.error(
        own.key,
        (error as WeirError).message,
        'such as retry_delay: { exponential: 10s, max: 1h }',
      );
    return resolveRetryPolicy({});
  }
}

/** Scalars of a field that is one or a list: those that can hold expressions. */
export function scalarsOf(tree: Tree | undefined): ScalarTree[] {
  const trees = tree === undefined ? [] : tree.kind === 'list' ? tree.items : [tree];
  return trees.flatMap((each) => (each.kind === 'scalar' && each.value !== null ? [each] : []));
}

/** Texts of a field that is one or a list, wherever a layer has them. */
export function listOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

function delayOf(delay: number | number[] | { exponential: number; factor?: number; max?: number }): RetryDelayInput {
  if (typeof delay !== 'object' || Array.isArray(delay)) return delay;
  const { exponential: base, ...options } = delay;
  return exponential(base, options);
}
