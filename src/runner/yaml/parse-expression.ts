/** Expressions as GitHub has them, read by its own library: what they name, and in our words what they cannot be. */
import { type Expr, ExpressionError, Lexer, Parser } from '@actions/expressions';
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
import { nearest } from '../../model/errors.ts';

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

/** The functions there are, as they are usually written. */
const FUNCTIONS = ['contains', 'endsWith', 'format', 'fromJSON', 'join', 'startsWith', 'toJSON', 'case'] as const;

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
