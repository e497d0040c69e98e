/** Values out of URLs, parsed at the edge: a sentence that names the field, never a fault. */
import { WeirError } from '../model/errors.ts';

/** A whole number within bounds, or the fallback when it is not given. @throws WeirError `invalid-value` */
export function parseNumber<T>(
  name: string,
  text: string | undefined,
  least: number,
  most: number,
  fallback: T,
): number | T {
  if (text === undefined || text === '') return fallback;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new WeirError(
    'invalid-value',
    `${name} is "${text.slice(0, 50)}"; it must be a whole number from ${least} to ${most}`,
  );
}
