/**
 * Names of options, checked where a flow or task is defined: what is misspelt would be ignored without a word, and a
 * flow would run for months without the retries that its author wrote. Never looks at values.
 */
import { nearest, WeirError } from '../model/errors.ts';

/** @throws WeirError for a name that is none of `known` */
export function refuseUnknownOptions(what: string, options: object, known: Readonly<Record<string, true>>): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue;
    const near = nearest(name, Object.keys(known));
    throw new WeirError('invalid-value', `${what} has no option "${name}"`, {
      hint: near === undefined ? `there are ${Object.keys(known).join(', ')}` : `did you mean ${near}?`,
    });
  }
}
