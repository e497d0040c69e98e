/**
 * `-p name=value`, `-p name=@FILE` and `--params JSON|@FILE|-` to parameters: each value is read by its parameter's own
 * type, and a list is made of all that is given for it. What cannot be read stays text: the run then fails and says what
 * was expected. Unknown names, and a second value for what is no list, start no run.
 */
import { readFileSync } from 'node:fs';
import { nearest, WeirError } from '../../model/errors.ts';
import { parseJsonParams } from '../../model/param-json.ts';
import { alternativesOf, type JsonSchema, knownParams } from '../../model/param-schema.ts';
import { readParam, readUntyped } from '../../model/param-text.ts';

/** @throws WeirError `usage` for what cannot be read at all, and for names that the flow does not have */
export function parseParams(
  pairs: readonly string[],
  json: string | undefined,
  schema: JsonSchema | null,
): Record<string, unknown> {
  const { properties, rest } = knownParams(schema);
  // A map: `__proto__` is a name like any other here.
  const params = new Map<string, unknown>(json === undefined ? [] : Object.entries(parseJsonObject(json, schema)));
  const given = new Map<string, unknown[]>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new WeirError('usage', `-p ${pair} is not name=value`, { hint: '-p week=7' });
    const name = pair.slice(0, equals);
    const written = pair.slice(equals + 1);
    const text = readArgument(`-p ${name}`, written, `to give the text itself: -p '${name}=@${written}'`);
    const reading =
      schema === null ? { value: readUntyped(text) } : readParam(text, properties.get(name) ?? rest, schema);
    const value = reading === null ? text : reading.value;
    given.set(name, [...(given.get(name) ?? []), value]);
  }
  for (const [name, values] of given) params.set(name, values.length === 1 ? values[0] : values.flat());
  refuseUnknown([...params.keys()], schema);
  for (const [name, values] of given)
    if (values.length > 1) refuseUnlessList(name, properties.get(name) ?? rest, schema);
  return Object.fromEntries(params);
}

/** Of several values only a list can hold all; which of them another parameter should have is not guessed. */
function refuseUnlessList(name: string, param: JsonSchema, schema: JsonSchema | null): void {
  const types = schema === null ? [] : alternativesOf(param, schema).map(({ type }) => type);
  if (types.includes('array')) return;
  const isKnown = types.some((type) => type !== undefined);
  throw new WeirError(
    'usage',
    `-p ${name} is given more than once, and ${isKnown ? 'takes' : 'may take only'} one value`,
    {
      hint: isKnown ? 'give it once' : `a list is written as JSON: -p '${name}=["a", "b"]'`,
    },
  );
}

/** `@FILE` is what the file holds, `@-` what standard input gives, `@@text` the text `@text`. */
export function readArgument(what: string, text: string, hint: string): string {
  if (!text.startsWith('@')) return text;
  if (text.startsWith('@@')) return text.slice(1);
  return readSource(text.slice(1), what, hint);
}

function parseJsonObject(text: string, schema: JsonSchema | null): Record<string, unknown> {
  const path = text === '-' ? '-' : text.startsWith('@') ? text.slice(1) : null;
  const hint = `--params '{"week": 7}', --params @file.json, or --params - for standard input`;
  const source = path === null ? text : readSource(path, '--params', hint);
  let value: unknown;
  try {
    value = parseJsonParams(source, schema);
  } catch (cause) {
    throw new WeirError('usage', `--params is no JSON: ${(cause as Error).message}`, { hint, cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new WeirError('usage', '--params must be a JSON object', { hint });
}

function readSource(path: string, flag: string, hint: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (cause) {
    throw new WeirError('usage', `${flag} names a file that cannot be read: ${(cause as Error).message}`, {
      hint,
      cause,
    });
  }
}

function refuseUnknown(names: readonly string[], schema: JsonSchema | null): void {
  const { properties, isOpen } = knownParams(schema);
  const unknown = isOpen ? [] : names.filter((name) => !properties.has(name));
  const [first] = unknown;
  if (first === undefined) return;
  const known = [...properties.keys()];
  const near = unknown.flatMap((name) => nearest(name, known) ?? []);
  throw new WeirError(
    'usage',
    `there is no parameter ${unknown.map((name) => `"${name}"`).join(', ')}; the flow has ${known.length === 0 ? 'none' : known.join(', ')}`,
    near.length === 0 ? {} : { hint: `did you mean ${near.join(', ')}?` },
  );
}
