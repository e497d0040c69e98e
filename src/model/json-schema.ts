/**
 * The part of JSON Schema (draft 2020-12) by which parameters of YAML flows are described, and which values satisfy it.
 * A keyword that is not of this part is refused by name: one that were ignored would let through what it forbids. Pure.
 */
import { nearest } from './errors.ts';
import { expectationOf, type JsonSchema } from './param-schema.ts';

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

/** Why a value does not satisfy a schema that has no faults; nothing when it does. */
export function valueFaults(
  value: unknown,
  schema: JsonSchema,
  path: readonly (string | number)[] = [],
): SchemaFault[] {
  const fault = (message: string): SchemaFault[] => [{ path, message, hint: null }];
  const { type, not } = schema as { type?: string | readonly string[]; not?: JsonSchema };
  const types = typeof type === 'string' ? [type] : type;
  if (types !== undefined && !types.some((each) => isOfType(value, each)))
    return fault(`expected ${expectationOf(schema, schema) ?? types.join(' or ')}`);
  if (Array.isArray(schema.enum) && !schema.enum.some((each) => isSame(each, value)))
    return fault(`expected one of ${schema.enum.map((each) => JSON.stringify(each)).join(', ')}`);
  if ('const' in schema && !isSame(schema.const, value)) return fault(`expected ${JSON.stringify(schema.const)}`);
  const faults = [
    ...(typeof value === 'number' ? numberFaults(value, schema).flatMap(fault) : []),
    ...(typeof value === 'string' ? textFaults(value, schema).flatMap(fault) : []),
    ...(Array.isArray(value) ? listFaults(value, schema, path) : []),
    ...(isObject(value) ? objectFaults(value, schema, path) : []),
    ...branchFaults(value, schema, path),
  ];
  if (not !== undefined && valueFaults(value, not).length === 0) faults.push(...fault('this is what "not" excludes'));
  return faults;
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

function didYouMean(value: unknown, names: readonly string[]): string {
  const near = typeof value === 'string' && value.length < 60 ? nearest(value, names) : undefined;
  return near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`;
}

function keywordHint(key: string): string {
  const known = Object.keys(SCHEMA_KEYWORDS);
  const near = key.length < 60 ? nearest(key, known) : undefined;
  return near === undefined ? `it knows ${known.join(', ')}` : `did you mean ${near}?`;
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case 'null':
      return value === null;
    default:
      // What is left is string, number and boolean, as JavaScript names them.
      return typeof value === type && !Number.isNaN(value);
  }
}

function numberFaults(value: number, schema: JsonSchema): string[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema as Record<
    string,
    number | undefined
  >;
  const faults: string[] = [];
  if (minimum !== undefined && value < minimum) faults.push(`expected ${minimum} or more`);
  if (maximum !== undefined && value > maximum) faults.push(`expected ${maximum} or less`);
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum)
    faults.push(`expected more than ${exclusiveMinimum}`);
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum)
    faults.push(`expected less than ${exclusiveMaximum}`);
  if (multipleOf !== undefined) {
    const quotient = value / multipleOf;
    // 0.3 is a multiple of 0.1, whatever binary fractions say.
    if (Math.abs(quotient - Math.round(quotient)) > 1e-9 * Math.max(1, Math.abs(quotient)))
      faults.push(`expected a multiple of ${multipleOf}`);
  }
  return faults;
}

function textFaults(value: string, schema: JsonSchema): string[] {
  const { minLength, maxLength, pattern, format } = schema as {
    minLength?: number;
    maxLength?: number;
    pattern?: string;
    format?: string;
  };
  const faults: string[] = [];
  if (minLength !== undefined || maxLength !== undefined) {
    const length = [...value].length;
    if (minLength !== undefined && length < minLength) faults.push(`expected at least ${minLength} characters`);
    if (maxLength !== undefined && length > maxLength) faults.push(`expected at most ${maxLength} characters`);
  }
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) faults.push(`expected a text like ${pattern}`);
  if (format !== undefined && !isOfFormat(value, format)) faults.push(`expected ${FORMAT_WORDS[format] ?? format}`);
  return faults;
}

const FORMAT_WORDS: Readonly<Record<string, string>> = {
  date: 'a date such as 2026-11-16',
  'date-time': 'a date and time such as 2026-11-16T06:00:00Z',
  time: 'a time such as 06:30:00',
  email: 'an e-mail address',
  uri: 'an address such as https://example.org',
  uuid: 'a UUID',
};

function isOfFormat(value: string, format: string): boolean {
  switch (format) {
    case 'date':
      return /^\d{4}-\d\d-\d\d$/.test(value) && parses(() => Temporal.PlainDate.from(value, { overflow: 'reject' }));
    case 'date-time':
      return /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d/.test(value) && parses(() => Temporal.Instant.from(value));
    case 'time':
      return (
        /^\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/i.test(value) &&
        parses(() => Temporal.PlainTime.from(value.replace(/(Z|[+-]\d\d:\d\d)$/i, '')))
      );
    case 'email':
      return /^[^\s@]+@[^\s@]+$/.test(value);
    case 'uri':
      return /^[a-z][a-z0-9+.-]*:/i.test(value) && URL.canParse(value);
    case 'uuid':
      return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
    default:
      return true;
  }
}

function listFaults(value: readonly unknown[], schema: JsonSchema, path: readonly (string | number)[]): SchemaFault[] {
  const {
    items,
    prefixItems = [],
    minItems,
    maxItems,
    uniqueItems,
  } = schema as {
    items?: JsonSchema;
    prefixItems?: readonly JsonSchema[];
    minItems?: number;
    maxItems?: number;
    uniqueItems?: boolean;
  };
  const faults: SchemaFault[] = [];
  const fault = (message: string) => faults.push({ path, message, hint: null });
  if (minItems !== undefined && value.length < minItems) fault(`expected at least ${minItems} items`);
  if (maxItems !== undefined && value.length > maxItems) fault(`expected at most ${maxItems} items`);
  if (uniqueItems === true && new Set(value.map(canonical)).size < value.length) fault('expected no item twice');
  for (const [index, item] of value.entries()) {
    const of = prefixItems[index] ?? items;
    if (of !== undefined) faults.push(...valueFaults(item, of, [...path, index]));
  }
  return faults;
}

function objectFaults(
  value: Readonly<Record<string, unknown>>,
  schema: JsonSchema,
  path: readonly (string | number)[],
): SchemaFault[] {
  const {
    properties = {},
    required = [],
    additionalProperties,
    minProperties,
    maxProperties,
  } = schema as {
    properties?: Readonly<Record<string, JsonSchema>>;
    required?: readonly string[];
    additionalProperties?: boolean | JsonSchema;
    minProperties?: number;
    maxProperties?: number;
  };
  const faults: SchemaFault[] = [];
  const names = Object.keys(value);
  const fault = (message: string, hint: string | null = null, at = path) => faults.push({ path: at, message, hint });
  for (const name of required) if (!Object.hasOwn(value, name)) fault(`"${name}" is missing`);
  if (minProperties !== undefined && names.length < minProperties) fault(`expected at least ${minProperties} entries`);
  if (maxProperties !== undefined && names.length > maxProperties) fault(`expected at most ${maxProperties} entries`);
  for (const name of names) {
    const of = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (of !== undefined) faults.push(...valueFaults(value[name], of, [...path, name]));
    else if (additionalProperties === false)
      fault(`"${name}" is not expected`, didYouMean(name, Object.keys(properties)), [...path, name]);
    else if (isObject(additionalProperties))
      faults.push(...valueFaults(value[name], additionalProperties, [...path, name]));
  }
  return faults;
}

function branchFaults(value: unknown, schema: JsonSchema, path: readonly (string | number)[]): SchemaFault[] {
  const { anyOf, oneOf, allOf } = schema as Record<'anyOf' | 'oneOf' | 'allOf', readonly JsonSchema[] | undefined>;
  const faults = (allOf ?? []).flatMap((each) => valueFaults(value, each, path));
  const fitting = (branches: readonly JsonSchema[]) =>
    branches.filter((each) => valueFaults(value, each).length === 0).length;
  const expected = (branches: readonly JsonSchema[]) => {
    const words = expectationOf({ anyOf: branches }, {});
    return words === null ? 'none of the alternatives fits' : `expected ${words}`;
  };
  if (anyOf !== undefined && fitting(anyOf) === 0) faults.push({ path, message: expected(anyOf), hint: null });
  if (oneOf !== undefined && fitting(oneOf) !== 1)
    faults.push({
      path,
      message: fitting(oneOf) === 0 ? expected(oneOf) : 'more than one of the alternatives fits',
      hint: null,
    });
  return faults;
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && canonical(a) === canonical(b));
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    isObject(each) ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))) : each,
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPattern(pattern: string): boolean {
  return parses(() => new RegExp(pattern, 'u'));
}

function parses(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}
