/** What the tasks of a flow have to do with each other: needs, circles, names of tasks in expressions, limits. */
import { nearest } from '../../model/errors.ts';
import { findCircles, type Needs, upstreamOf } from '../../model/needs.ts';
import { judgeNames, type NamedTask, type Naming } from './names.ts';
import type { Problems } from './problem.ts';
import type { ExpressionPlace, Reading } from './reading.ts';
import type { Values } from './surroundings.ts';
import { entryOf, shorten, textsOf } from './told.ts';
import type { Entry, MapTree, Tree } from './tree.ts';
import { taskNamed } from './work.ts';

/** Direct needs of each task, those that are there, each once; tells all that is wrong about them. */
export function readNeeds(
  tasks: readonly Entry[],
  problems: Problems,
): { readonly needs: Needs; readonly meant: Needs } {
  const names = tasks.map((task) => task.name);
  const known = new Set(names);
  const needs = new Map<string, string[]>();
  /** With what was probably meant where a name is mistyped, so that one mistake is told once. */
  const meant = new Map<string, string[]>();
  for (const { name, value } of tasks) {
    const own: string[] = [];
    const guessed: string[] = [];
    for (const { text, span } of textsOf(entryOf(value, 'needs')?.value)) {
      if (text === name) problems.error(span, `${taskNamed(name)} needs itself, so it can never run`, 'take it away');
      else if (own.includes(text))
        problems.warning(span, `${taskNamed(name)} needs "${shorten(text)}" twice`, 'keep one of them');
      else if (known.has(text)) own.push(text);
      else {
        const others = names.filter((each) => each !== name);
        problems.error(
          span,
          `there is no task "${shorten(text)}" to need`,
          problems.suggest(text, others, `there are ${shorten(others.join(', '))}`),
        );
        const near = text.length < 60 && names.length < 1000 ? nearest(text, others) : undefined;
        if (near !== undefined) guessed.push(near);
      }
    }
    needs.set(name, own);
    meant.set(name, [...own, ...guessed]);
  }
  tellCircles(tasks, needs, problems);
  return { needs, meant };
}

function tellCircles(tasks: readonly Entry[], needs: Needs, problems: Problems): void {
  for (const circle of findCircles(needs)) {
    const [first = '', second = ''] = circle;
    const entry = tasks.find((task) => task.name === first);
    const place =
      textsOf(entryOf(entry?.value, 'needs')?.value).find((each) => each.text === second)?.span ?? entry?.key;
    const links = circle.map((name, at) => `${shorten(name)} needs ${shorten(circle[(at + 1) % circle.length] ?? '')}`);
    const shown = links.length > 20 ? [...links.slice(0, 19), `... (${links.length} tasks in all)`] : links;
    if (place !== undefined)
      problems.error(
        place,
        `these tasks wait for each other, so none can ever run: ${shown.join(', ')}`,
        'take one of these needs away',
      );
  }
}

/** Names that differ only by case or cannot be told apart. */
export function refuseTwinTasks(tasks: readonly Entry[], problems: Problems): void {
  const seen = new Map<string, string>();
  for (const { name, key } of tasks) {
    const first = seen.get(name.toLowerCase());
    if (first !== undefined)
      problems.error(
        key,
        `tasks "${shorten(first)}" and "${shorten(name)}" differ only by capitals, which expressions ignore`,
        'give one of them another name',
      );
    seen.set(name.toLowerCase(), name);
  }
}

/** Judges the names in all expressions of the document. */
export function judgeExpressions(
  reading: Reading,
  tasks: readonly Entry[],
  params: readonly string[],
  meant: Needs,
): void {
  const named = new Map(tasks.map(({ name, value }): [string, NamedTask] => [name, describe(value)]));
  const dimensions = new Map(tasks.map(({ name, value }) => [name, dimensionsOf(value)]));
  const upstream = new Map<string, Set<string>>();
  const isUpstream = (place: ExpressionPlace) => (task: string) => {
    // A handler runs after everything else.
    if (place.task === undefined) return true;
    if (meant.get(place.task)?.includes(task) === true) return true;
    const known = upstream.get(place.task) ?? upstreamOf(place.task, meant);
    upstream.set(place.task, known);
    return known.has(task);
  };
  for (const { found, place } of reading.expressions) {
    const own = place.task === undefined ? undefined : named.get(place.task);
    const naming: Naming = {
      who: place.who,
      contexts: place.contexts,
      params,
      tasks: named,
      isUpstream: isUpstream(place),
      self: place.task ?? null,
      dimensions: place.task === undefined ? null : (dimensions.get(place.task) ?? null),
      hasItems: own?.hasItems === true && place.isInItem !== false,
    };
    judgeNames(found, naming, reading.problems);
  }
}

/** Limits that tasks occupy: declared in the flow or, where the caller knows them, in the database. */
export function judgeLimits(
  tree: MapTree,
  tasks: readonly Entry[],
  declared: Values,
  elsewhere: ReadonlyMap<string, number> | null,
  problems: Problems,
): void {
  const capacities = new Map([...(elsewhere ?? []), ...(Object.entries(declared) as [string, number][])]);
  const holders: (readonly [string, Tree | undefined])[] = [
    ['defaults', entryOf(tree, 'defaults')?.value],
    ...tasks.map(({ name, value }) => [taskNamed(name), value] as const),
  ];
  for (const [who, holder] of holders) {
    const occupies = entryOf(holder, 'occupies')?.value;
    for (const { name, key, value } of occupies?.kind === 'map' ? occupies.entries : []) {
      const capacity = capacities.get(name);
      const amount = value.kind === 'scalar' ? value.value : null;
      if (capacity === undefined && elsewhere !== null)
        problems.error(
          key,
          `nobody declared the limit "${shorten(name)}"`,
          problems.suggest(
            name,
            [...capacities.keys()],
            `declare it: concurrency_limits: { ${shorten(name)}: 1 }, or weir concurrency-limit create ${shorten(name)} 1`,
          ),
        );
      else if (capacity !== undefined && capacity > 0 && typeof amount === 'number' && amount > capacity)
        problems.error(
          value,
          `${who} occupies ${amount} of "${shorten(name)}", whose capacity is ${capacity}: it would wait for ever`,
          'occupy less, or raise the capacity',
        );
    }
  }
}

function describe(tree: Tree): NamedTask {
  const files = entryOf(tree, 'files')?.value;
  return {
    files: files?.kind === 'map' ? files.entries.map((entry) => entry.name) : [],
    hasItems: entryOf(tree, 'for_each') !== undefined,
  };
}

function dimensionsOf(tree: Tree): readonly string[] | null {
  const matrix = entryOf(tree, 'for_each', 'matrix')?.value;
  return matrix?.kind === 'map' ? matrix.entries.map((entry) => entry.name) : null;
}
