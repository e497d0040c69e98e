/**
 * A YAML file to its flow, validated whole: all that is wrong with it is told at once, and only what is right in every
 * respect becomes a flow. Touches nothing but the bytes it is given: no files, no clock, no environment.
 */
import { basename } from 'node:path';
import type { WeirError } from '../../model/errors.ts';
import { kebabCase } from '../../model/flow-name.ts';
import type { HostKind } from '../../model/message.ts';
import { runOrder } from '../../model/needs.ts';
import { parseZone } from '../../model/zone.ts';
import { parseTree, readText } from './document.ts';
import { FLOW_SHAPE } from './format.ts';
import { judgeExpressions, judgeLimits, readNeeds, refuseTwinTasks } from './graph.ts';
import { paramsSchemaOf, plainOf, readParams } from './params.ts';
import { Problems, type Span, type YamlProblem } from './problem.ts';
import { readObject } from './read.ts';
import { type ExpressionPlace, Reading } from './reading.ts';
import { readSchedules } from './schedules.ts';
import { type Layer, listOf, mergeLayers, readLayer, retryOf, type Values } from './surroundings.ts';
import { readTask } from './tasks.ts';
import { asHint, entryOf, shorten, shown } from './told.ts';
import type { Entry, MapTree, Tree } from './tree.ts';
import { readWork } from './work.ts';
import type { YamlFlow, YamlHandler, YamlTask } from './yaml-flow.ts';

export interface ParseOptions {
  /** Of the file; its name is the flow's unless that has one. */
  readonly path: string;
  /** Capacities declared outside of the flow. null: nobody knows, so an undeclared limit is no error. */
  readonly limits?: ReadonlyMap<string, number> | null;
}

export interface ParsedYaml {
  /** null when there are errors. */
  readonly flow: YamlFlow | null;
  /** Errors and warnings, sorted by place. */
  readonly problems: readonly YamlProblem[];
  /** Adds what is found wrong later (a file that is missing), at the value of a key such as `('tasks', 'train', 'shell')`. */
  readonly complain: (
    severity: YamlProblem['severity'],
    path: readonly string[],
    message: string,
    hint: string | null,
  ) => void;
}

const HANDLERS = ['on_completion', 'on_failure', 'on_cancellation'] as const;
const FLOW_PLACE = {
  who: 'the environment of the flow',
  contexts: ['params', 'slot', 'run', 'env', 'variables'],
} as const;

/** Reads and judges the bytes of a YAML flow file. Never throws for what stands in the file. */
export function parseYamlFlow(bytes: Uint8Array | string, options: ParseOptions): ParsedYaml {
  const { text, refusal } = readText(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes);
  const problems = new Problems(text);
  let tree: Tree | null = null;
  let flow: YamlFlow | null = null;
  if (refusal === null) ({ tree, flow } = parseText(text, options, problems));
  else {
    const at = Math.max(0, text.indexOf('\uFFFD'));
    problems.error(
      { start: at, end: at + 1 },
      refusal,
      refusal.includes('UTF') ? 'save it as UTF-8' : 'split it into several flows',
    );
  }
  return {
    flow: problems.hasErrors ? null : flow,
    get problems() {
      return problems.all;
    },
    complain: (severity, path, message, hint) => problems[severity](spanAt(tree, path), message, hint),
  };
}

function parseText(
  text: string,
  options: ParseOptions,
  problems: Problems,
): { tree: Tree | null; flow: YamlFlow | null } {
  // A byte order mark is no part of the text, but of its offsets.
  const { tree, brokenAt } = parseTree(text, problems);
  if (tree === null) return { tree, flow: null };
  if (tree.kind !== 'map') {
    if (brokenAt === null)
      problems.error(
        { start: tree.start, end: tree.start + 1 },
        `the file holds ${shown(tree)}; a flow is an object (key: value)`,
        'a flow has at least: tasks: { hello: { run: echo hello } }',
      );
    return { tree, flow: null };
  }
  if (brokenAt !== null) {
    readBeforeBreak(tree, text, problems.placeOf(brokenAt).line, problems);
    return { tree, flow: null };
  }
  return { tree, flow: readFlow(tree, text, options, problems) };
}

