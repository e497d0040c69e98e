/**
 * The part of JSON Schema (draft 2020-12) by which parameters of YAML flows are described: what a schema may hold.
 * A keyword that is not of this part is refused by name: one that were ignored would let through what it forbids. Pure.
 */
import { nearest } from './errors.ts';

/** What is wrong, and where: a path of keys and indexes from the root. */
export interface SchemaFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint: string | null;
}

export const SCHEMA_TYPES = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'] as const;
export const SCHEMA_FORMATS = ['date', 'date-time', 'time', 'email', 'uri', 'uuid'] as const;

type Check =
  | 'text'
  | 'number'
  | 'count'
  | 'flag'
  | 'schema'
  | 'schemas'
  | 'named-schemas'
  | 'texts'
  | 'list'
  | 'any'
  | 'type'
  | 'format'
  | 'pattern'
  | 'schema-or-flag';

/** Every keyword that is understood, and what it holds. */
export const SCHEMA_KEYWORDS: Readonly<Record<string, Check>> = {
  ...{ type: 'type', title: 'text', description: 'text', default: 'any', examples: 'list', enum: 'list', const: 'any' },
  ...{
    minimum: 'number',
    maximum: 'number',
    exclusiveMinimum: 'number',
    exclusiveMaximum: 'number',
    multipleOf: 'number',
  },
  ...{ minLength: 'count', maxLength: 'count', pattern: 'pattern', format: 'format' },
  ...{ items: 'schema', prefixItems: 'schemas', minItems: 'count', maxItems: 'count', uniqueItems: 'flag' },
  ...{
    properties: 'named-schemas',
    required: 'texts',
    additionalProperties: 'schema-or-flag',
    minProperties: 'count',
    maxProperties: 'count',
  },
  ...{ anyOf: 'schemas', oneOf: 'schemas', allOf: 'schemas', not: 'schema' },
};

/** What is wrong with a schema itself. */
export function schemaFaults(schema: unknown, path: readonly (string | number)[] = []): SchemaFault[] {
  if (!isObject(schema)) return [{ path, message: `a schema is an object, such as { type: string }`, hint: null }];
  return Object.entries(schema).flatMap(([key, value]): SchemaFault[] => {
    const at = [...path, key];
    const check = Object.hasOwn(SCHEMA_KEYWORDS, key) ? SCHEMA_KEYWORDS[key] : undefined;
    if (check === undefined)
      return [
        {
          path: at,
          message: `"${key.slice(0, 60)}" is no keyword of JSON Schema that Weir knows`,
          hint: keywordHint(key),
        },
      ];
    return keywordFaults(check, value, at);
  });
}

function keywordFaults(check: Check, value: unknown, path: readonly (string | number)[]): SchemaFault[] {
  const key = String(path.at(-1));
  const fault = (message: string, hint: string | null = null): SchemaFault[] => [{ path, message, hint }];
  const must = (isRight: boolean, what: string) => (isRight ? [] : fault(`${key} must be ${what}`));
  switch (check) {
    case 'any':
      return [];
    case 'text':
      return must(typeof value === 'string', 'a text');
    case 'number':
      return must(
        typeof value === 'number' && Number.isFinite(value) && (key !== 'multipleOf' || value > 0),
        key === 'multipleOf' ? 'a number above 0' : 'a number',
      );
    case 'count':
      return must(Number.isSafeInteger(value) && (value as number) >= 0, 'a whole number of 0 or more');
    case 'flag':
      return must(typeof value === 'boolean', 'true or false');
    case 'list':
      return must(Array.isArray(value) && (key !== 'enum' || value.length > 0), 'a list of values');
    case 'texts':
      if (typeof value === 'boolean')
        return fault(
          'required is a list of the properties that an object must have',
          'a parameter without default must be given anyway; one with a default need not',
        );
      return must(Array.isArray(value) && value.every((each) => typeof each === 'string'), 'a list of names');
    case 'pattern':
      return must(typeof value === 'string' && isPattern(value), 'a regular expression');
    case 'format': {
      if ((SCHEMA_FORMATS as readonly unknown[]).includes(value)) return [];
      return fault(`the format ${JSON.stringify(value)} is not checked by Weir`, didYouMean(value, SCHEMA_FORMATS));
    }
    case 'type': {
      const names = Array.isArray(value) ? value : [value];
      const unknown = names.find((name) => !(SCHEMA_TYPES as readonly unknown[]).includes(name));
      if (names.length === 0) return fault('type is an empty list');
      if (unknown === undefined) return [];
      return fault(
        `there is no type ${JSON.stringify(unknown) ?? 'of that kind'}`,
        TYPE_HABITS[String(unknown)] ?? didYouMean(unknown, SCHEMA_TYPES),
      );
    }
    case 'schema':
      return schemaFaults(value, path);
    case 'schema-or-flag':
      return typeof value === 'boolean' ? [] : schemaFaults(value, path);
    case 'schemas':
      if (!Array.isArray(value) || value.length === 0) return fault(`${key} must be a list of schemas`);
      return value.flatMap((each, index) => schemaFaults(each, [...path, index]));
    case 'named-schemas':
      if (!isObject(value)) return fault(`${key} must be an object of schemas`);
      return Object.entries(value).flatMap(([name, each]) => schemaFaults(each, [...path, name]));
  }
}

/** Names of types in other places. */
const TYPE_HABITS: Readonly<Record<string, string>> = {
  str: 'did you mean string?',
  text: 'did you mean string?',
  int: 'did you mean integer?',
  float: 'did you mean number?',
  double: 'did you mean number?',
  bool: 'did you mean boolean?',
  list: 'did you mean array?',
  dict: 'did you mean object?',
  map: 'did you mean object?',
};

/** The nearest name, or all of them. */
export function didYouMean(value: unknown, names: readonly string[]): string {
  const near = typeof value === 'string' && value.length < 60 ? nearest(value, names) : undefined;
  return near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`;
}

function keywordHint(key: string): string {
  const known = Object.keys(SCHEMA_KEYWORDS);
  const near = key.length < 60 ? nearest(key, known) : undefined;
  return near === undefined ? `it knows ${known.join(', ')}` : `did you mean ${near}?`;
}

function isPattern(pattern: string): boolean {
  return parses(() => new RegExp(pattern, 'u'));
}

/** Of JSON. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether reading it throws nothing. */
export function parses(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}
