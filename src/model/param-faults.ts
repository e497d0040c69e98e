/**
 * What is wrong with given parameters, judged by their JSON Schema alone, before there is a run and without the flow's
 * code: for the page and the API. Says nothing where it cannot be sure: the flow itself has the last word. Pure.
 */
import { nearest, WeirError } from './errors.ts';
import { parses } from './json-schema.ts';
import { valueFaults } from './json-schema-value.ts';
import {
  alternativesOf,
  COERCES_MARK,
  expectationOf,
  type JsonSchema,
  knownParams,
  UNCHECKED_MARK,
  VALUE_MARK,
} from './param-schema.ts';
import { readParam } from './param-text.ts';

/** One parameter and why it cannot be: `expected a number`. */
export interface ParamFault {
  readonly field: string;
  readonly message: string;
}

const LONGEST_VALUE = 200;

/** @throws WeirError `invalid-parameters` with every field at fault */
export function refuseParamFaults(given: Readonly<Record<string, unknown>>, schema: JsonSchema | null): void {
  const faults = paramFaults(given, schema);
  if (faults.length === 0) return;
  throw new WeirError('invalid-parameters', faults.map((fault) => inWords(fault, given)).join('; '), {
    fields: faults,
    hint: 'nothing was started; correct the values and send them again',
  });
}

/** In the order of the schema; names that it does not know come last. */
export function paramFaults(given: Readonly<Record<string, unknown>>, schema: JsonSchema | null): ParamFault[] {
  if (schema === null || schema[UNCHECKED_MARK] === true) return [];
  const { properties, isOpen } = knownParams(schema);
  const required = new Set(requiredNames(schema));
  const faults: ParamFault[] = [];
  for (const [field, each] of properties) {
    if (Object.hasOwn(given, field)) {
      const message = faultOf(given[field], each, schema);
      if (message !== null) faults.push({ field, message });
    } else if (required.has(field)) {
      const expected = expectationOf(each, schema);
      faults.push({ field, message: `it must be given${expected === null ? '' : `: ${expected}`}` });
    }
  }
  const names = [...properties.keys()];
  for (const field of isOpen ? [] : Object.keys(given).filter((name) => !properties.has(name))) {
    const near = nearest(field, names);
    const known = names.length === 0 ? 'the flow has no parameters' : `the flow has ${names.join(', ')}`;
    faults.push({
      field,
      message: `there is no such parameter; ${near === undefined ? known : `did you mean ${near}?`}`,
    });
  }
  return faults;
}

/** Names that must be given. Of alternatives nothing is known before one is chosen. */
export function requiredNames(schema: JsonSchema | null): readonly string[] {
  if (schema === null) return [];
  const parts = Array.isArray(schema.allOf) ? (schema.allOf as JsonSchema[]).flatMap(requiredNames) : [];
  return [...(Array.isArray(schema.required) ? (schema.required as string[]) : []), ...parts];
}

const TOO_LARGE = `whole numbers are exact up to ${Number.MAX_SAFE_INTEGER}, and this one would lose digits: give fewer, or declare the parameter as a text`;

/** A whole number that was kept as text, because as a number it would be another. */
function losesDigits(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\s*[+-]?\d{16,400}\s*$/.test(value)) return false;
  return !Number.isFinite(Number(value)) || BigInt(Number(value)) !== BigInt(value.trim().replace(/^\+/, ''));
}

function inWords({ field, message }: ParamFault, given: Readonly<Record<string, unknown>>): string {
  if (!Object.hasOwn(given, field) || message.startsWith('there is no'))
    return `parameter "${field.slice(0, LONGEST_VALUE)}": ${message}`;
  return `parameter "${field}" is ${shown(given[field])}: ${message}`;
}

function faultOf(value: unknown, schema: JsonSchema, root: JsonSchema): string | null {
  const alternatives = alternativesOf(schema, root);
  const expected = () => `expected ${expectationOf(schema, root) ?? 'something else'}`;
  const isText = alternatives.some((each) => each.type === 'string' && each.format !== 'date-time');
  if (typeof value === 'string' && !isText && alternatives.some((each) => each[COERCES_MARK] === true))
    return readParam(value, schema, root) === null ? expected() : null;
  const marks = alternatives.map((each) => each[VALUE_MARK]);
  const isNumber = alternatives.some(({ type }) => type === 'number' || type === 'integer');
  if (isNumber && !isText && !marks.includes('bigint') && losesDigits(value)) return TOO_LARGE;
  if ((value instanceof Date && marks.includes('date')) || (typeof value === 'bigint' && marks.includes('bigint')))
    return null;
  // Text that is no date: as a date in JSON it would pass.
  if (typeof value === 'string' && marks.every((mark) => mark === 'date')) return expected();
  const [fault] = valueFaults(asJson(value), judgeable(schema, root));
  if (fault === undefined) return null;
  const place = fault.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  if (place !== '') return `${place}: ${fault.message}`;
  return (typeof value === 'string' ? textFault(fault.message, alternatives, root) : null) ?? fault.message;
}

/** Formats whose pattern nobody wants to read. */
const FORMATS: Readonly<Record<string, string>> = {
  email: 'an address such as ada@example.org',
  uuid: 'a UUID',
  uri: 'a URL',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
};

/** What a text should have been, where it was typed; null: there is nothing better to say. */
function textFault(message: string, alternatives: readonly JsonSchema[], root: JsonSchema): string | null {
  const [only, ...others] = alternatives;
  if (only === undefined || others.length > 0) return null;
  const { type, format, items } = only;
  const word = typeof format === 'string' && Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (type === 'string') return word === undefined || !message.includes('text like') ? null : `expected ${word}`;
  if (type === 'object') return 'expected an object, written as JSON';
  if (type !== 'array') return null;
  const each = typeof items === 'object' && items !== null ? expectationOf(items as JsonSchema, root) : null;
  return `expected a list${each === null ? '' : `, each ${each}`}`;
}

/** What JSON Schema can judge: dates as their text, whole numbers as numbers. */
function asJson(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(asJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, asJson(each)]));
}

/**
 * Libraries say a format with a pattern that means it more exactly, and write patterns that only they can read: the first
 * is left to the pattern, the second to the library.
 */
function judgeable(schema: JsonSchema, root: JsonSchema): JsonSchema {
  if (root.$schema === undefined) return schema;
  return JSON.parse(JSON.stringify(schema), (_, each: unknown) => {
    if (typeof each !== 'object' || each === null || !('pattern' in each) || typeof each.pattern !== 'string')
      return each;
    const { pattern, format, ...rest } = each as JsonSchema & { pattern: string };
    return parses(() => new RegExp(pattern, 'u')) ? { ...rest, pattern } : rest;
  }) as JsonSchema;
}

function shown(value: unknown): string {
  const text = typeof value === 'bigint' ? String(value) : (JSON.stringify(asJson(value)) ?? String(value));
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}...` : text;
}
