/**
 * How the format of YAML flows is described: shapes of values, and fields with a sentence each. The table in format.ts is
 * made of these; reading (read.ts) and the JSON Schema for editors (format-schema.ts) both follow it, so that they
 * cannot drift apart.
 */

export type Shape =
  | TextShape
  | { readonly kind: 'integer' | 'number'; readonly least: number; readonly most?: number }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'duration' }
  | { readonly kind: 'list'; readonly of: Shape; readonly isFilled?: boolean }
  | { readonly kind: 'map'; readonly of: Shape; readonly keys: KeyRule; readonly isFilled?: boolean }
  | { readonly kind: 'object'; readonly name: string; readonly fields: Fields; readonly required?: readonly string[] }
  /** The first whose kind of node fits. */
  | { readonly kind: 'either'; readonly of: readonly Shape[] }
  /** Any JSON, with expressions in its texts. */
  | { readonly kind: 'data' }
  /** JSON Schema of a parameter. */
  | { readonly kind: 'schema' };

export interface TextShape {
  readonly kind: 'text';
  /** `${{ }}` may stand in it. */
  readonly isTemplate?: boolean;
  /** Numbers, true and false count as they are written. */
  readonly takesAny?: boolean;
  /** May be empty. */
  readonly canBeEmpty?: boolean;
  /** One of these. */
  readonly words?: readonly string[];
  readonly rule?: TextRule;
}

export interface TextRule {
  readonly pattern: RegExp;
  /** Completes "it must be ...". */
  readonly says: string;
}

/** What the keys of a map are: completes "a ... such as". */
export interface KeyRule {
  readonly what: string;
  readonly rule?: TextRule;
}

export interface Field {
  readonly shape: Shape;
  /** A sentence for editors and for the manual. */
  readonly says: string;
  /** How it is written, as the hint of a mistake. */
  readonly example: string;
}

export type Fields = Readonly<Record<string, Field>>;

export const text = (more: Omit<TextShape, 'kind'> = {}): TextShape => ({ kind: 'text', ...more });
export const template = (more: Omit<TextShape, 'kind'> = {}): TextShape => ({
  kind: 'text',
  isTemplate: true,
  ...more,
});
export const oneOf = (...words: readonly string[]): TextShape => ({ kind: 'text', words });
export const integer = (least: number, most?: number): Shape =>
  most === undefined ? { kind: 'integer', least } : { kind: 'integer', least, most };
export const BOOLEAN: Shape = { kind: 'boolean' };
export const DURATION: Shape = { kind: 'duration' };
export const listOf = (of: Shape): Shape => ({ kind: 'list', of });
/** One alone, or a list of them; read as a list. */
export const oneOrMore = (of: Shape): Shape => ({ kind: 'either', of: [of, { kind: 'list', of }] });
export const either = (...of: readonly Shape[]): Shape => ({ kind: 'either', of });
export const field = (shape: Shape, says: string, example: string): Field => ({ shape, says, example });
