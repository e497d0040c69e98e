/**
 * Text to a tree of values that know their places: YAML 1.2 as its core schema reads it, and nothing more. Aliases and
 * merge keys (`<<`) are followed here, within bounds; keys that stand twice are errors. Never throws: what is wrong goes
 * to the problems.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type ParsedNode,
  parseDocument,
  type Scalar,
  type YAMLError,
} from 'yaml';
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

const MOST_BYTES = 1024 * 1024;
/** Values, those behind aliases counted each time. */
const MOST_VALUES = 100_000;
const DEEPEST = 60;
const MOST_SYNTAX_ERRORS = 20;
/** Errors that leave the tree as it was meant. */
const HARMLESS = new Set<string>(['TAG_RESOLVE_FAILED', 'BAD_SCALAR_START', 'MULTIPLE_DOCS']);

/** Bytes of a file to its text; null where they are none, and the problem says where. */
export function readText(bytes: Uint8Array): { readonly text: string; readonly refusal: string | null } {
  if (bytes.length > MOST_BYTES)
    return { text: '', refusal: `the file has ${bytes.length} bytes; a flow may have ${MOST_BYTES}` };
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return { text: '', refusal: 'the file is written in UTF-16' };
  const text = new TextDecoder('utf-8').decode(bytes);
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { text, refusal: null };
  } catch {
    return { text, refusal: 'the file is not UTF-8' };
  }
}

/** The tree of a document, null where there is none to speak of; `isWhole` is false when its syntax is broken. */
export function parseTree(
  text: string,
  problems: Problems,
): { readonly tree: Tree | null; readonly brokenAt: number | null } {
  if (refuseCharacters(text, problems)) return { tree: null, brokenAt: 0 };
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  });
  const brokenAt = tellSyntax(text, document, problems);
  const contents = document.contents as ParsedNode | null;
  if (contents === null) {
    if (brokenAt === null)
      problems.error(
        { start: 0, end: 1 },
        'the file is empty',
        'a flow has at least: tasks: { hello: { run: echo hello } }',
      );
    return { tree: null, brokenAt };
  }
  return { tree: new TreeBuilder(problems).build(contents, 0), brokenAt };
}

/** What no YAML may hold. */
function refuseCharacters(text: string, problems: Problems): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const found = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.exec(text);
  if (found === null) return false;
  const code = found[0].charCodeAt(0);
  const what =
    code === 0 ? 'a NUL character' : `a control character (U+${code.toString(16).padStart(4, '0').toUpperCase()})`;
  problems.error(
    { start: found.index, end: found.index + 1 },
    `the file holds ${what}, so it is no text`,
    'take it out; in double quotes it can be written as "\\x.."',
  );
  return true;
}

/** Follow-up errors of one mistake stand in one line: each line is told once. Gives the offset of the first. */
function tellSyntax(text: string, document: Document, problems: Problems): number | null {
  const version = /^%YAML\s+(\S+)/m.exec(text);
  if (version !== null && version[1] !== '1.2' && document.directives?.yaml.explicit === true)
    problems.error(
      { start: version.index, end: version.index + version[0].length },
      `Weir reads YAML 1.2, not ${version[1]}`,
      'leave the line out',
    );
  let first: number | null = null;
  const lines = new Set<number>();
  const all: readonly YAMLError[] = [...document.errors, ...document.warnings];
  for (const error of all) {
    const start = Math.min(error.pos[0], text.length);
    if (!HARMLESS.has(error.code)) first = Math.min(first ?? start, start);
    const { line } = problems.placeOf(start);
    if (lines.has(line) || lines.size >= MOST_SYNTAX_ERRORS) continue;
    lines.add(line);
    const { message, hint } = inWords(error, text);
    problems.error({ start, end: error.pos[1] }, message, hint);
  }
  return first;
}

function inWords(error: YAMLError, text: string): { message: string; hint: string | null } {
  const at = error.pos[0];
  switch (error.code) {
    case 'MULTIPLE_DOCS':
      return { message: 'a second document begins here; a file holds one flow', hint: 'put it into a file of its own' };
    case 'TAB_AS_INDENT':
      return { message: 'a tab cannot indent in YAML', hint: 'use spaces' };
    case 'BLOCK_AS_IMPLICIT_KEY':
      return {
        message: 'a second ": " in one line, or a line indented too far',
        hint: 'put text that holds ": " into quotes; give every key a line of its own',
      };
    case 'MULTILINE_IMPLICIT_KEY':
      return { message: 'a key must stand in one line with its colon', hint: 'look for a missing ":" above' };
    case 'MISSING_CHAR':
      if (error.message.includes('quote'))
        return { message: 'a quote is not closed', hint: 'close it, or put the text into the other kind of quotes' };
      break;
    case 'BAD_SCALAR_START':
      return { message: `a text cannot begin with ${text[at] ?? 'this'}`, hint: 'put it into quotes' };
    case 'BAD_INDENT':
      if (error.message.startsWith('Flow'))
        return { message: 'a bracket is not closed', hint: 'close it, or indent what stands inside' };
      break;
    case 'TAG_RESOLVE_FAILED':
      return {
        message: `${lowerFirst(error.message)}: Weir knows no tags of its own`,
        hint: 'leave it out, or put the text into quotes',
      };
    case 'RESOURCE_EXHAUSTION':
      return { message: 'nested too deeply', hint: null };
    default:
  }
  const [sentence = ''] = error.message.split('\n');
  return {
    message: `not YAML: ${lowerFirst(sentence)}`,
    hint: 'compare the indentation with the lines around it',
  };
}

/** Walks the nodes once; what several aliases share is built once. */
class TreeBuilder {
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

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
