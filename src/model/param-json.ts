/**
 * JSON to parameters, by a schema that may want more than JSON has: a date is given as its text, a whole number of any
 * size by its digits. What is no such value stays as it is, and the schema refuses it. Pure.
 */
import { alternativesOf, type JsonSchema, schemaAt, VALUE_MARK } from './param-schema.ts';
import { readParam } from './param-text.ts';

const INTEGER = /^-?\d+$/;

/** @throws SyntaxError for what is no JSON */
export function parseJsonParams(text: string, schema: JsonSchema | null): unknown {
  if (schema === null || !JSON.stringify(schema).includes(VALUE_MARK)) return JSON.parse(text);
  return convert(JSON.parse(text, keepDigits), [], schema);
}

/** A number that would lose digits as a number. */
function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source ?? '';
  return typeof value === 'number' && !Number.isSafeInteger(value) && INTEGER.test(source) ? BigInt(source) : value;
}

function convert(value: unknown, path: readonly PropertyKey[], root: JsonSchema): unknown {
  if (Array.isArray(value)) return value.map((item, place) => convert(item, [...path, place], root));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, convert(each, [...path, name], root)]),
    );
  const schema = schemaAt(path, root);
  const alternatives = schema === null ? [] : alternativesOf(schema, root);
  const marked = alternatives.filter((each) => VALUE_MARK in each);
  const isTakenAsItIs = alternatives.some((each) => !(VALUE_MARK in each) && takes(each, value));
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
    const wanted = marked.filter((each) => each[VALUE_MARK] === (typeof value === 'string' ? 'date' : 'bigint'));
    const reading = isTakenAsItIs || wanted.length === 0 ? null : readParam(String(value), { anyOf: wanted }, root);
    if (reading !== null) return reading.value;
  }
  return typeof value === 'bigint' ? Number(value) : value;
}

function takes({ type }: JsonSchema, value: unknown): boolean {
  if (type === undefined) return true;
  return typeof value === 'string' ? type === 'string' : type === 'number' || type === 'integer';
}
