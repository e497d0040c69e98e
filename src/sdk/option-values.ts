/**
 * What options of flows and tasks must be, where no reader of their own says so: a type is only checked by editors, and
 * `tags: 'nightly'` would be seven tags.
 */
import { WeirError } from '../model/errors.ts';

/** @throws WeirError `invalid-value` unless it is left out or a text */
export function refuseNoText(what: string, option: string, value: unknown): void {
  if (value === undefined || typeof value === 'string') return;
  throw wrong(what, option, value, 'a text', `${option}: '...'`);
}

/** @throws WeirError `invalid-value` unless it is left out or a list of texts with something in them */
export function refuseNoTexts(what: string, option: string, value: unknown): void {
  if (value === undefined) return;
  const isList = Array.isArray(value) && value.every((each) => typeof each === 'string' && each.trim() !== '');
  if (!isList) throw wrong(what, option, value, 'a list of texts that are not empty', `${option}: ['a', 'b']`);
}

/** `example`: how it is written. @throws WeirError `invalid-value` unless it is left out or a function */
export function refuseNoFunction(what: string, option: string, value: unknown, example: string): void {
  if (value === undefined || typeof value === 'function') return;
  throw wrong(what, option, value, 'a function', example);
}

/** Names of limits, each with a number. @throws WeirError `invalid-value` unless it is left out or such an object */
export function refuseNoAmounts(what: string, option: string, value: unknown, least: number): void {
  if (value === undefined) return;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(what, option, value, 'an object of names and numbers', `${option}: { gpu: 1 }`);
  for (const [limit, amount] of Object.entries(value)) refuseNotWhole(what, `${option}.${limit}`, amount, least);
}

/** @throws WeirError `invalid-value` unless it is left out or a whole number of `least` or more */
export function refuseNotWhole(what: string, option: string, value: unknown, least: number): void {
  if (value === undefined || (Number.isInteger(value) && (value as number) >= least)) return;
  throw new WeirError(
    'invalid-value',
    `${option} of ${what} is ${told(value)}; it must be a whole number of ${least} or more`,
  );
}

function wrong(what: string, option: string, value: unknown, wanted: string, example: string): WeirError {
  return new WeirError('invalid-value', `${option} of ${what} is ${told(value)}; it must be ${wanted}`, {
    hint: example,
  });
}

function told(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  return (typeof value === 'string' || typeof value === 'object' ? JSON.stringify(value) : String(value)).slice(0, 80);
}
