/** What a task or handler does: a script, a program with arguments, a subflow, or a promotion. */
import { flowTarget } from '../../model/flow-file.ts';
import type { Problems } from './problem.ts';
import type { ExpressionPlace, Reading } from './reading.ts';
import { isPosixShell, judgeScript } from './script.ts';
import { scalarsOf, type Values } from './surroundings.ts';
import { entryOf, shorten } from './told.ts';
import type { MapTree } from './tree.ts';
import type { YamlData, YamlTemplate, YamlWork } from './yaml-flow.ts';

const KINDS = ['run', 'flow', 'promote'] as const;
/** Keys that say how a command runs: a subflow is none. */
const OF_COMMANDS = ['env', 'env_file', 'secrets', 'shell', 'working_dir', 'retry_on', 'code', 'files'];

/** Null when it is missing or wrong, which has been told. */
export function readWork(
  tree: MapTree,
  values: Values,
  shell: string | null,
  place: ExpressionPlace,
  reading: Reading,
): YamlWork | null {
  const { problems } = reading;
  const written = KINDS.filter((kind) => entryOf(tree, kind) !== undefined);
  const [kind, second] = written;
  if (second !== undefined) {
    problems.error(
      entryOf(tree, second)?.key ?? tree,
      `${place.who} has both ${written.join(' and ')}`,
      'keep one of them; make two tasks of it',
    );
  }
  if (kind !== 'flow' && entryOf(tree, 'params') !== undefined)
    problems.error(
      entryOf(tree, 'params')?.key ?? tree,
      `params of ${place.who} are given to no flow`,
      'they go with flow: FILE; a command reads ${{ params.NAME }}, or $WEIR_PARAM_NAME',
    );
  if (kind === undefined) {
    problems.error(
      tree.entries[0]?.key ?? tree,
      `${place.who} has nothing to do`,
      'give it run: COMMAND, flow: FILE or promote: { ... }',
    );
    return null;
  }
  switch (kind) {
    case 'run':
      return values.run === undefined ? null : runWork(tree, shell, place, reading);
    case 'flow':
      refuseForSubflow(tree, place.who, problems);
      return values.flow === undefined ? null : flowWork(tree, String(values.flow), place, reading);
    case 'promote':
      refuseFiles(tree, place.who, problems);
      return promoteWork(tree, (values.promote ?? {}) as Values, shell, place, reading);
  }
}

function runWork(tree: MapTree, shell: string | null, place: ExpressionPlace, reading: Reading): YamlWork | null {
  const run = entryOf(tree, 'run')?.value;
  if (run?.kind === 'list') {
    const own = entryOf(tree, 'shell');
    if (own !== undefined)
      reading.problems.error(
        own.key,
        'a list of arguments is given to no shell',
        'leave shell out, or write run as one text',
      );
    return { kind: 'arguments', arguments: scalarsOf(run).map((item) => reading.template(item, place)) };
  }
  if (run?.kind !== 'scalar') return null;
  const found = reading.found(run, place);
  if (!found.isBroken) judgeScript(found, shell, run, reading.problems);
  return { kind: 'script', script: found.template, isPosix: isPosixShell(shell) };
}

/** `./other.yaml`, `train.ts:weekly`, or a name. */
function flowWork(tree: MapTree, text: string, place: ExpressionPlace, reading: Reading): YamlWork {
  const { file, flow } = targetOf(text);
  const given = entryOf(tree, 'params')?.value;
  const params = given?.kind === 'map' ? dataIn(given, place, reading) : {};
  return { kind: 'flow', text, file, flow, params };
}

function dataIn({ entries }: MapTree, place: ExpressionPlace, reading: Reading): Readonly<Record<string, YamlData>> {
  return Object.fromEntries(entries.map(({ name, value }) => [name, reading.data(value, place)]));
}

/** File and flow of what `flow:` names. */
export function targetOf(text: string): { readonly file: string | null; readonly flow: string | null } {
  return flowTarget(text.trim()) ?? { file: null, flow: text.trim() };
}

function refuseForSubflow(tree: MapTree, who: string, problems: Problems): void {
  for (const key of OF_COMMANDS) {
    const entry = entryOf(tree, key);
    if (entry !== undefined)
      problems.error(
        entry.key,
        `${key} has no meaning for ${who}, which is a subflow`,
        'say it in that flow, or give it a parameter',
      );
  }
}

/** Its candidate is in the registry: `weir model get`. */
function refuseFiles(tree: MapTree, who: string, problems: Problems): void {
  const entry = entryOf(tree, 'files');
  if (entry !== undefined)
    problems.error(
      entry.key,
      `files has no meaning for ${who}, which is a promotion`,
      'hand them on by the task that makes them',
    );
}

function promoteWork(
  tree: MapTree,
  values: Values,
  shell: string | null,
  place: ExpressionPlace,
  reading: Reading,
): YamlWork | null {
  const promote = entryOf(tree, 'promote')?.value;
  const template = (key: string): YamlTemplate | null => {
    const node = entryOf(promote, key)?.value;
    if (values[key] === undefined || node?.kind !== 'scalar') return null;
    const found = reading.found(node, place);
    if (key === 'evaluate' && !found.isBroken) judgeScript(found, shell, node, reading.problems);
    return found.template;
  };
  const file = template('file');
  const evaluate = template('evaluate');
  const data = scalarsOf(entryOf(promote, 'data')?.value).map((item) => reading.template(item, place));
  const params = entryOf(promote, 'params')?.value;
  const given = entryOf(promote, 'tags')?.value;
  const tags = (given?.kind === 'map' ? given.entries : []).flatMap(({ name, value }): [string, YamlTemplate][] =>
    value.kind === 'scalar' ? [[name, reading.template(value, place)]] : [],
  );
  const { model, metric, goal, margin, minimum } = values as Record<string, string | number | undefined>;
  if (file === null || evaluate === null || model === undefined || metric === undefined || goal === undefined)
    return null;
  return {
    kind: 'promote',
    model: String(model),
    file,
    metric: String(metric),
    goal: goal === 'max' ? 'max' : 'min',
    margin: Number(margin ?? 0),
    minimum: minimum === undefined ? null : Number(minimum),
    evaluate,
    isPosix: isPosixShell(shell),
    data,
    params: params?.kind === 'map' ? dataIn(params, place, reading) : null,
    tags: Object.fromEntries(tags),
  };
}

/** For messages: the name of a task in quotes. */
export function taskNamed(name: string): string {
  return `task "${shorten(name)}"`;
}
