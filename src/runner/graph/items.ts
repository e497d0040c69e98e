/** What a for_each goes over: a list as written, or as an expression gives it, or every combination of a matrix. */
import { WeirError } from '../../model/errors.ts';
import { expandMatrix, refuseTooMany } from '../../model/matrix.ts';
import type { YamlData, YamlTask } from '../yaml/yaml-flow.ts';
import type { Contexts } from './contexts.ts';
import type { YamlPlace } from './place.ts';

type Task = Pick<YamlTask, 'name' | 'forEach'>;

/** @throws WeirError `invalid-value` for what is no list, or too many */
export function itemsOf({ name, forEach }: Task, { yaml }: YamlPlace, contexts: Contexts): readonly unknown[] {
  const listOf = (data: YamlData, what: string) =>
    requireList(yaml.renderData(data, contexts), `${what} of task "${name}"`);
  if (forEach?.kind === 'items') return listOf(forEach.items, 'for_each');
  const dimensions = Object.entries(forEach?.dimensions ?? {}).map(
    ([dimension, data]): [string, readonly unknown[]] => [dimension, listOf(data, `for_each.matrix.${dimension}`)],
  );
  return expandMatrix(Object.fromEntries(dimensions));
}

/** What of it may hold expressions. */
export function listsOf({ forEach }: Pick<YamlTask, 'forEach'>): readonly YamlData[] {
  return forEach?.kind === 'items' ? [forEach.items] : Object.values(forEach?.dimensions ?? {});
}

function requireList(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value))
    throw new WeirError('invalid-value', `${what} is ${shown(value)}; it must be a list`, {
      hint: 'a task hands on a list as JSON: echo \'{"days": ["a", "b"]}\' > "$WEIR_OUTPUT"',
    });
  refuseTooMany(value.length);
  return value;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}
