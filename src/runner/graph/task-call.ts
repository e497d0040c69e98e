/**
 * One call of a task of a graph: its description with everything evaluated, and what it is given, by which its result is
 * known again. Nothing is run here.
 */
import { constants } from 'node:os';
import { WeirError } from '../../model/errors.ts';
import { hashValue } from '../../model/identity.ts';
import type { TaskDefinition } from '../../sdk/task.ts';
import { CommandFailed } from '../shell/shell.ts';
import type { YamlData, YamlTask } from '../yaml/yaml-flow.ts';
import { cacheFilesHash } from './cache-files.ts';
import type { TaskCallParts, Work } from './call-parts.ts';
import { byContent, codeOfCommand, commandOf, givenOf, runCommand, sourcesOf, templatesOf } from './command.ts';
import { asData, expressionsOf, names } from './contexts.ts';
import { environmentOf } from './environment.ts';
import { listsOf } from './items.ts';
import { promotionOf, readersOfPromotion } from './promotion.ts';
import { subflowOf } from './subflow.ts';

export interface TaskCall {
  readonly definition: TaskDefinition;
  readonly args: readonly unknown[];
  /** Why it cannot be called: something that it names is not there, or is no value. */
  readonly refusal: unknown;
}

/** All of it but the environment. */
type Called = Omit<TaskCallParts, 'variables'>;

/** `isWithheld`: it will not run, so of it nothing is evaluated but what an item is called. */
export function taskCall(called: Called, isWithheld: boolean): TaskCall {
  const { task, upstream, item } = called;
  if (isWithheld) return unexecuted(called, null);
  try {
    const isNamed = namesEnvironment(task);
    const parts = { ...called, ...environmentOf(called.place, called.contexts, task.surroundings, isNamed) };
    const { contexts } = parts;
    const label = labelOf(parts);
    const { kind, given: evaluated, run, args, code, more } = workOf(parts);
    const given = byContent(evaluated, upstream);
    const handed = { given, item, params: contexts.params, upstream: upstream.content };
    const definition: TaskDefinition = {
      ...baseOf(task),
      ...more,
      kind,
      code,
      runName: label === null ? null : () => label,
      cache: cacheOf(parts, handed),
      run,
    };
    // What it is handed on besides its arguments counts as well, and that what it needs was executed again.
    const inputs = { ...handed, trace: upstream.trace };
    if (args === undefined) return { definition, args: [inputs], refusal: null };
    return { definition: { ...definition, key: () => hashValue(inputs) ?? '' }, args, refusal: null };
  } catch (error) {
    return unexecuted(called, error);
  }
}

function unexecuted(called: Called, refusal: unknown): TaskCall {
  const label = called.hasItem ? labelOfUnexecuted(called) : null;
  const definition = { ...baseOf(called.task), runName: label === null ? null : () => label, run: never };
  return { definition, args: [called.item], refusal };
}

/** Everything in it that may hold expressions. */
export function readersOf(task: YamlTask): readonly YamlData[] {
  const { condition, cache, label, work } = task;
  return [
    ...(condition === null ? [] : [asData({ parts: ['', ''], expressions: [condition] })]),
    ...listsOf(task),
    ...[label, cache?.key ?? null, ...(cache?.files ?? [])].filter((each) => each !== null).map(asData),
    ...templatesOf(task).map(asData),
    ...(work.kind === 'flow' ? Object.values(work.params) : []),
    ...(work.kind === 'promote' ? readersOfPromotion(work) : []),
  ];
}

function workOf(parts: TaskCallParts): Work {
  const { work } = parts.task;
  switch (work.kind) {
    case 'flow':
      return subflowOf(parts, work, parts.subflow());
    case 'promote':
      return promotionOf(parts, work);
    default: {
      const command = commandOf(parts, work);
      const code = codeOfCommand(parts.task, work);
      const sources = sourcesOf(parts.task, command);
      return { kind: 'shell', given: givenOf(command), run: () => runCommand(command), code, more: { sources } };
    }
  }
}

/** Asked for each of many items. */
const namers = new WeakMap<YamlTask, boolean>();

function namesEnvironment(task: YamlTask): boolean {
  const known = namers.get(task) ?? names(readersOf(task).flatMap(expressionsOf), 'env');
  namers.set(task, known);
  return known;
}

function baseOf(task: YamlTask): TaskDefinition {
  const { retryOn } = task;
  return {
    name: task.name,
    kind: task.work.kind === 'promote' ? 'promote' : 'shell',
    description: task.description,
    tags: task.tags,
    retry: task.retry,
    retryIf: retryOn === null ? null : (error) => retryOn.includes(codeOf(error)),
    timeoutMs: task.timeoutMs,
    cache: null,
    key: null,
    occupies: Object.keys(task.occupies).length === 0 ? null : task.occupies,
    runName: null,
    waitFor: [],
    hooks: {},
    code: '',
    version: null,
    run: never,
  };
}

/** As a shell would tell it: 128 and the signal's number. -1: it ended in no such way. */
function codeOf(error: unknown): number {
  if (!(error instanceof CommandFailed)) return -1;
  const { exitCode, plain } = error;
  if (exitCode !== null || plain.signal === null) return exitCode ?? -1;
  return 128 + (constants.signals[plain.signal as NodeJS.Signals] ?? 0);
}

function cacheOf({ task, place, contexts, item, hasItem }: TaskCallParts, given: object): TaskDefinition['cache'] {
  const { cache } = task;
  if (cache === null) return null;
  const { yaml } = place;
  const written = cache.key;
  // A key that does not name the item is the same for all of them, whose results are not. One that names a part of a
  // combination is the same for all that share this part.
  const isNamed = written !== null && task.forEach?.kind !== 'matrix' && names(written.expressions, 'item');
  const isOfAll = hasItem && written !== null && !isNamed;
  return {
    key: ({ dir }) => {
      const text = written === null ? hashValue(given) : yaml.renderTemplate(written, contexts);
      const key = isOfAll ? hashValue([text, item]) : text;
      if (key === null) throw new WeirError('internal', `what task "${task.name}" is given cannot be hashed`);
      const files = cache.files.map((file) => yaml.renderTemplate(file, contexts));
      return files.length === 0 ? key : `${key}\0${cacheFilesHash(dir, files)}`;
    },
    expiresMs: cache.expiresMs,
    refresh: cache.refresh,
  };
}

/** Items of which one cannot be called what the flow says are still told apart. */
function labelOfUnexecuted(called: Called): string | null {
  const { task, place, contexts } = called;
  try {
    const namesEnv = task.label !== null && names(task.label.expressions, 'env');
    return labelOf(namesEnv ? { ...called, ...environmentOf(place, contexts, task.surroundings, true) } : called);
  } catch {
    return itself(called);
  }
}

function labelOf(called: Called): string | null {
  const { task, place, contexts } = called;
  return task.label === null ? itself(called) : place.yaml.renderTemplate(task.label, contexts).slice(0, 200);
}

/** What tells one item from another where the flow does not say it, and one promotion from another. */
function itself({ task, item, hasItem }: Called): string | null {
  if (!hasItem) return task.work.kind === 'promote' ? task.work.model : null;
  if (typeof item !== 'object' || item === null) return String(item).slice(0, 80);
  if (Array.isArray(item)) return JSON.stringify(item).slice(0, 80);
  const members = Object.entries(item).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return members.join(' ').slice(0, 80);
}

function never(): never {
  throw new WeirError('internal', 'a task that is withheld was executed');
}
