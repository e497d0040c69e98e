/**
 * Expressions as GitHub has them, evaluated by its own library on plain values: `==` ignores case, an unknown path is null,
 * there is no arithmetic. Parsed once for each expression.
 */
import { data, Evaluator, type Expr } from '@actions/expressions';
import type { FunctionDefinition } from '@actions/expressions/funcs/info';
import { WeirError } from '../../model/errors.ts';
import { dictionary, fromData, toData, valueNamed } from './expression-data.ts';
import { parseExpression } from './parse-expression.ts';
import type { YamlData, YamlExpression, YamlTemplate } from './yaml-flow.ts';

/** Names by which an expression reaches values, each with what it holds. */
export type Contexts = Readonly<Record<string, unknown>>;

/** Instead of the library's, whose objects lose entries; the number of arguments was judged when they were parsed. */
const FUNCTIONS = new Map<string, FunctionDefinition>(
  Object.entries({
    fromjson: (text: data.ExpressionData) => toData(JSON.parse(text.coerceString())),
    tojson: (value: data.ExpressionData) => new data.StringData(JSON.stringify(fromData(value), null, 2)),
  }).map(([name, call]) => [name, { name, minArgs: 1, maxArgs: 1, call }]),
);

const parsed = new WeakMap<YamlExpression, Expr>();

/**
 * The value of an expression: null for what is not there.
 * @throws WeirError `invalid-value` when a function cannot do what it is asked (`fromJSON` of no JSON)
 */
export function evaluate(expression: YamlExpression, contexts: Contexts): unknown {
  let expr = parsed.get(expression);
  if (expr === undefined) {
    const result = parseExpression(expression.text);
    if (result.fault !== null)
      throw new WeirError('invalid-flow', `${result.fault.message} in \${{ ${expression.text} }}`);
    expr = result.expr;
    parsed.set(expression, expr);
  }
  // A name that nothing stands behind would end the library: there is always something.
  const known = dictionary(
    expression.reads.map(([head = '']) => [head, valueNamed(head, expression.reads, contexts[head])]),
  );
  try {
    return fromData(new Evaluator(expr, known, FUNCTIONS).evaluate());
  } catch (error) {
    throw new WeirError(
      'invalid-value',
      `\${{ ${expression.text.trim()} }} cannot be evaluated: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}

/** Whether a value counts as true: null, false, 0 and '' do not. */
export function isTruthy(value: unknown): boolean {
  return !(
    value === null ||
    value === undefined ||
    value === false ||
    value === '' ||
    value === 0 ||
    Number.isNaN(value)
  );
}

/** The text of a template, values as text: lists and objects as JSON, null as nothing. */
export function renderTemplate({ parts, expressions }: YamlTemplate, contexts: Contexts): string {
  return parts.map((part, at) => part + inText(expressions[at], contexts)).join('');
}

/** A value with its expressions replaced; a text that is one expression alone becomes its value. */
export function renderData(value: YamlData, contexts: Contexts): unknown {
  switch (value.kind) {
    case 'plain':
      return value.value;
    case 'template': {
      const alone = onlyExpression(value.template);
      return alone === null ? renderTemplate(value.template, contexts) : evaluate(alone, contexts);
    }
    case 'list':
      return value.items.map((item) => renderData(item, contexts));
    case 'map':
      return Object.fromEntries(
        Object.entries(value.entries).map(([name, each]) => [name, renderData(each, contexts)]),
      );
  }
}

/** The expression that is all of a template; null when there is text around it, or none. */
export function onlyExpression({ parts, expressions }: YamlTemplate): YamlExpression | null {
  const [only] = expressions;
  return only !== undefined && expressions.length === 1 && parts.every((part) => part.trim() === '') ? only : null;
}

function inText(expression: YamlExpression | undefined, contexts: Contexts): string {
  if (expression === undefined) return '';
  const value = evaluate(expression, contexts);
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