/**
 * Behind a broken place nothing is what it seems to be, and what seems to be missing may stand there: only what is wrong
 * by itself in the lines before is told, so that one mistake is not told many times.
 */
function readBeforeBreak(tree: MapTree, text: string, brokenLine: number, problems: Problems): void {
  const all = new Problems(text);
  readObject(tree, FLOW_SHAPE, '', all);
  for (const problem of all.all)
    if (problem.line < brokenLine && !/ has no | is empty$/.test(problem.message)) problems.take(problem);
}

function readFlow(
  tree: MapTree,
  text: string,
  { path, limits = null }: ParseOptions,
  problems: Problems,
): YamlFlow | null {
  const values: Values = readObject(tree, FLOW_SHAPE, '', problems);
  const reading = new Reading(text, problems);
  const flow = readLayer(tree, values, FLOW_PLACE, reading);
  const defaultsTree = entryOf(tree, 'defaults')?.value;
  const defaultsPlace = { ...FLOW_PLACE, who: 'defaults' };
  const defaults = readLayer(defaultsTree, (values.defaults ?? {}) as Values, defaultsPlace, reading);
  const paramsTree = entryOf(tree, 'params')?.value;
  const rightParams = new Set(Object.keys((values.params ?? {}) as object));
  const params =
    paramsTree?.kind === 'map'
      ? readParams({ ...paramsTree, entries: paramsTree.entries.filter((each) => rightParams.has(each.name)) }, reading)
      : [];
  const tasksTree = entryOf(tree, 'tasks')?.value;
  const entries = tasksTree?.kind === 'map' ? tasksTree.entries : [];
  const taskValues = (values.tasks ?? {}) as Readonly<Record<string, Values>>;
  const tasks = entries.flatMap((entry) => taskOf(entry, taskValues, { flow, defaults, reading }));
  const { needs, meant } = readNeeds(entries, problems);
  refuseTwinTasks(entries, problems);
  const handlers = HANDLERS.flatMap((name) => handlerOf(name, tree, values, flow, reading));
  const paramNames = paramsTree?.kind === 'map' ? paramsTree.entries.map((each) => each.name) : [];
  judgeExpressions(reading, entries, paramNames, meant);
  judgeLimits(tree, entries, (values.concurrency_limits ?? {}) as Values, limits, problems);
  const schedules = readSchedules(entryOf(tree, 'schedule')?.value, rightZone(tree, values, problems), problems);
  judgeRest(tree, values, problems);
  const retry = retryOf([flow], tree, reading);
  const order = runOrder(needs);
  if (problems.hasErrors || order === null) return null;
  const byName = new Map(tasks.map((task) => [task.name, task]));
  return {
    name: nameOf(values, path, problems),
    description: String(values.description ?? ''),
    schedules,
    params,
    paramsSchema: paramsSchemaOf(params, writtenDefaults(paramsTree)),
    surroundings: mergeLayers([flow]),
    tags: listOf(values.tags),
    queue: (values.queue ?? null) as string | null,
    infrastructure: (values.infrastructure ?? null) as HostKind | null,
    maxConcurrency: (values.max_concurrency ?? null) as number | null,
    retry,
    crashRetries: (values.crash_retries ?? null) as number | null,
    timeoutMs: (values.timeout ?? null) as number | null,
    concurrency: (values.concurrency ?? null) as number | null,
    pauseAfterFailures: (values.pause_after_failures ?? null) as number | null,
    concurrencyLimits: (values.concurrency_limits ?? {}) as Record<string, number>,
    tasks: order.flatMap((name): YamlTask[] => {
      const task = byName.get(name);
      return task === undefined ? [] : [{ ...task, needs: needs.get(name) ?? [] }];
    }),
    handlers: Object.fromEntries(handlers),
    notify: listOf(values.notify),
  };
}

function taskOf(
  entry: Entry,
  values: Readonly<Record<string, Values>>,
  around: { flow: Layer; defaults: Layer; reading: Reading },
) {
  const own = Object.hasOwn(values, entry.name) ? values[entry.name] : undefined;
  if (own === undefined || entry.value.kind !== 'map') return [];
  if (entry.value.entries.length === 0) {
    around.reading.problems.error(
      entry.key,
      `task "${shorten(entry.name)}" has nothing to do`,
      'give it run: COMMAND, flow: FILE or promote: { ... }',
    );
    return [];
  }
  const task = readTask(entry, entry.value, own, around);
  return task === null ? [] : [task];
}

