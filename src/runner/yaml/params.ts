/**
 * Parameters as a YAML flow declares them: each a JSON Schema, with Weir's short types `date`, `datetime` and `time`, and
 * a default that may hold expressions. Schemas are judged here, and literal defaults by their own schema.
 */

import { SCHEMA_TYPES, type SchemaFault, schemaFaults } from '../../model/json-schema.ts';
import { valueFaults } from '../../model/json-schema-value.ts';
import type { JsonSchema } from '../../model/param-schema.ts';
import type { Reading } from './reading.ts';
import { entryOf, shorten, shown } from './told.ts';
import type { MapTree, Tree } from './tree.ts';
import type { YamlParam } from './yaml-flow.ts';

/** `type: date` and what it stands for. */
const SHORT_TYPES: Readonly<Record<string, JsonSchema>> = {
  date: { type: 'string', format: 'date' },
  datetime: { type: 'string', format: 'date-time' },
  time: { type: 'string', format: 'time' },
};

/** Names of the short types. */
export const PARAM_TYPES: readonly string[] = Object.keys(SHORT_TYPES);

/** The parameters under `params:`, those that are right. */
export function readParams(tree: MapTree, reading: Reading): YamlParam[] {
  refuseTwins(tree, reading);
  return tree.entries.flatMap((entry) => {
    const { name, key, value } = entry;
    const path = `params.${name}`;
    if (value.kind !== 'map') {
      const example = `${name}: { type: ${typeof (value.kind === 'scalar' ? value.value : '') === 'number' ? 'number' : 'string'} }`;
      const isNothing = value.kind === 'scalar' && value.value === null;
      reading.problems.error(
        isNothing ? key : value,
        `${path} is ${shown(value)}; it must be a JSON Schema`,
        `such as ${example}; a default stands inside: { type: string, default: x }`,
      );
      return [];
    }
    const written = value.entries.find((each) => each.name === 'default');
    const schema = schemaOf(value);
    const faults = schemaFaults(schema);
    for (const fault of faults) tell(fault, value, path, reading);
    const fallback = written === undefined ? undefined : reading.data(written.value, PARAM_PLACE);
    if (fallback?.kind === 'plain' && faults.length === 0)
      for (const fault of valueFaults(fallback.value, schema).slice(0, 5))
        tell(
          {
            ...fault,
            path: ['default', ...fault.path],
            message: `the default of ${path} does not satisfy its own schema: ${fault.message}`,
          },
          value,
          path,
          reading,
        );
    return [
      {
        name,
        schema,
        at: reading.problems.placeOf(key.start),
        ...(fallback === undefined ? {} : { default: fallback }),
      },
    ];
  });
}

/** JSON Schema of all parameters; defaults with expressions stand in it as they are written. */
export function paramsSchemaOf(params: readonly YamlParam[], written: ReadonlyMap<string, unknown>): JsonSchema | null {
  if (params.length === 0) return null;
  const properties = params.map(({ name, schema }) => [
    name,
    written.has(name) ? { ...schema, default: written.get(name) } : schema,
  ]);
  return {
    type: 'object',
    properties: Object.fromEntries(properties) as JsonSchema,
    required: params.filter((param) => param.default === undefined).map((param) => param.name),
    additionalProperties: false,
  };
}

/** A tree as plain JSON, expressions as they are written. */
export function plainOf(tree: Tree): unknown {
  switch (tree.kind) {
    case 'scalar':
      return tree.value;
    case 'list':
      return tree.items.map(plainOf);
    case 'map':
      return Object.fromEntries(tree.entries.map((entry) => [entry.name, plainOf(entry.value)]));
  }
}

/** What a default may name: it is read before anything runs. */
export const PARAM_PLACE = { who: 'the default of a parameter', contexts: ['slot', 'run', 'variables'] } as const;

/** The schema as JSON, short types written out, without the default. */
function schemaOf(tree: MapTree): JsonSchema {
  return expandTypes(
    plainOf({ ...tree, entries: tree.entries.filter((entry) => entry.name !== 'default') }),
  ) as JsonSchema;
}

function expandTypes(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(expandTypes);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]): [string, unknown] => {
    const isNested = ['items', 'prefixItems', 'anyOf', 'oneOf', 'allOf', 'not', 'additionalProperties'].includes(key);
    if (key === 'properties' && typeof value === 'object' && value !== null)
      return [key, Object.fromEntries(Object.entries(value).map(([name, each]) => [name, expandTypes(each)]))];
    return [key, isNested ? expandTypes(value) : value];
  });
  const { type } = schema as { type?: unknown };
  const short = typeof type === 'string' && Object.hasOwn(SHORT_TYPES, type) ? SHORT_TYPES[type] : undefined;
  return short === undefined ? Object.fromEntries(entries) : { ...Object.fromEntries(entries), ...short };
}

/** The fault at the deepest place of its path that stands in the file. */
function tell({ path, message, hint }: SchemaFault, tree: MapTree, what: string, reading: Reading): void {
  let at: Tree = tree;
  let span: { start: number; end: number } = tree;
  for (const [depth, step] of path.entries()) {
    const isLast = depth === path.length - 1;
    if (at.kind === 'list' && typeof step === 'number') {
      at = at.items[step] ?? at;
      span = at;
    } else {
      const entry = entryOf(at, String(step));
      if (entry === undefined) break;
      at = entry.value;
      span =
        isLast && message.includes('no keyword') ? entry.key : entry.value.kind === 'scalar' ? entry.value : entry.key;
    }
  }
  const where = message.startsWith('the default') ? '' : `${what}: `;
  const shownValue = message.includes('does not satisfy') && at.kind === 'scalar' ? `, and it is ${shown(at)}` : '';
  const types = [...SCHEMA_TYPES, ...PARAM_TYPES];
  const written = at.kind === 'scalar' && message.startsWith('there is no type') ? String(at.value) : null;
  const isKnown = written === null || hint?.startsWith('did you mean') === true;
  const remedy = isKnown ? hint : reading.problems.suggest(written, types, `there are ${types.join(', ')}`);
  reading.problems.error(span, `${where}${message.slice(0, 300)}${shownValue}`, remedy);
}

/** Expressions ignore case, and so do the variables that hold parameters. */
function refuseTwins(tree: MapTree, { problems }: Reading): void {
  const seen = new Map<string, string>();
  for (const { name, key } of tree.entries) {
    const variable = name.toUpperCase().replace(/[^A-Z0-9]/g, '_');
    const other = seen.get(variable);
    if (other !== undefined)
      problems.error(
        key,
        `params "${shorten(other)}" and "${shorten(name)}" both become the variable WEIR_PARAM_${variable}`,
        'give one of them another name',
      );
    seen.set(variable, name);
  }
}
