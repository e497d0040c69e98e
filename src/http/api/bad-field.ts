/** The refusal of a request for one of its fields: a parameter, or a place in the body. */
import { WeirError } from '../../model/errors.ts';

const LONGEST_FIELD = 200;

/** `fault` completes the field's name to a sentence. */
export function badField(field: string, fault: string, options: { hint?: string; cause?: unknown } = {}): WeirError {
  const name = field.slice(0, LONGEST_FIELD).toWellFormed();
  return new WeirError('invalid-value', `${name} ${fault}`, { ...options, fields: [{ field: name, message: fault }] });
}
