/**
 * A tree against the table of the format: every key known, every value of its shape. Gives plain values, with everything
 * left out that is wrong, and tells each mistake with its place and how it is written. What values mean together is
 * judged afterwards (flow.ts).
 */
import { parseDuration } from '../../model/duration.ts';
import type { WeirError } from '../../model/errors.ts';
import { isExtension } from './format.ts';
import type { Problems, Span } from './problem.ts';
import type { Field, KeyRule, Shape, TextShape } from './shape.ts';
import { shorten, shown, textOf, wanted } from './told.ts';
import type { MapTree, Tree } from './tree.ts';
import { unknownKey } from './unknown-key.ts';

/** Where a value stands, for messages, and how it is to be written. */
interface Where {
  /** `tasks.train.retries` */
  readonly path: string;
  readonly example: string | null;
}

/** The value of a shape; undefined when it is wrong. Trees stand for themselves where expressions may be in them. */
export function read(tree: Tree, shape: Shape, where: Where, problems: Problems): unknown {
  if (tree.kind === 'scalar' && tree.isTold === true) return undefined;
  if (tree.kind === 'scalar' && tree.value === null && shape.kind !== 'data') {
    const hint =
      shape.kind === 'text' && shape.canBeEmpty === true
        ? 'an empty text is written as ""; else give it a value, or leave it out'
        : hintOf(where, 'give it one, or leave the line out');
    problems.error(tree, `${where.path} has no value`, hint);
    return undefined;
  }
  switch (shape.kind) {
    case 'text':
      return readText(tree, shape, where, problems);
    case 'integer':
    case 'number':
      return readNumber(tree, shape, where, problems);
    case 'boolean':
      if (tree.kind === 'scalar' && typeof tree.value === 'boolean') return tree.value;
      return wrong(tree, shape, where, problems);
    case 'duration':
      return readDuration(tree, where, problems);
    case 'list':
      if (tree.kind !== 'list') return wrong(tree, shape, where, problems);
      if (shape.isFilled === true && tree.items.length === 0) return empty(tree, where, problems);
      return tree.items
        .map((item, at) => read(item, shape.of, { ...where, path: `${where.path}[${at}]` }, problems))
        .filter((item) => item !== undefined);
    case 'map':
      return readMap(tree, shape, where, problems);
    case 'object':
      if (tree.kind !== 'map') return wrong(tree, shape, where, problems);
      return readObject(tree, shape, where.path, problems);
    case 'either': {
      const fitting = shape.of.find((each) => fits(tree, each));
      if (fitting === undefined) return wrong(tree, shape, where, problems);
      // Quotes would make a text of it, but no more what is meant: all that it can be is told.
      const isOneOrMore = shape.of.some((each) => each.kind === 'list' && each.of === fitting);
      if (fitting.kind === 'text' && !isOneOrMore && !isText(tree, fitting)) return wrong(tree, shape, where, problems);
      return read(tree, fitting, where, problems);
    }
    case 'data':
    case 'schema':
      return tree;
  }
}

/** The fields of an object that are there and right. */
export function readObject(
  tree: MapTree,
  shape: Extract<Shape, { kind: 'object' }>,
  path: string,
  problems: Problems,
): Record<string, unknown> {
  const values: [string, unknown][] = [];
  const at = (name: string) => (path === '' ? name : `${path}.${name}`);
  for (const { name, key, value } of tree.entries) {
    const found = Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined;
    if (found === undefined) {
      if (path === '' && isExtension(name)) continue;
      unknownKey(name, key, shape, path, problems);
      continue;
    }
    const got = read(value, found.shape, { path: at(name), example: found.example }, problems);
    if (got !== undefined) values.push([name, got]);
  }
  const missing = (shape.required ?? []).filter((name) => !tree.entries.some((entry) => entry.name === name));
  for (const name of missing) {
    const what = path === '' ? 'the flow' : path;
    problems.error(firstOf(tree), `${what} has no ${name}`, `add ${(shape.fields[name] as Field).example}`);
  }
  return Object.fromEntries(values);
}

function isText(tree: Tree, shape: TextShape): boolean {
  return tree.kind === 'scalar' && (typeof tree.value === 'string' || shape.takesAny === true);
}

function readText(tree: Tree, shape: TextShape, where: Where, problems: Problems): unknown {
  if (tree.kind !== 'scalar') return wrong(tree, shape, where, problems);
  if (!isText(tree, shape)) {
    if (shape.words !== undefined) return wrong(tree, shape, where, problems);
    problems.error(
      tree,
      `${where.path} is ${shown(tree)}; it must be a text`,
      `put it into quotes: "${shorten(tree.source)}"`,
    );
    return undefined;
  }
  const value = textOf(tree);
  if (value.trim() === '' && shape.canBeEmpty !== true) return empty(tree, where, problems);
  if (shape.isTemplate !== true && value.includes('${{')) {
    problems.error(tree, `\${{ }} is not replaced in ${where.path}, which is read before a run begins`, hintOf(where));
    return undefined;
  }
  if (shape.words !== undefined && !shape.words.includes(value)) {
    const hint = problems.suggest(value, shape.words, hintOf(where));
    problems.error(tree, `${where.path} is ${shown(tree)}; it must be ${wanted(shape)}`, hint);
    return undefined;
  }
  if (shape.rule !== undefined && !shape.rule.pattern.test(value)) {
    problems.error(tree, `${where.path} is ${shown(tree)}; it must be ${shape.rule.says}`, hintOf(where));
    return undefined;
  }
  return value;
}

