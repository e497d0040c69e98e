/** Variables: named values that flows read and people change. What they may be called and hold. */
import { isPlainObject, nameOfClass } from './codec-classes.ts';
import { WeirError } from './errors.ts';

/** Anything that JSON has a word for. */
export type VariableValue =
  | null
  | boolean
  | number
  | string
  | readonly VariableValue[]
  | { readonly [key: string]: VariableValue };

/** A value, which may itself be null. */
export interface Variable {
  readonly value: VariableValue;
}

const LONGEST_NAME = 200;
const DEEPEST = 100;

/** In bytes of JSON: larger things are results, artifacts and files. */
export const LARGEST_VARIABLE = 256 * 1024;

/** @throws WeirError `invalid-value` for a name that no expression could hold */
export function parseVariableName(name: unknown): string {
  // In here, for its letters of all scripts take half a millisecond to read, and most runs ask for no variable.
  const isName = typeof name === 'string' && /^[\p{L}_][\p{L}\p{N}_-]*$/u.test(name);
  if (isName && name.length <= LONGEST_NAME) return name;
  throw new WeirError(
    'invalid-value',
    `${JSON.stringify(String(name).slice(0, 50))} cannot be the name of a variable`,
    {
      hint: 'use letters, digits, - and _, and begin with a letter, such as threshold or base-url',
    },
  );
}

/** @throws WeirError `invalid-value` that names the place of what would not come back as it is */
export function checkVariableValue(name: string, value: unknown, place = 'the value', depth = 0): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return;
  if (depth < DEEPEST && Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkVariableValue(name, item, `${place}[${index}]`, depth + 1);
    return;
  }
  if (depth < DEEPEST && typeof value === 'object' && isPlainObject(value)) {
    for (const [key, item] of Object.entries(value)) checkVariableValue(name, item, `${place}.${key}`, depth + 1);
    return;
  }
  throw refusal(name, place, depth === DEEPEST ? 'nested too deeply' : kindOf(value));
}

function refusal(name: string, place: string, what: string): WeirError {
  return new WeirError(
    'invalid-value',
    `the variable ${name} cannot be set: ${place} is ${what}, which JSON cannot hold`,
    {
      hint: 'give text, a finite number, true, false, null, or lists and objects of these',
    },
  );
}

function kindOf(value: unknown): string {
  if (typeof value === 'object' && value !== null) return `of the class ${nameOfClass(value)}`;
  return typeof value === 'number' || value === undefined ? String(value) : `a ${typeof value}`;
}

/** The JSON that is stored. @throws WeirError `invalid-value` when the value is too large */
export function variableText(name: string, value: VariableValue): string {
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) <= LARGEST_VARIABLE) return text;
  throw new WeirError(
    'invalid-value',
    `the value for the variable ${name} has ${Buffer.byteLength(text)} bytes of JSON; a variable has at most ${LARGEST_VARIABLE}`,
    { hint: 'keep it in a file, and its place in the variable' },
  );
}
