/**
 * Parameters of a YAML flow as a Standard Schema: defaults are evaluated when a run begins (they may name its slot), and
 * every value is judged by the JSON Schema that declares it.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { valueFaults } from '../../model/json-schema-value.ts';
import type { JsonSchema } from '../../model/param-schema.ts';
import { scopes } from '../scope.ts';
import type { YamlParts } from '../yaml/module.ts';
import type { YamlFlow, YamlParam } from '../yaml/yaml-flow.ts';
import { runContexts } from './contexts.ts';

/** A flow that declares none takes none: a mistyped name must not pass in silence. */
const NONE: JsonSchema = { type: 'object', properties: {}, additionalProperties: false };

export function paramsOf({ flow, yaml }: { readonly flow: YamlFlow; readonly yaml: YamlParts }): StandardSchemaV1 {
  const schema = flow.paramsSchema ?? NONE;
  return {
    '~standard': {
      version: 1,
      vendor: 'weir',
      validate: (given) => validate(flow, yaml, given),
      jsonSchema: { input: () => schema },
    },
  } as StandardSchemaV1;
}

async function validate(flow: YamlFlow, yaml: YamlParts, given: unknown): Promise<StandardSchemaV1.Result<unknown>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return { issues: [{ message: 'the parameters must be an object of names and values' }] };
  const values: [string, unknown][] = [];
  const issues: StandardSchemaV1.Issue[] = [];
  const fillIn = defaultsOf(yaml);
  for (const param of flow.params) {
    const isGiven = Object.hasOwn(given, param.name);
    if (!isGiven && param.default === undefined) {
      issues.push({ path: [param.name], message: 'it must be given' });
      continue;
    }
    let value: unknown;
    try {
      value = isGiven ? (given as Record<string, unknown>)[param.name] : await fillIn(param);
    } catch (error) {
      issues.push({ message: `the default of parameter "${param.name}": ${(error as Error).message}` });
      continue;
    }
    values.push([param.name, value]);
    for (const { path, message } of valueFaults(value, param.schema))
      issues.push(
        isGiven
          ? { path: [param.name, ...path], message }
          : { message: `the default of parameter "${param.name}" is ${JSON.stringify(value)}: ${message}` },
      );
  }
  return issues.length > 0 ? { issues } : { value: Object.fromEntries(values) };
}

/** Values of defaults, with what they may name; variables are asked for only where one is named. */
function defaultsOf(yaml: YamlParts): (param: YamlParam) => Promise<unknown> {
  return async ({ default: written, schema }) => {
    if (written === undefined) return undefined;
    const scope = scopes.getStore();
    if (scope === undefined || written.kind === 'plain') return yaml.renderData(written, {});
    const contexts = await runContexts(scope, [written]);
    const { slot } = contexts;
    // A day of the schedule is meant where a date is wanted.
    const isDate = schema.format === 'date';
    return yaml.renderData(written, isDate && slot !== null ? { ...contexts, slot: datesOf(slot) } : contexts);
  };
}

/** `2026-03-01T02:00:00+01:00` to `2026-03-01`: the day in the schedule's own zone. */
function datesOf(slot: unknown): unknown {
  return Object.fromEntries(
    Object.entries(slot as object).map(([name, time]) => [name, typeof time === 'string' ? time.slice(0, 10) : time]),
  );
}
