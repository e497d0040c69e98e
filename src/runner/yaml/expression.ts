/**
 * Expressions as GitHub has them, by its own library: parsed, what they name, and evaluated on plain values. `==` ignores
 * case, an unknown path is null, there is no arithmetic. Parsed once for each expression.
 */
import { data, Evaluator, type Expr, ExpressionError, Lexer, Parser } from '@actions/expressions';
import {
  Binary,
  ContextAccess,
  FunctionCall,
  Grouping,
  IndexAccess,
  Literal,
  Logical,
  Unary,
} from '@actions/expressions/ast';
import { type Token, TokenType } from '@actions/expressions/lexer';
import { nearest, WeirError } from '../../model/errors.ts';
import type { YamlData, YamlExpression, YamlTemplate } from './yaml-flow.ts';

/** What an expression cannot be, with the place inside of its text. */
export interface ExpressionFault {
  readonly offset: number;
  readonly message: string;
  readonly hint: string | null;
}

/** What an expression names: `steps` as far as they are literal, and where in its text. */
export interface Reference {
  readonly path: readonly string[];
  /** Where the name begins. */
  readonly offset: number;
  /** Something follows that is known only at run time: `tasks[params.which]`. */
  readonly isOpen: boolean;
}

export type ParsedExpression =
  | { readonly expr: Expr; readonly references: readonly Reference[]; readonly fault: null }
  | { readonly expr: null; readonly references: readonly []; readonly fault: ExpressionFault };

/** Names by which an expression reaches values, each with what it holds. */
export type Contexts = Readonly<Record<string, unknown>>;

/** The functions there are, as they are usually written. */
export const FUNCTIONS = [
  'contains',
  'endsWith',
  'format',
  'fromJSON',
  'join',
  'startsWith',
  'toJSON',
  'case',
] as const;

const parsed = new WeakMap<YamlExpression, Expr>();

/** Parses the text between `${{` and `}}`. Names are not judged here. */
export function parseExpression(text: string): ParsedExpression {
  if (text.trim() === '') return faulty(0, 'the expression is empty', 'such as ${{ params.day }}');
  try {
    const { tokens } = new Lexer(text).lex();
    for (const token of tokens) {
      // The library replaces only the first doubled quote of a text.
      if (token.type === TokenType.STRING) token.value = token.lexeme.slice(1, -1).replaceAll("''", "'");
    }
    const names = tokens.filter((token) => token.type === TokenType.IDENTIFIER).map((token) => token.lexeme);
    for (const [at, token] of tokens.entries()) {
      const isCall = token.type === TokenType.IDENTIFIER && tokens[at + 1]?.type === TokenType.LEFT_PAREN;
      const fault = isCall && tokens[at - 1]?.type !== TokenType.DOT ? unknownFunction(token.lexeme) : null;
      if (fault !== null) return faulty(offsetOf(text, token.range.start), ...fault);
    }
    const expr = new Parser(tokens, names, []).parse();
    const references: Reference[] = [];
    collect(expr, text, references);
    return { expr, references, fault: null };
  } catch (error) {
    return explain(error, text);
  }
}

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
    return fromData(new Evaluator(expr, known).evaluate());
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

function toData(
  value: unknown,
):
  | data.Dictionary
  | InstanceType<typeof data.Array>
  | data.StringData
  | data.NumberData
  | data.BooleanData
  | data.Null {
  switch (typeof value) {
    case 'string':
      return new data.StringData(value);
    case 'number':
      return new data.NumberData(value);
    case 'bigint':
      return new data.StringData(String(value));
    case 'boolean':
      return new data.BooleanData(value);
    case 'object': {
      if (value === null) return new data.Null();
      if (value instanceof Date) return new data.StringData(value.toISOString());
      if (Array.isArray(value)) {
        const list = new data.Array();
        for (const item of value) list.add(toData(item));
        return list;
      }
      return dictionary(Object.entries(value).map(([key, item]) => [key, toData(item)]));
    }
    default:
      return new data.Null();
  }
}

function dictionary(entries: readonly (readonly [string, data.ExpressionData])[]): data.Dictionary {
  const made = new data.Dictionary();
  // The library looks keys up in an ordinary object, where some are there before anybody put them in.
  (made as unknown as { indexMap: object }).indexMap = Object.create(null) as object;
  for (const [key, item] of entries) made.add(key, item);
  return made;
}

/**
 * Of a context whose members are all named, only those: a run may have thousands of tasks and variables. What is written
 * exactly so comes before what differs by case, for variables of the environment can.
 */
function valueNamed(head: string, reads: YamlExpression['reads'], context: unknown): data.ExpressionData {
  const members = reads.flatMap(([name, member]) => (name === head ? [member] : []));
  const isPlain = typeof context === 'object' && context !== null && !Array.isArray(context);
  if (!isPlain || members.some((member) => member === undefined)) return toDataOnce(context);
  const holder = context as Record<string, unknown>;
  const named = members.flatMap((member = '') => {
    if (Object.hasOwn(holder, member)) return [member];
    const lower = member.toLowerCase();
    return Object.keys(holder).find((key) => key.toLowerCase() === lower) ?? [];
  });
  return dictionary(named.map((name) => [name, toDataOnce(holder[name])]));
}

