/** `-p name=value` and `--params JSON|@FILE` to parameters: each value is parsed by its parameter's own type. */
import { readFileSync } from 'node:fs';
import { nearest, WeirError } from '../model/errors.ts';

type Schema = Readonly<Record<string, unknown>>;

/** @throws WeirError naming parameter, value and expectation */
export function parseParams(
  pairs: readonly string[],
  json: string | undefined,
  schema: Schema | null,
): Record<string, unknown> {
  const params = json === undefined ? {} : parseJsonObject(json);
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new WeirError('usage', `-p ${pair} is not name=value`, { hint: '-p week=7' });
    const name = pair.slice(0, equals);
    params[name] = parseValue(name, pair.slice(equals + 1), propertyOf(schema, name));
  }
  return params;
}

function parseJsonObject(text: string): Record<string, unknown> {
  const source = text.startsWith('@') ? readParamsFile(text.slice(1)) : text;
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (cause) {
    throw new WeirError('usage', `--params is no JSON: ${(cause as Error).message}`, {
      hint: `--params '{"week": 7}' or --params @file.json`,
      cause,
    });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new WeirError('usage', '--params must be a JSON object', { hint: `--params '{"week": 7}'` });
}

function readParamsFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new WeirError('usage', `--params names a file that cannot be read: ${(cause as Error).message}`, { cause });
  }
}

function propertyOf(schema: Schema | null, name: string): Schema | null {
  const properties = schema?.properties as Record<string, Schema> | undefined;
  if (properties === undefined) return null;
  if (Object.hasOwn(properties, name)) return properties[name] ?? null;
  const known = Object.keys(properties);
  const near = nearest(name, known);
  throw new WeirError(
    'usage',
    `there is no parameter "${name}"; the flow has ${known.length === 0 ? 'none' : known.join(', ')}`,
    near === undefined ? {} : { hint: `did you mean ${near}?` },
  );
}

/** A string parameter stays as typed; numbers, booleans, lists and objects are read as what they must be. */
function parseValue(name: string, text: string, schema: Schema | null): unknown {
  const types = typesOf(schema);
  if (types.has('string') && !types.has('array') && !types.has('object')) return text;
  if ((types.has('number') || types.has('integer')) && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()))
    return Number(text);
  if (types.has('boolean') && /^(true|false|yes|no|on|off|1|0)$/i.test(text)) return /^(true|yes|on|1)$/i.test(text);
  if (types.has('null') && text === 'null') return null;
  if (types.has('array') || types.has('object')) return parseStructure(name, text, types.has('array'), schema);
  if (types.size === 0) return parseUntyped(text);
  // Left as text: the schema itself says what it expected, together with what was given.
  return text;
}

function parseStructure(name: string, text: string, isArray: boolean, schema: Schema | null): unknown {
  if (/^\s*[[{]/.test(text)) {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new WeirError('usage', `-p ${name}=${text} is no JSON: ${(cause as Error).message}`, { cause });
    }
  }
  const items = (schema?.items as Schema | undefined) ?? null;
  // `-p alphas=0.1,1,10`: a list without brackets.
  return isArray ? text.split(',').map((item) => parseValue(name, item.trim(), items)) : text;
}

function parseUntyped(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function typesOf(schema: Schema | null): Set<string> {
  if (schema === null) return new Set();
  const own =
    schema.type === undefined ? [] : Array.isArray(schema.type) ? (schema.type as string[]) : [schema.type as string];
  const alternatives = [
    ...((schema.anyOf as Schema[] | undefined) ?? []),
    ...((schema.oneOf as Schema[] | undefined) ?? []),
  ];
  const constants = [
    ...((schema.enum as unknown[] | undefined) ?? []),
    ...('const' in schema ? [schema.const] : []),
  ].map((value) => typeof value);
  return new Set([...own, ...constants, ...alternatives.flatMap((alternative) => [...typesOf(alternative)])]);
}
