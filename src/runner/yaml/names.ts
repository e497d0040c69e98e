/**
 * What expressions may name, and whether what they name is there: params, item, slot, run, env, variables, and tasks that
 * are upstream. What only the run knows (outputs, environment, variables) is taken as it comes.
 */
import type { Reference } from './parse-expression.ts';
import type { Problems, Span } from './problem.ts';
import type { FoundExpression } from './template.ts';

/** Members that each name has; null: whatever the run has. */
export const SLOT_MEMBERS = ['time', 'start', 'end', 'covers_from'] as const;
export const RUN_MEMBERS = ['id', 'flow', 'name', 'attempt', 'trigger', 'dir', 'run_dir', 'tags'] as const;
export const TASK_MEMBERS = ['outputs', 'files', 'metrics', 'state', 'items', 'result'] as const;
const ITEM_MEMBERS = ['item', 'outputs', 'files', 'metrics', 'state', 'result'] as const;

/** What is known of a task that an expression names. */
export interface NamedTask {
  readonly files: readonly string[];
  readonly hasItems: boolean;
}

/** The names that may stand at one place of the file. */
export interface Naming {
  /** Whose expressions these are: `task "train"`. */
  readonly who: string;
  readonly contexts: readonly Context[];
  readonly params: readonly string[];
  /** All tasks of the flow. */
  readonly tasks: ReadonlyMap<string, NamedTask>;
  /** Whether a task is upstream; asked only of tasks that are there. */
  readonly isUpstream: (task: string) => boolean;
  /** Its own name, where it is a task. */
  readonly self: string | null;
  /** Dimensions of its matrix; null: an item is anything. */
  readonly dimensions: readonly string[] | null;
  /** It has a for_each. */
  readonly hasItems: boolean;
}

export type Context = 'params' | 'item' | 'slot' | 'run' | 'env' | 'variables' | 'tasks';

/** Tells what an expression names that is not there or may not be named. */
export function judgeNames(found: FoundExpression, naming: Naming, problems: Problems): void {
  for (const reference of found.references) {
    const [head = ''] = reference.path;
    const span = found.at(reference.offset, reference.path.join('.').length);
    judge(reference, head.toLowerCase(), span, naming, problems);
  }
}

function judge(reference: Reference, context: string, span: Span, naming: Naming, problems: Problems): void {
  const [head = '', member] = reference.path;
  if (context === 'secrets') return secret(member, span, problems);
  if (!naming.contexts.some((each) => each === context)) return unknownContext(head, context, span, naming, problems);
  switch (context as Context) {
    case 'params':
      return among('parameter', member, naming.params, `the flow has ${listed(naming.params)}`, span, problems);
    case 'slot':
      return among('time of the slot', member, SLOT_MEMBERS, `slot has ${listed(SLOT_MEMBERS)}`, span, problems);
    case 'run':
      return among('member of run', member, RUN_MEMBERS, `run has ${listed(RUN_MEMBERS)}`, span, problems);
    case 'item':
      return item(member, span, naming, problems);
    case 'tasks':
      return task(reference, span, naming, problems);
    case 'env':
    case 'variables':
      return;
  }
}

function secret(name: string | undefined, span: Span, problems: Problems): void {
  const named = name ?? 'NAME';
  problems.error(
    span,
    `a secret cannot stand in an expression: it would be visible to others (in ps)`,
    `list it under secrets: [${named}], and read the environment variable ${named}`,
  );
}

function unknownContext(head: string, context: string, span: Span, naming: Naming, problems: Problems): void {
  if (context === 'item') return problems.error(span, 'there is no item here', 'only a task with for_each has one');
  if (context === 'tasks')
    return problems.error(
      span,
      `tasks cannot be named in ${naming.who}: it is read before any of them runs`,
      `it may name ${listed(naming.contexts)}`,
    );
  if (ALL_CONTEXTS.includes(context as Context))
    return problems.error(
      span,
      `${context} cannot be named in ${naming.who}`,
      `it may name ${listed(naming.contexts)}`,
    );
  const habit = HABITS[context];
  const all = `expressions may name ${listed(naming.contexts)}`;
  problems.error(
    span,
    `there is nothing named "${head}"`,
    habit === undefined
      ? problems.suggest(head, naming.contexts, `${all}; texts stand in single quotes: '${head}'`)
      : `did you mean ${habit}?`,
  );
}

const ALL_CONTEXTS: readonly Context[] = ['params', 'item', 'slot', 'run', 'env', 'variables', 'tasks'];

/** What GitHub and others call it. */
const HABITS: Readonly<Record<string, string>> = {
  inputs: 'params',
  param: 'params',
  parameters: 'params',
  needs: 'tasks',
  steps: 'tasks',
  jobs: 'tasks',
  matrix: 'item',
  vars: 'variables',
  var: 'variables',
  github: 'run',
  items: 'item',
};