/** What is named by thousands of items is converted for the first. */
const converted = new WeakMap<object, data.ExpressionData>();

function toDataOnce(value: unknown): data.ExpressionData {
  if (typeof value !== 'object' || value === null) return toData(value);
  const known = converted.get(value) ?? toData(value);
  converted.set(value, known);
  return known;
}

function fromData(value: data.ExpressionData): unknown {
  switch (value.kind) {
    case data.Kind.Null:
      return null;
    case data.Kind.Array:
      return (value as InstanceType<typeof data.Array>).values().map(fromData);
    case data.Kind.Dictionary:
      return Object.fromEntries((value as data.Dictionary).pairs().map((pair) => [pair.key, fromData(pair.value)]));
    default:
      return (value as data.StringData | data.NumberData | data.BooleanData).value;
  }
}

/** Every chain of names, from the outside in. */
function collect(expr: Expr | undefined, text: string, found: Reference[]): void {
  if (expr instanceof Unary) collect(expr.expr, text, found);
  else if (expr instanceof Binary) for (const side of [expr.left, expr.right]) collect(side, text, found);
  else if (expr instanceof Logical || expr instanceof FunctionCall)
    for (const each of expr.args) collect(each, text, found);
  else if (expr instanceof Grouping) collect(expr.group, text, found);
  else if (expr instanceof ContextAccess)
    found.push({ path: [expr.name.lexeme], offset: offsetOf(text, expr.name.range.start), isOpen: false });
  else if (expr instanceof IndexAccess) {
    const before = found.length;
    collect(expr.expr, text, found);
    const chain = found[before];
    const isChain = found.length === before + 1 && isPath(expr.expr);
    const { index } = expr;
    if (chain !== undefined && isChain && !chain.isOpen) {
      const name = index instanceof Literal && 'value' in index.literal ? String(index.literal.value) : null;
      found[before] = name === null ? { ...chain, isOpen: true } : { ...chain, path: [...chain.path, name] };
    }
    if (!(index instanceof Literal)) collect(index, text, found);
  }
}

function isPath(expr: Expr): boolean {
  return expr instanceof ContextAccess || (expr instanceof IndexAccess && isPath(expr.expr));
}

function unknownFunction(name: string): [string, string] | null {
  if (FUNCTIONS.some((known) => known.toLowerCase() === name.toLowerCase())) return null;
  const near = nearest(name, FUNCTIONS);
  const instead: Readonly<Record<string, string>> = {
    always: 'use the trigger rule: when: always',
    failure: 'use the trigger rule: when: one_failed',
    success: 'use the trigger rule: when: all_success',
    cancelled: 'use the handler on_cancellation',
    hashfiles: 'use cache: { files: [...] }',
  };
  const hint =
    instead[name.toLowerCase()] ?? (near === undefined ? `there are ${FUNCTIONS.join(', ')}` : `did you mean ${near}?`);
  return [`there is no function ${name}()`, hint];
}

/** The library's words, made to fit, with the place that they name. */
function explain(error: unknown, text: string): ParsedExpression {
  if (error instanceof ExpressionError) {
    const { lexeme, range } = (error as unknown as { readonly tok: Token }).tok;
    const offset = Math.min(offsetOf(text, range.start), text.length);
    if (lexeme === '' || /end of expression/i.test(error.message))
      return faulty(offset, 'the expression ends too early', 'look for a missing bracket or operand');
    if (/parameters/.test(error.message)) return faulty(offset, `${lexeme}() has the wrong number of arguments`, null);
    if (/max expression depth/.test(error.message)) return faulty(offset, 'the expression is nested too deeply', null);
    return faulty(offset, `"${shorten(lexeme)}" is not expected here`, habitOf(text, offset));
  }
  const place = /Located at position (\d+)/.exec(String((error as Error).message))?.[1];
  if (place !== undefined) {
    const offset = Number(place) - 1;
    const [word = ''] = text.slice(offset).split(/\s/);
    if (text[offset] === "'") return faulty(offset, 'a text is not closed', "texts stand in single quotes: 'abc'");
    return faulty(offset, `"${shorten(word)}" is not expected here`, habitOf(text, offset));
  }
  return faulty(0, 'this is no expression', null);
}

function habitOf(text: string, offset: number): string | null {
  const rest = text.slice(offset);
  if (/^["`]/.test(rest)) return "texts stand in single quotes: 'abc'";
  if (/^[-+*/%]/.test(rest)) return 'expressions have no arithmetic: calculate in the command';
  if (/^=/.test(rest)) return '== compares';
  if (/^(and|&)/i.test(rest)) return '&& means and';
  if (/^(or|\|)/i.test(rest)) return '|| means or; there are no pipes';
  return /^not\b/i.test(text.trim()) ? '! means not' : null;
}

function offsetOf(text: string, { line, column }: { line: number; column: number }): number {
  let start = 0;
  for (let at = 0; at < line; at++) start = text.indexOf('\n', start) + 1;
  return start + column;
}

function faulty(offset: number, message: string, hint: string | null): ParsedExpression {
  return { expr: null, references: [], fault: { offset: Math.max(0, offset), message, hint } };
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
