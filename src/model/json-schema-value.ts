/** Why a value does not satisfy a JSON Schema that has no faults of its own (json-schema.ts). Pure. */
import { didYouMean, isObject, parses, type SchemaFault } from './json-schema.ts';
import { expectationOf, type JsonSchema } from './param-schema.ts';

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
