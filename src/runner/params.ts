/** Parameters as given to parameters as the flow's function gets them: validated by its schema, unknown ones refused. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { nearest, WeirError } from '../model/errors.ts';
import type { FlowDefinition } from '../sdk/flow.ts';

/** @throws WeirError `invalid-parameters` naming parameter, value and expectation */
export async function validateParams(
  definition: FlowDefinition,
  given: unknown,
  jsonSchema: Record<string, unknown> | null,
): Promise<unknown> {
  const schema = definition.options.params;
  if (schema === undefined || definition.options.validateParams === false) return given;
  refuseUnknown(given, jsonSchema);
  const outcome = await schema['~standard'].validate(given);
  if (outcome.issues === undefined) return outcome.value;
  throw new WeirError('invalid-parameters', outcome.issues.map((issue) => describeIssue(issue, given)).join('; '));
}

/** Schemas drop unknown names in silence; a mistyped parameter must not become its default. */
function refuseUnknown(given: unknown, jsonSchema: Record<string, unknown> | null): void {
  const properties = jsonSchema?.properties as Record<string, unknown> | undefined;
  if (properties === undefined || typeof given !== 'object' || given === null) return;
  const { additionalProperties } = jsonSchema ?? {};
  if (
    additionalProperties === true ||
    (typeof additionalProperties === 'object' && Object.keys(additionalProperties ?? {}).length > 0)
  )
    return;
  const known = Object.keys(properties);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = nearest(unknown, known);
  throw new WeirError(
    'invalid-parameters',
    `there is no parameter "${unknown}"; the flow has ${known.length === 0 ? 'none' : known.join(', ')}`,
    near === undefined ? {} : { hint: `did you mean ${near}?` },
  );
}

function describeIssue(issue: StandardSchemaV1.Issue, given: unknown): string {
  const path = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
  if (path.length === 0) return issue.message;
  let value: unknown = given;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined | null)?.[key];
  const name = path.map(String).join('.');
  if (value === undefined) return `parameter "${name}" is missing: ${issue.message}`;
  return `parameter "${name}" is ${JSON.stringify(value)?.slice(0, 200)}: ${issue.message}`;
}
