/**
 * Text of a person to the value of a parameter, by what the parameter may be: from the command line, from forms. Text
 * that cannot be what is wanted is never bent into it (schemas that coerce take '' for 0, and 'no' for true). Pure.
 */
import { alternativesOf, constantsOf, type JsonSchema, VALUE_MARK } from './param-schema.ts';

/** A value, or null: the text is nothing of what the parameter may be. */
export type Reading = { readonly value: unknown } | null;

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const INTEGER = /^[+-]?\d+$/;
const TRUE = /^(true|yes|on|1)$/i;
const FALSE = /^(false|no|off|0)$/i;
const ISO_DATE = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d|$)/;

/**
 * The first alternative that can read the text wins, in the order of declaration; before them all, a constant that is
 * written exactly so, and JSON in brackets where a list or an object may come. A list needs no brackets: `0.1,1,10`.
 */
export function readParam(text: string, schema: JsonSchema, root: JsonSchema = schema): Reading {
  const alternatives = alternativesOf(schema, root);
  for (const alternative of alternatives) {
    const constant = constantsOf(alternative)?.find((value) => isWrittenAs(value, text));
    if (constant !== undefined) return { value: constant };
  }
  const types = alternatives.map((alternative) => alternative.type);
  const structure = /^\s*[[{]/.test(text) ? parseJson(text) : null;
  if (structure !== null && types.includes(Array.isArray(structure.value) ? 'array' : 'object')) return structure;
  for (const alternative of alternatives) {
    if (constantsOf(alternative) !== null) continue;
    const reading = readAs(text, alternative, root);
    if (reading !== null) return reading;
  }
  return null;
}

/** Without a schema: JSON where it is JSON, else text. A number only if it prints back the same. */
export function readUntyped(text: string): unknown {
  const parsed = parseJson(text);
  if (parsed === null) return text;
  return typeof parsed.value === 'number' && String(parsed.value) !== text ? text : parsed.value;
}

function readAs(text: string, alternative: JsonSchema, root: JsonSchema): Reading {
  const trimmed = text.trim();
  if (alternative[VALUE_MARK] === 'date') return readDate(trimmed);
  if (alternative[VALUE_MARK] === 'bigint') return INTEGER.test(trimmed) ? { value: BigInt(trimmed) } : null;
  switch (alternative.type) {
    case 'string':
      return { value: text };
    case 'number':
    case 'integer':
      return readNumber(trimmed);
    case 'boolean':
      if (TRUE.test(trimmed)) return { value: true };
      return FALSE.test(trimmed) ? { value: false } : null;
    case 'null':
      return trimmed === 'null' ? { value: null } : null;
    case 'array':
      return /^\s*[[{]/.test(text) ? null : readList(text, alternative, root);
    case 'object':
      return null;
    default:
      return { value: readUntyped(text) };
  }
}

/** What the number would lose as a number is kept as text, so that the schema refuses it. */
function readNumber(text: string): Reading {
  if (!NUMBER.test(text)) return null;
  const value = Number(text);
  if (!Number.isFinite(value)) return null;
  return INTEGER.test(text) && BigInt(value) !== BigInt(text) ? null : { value };
}

function readDate(text: string): Reading {
  const date = new Date(text);
  return ISO_DATE.test(text) && !Number.isNaN(date.getTime()) ? { value: date } : null;
}

function readList(text: string, { items }: JsonSchema, root: JsonSchema): Reading {
  if (text.trim() === '') return { value: [] };
  const values: unknown[] = [];
  for (const item of text.split(',')) {
    const reading = readParam(item.trim(), (items as JsonSchema | undefined) ?? {}, root);
    if (reading === null) return null;
    values.push(reading.value);
  }
  return { value: values };
}

function isWrittenAs(value: unknown, text: string): boolean {
  return typeof value === 'string' ? value === text : JSON.stringify(value) === text.trim();
}

function parseJson(text: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return null;
  }
}