function readNumber(
  tree: Tree,
  shape: Extract<Shape, { kind: 'integer' | 'number' }>,
  where: Where,
  problems: Problems,
): unknown {
  const value = tree.kind === 'scalar' ? tree.value : null;
  if (typeof value !== 'number' || !Number.isFinite(value)) return wrong(tree, shape, where, problems);
  const isWhole = shape.kind === 'number' || Number.isSafeInteger(value);
  if (isWhole && value >= shape.least && value <= (shape.most ?? Number.POSITIVE_INFINITY)) return value;
  return wrong(tree, shape, where, problems);
}

function readDuration(tree: Tree, where: Where, problems: Problems): unknown {
  if (tree.kind !== 'scalar') return wrong(tree, { kind: 'duration' }, where, problems);
  if (typeof tree.value === 'number' || /^\s*[\d.]+\s*$/.test(String(tree.value))) {
    const number = shorten(textOf(tree).trim());
    problems.error(tree, `${where.path} is ${number}: ${number} what?`, `write ${number}s, ${number}m or ${number}h`);
    return undefined;
  }
  if (typeof tree.value !== 'string') return wrong(tree, { kind: 'duration' }, where, problems);
  try {
    return parseDuration(tree.value);
  } catch (error) {
    const { message, hint } = error as WeirError;
    problems.error(tree, `${where.path}: ${shorten(message)}`, hint ?? hintOf(where));
    return undefined;
  }
}

function readMap(tree: Tree, shape: Extract<Shape, { kind: 'map' }>, where: Where, problems: Problems): unknown {
  if (tree.kind !== 'map') return wrong(tree, shape, where, problems);
  if (shape.isFilled === true && tree.entries.length === 0) return empty(tree, where, problems);
  const values: [string, unknown][] = [];
  for (const { name, key, value } of tree.entries) {
    if (!isRightKey(name, shape.keys, key, where, problems)) continue;
    // An empty object among tasks is told by what it lacks, below its own name.
    const got = read(value, shape.of, { ...where, path: `${where.path}.${name}` }, problems);
    if (got !== undefined) values.push([name, got]);
  }
  return Object.fromEntries(values);
}

function isRightKey(name: string, { what, rule }: KeyRule, key: Span, where: Where, problems: Problems): boolean {
  if (name.trim() !== '' && (rule === undefined || rule.pattern.test(name))) return true;
  const says = rule?.says ?? 'a text';
  problems.error(
    key,
    `${JSON.stringify(shorten(name))} cannot be the name of ${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what}; it must be ${says}`,
    hintOf(where),
  );
  return false;
}

function wrong(tree: Tree, shape: Shape, where: Where, problems: Problems): undefined {
  problems.error(
    spanFor(tree),
    `${where.path} is ${shown(tree)}; it must be ${wanted(shape)}`,
    fixOf(tree, shape) ?? hintOf(where),
  );
  return undefined;
}

/** YAML 1.1 had more words for true and false. */
function fixOf(tree: Tree, shape: Shape): string | null {
  if (shape.kind !== 'boolean' || tree.kind !== 'scalar' || typeof tree.value !== 'string') return null;
  if (/^(yes|on|y)$/i.test(tree.value)) return 'write true';
  return /^(no|off|n)$/i.test(tree.value) ? 'write false' : null;
}

function empty(tree: Tree, where: Where, problems: Problems): undefined {
  problems.error(spanFor(tree), `${where.path} is empty`, hintOf(where));
  return undefined;
}

function fits(tree: Tree, shape: Shape): boolean {
  switch (shape.kind) {
    case 'list':
      return tree.kind === 'list';
    case 'map':
    case 'object':
      return tree.kind === 'map';
    case 'boolean':
      return tree.kind === 'scalar' && typeof tree.value === 'boolean';
    case 'either':
      return shape.of.some((each) => fits(tree, each));
    case 'data':
    case 'schema':
      return true;
    case 'text':
      return tree.kind === 'scalar' && (typeof tree.value !== 'boolean' || shape.takesAny === true);
    default:
      return tree.kind === 'scalar';
  }
}

/** A whole block is too much to underline: its first key will do. */
function spanFor(tree: Tree): Span {
  return tree.kind === 'map' ? firstOf(tree) : tree.kind === 'list' ? { start: tree.start, end: tree.start + 1 } : tree;
}

function firstOf(tree: MapTree): Span {
  return tree.entries[0]?.key ?? { start: tree.start, end: tree.start + 1 };
}

function hintOf({ example }: Where, otherwise: string | null = null): string | null {
  return example === null ? otherwise : `such as ${example}`;
}
