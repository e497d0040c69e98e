/**
 * What reading one document needs everywhere: its text, its problems, and the ways from a tree to templates, data and
 * names. Names can only be judged when every task is known, so expressions are kept until then.
 */

import type { Context } from './names.ts';
import type { Problems } from './problem.ts';
import { type FoundExpression, type FoundTemplate, parseBare, parseTemplate } from './template.ts';
import type { ScalarTree, Tree } from './tree.ts';
import type { YamlData, YamlExpression, YamlTemplate } from './yaml-flow.ts';

/** Whose expressions they are, and what these may name. */
export interface ExpressionPlace {
  readonly who: string;
  readonly contexts: readonly Context[];
  /** The task that they stand in. */
  readonly task?: string;
  /** Where there is an item although the task has a for_each: everywhere but in the for_each itself. */
  readonly isInItem?: boolean;
}

export class Reading {
  readonly source: string;
  readonly problems: Problems;
  /** All expressions of the document, for judging their names. */
  readonly expressions: { readonly found: FoundExpression; readonly place: ExpressionPlace }[] = [];

  constructor(source: string, problems: Problems) {
    this.source = source;
    this.problems = problems;
  }

  template(tree: ScalarTree, place: ExpressionPlace): YamlTemplate {
    return this.found(tree, place).template;
  }

  /** The template with the places of its expressions. */
  found(tree: ScalarTree, place: ExpressionPlace): FoundTemplate {
    const result = parseTemplate(tree, this.source, this.problems);
    for (const found of result.found) this.expressions.push({ found, place });
    return result;
  }

  /** The text as one expression. */
  bare(tree: ScalarTree, place: ExpressionPlace): YamlExpression | null {
    const found = parseBare(tree, this.source, this.problems);
    if (found !== null) this.expressions.push({ found, place });
    return found?.expression ?? null;
  }

  /** JSON with expressions in its texts; what has none is plain. */
  data(tree: Tree, place: ExpressionPlace): YamlData {
    if (tree.kind === 'scalar') {
      if (typeof tree.value === 'number' && !Number.isFinite(tree.value))
        this.problems.error(tree, `${tree.source} is no number that JSON has`, 'put it into quotes');
      if (typeof tree.value !== 'string' || !tree.value.includes('${{')) return { kind: 'plain', value: tree.value };
      return { kind: 'template', template: this.template(tree, place) };
    }
    if (tree.kind === 'list') {
      const items = tree.items.map((item) => this.data(item, place));
      return items.every(isPlain) ? { kind: 'plain', value: items.map((item) => item.value) } : { kind: 'list', items };
    }
    const entries = tree.entries.map(({ name, value }): [string, YamlData] => [name, this.data(value, place)]);
    const plain = entries.flatMap(([name, value]) => (isPlain(value) ? [[name, value.value]] : []));
    if (plain.length === entries.length) return { kind: 'plain', value: Object.fromEntries(plain) as unknown };
    return { kind: 'map', entries: Object.fromEntries(entries) };
  }
}

function isPlain(value: YamlData): value is Extract<YamlData, { kind: 'plain' }> {
  return value.kind === 'plain';
}
