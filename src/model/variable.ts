/** Variables: named values that flows read and people change. What they may be called and hold. */
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

const NAME = /^[\p{L}_][\p{L}\p{N}_-]*$/u;
const LONGEST_NAME = 200;

/** In bytes of JSON: larger things are results, artifacts and files. */
export const LARGEST_VARIABLE = 256 * 1024;

/** @throws WeirError `invalid-value` for a name that no expression could hold */
export function parseVariableName(name: unknown): string {
  if (typeof name === 'string' && NAME.test(name) && name.length <= LONGEST_NAME) return name;
  throw new WeirError(
    'invalid-value',
    `${JSON.stringify(String(name).slice(0, 50))} cannot be the name of a variable`,
    {
      hint: 'use letters, digits, - and _, and begin with a letter, such as threshold or base-url',
    },
  );
}

/** The JSON that is stored. @throws WeirError `invalid-value` when the value is too large or would not come back as it is */
export function variableText(name: string, value: VariableValue): string {
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) <= LARGEST_VARIABLE) return text;
  throw new WeirError(
    'invalid-value',
    `the value for the variable ${name} has ${Buffer.byteLength(text)} bytes of JSON; a variable has at most ${LARGEST_VARIABLE}`,
    { hint: 'keep it in a file, and its place in the variable' },
  );
}
