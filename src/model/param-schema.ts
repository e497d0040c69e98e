/**
 * What a parameter may be, read from a JSON Schema: its names, the alternatives of a value, and an expectation in words.
 * Understands what schema libraries write: references, unions, enums, lists of types. Whatever else is said is left to
 * the schema itself, which has the last word. Pure.
 */

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Marks that a converter leaves where JSON Schema has no word: a value that is more than JSON, or one that is coerced. */
export const VALUE_MARK = 'x-weir-value';
export const COERCES_MARK = 'x-weir-coerces';
/** On the schema as a whole: it tells how text is read, and refuses nothing. */
export const UNCHECKED_MARK = 'x-weir-unchecked';

export interface KnownParams {
  readonly properties: ReadonlyMap<string, JsonSchema>;
  /** Further names are accepted; what they hold is said by `rest`. */
  readonly isOpen: boolean;
  readonly rest: JsonSchema;
}

const ANYTHING: JsonSchema = {};
const OPEN: KnownParams = { properties: new Map(), isOpen: true, rest: ANYTHING };
/** References that lead round in a circle end here. */
const DEEPEST = 20;

/** The parameters that a schema names, those of all its alternatives; without a schema any name will do. */
export function knownParams(schema: JsonSchema | null): KnownParams {
  return schema === null ? OPEN : paramsOf(schema, schema, 0);
}

/** The simple schemas that a value may satisfy, unions and references resolved, in the order of their declaration. */
export function alternativesOf(schema: JsonSchema, root: JsonSchema, depth = 0): JsonSchema[] {
  if (depth > DEEPEST) return [ANYTHING];
  const target = dereference(schema, root);
  const { anyOf, oneOf, allOf, type } = target as Record<'anyOf' | 'oneOf' | 'allOf', JsonSchema[] | undefined> & {
    type?: unknown;
  };
  const branches = anyOf ?? oneOf;
  if (Array.isArray(branches)) return branches.flatMap((each) => alternativesOf(each, root, depth + 1));
  if (Array.isArray(allOf) && type === undefined) {
    const [first] = allOf;
    return first === undefined ? [ANYTHING] : alternativesOf(first, root, depth + 1);
  }
  return Array.isArray(type) ? type.map((each: unknown) => ({ ...target, type: each })) : [target];
}

/** The values that an alternative is limited to; null when its type alone limits it. */
export function constantsOf(alternative: JsonSchema): readonly unknown[] | null {
  if (Array.isArray(alternative.enum)) return alternative.enum;
  return 'const' in alternative ? [alternative.const] : null;
}

/** `a number`, `one of "a", "b"`, `a list or null`: what the value was expected to be; null when that is unknown. */
export function expectationOf(schema: JsonSchema, root: JsonSchema): string | null {
  const words = alternativesOf(schema, root).map(wordOf);
  return words.length === 0 || words.includes(null) ? null : [...new Set(words)].join(' or ');
}

/** The schema of what lies at a path of keys; null where the schema does not say. */
export function schemaAt(path: readonly PropertyKey[], root: JsonSchema | null): JsonSchema | null {
  let at: JsonSchema | null = root;
  for (const key of path) {
    if (root === null || at === null) return null;
    const holders: JsonSchema[] = alternativesOf(at, root);
    at = null;
    for (const holder of holders) at ??= childOf(holder, key);
  }
  return at;
}

function childOf(
  { properties, items, prefixItems, additionalProperties }: JsonSchema,
  key: PropertyKey,
): JsonSchema | null {
  if (typeof key === 'number') {
    const single = Array.isArray(prefixItems) ? (prefixItems[key] as unknown) : undefined;
    return schemaOrNull(single ?? items);
  }
  if (isSchema(properties) && Object.hasOwn(properties, key)) return schemaOrNull(properties[String(key)]);
  return schemaOrNull(additionalProperties);
}

function paramsOf(schema: JsonSchema, root: JsonSchema, depth: number): KnownParams {
  if (depth > DEEPEST) return OPEN;
  const target = dereference(schema, root);
  const parts = (target.anyOf ?? target.oneOf ?? target.allOf) as JsonSchema[] | undefined;
  if (Array.isArray(parts)) return together(parts.map((part) => paramsOf(part, root, depth + 1)));
  const { properties, additionalProperties } = target;
  if (!isSchema(properties)) return { ...OPEN, rest: schemaOrNull(additionalProperties) ?? ANYTHING };
  return {
    properties: new Map(Object.entries(properties as Record<string, JsonSchema>)),
    isOpen: additionalProperties !== undefined && additionalProperties !== false,
    rest: schemaOrNull(additionalProperties) ?? ANYTHING,
  };
}

function together(all: readonly KnownParams[]): KnownParams {
  const properties = new Map<string, JsonSchema>();
  for (const [name, schema] of all.flatMap((each) => [...each.properties])) {
    const other = properties.get(name);
    properties.set(name, other === undefined ? schema : { anyOf: [other, schema] });
  }
  return {
    properties,
    isOpen: all.some((each) => each.isOpen),
    rest: all.find((each) => each.isOpen)?.rest ?? ANYTHING,
  };
}

function dereference(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let target = schema;
  for (let hops = 0; hops < DEEPEST && typeof target.$ref === 'string'; hops++) {
    let found: unknown = root;
    for (const part of target.$ref.replace(/^#\/?/, '').split('/')) {
      const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
      if (key !== '') found = isSchema(found) && Object.hasOwn(found, key) ? found[key] : undefined;
    }
    target = schemaOrNull(found) ?? ANYTHING;
  }
  return target;
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'null',
  array: 'a list',
  object: 'an object',
};

function wordOf(alternative: JsonSchema): string | null {
  const constants = constantsOf(alternative);
  if (constants !== null)
    return constants.length === 1
      ? JSON.stringify(constants[0])
      : `one of ${constants.map((value) => JSON.stringify(value)).join(', ')}`;
  if (alternative[VALUE_MARK] === 'date' || alternative.format === 'date-time') return 'a date and time';
  if (alternative.format === 'date') return 'a date such as 2026-11-16';
  return WORDS[String(alternative.type)] ?? null;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function schemaOrNull(value: unknown): JsonSchema | null {
  return isSchema(value) ? value : null;
}