function handlerOf(
  name: (typeof HANDLERS)[number],
  tree: MapTree,
  values: Values,
  flow: Layer,
  reading: Reading,
): [string, YamlHandler][] {
  const entry = entryOf(tree, name);
  const own = values[name] as Values | undefined;
  if (own === undefined || entry?.value.kind !== 'map') return [];
  const place: ExpressionPlace = { who: name, contexts: ['params', 'slot', 'run', 'env', 'variables', 'tasks'] };
  const layers = [flow, readLayer(entry.value, own, place, reading)];
  const surroundings = mergeLayers(layers);
  if (own.run === undefined) return [];
  const work = readWork(entry.value, own, surroundings.shell, place, reading);
  if (work === null || work.kind === 'flow' || work.kind === 'promote') return [];
  const retry = retryOf(layers.slice(1), entry.value, reading);
  return [
    [
      name,
      {
        at: reading.problems.placeOf(entry.key.start),
        work,
        surroundings,
        retry,
        timeoutMs: (own.timeout ?? null) as number | null,
      },
    ],
  ];
}

/** A zone that is none is told once, here, and not again by every schedule. */
function rightZone(tree: MapTree, values: Values, problems: Problems): Values {
  if (values.timezone === undefined) return values;
  try {
    parseZone(String(values.timezone), 'timezone');
    return values;
  } catch (error) {
    const { message, hint } = error as WeirError;
    problems.error(entryOf(tree, 'timezone')?.value ?? tree, message.replace(/\.$/, ''), asHint(hint));
    return { ...values, timezone: undefined };
  }
}

function judgeRest(tree: MapTree, values: Values, problems: Problems): void {
  const conda = entryOf(tree, 'conda');
  if (values.venv !== undefined && values.conda !== undefined && conda !== undefined)
    problems.error(conda.key, 'a flow has venv or conda, not both', 'keep one of them');
  for (const key of ['notify', 'queue']) {
    const entry = entryOf(tree, key);
    if (entry !== undefined && values[key] !== undefined)
      problems.warning(entry.key, `${key} is understood, but this version of Weir does not act on it yet`, null);
  }
  if (entryOf(tree, 'schedule') !== undefined) return;
  for (const key of ['catchup', 'catchup_window', 'overlap', 'timezone']) {
    const entry = entryOf(tree, key);
    if (entry !== undefined)
      problems.warning(
        entry.key,
        `${key} has no effect without a schedule`,
        'add schedule: "0 2 * * *", or leave it out',
      );
  }
}

function nameOf(values: Values, path: string, problems: Problems): string {
  if (values.name !== undefined) return String(values.name);
  const name = kebabCase(basename(path).replace(/\.[^.]+$/, ''));
  const bad = /[/%&<>]/.exec(name)?.[0];
  if (bad !== undefined || name === '')
    problems.error(
      { start: 0, end: 1 },
      `the flow has no name, and that of its file ${bad === undefined ? 'gives none' : `holds "${bad}"`}`,
      'add name: my-flow',
    );
  return name;
}

function writtenDefaults(tree: Tree | undefined): ReadonlyMap<string, unknown> {
  const written = new Map<string, unknown>();
  for (const { name, value } of tree?.kind === 'map' ? tree.entries : []) {
    const fallback = entryOf(value, 'default')?.value;
    if (fallback !== undefined) written.set(name, plainOf(fallback));
  }
  return written;
}

/** The value of the deepest key of the path that stands in the file. */
function spanAt(tree: Tree | null, path: readonly string[]): Span {
  let span: Span = { start: tree?.start ?? 0, end: (tree?.start ?? 0) + 1 };
  for (let depth = 1; depth <= path.length; depth++) {
    const entry = entryOf(tree ?? undefined, ...path.slice(0, depth));
    if (entry === undefined) break;
    span = entry.value.kind === 'scalar' && entry.value.end > entry.value.start ? entry.value : entry.key;
  }
  return span;
}