function among(
  what: string,
  name: string | undefined,
  names: readonly string[],
  all: string,
  span: Span,
  problems: Problems,
): void {
  if (name === undefined || has(names, name)) return;
  problems.error(span, `there is no ${what} "${name}"`, problems.suggest(name, names, all));
}

function item(member: string | undefined, span: Span, naming: Naming, problems: Problems): void {
  if (!naming.hasItems) {
    problems.error(span, `there is no item in ${naming.who}`, 'only a task with for_each has one');
  } else if (member !== undefined && naming.dimensions !== null) {
    among('dimension', member, naming.dimensions, `the matrix has ${listed(naming.dimensions)}`, span, problems);
  }
}

function task({ path, isOpen }: Reference, span: Span, naming: Naming, problems: Problems): void {
  const [, name, member, ...below] = path;
  const all = [...naming.tasks.keys()];
  if (name === undefined) {
    if (isOpen)
      problems.error(span, 'which task is meant must stand in the file', 'such as ${{ tasks.extract.outputs.rows }}');
    else
      problems.error(span, 'tasks as a whole cannot be named', 'name what you need: ${{ tasks.extract.outputs.rows }}');
    return;
  }
  const found = all.find((each) => each.toLowerCase() === name.toLowerCase());
  if (found === undefined) {
    problems.error(span, `there is no task "${name}"`, problems.suggest(name, all, `there are ${listed(all)}`));
    return;
  }
  if (found === naming.self) {
    problems.error(span, `${naming.who} names itself: it has no outputs before it ran`, null);
    return;
  }
  if (!naming.isUpstream(found)) {
    problems.error(
      span,
      `task "${found}" is not upstream of ${naming.who}, so it may not have ended yet`,
      `add it: needs: ${found}`,
    );
    return;
  }
  if (member === undefined) return;
  if (!has(TASK_MEMBERS, member)) {
    const meant = `did you mean tasks.${found}.outputs.${member}?`;
    const near = problems.suggest(member, TASK_MEMBERS);
    problems.error(span, `a task has no "${member}"`, near ?? `${meant} A task has ${listed(TASK_MEMBERS)}`);
    return;
  }
  const known = naming.tasks.get(found);
  if (known !== undefined) handedOn(found, known, member, below, span, problems);
}

/** Of a for_each everything but its state is a list of what the items have; what is in it stands one step further down. */
function handedOn(
  name: string,
  { files, hasItems }: NamedTask,
  written: string,
  below: readonly string[],
  span: Span,
  problems: Problems,
): void {
  const member = written.toLowerCase();
  const [step] = below;
  if (member === 'items' && !hasItems) {
    problems.error(span, `task "${name}" has no items`, 'only a task with for_each has; see tasks.NAME.outputs');
    return;
  }
  const isList = hasItems && member !== 'state';
  if (isList && step !== undefined && !isIndex(step)) {
    const list = `tasks.${name}.${member}`;
    const rest = below.join('.');
    const hint =
      Number(step) < 0
        ? 'items are counted from 0'
        : `did you mean ${list}.*.${rest}, of all items, or ${list}[0].${rest}, of the first?`;
    const what = `task "${name}" has a for_each, so ${list} is a list with one entry for each item`;
    problems.error(span, `${what}: nothing in it is named "${step}"`, hint);
    return;
  }
  if (member === 'items') {
    const [, part = '', ...inside] = below;
    if (part !== '' && !has(ITEM_MEMBERS, part)) {
      const meant = `did you mean tasks.${name}.items[${step}].outputs.${part}? An item has ${listed(ITEM_MEMBERS)}`;
      problems.error(span, `an item has no "${part}"`, problems.suggest(part, ITEM_MEMBERS, meant));
    } else if (part !== '') {
      handedOn(name, { files, hasItems: false }, part, inside, span, problems);
    }
    return;
  }
  const file = isList ? below[1] : step;
  if (member !== 'files' || file === undefined || has(files, file)) return;
  const declare = `declare it there: files: { ${file}: path/to/it }`;
  const all = files.length === 0 ? declare : `it hands on ${listed(files)}; ${declare}`;
  // A task that declares none may yet be given some; one that declares others has been thought about.
  const severity = files.length === 0 ? 'warning' : 'error';
  problems[severity](span, `task "${name}" hands on no file "${file}"`, problems.suggest(file, files, all));
}

/** As expressions have it: `tasks.a.outputs[0]` and `tasks.a.outputs['0']` are the same. */
function isIndex(step: string): boolean {
  return step.trim() !== '' && Number(step) >= 0;
}

/** Expressions ignore case. */
function has(names: readonly string[], name: string): boolean {
  return names.some((each) => each.toLowerCase() === name.toLowerCase());
}

function listed(names: readonly string[]): string {
  const most = 12;
  if (names.length === 0) return 'none';
  return names.length > most ? `${names.slice(0, most).join(', ')} and ${names.length - most} more` : names.join(', ');
}
