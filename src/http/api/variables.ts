/** /api/variables: values that flows read, for everybody to see. Secrets have no place here. */
import { z } from 'zod';
import { findVariable, variableJson } from '../../engine/tell/variable-json.ts';
import { checkVariableValue, parseVariableName, type VariableValue, variableText } from '../../model/variable.ts';
import { partOf } from './cursor.ts';
import { name, paged } from './fields.ts';
import { unsetVariable, variable, variableItem } from './model-shapes.ts';
import type { ApiParts } from './parts.ts';
import { toReader } from './reader-zone.ts';
import { type Route, route } from './route.ts';
import { listOf } from './shapes.ts';

const VARIABLES = 'variables';
const SCHEMA = 'weir.variable/1';
const ofVariable = z.strictObject({ variable: name('the name of the variable') });

export function variableRoutes({ store, now }: ApiParts): Route[] {
  const { variables, writer } = store;
  const tell = (wanted: string) => ({ schema: SCHEMA, ...variableJson(findVariable(store, wanted)) });
  return [
    route({
      method: 'get',
      path: '/api/variables',
      tag: VARIABLES,
      summary: 'Variables by name, with their values',
      query: z.strictObject(paged(100, 1000)),
      answers: { 200: { description: 'a page of variables', schema: listOf('weir.variables/1', variableItem) } },
      handle: ({ query }) => ({ json: partOf('weir.variables/1', 'variables', variables.all(), query, variableJson) }),
    }),
    route({
      method: 'get',
      path: '/api/variables/{variable}',
      tag: VARIABLES,
      summary: 'A variable',
      params: ofVariable,
      answers: { 200: { description: 'the variable', schema: variable } },
      refuses: ['not-found'],
      handle: ({ params }) => ({ json: tell(params.variable) }),
    }),
    route({
      method: 'put',
      path: '/api/variables/{variable}',
      tag: VARIABLES,
      summary: 'Set a variable, or give it another value',
      params: ofVariable,
      body: z.strictObject({ value: z.json().meta({ description: 'any JSON' }) }),
      answers: {
        200: { description: 'it has that value now', schema: variable },
        201: { description: 'it was created', schema: variable },
      },
      async handle({ params, body: { value } }, c) {
        const wanted = parseVariableName(params.variable);
        checkVariableValue(wanted, value);
        const text = variableText(wanted, value as VariableValue);
        const isNew = await writer.write(() => {
          const former = variables.byName(wanted);
          variables.put(wanted, text, now());
          return former === null;
        });
        return { json: toReader(c, () => tell(wanted)), status: isNew ? 201 : 200 };
      },
    }),
    route({
      method: 'delete',
      path: '/api/variables/{variable}',
      tag: VARIABLES,
      summary: 'Forget a variable',
      params: ofVariable,
      answers: { 200: { description: 'it is forgotten', schema: unsetVariable } },
      refuses: ['not-found'],
      async handle({ params }) {
        const { name: gone } = tell(params.variable);
        await writer.write(() => variables.delete(gone));
        return { json: { schema: SCHEMA, name: gone, value: null, updated_at: null } };
      },
    }),
  ];
}
