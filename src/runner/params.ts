/** Parameters as given to parameters as the flow's function gets them: validated by its schema, unknown ones refused. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { nearest, WeirError } from '../model/errors.ts';
import {
  alternativesOf,
  COERCES_MARK,
  expectationOf,
  type JsonSchema,
  knownParams,
  schemaAt,
} from '../model/param-schema.ts';
import { readParam } from '../model/param-text.ts';
import type { FlowDefinition } from '../sdk/flow.ts';

/** A value in a message; a large one is no help to anybody. */
const LONGEST_VALUE = 200;

/** @throws WeirError `invalid-parameters` naming every parameter at fault, its value and what was expected */
export async function validateParams(
  definition: FlowDefinition,
  given: unknown,
  jsonSchema: JsonSchema | null,
): Promise<unknown> {
  const schema = definition.options.params;
  if (schema === undefined || definition.options.validateParams === false) return given;
  const unknown = unknownNames(given, jsonSchema);
  const faults = unknown.length === 0 ? [] : [describeUnknown(unknown, jsonSchema)];
  const { value, misread } = readCoerced(without(given, unknown), jsonSchema);
  const outcome = await schema['~standard'].validate(value);
  for (const [name, expected] of misread)
    faults.push(`parameter "${name}" is ${shown((given as Record<string, unknown>)[name])}: expected ${expected}`);
  for (const issue of outcome.issues ?? [])
    if (!misread.has(String(pathOf(issue)[0]))) faults.push(describeIssue(issue, given, jsonSchema));
  if (faults.length > 0) throw new WeirError('invalid-parameters', faults.join('; '));
  return (outcome as StandardSchemaV1.SuccessResult<unknown>).value;
}

/** Schemas drop unknown names in silence; a mistyped parameter must not become its default. */
function unknownNames(given: unknown, jsonSchema: JsonSchema | null): string[] {
  const { properties, isOpen } = knownParams(jsonSchema);
  if (isOpen || typeof given !== 'object' || given === null) return [];
  return Object.keys(given).filter((name) => !properties.has(name));
}

function describeUnknown(unknown: readonly string[], jsonSchema: JsonSchema | null): string {
  const known = [...knownParams(jsonSchema).properties.keys()];
  const near = unknown.flatMap((name) => nearest(name, known) ?? []);
  const list = known.length === 0 ? 'none' : known.join(', ');
  const hint = near.length === 0 ? '' : ` (did you mean ${near.join(', ')}?)`;
  return `there is no parameter ${unknown.map((name) => `"${name}"`).join(', ')}; the flow has ${list}${hint}`;
}

/** What is refused already is not refused a second time by the schema. */
function without(given: unknown, names: readonly string[]): unknown {
  if (names.length === 0) return given;
  return Object.fromEntries(Object.entries(given as object).filter(([name]) => !names.includes(name)));
}

/**
 * Text for a schema that coerces is read here: coercion itself would make 0 of '' and true of 'no'. `misread` are those
 * that no reading was found for, with what was expected.
 */
function readCoerced(given: unknown, jsonSchema: JsonSchema | null) {
  const misread = new Map<string, string>();
  if (jsonSchema === null || typeof given !== 'object' || given === null) return { value: given, misread };
  const { properties } = knownParams(jsonSchema);
  const entries = Object.entries(given).map(([name, value]): [string, unknown] => {
    const schema = properties.get(name);
    if (typeof value !== 'string' || schema === undefined || !isCoerced(schema, jsonSchema)) return [name, value];
    const reading = readParam(value, schema, jsonSchema);
    if (reading !== null) return [name, reading.value];
    misread.set(name, expectationOf(schema, jsonSchema) ?? 'something else');
    return [name, value];
  });
  return { value: Object.fromEntries(entries), misread };
}

function isCoerced(schema: JsonSchema, root: JsonSchema): boolean {
  const alternatives = alternativesOf(schema, root);
  const coerces = alternatives.some((each) => each[COERCES_MARK] === true);
  return coerces && !alternatives.some((each) => each.type === 'string' && each.format !== 'date-time');
}

function pathOf(issue: StandardSchemaV1.Issue): PropertyKey[] {
  return (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
}

function describeIssue(issue: StandardSchemaV1.Issue, given: unknown, jsonSchema: JsonSchema | null): string {
  const path = pathOf(issue);
  if (path.length === 0) return issue.message;
  let value: unknown = given;
  for (const key of path) {
    const holder = value as Record<PropertyKey, unknown> | undefined | null;
    value = holder !== null && holder !== undefined && Object.hasOwn(Object(holder), key) ? holder[key] : undefined;
  }
  const name = path.map((key, depth) =>
    typeof key === 'number' ? `[${key}]` : `${depth > 0 ? '.' : ''}${String(key)}`,
  );
  const schema = schemaAt(path, jsonSchema);
  const expected = schema === null || jsonSchema === null ? null : expectationOf(schema, jsonSchema);
  if (value === undefined)
    return `parameter "${name.join('')}" is missing: ${expected === null ? issue.message : `expected ${expected}`}`;
  // A union says nothing of what it would have taken.
  const message = issue.message === 'Invalid input' && expected !== null ? `expected ${expected}` : issue.message;
  return `parameter "${name.join('')}" is ${shown(value)}: ${message}`;
}

function shown(value: unknown): string {
  try {
    const text = JSON.stringify(value) ?? String(value);
    return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}...` : text;
  } catch {
    // circular, or a BigInt
    return String(value).slice(0, LONGEST_VALUE);
  }
}
