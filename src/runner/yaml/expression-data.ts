/** Plain values as the library of expressions has them, and back. */
import { data } from '@actions/expressions';
import { ExactDictionary } from './exact-dictionary.ts';
import type { YamlExpression } from './yaml-flow.ts';

export function toData(
  value: unknown,
):
  | data.Dictionary
  | InstanceType<typeof data.Array>
  | data.StringData
  | data.NumberData
  | data.BooleanData
  | data.Null {
  switch (typeof value) {
    case 'string':
      return new data.StringData(value);
    case 'number':
      return new data.NumberData(value);
    case 'bigint':
      return new data.StringData(String(value));
    case 'boolean':
      return new data.BooleanData(value);
    case 'object': {
      if (value === null) return new data.Null();
      if (value instanceof Date) return new data.StringData(value.toISOString());
      if (Array.isArray(value)) {
        const list = new data.Array();
        for (const item of value) list.add(toData(item));
        return list;
      }
      return dictionary(Object.entries(value).map(([key, item]) => [key, toData(item)]));
    }
    default:
      return new data.Null();
  }
}

export function dictionary(entries: readonly (readonly [string, data.ExpressionData])[]): data.Dictionary {
  const made = new ExactDictionary();
  for (const [key, item] of entries) made.add(key, item);
  return made;
}

/**
 * Of a context whose members are all named, only those: a run may have thousands of tasks and variables. What is written
 * exactly so comes before what differs by case, for variables of the environment can.
 */
export function valueNamed(head: string, reads: YamlExpression['reads'], context: unknown): data.ExpressionData {
  const members = reads.flatMap(([name, member]) => (name === head ? [member] : []));
  const isPlain = typeof context === 'object' && context !== null && !Array.isArray(context);
  if (!isPlain || members.some((member) => member === undefined)) return toDataOnce(context);
  const holder = context as Record<string, unknown>;
  const named = members.flatMap((member = '') => {
    if (Object.hasOwn(holder, member)) return [member];
    const lower = member.toLowerCase();
    return Object.keys(holder).find((key) => key.toLowerCase() === lower) ?? [];
  });
  return dictionary(named.map((name) => [name, toDataOnce(holder[name])]));
}

/** What is named by thousands of items is converted for the first. */
const converted = new WeakMap<object, data.ExpressionData>();

function toDataOnce(value: unknown): data.ExpressionData {
  if (typeof value !== 'object' || value === null) return toData(value);
  const known = converted.get(value) ?? toData(value);
  converted.set(value, known);
  return known;
}

export function fromData(value: data.ExpressionData): unknown {
  switch (value.kind) {
    case data.Kind.Null:
      return null;
    case data.Kind.Array:
      return (value as InstanceType<typeof data.Array>).values().map(fromData);
    case data.Kind.Dictionary:
      return Object.fromEntries((value as data.Dictionary).pairs().map((pair) => [pair.key, fromData(pair.value)]));
    default:
      return (value as data.StringData | data.NumberData | data.BooleanData).value;
  }
}
