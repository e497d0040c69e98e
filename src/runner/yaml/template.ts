/**
 * Text with `${{ }}` in it, taken apart: what stands around the expressions, the expressions, and where each stands in
 * the file. Expressions that cannot be are told; what they may name is judged by names.ts.
 */

import { parseExpression, type Reference } from './parse-expression.ts';
import type { Problems, Span } from './problem.ts';
import { textOf } from './told.ts';
import type { ScalarTree } from './tree.ts';
import type { YamlExpression, YamlTemplate } from './yaml-flow.ts';

/** An expression of a template, with what judging its names needs. */
export interface FoundExpression {
  readonly expression: YamlExpression;
  readonly references: readonly Reference[];
  /** Its place in the file; `at(offset)` that of something inside. */
  readonly span: Span;
  readonly at: (offset: number, length: number) => Span;
}

export interface FoundTemplate {
  readonly template: YamlTemplate;
  readonly found: readonly FoundExpression[];
  /** Something in it was wrong and has been told. */
  readonly isBroken: boolean;
}

/** The template that a scalar holds. `source` is the text of the whole file. */
export function parseTemplate(tree: ScalarTree, source: string, problems: Problems): FoundTemplate {
  const value = textOf(tree);
  const parts: string[] = [];
  const found: FoundExpression[] = [];
  const places = openings(tree, source);
  let isBroken = false;
  let from = 0;
  for (let open = value.indexOf('${{'), nth = 0; open !== -1; open = value.indexOf('${{', from), nth++) {
    const close = endOf(value, open + 3);
    const place = places[nth] ?? tree.start;
    if (close === -1) {
      problems.error(
        { start: place, end: place + 3 },
        '${{ is not closed',
        "close it with }}; to get it as text write ${{ '${{' }}",
      );
      isBroken = true;
      break;
    }
    // Quoted braces inside an expression are openings of the source too.
    nth += value.slice(open + 3, close).split('${{').length - 1;
    const text = value.slice(open + 3, close);
    parts.push(value.slice(from, open));
    const expression = at(text, place, tree, source, problems);
    if (expression === null) isBroken = true;
    else found.push(expression);
    from = close + 2;
  }
  parts.push(value.slice(from));
  const expressions = found.map((each) => each.expression);
  return { template: isBroken ? { parts: [value], expressions: [] } : { parts, expressions }, found, isBroken };
}

/** A text that is an expression without being marked as one: `if: tasks.a.outputs.rows > 0`. */
export function parseBare(tree: ScalarTree, source: string, problems: Problems): FoundExpression | null {
  const quote = /^["']/.test(source.slice(tree.start)) ? 1 : 0;
  return at(textOf(tree), tree.start + quote - 3, tree, source, problems);
}

/** `place` is where `${{` stands. */
function at(text: string, place: number, tree: ScalarTree, source: string, problems: Problems): FoundExpression | null {
  const isLiteral = source.startsWith(text, place + 3);
  const spanAt = (offset: number, length: number): Span => {
    if (!isLiteral) return { start: Math.max(place, tree.start), end: Math.max(place, tree.start) + 1 };
    return { start: place + 3 + offset, end: Math.min(place + 3 + offset + length, source.length) };
  };
  const { references, fault } = parseExpression(text);
  if (fault !== null) {
    problems.error(spanAt(fault.offset, 1), fault.message, fault.hint);
    return null;
  }
  const lead = text.length - text.trimStart().length;
  const span = spanAt(lead, text.trim().length);
  const reads = references.map(({ path: [head = '', ...rest] }) => [head.toLowerCase(), ...rest]);
  return { expression: { text: text.trim(), at: problems.placeOf(span.start), reads }, references, span, at: spanAt };
}

/** Where the marks stand in the file: the n-th in the value is the n-th in its source, however it is quoted or folded. */
function openings(tree: ScalarTree, source: string): number[] {
  const places: number[] = [];
  for (let at = source.indexOf('${{', tree.start); at !== -1 && at < tree.end; at = source.indexOf('${{', at + 3))
    places.push(at);
  return places;
}

/** The closing mark; those inside of a quoted text do not count. */
function endOf(value: string, from: number): number {
  let isQuoted = false;
  for (let at = from; at < value.length; at++) {
    if (value[at] === "'") isQuoted = !isQuoted;
    else if (!isQuoted && value.startsWith('}}', at)) return at;
  }
  // With a text that is never closed, the nearest will do: what is wrong is told of the expression.
  return value.indexOf('}}', from);
}
