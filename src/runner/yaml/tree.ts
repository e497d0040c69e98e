/**
 * Values that know their places in the file, built from YAML's own nodes: aliases and merge keys (`<<`) are followed here,
 * within bounds; keys that stand twice are errors. What is wrong goes to the problems, and counts as nothing.
 */
import { isAlias, isMap, isScalar, isSeq, type ParsedNode, type Scalar } from 'yaml';
import type { Problems, Span } from './problem.ts';

export type Tree = ScalarTree | ListTree | MapTree;

export interface ScalarTree extends Span {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** As it is written; for numbers whose spelling matters (`1.10`). */
  readonly source: string;
  /** What stands here is wrong, and that has been told: it counts as nothing. */
  readonly isTold?: boolean;
}

export interface ListTree extends Span {
  readonly kind: 'list';
  readonly items: readonly Tree[];
}

export interface MapTree extends Span {
  readonly kind: 'map';
  readonly entries: readonly Entry[];
}

export interface Entry {
  readonly name: string;
  readonly key: Span;
  readonly value: Tree;
}

/** Values, those behind aliases counted each time. */
const MOST_VALUES = 100_000;
const DEEPEST = 60;

/** Walks the nodes once; what several aliases share is built once. */
export class TreeBuilder {
  readonly #problems: Problems;
  readonly #anchors = new Map<string, ParsedNode>();
  /** With its size; null while it is being built. */
  readonly #built = new Map<ParsedNode, { tree: Tree; size: number } | null>();
  #size = 0;
  #isRefused = false;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  build(node: ParsedNode, depth: number): Tree {
    const span = spanOf(node);
    if (isAlias(node)) return this.#alias(node.source, span);
    const before = this.#size;
    this.#count(1, span);
    if (depth > DEEPEST) {
      this.#refuse(span, `nested more than ${DEEPEST} deep`);
      return nothing(span);
    }
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    this.#built.set(node, null);
    const tree = this.#isRefused ? nothing(span) : this.#node(node, span, depth);
    this.#built.set(node, { tree, size: this.#size - before });
    return tree;
  }

  #node(node: ParsedNode, span: Span, depth: number): Tree {
    if (isScalar(node)) return this.#scalar(node, span);
    if (isSeq(node)) {
      const items = node.items.map((item) => this.build(item as ParsedNode, depth + 1));
      return { kind: 'list', items, ...span };
    }
    return isMap(node) ? this.#map(node as never, span, depth) : nothing(span);
  }

  #map(
    node: { readonly items: readonly { key: ParsedNode | null; value: ParsedNode | null }[] },
    span: Span,
    depth: number,
  ): Tree {
    const own = new Map<string, Entry>();
    const merged: Entry[] = [];
    for (const { key, value } of node.items) {
      if (!isScalar(key)) {
        this.#problems.error(key === null ? span : spanOf(key), 'a key must be a plain text', 'put it into quotes');
        continue;
      }
      const at = spanOf(key as ParsedNode);
      const name = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value ?? ''));
      const tree = value === null ? nothing({ start: at.end, end: at.end }, false) : this.build(value, depth + 1);
      if (name === '<<' && key.type === 'PLAIN') {
        merged.push(...this.#merge(tree, at));
        continue;
      }
      const first = own.get(name);
      if (first === undefined) own.set(name, { name, key: at, value: tree });
      else {
        const { line, column } = this.#problems.placeOf(first.key.start);
        this.#problems.error(
          at,
          `"${shorten(name)}" stands here a second time; the first is in line ${line}, column ${column}`,
          'keep one of them',
        );
      }
    }
    // What a map says itself counts more than what is merged into it, and of that the first.
    for (const entry of merged) if (!own.has(entry.name)) own.set(entry.name, entry);
    return { kind: 'map', entries: [...own.values()], ...span };
  }

  #merge(tree: Tree, at: Span): readonly Entry[] {
    if (tree.kind === 'map') return tree.entries;
    if (tree.kind === 'list' && tree.items.every((item) => item.kind === 'map'))
      return tree.items.flatMap((item) => (item.kind === 'map' ? item.entries : []));
    this.#problems.error(at, '"<<" merges an object, or a list of objects, into this one', 'such as: <<: *common');
    return [];
  }

  #scalar(node: Scalar, span: Span): Tree {
    const source = node.source ?? String(node.value ?? '');
    const { value, tag } = node;
    if (tag !== undefined && !tag.startsWith('tag:yaml.org,2002:')) return nothing(span);
    if (
      typeof value === 'number' &&
      Number.isInteger(value) &&
      !Number.isSafeInteger(value) &&
      /^[-+\d]+$/.test(source)
    ) {
      this.#problems.error(
        span,
        `${shorten(source)} is larger than a number can be kept exactly`,
        'put it into quotes',
      );
      return nothing(span);
    }
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value))
      return { kind: 'scalar', value: value as ScalarTree['value'], source, ...span };
    this.#problems.error(span, 'a value of this type cannot stand in a flow', 'write it as text, in quotes');
    return nothing(span);
  }

  #alias(name: string, span: Span): Tree {
    const target = this.#anchors.get(name);
    const built = target === undefined ? undefined : this.#built.get(target);
    if (built === undefined) {
      const hint = this.#problems.suggest(
        name,
        [...this.#anchors.keys()],
        `an anchor stands before its alias: &${shorten(name)}; a text that begins with * needs quotes`,
      );
      this.#problems.error(span, `there is no anchor "${shorten(name)}" above`, hint);
      return nothing(span);
    }
    if (built === null) {
      this.#problems.error(
        span,
        `*${shorten(name)} stands inside of what it means, and would never end`,
        'write it out',
      );
      return nothing(span);
    }
    this.#count(built.size, span);
    return this.#isRefused ? nothing(span) : built.tree;
  }

  #count(size: number, span: Span): void {
    this.#size += size;
    if (this.#size > MOST_VALUES)
      this.#refuse(span, `the file has more than ${MOST_VALUES} values, those behind aliases counted each time`);
  }

  /** Told once; the rest of the tree is left empty. */
  #refuse(span: Span, message: string): void {
    if (!this.#isRefused) this.#problems.error(span, message, 'split it into several flows');
    this.#isRefused = true;
  }
}

function nothing(span: Span, isTold = true): ScalarTree {
  return { kind: 'scalar', value: null, source: '', isTold, start: span.start, end: span.end };
}

function spanOf(node: ParsedNode): Span {
  const [start, end] = node.range ?? [0, 0];
  return { start, end };
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
