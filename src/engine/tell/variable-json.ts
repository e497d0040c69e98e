/** Variables as the JSON that users script against: field names are a promise. And what is said of one that is not there. */
import { nearest, WeirError } from '../../model/errors.ts';
import type { VariableValue } from '../../model/variable.ts';
import type { Store } from '../../store/store.ts';
import type { VariableRow } from '../../store/variables.ts';
import { isoTime } from './told-times.ts';

/** As an item of `weir variable ls --json`. */
export function variableJson({ name, value, updatedAt }: VariableRow) {
  return { name, value: JSON.parse(value) as VariableValue, updated_at: isoTime(updatedAt) };
}

/** @throws WeirError `not-found` with the nearest name */
export function findVariable({ variables }: Store, name: string): VariableRow {
  const row = variables.byName(name);
  if (row !== null) return row;
  const near = nearest(name.slice(0, 200), variables.names());
  throw new WeirError('not-found', `there is no variable ${name.slice(0, 200)}`, {
    hint: near === undefined ? 'weir variable ls' : `did you mean ${near}?`,
  });
}
