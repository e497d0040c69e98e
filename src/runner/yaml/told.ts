/** Trees as later judgements need them: entries and texts with their places, and values and shapes in words. */

import type { Span } from './problem.ts';
import type { Shape } from './shape.ts';
import type { Entry, ScalarTree, Tree } from './tree.ts';

/** The entry of a key, for the places of later judgements. */
export function entryOf(tree: Tree | undefined, ...path: readonly string[]): Entry | undefined {
  let at: Tree | undefined = tree;
  let entry: Entry | undefined;
  for (const name of path) {
    entry = at?.kind === 'map' ? at.entries.find((each) => each.name === name) : undefined;
    at = entry?.value;
  }
  return entry;
}

/** Texts of a field that is one or a list, with their places. */
export function textsOf(tree: Tree | undefined): { readonly text: string; readonly span: Span }[] {
  const trees = tree === undefined ? [] : tree.kind === 'list' ? tree.items : [tree];
  return trees.flatMap((each) =>
    each.kind === 'scalar' && each.value !== null ? [{ text: textOf(each), span: each }] : [],
  );
}

/** A scalar as text: numbers as they are written. */
export function textOf(tree: ScalarTree): string {
  return typeof tree.value === 'string' ? tree.value : tree.source;
}

/** A value as a sentence shows it. */
export function shown(tree: Tree): string {
  if (tree.kind === 'list') return 'a list';
  if (tree.kind === 'map') return 'an object';
  if (tree.value === null) return 'nothing';
  if (typeof tree.value === 'string') return `the text ${JSON.stringify(shorten(tree.value))}`;
  return typeof tree.value === 'number' ? `the number ${shorten(tree.source)}` : tree.source;
}

export function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** A hint of elsewhere, as hints are written here. */
export function asHint(hint: string | null | undefined): string | null {
  if (hint === null || hint === undefined) return null;
  const plain = hint.replace(/\.$/, '');
  return /^[A-Z][a-z ]/.test(plain) ? plain.charAt(0).toLowerCase() + plain.slice(1) : plain;
}

/** What a shape wants, in words. */
export function wanted(shape: Shape): string {
  switch (shape.kind) {
    case 'text':
      return shape.words === undefined ? 'a text' : `one of ${shape.words.join(', ')}`;
    case 'integer':
    case 'number': {
      const kind = shape.kind === 'integer' ? 'a whole number' : 'a number';
      if (shape.most !== undefined) return `${kind} from ${shape.least} to ${shape.most}`;
      return Number.isFinite(shape.least) ? `${kind} of ${shape.least} or more` : kind;
    }
    case 'boolean':
      return 'true or false';
    case 'duration':
      return 'a duration';
    case 'list':
      return 'a list';
    case 'map':
    case 'object':
      return 'an object (key: value)';
    case 'either':
      return [...new Set(shape.of.map(wanted))].join(' or ');
    case 'data':
      return 'a value';
    case 'schema':
      return 'a JSON Schema';
  }
}
