/**
 * The description of the API, OpenAPI 3.1, made from the table of routes and the schemas that read requests. zod writes
 * JSON Schema 2020-12, which is what 3.1 takes; named schemas become components.
 */
import { z } from 'zod';
import { CATALOGUE, type ErrorCode } from '../../model/errors.ts';
import type { Answer, Route } from './route.ts';
import { problem } from './shapes.ts';

type Json = Record<string, unknown>;

/** What every resource may refuse. */
const ALWAYS: readonly ErrorCode[] = [
  'invalid-value',
  'forbidden',
  'not-authorised',
  'method-not-allowed',
  'too-many-requests',
  'database-unusable',
];
const WITH_BODY: readonly ErrorCode[] = ['too-large', 'unsupported-type'];

const SENTENCES: Readonly<Record<number, string>> = {
  400: 'a parameter, a header or the body is wrong: `field` names it',
  401: 'the token is missing or wrong',
  403: 'another site asks, or the server does not go by this name',
  404: 'there is no such thing',
  405: 'another method: `Allow` lists those that there are',
  409: 'it cannot be done in the state that it is in',
  413: 'the body is too large',
  415: 'the body is no JSON',
  422: 'parameters do not fit, or the flow is broken: nothing was started',
  429: 'too many wrong tokens',
  500: 'a fault of the server, or of its files',
  503: 'the database cannot be read',
};

export function describeApi(routes: readonly Route[], version: string): Json {
  const components: Json = {};
  const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => jsonSchema(schema, io, components);
  const problems = { 'application/problem+json': { schema: schemaOf(problem, 'output') } };
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const operations = paths[route.path] ?? {};
    paths[route.path] = operations;
    operations[route.method] = {
      operationId: operationId(route),
      tags: [route.tag],
      summary: route.summary,
      ...(route.description === undefined ? {} : { description: route.description }),
      parameters: [
        ...parametersOf(route.params, 'path', schemaOf),
        ...parametersOf(route.query, 'query', schemaOf),
        ...parametersOf(route.headers, 'header', schemaOf),
      ],
      ...(route.body === null ? {} : { requestBody: bodyOf(route.body, schemaOf) }),
      responses: { ...answersOf(route, schemaOf), ...refusalsOf(route, problems) },
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Weir',
      version,
      description:
        'Runs, deployments, models and all else of one database, as the command line gives them with --json. Times are ISO 8601 in UTC, durations milliseconds; the header `weir-time-zone: Europe/Berlin; asked` asks for another zone. A server on another address than this machine asks for its token.',
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    security: [{}, { token: [] }],
    paths,
    components: {
      schemas: components,
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'WEIR_API_TOKEN of the server' } },
    },
  };
}

type SchemaOf = (schema: z.ZodType, io: 'input' | 'output') => Json;

function parametersOf(object: z.ZodObject, place: 'path' | 'query' | 'header', schemaOf: SchemaOf): Json[] {
  return Object.entries(object.shape).map(([name, field]) => {
    const { description, ...schema } = schemaOf(field as z.ZodType, 'input');
    const isRequired = place === 'path' || !(field as z.ZodType).safeParse(undefined).success;
    return { name, in: place, required: isRequired, ...(description === undefined ? {} : { description }), schema };
  });
}

function bodyOf(body: z.ZodType, schemaOf: SchemaOf): Json {
  const isRequired = !body.safeParse(undefined).success;
  return { required: isRequired, content: { 'application/json': { schema: schemaOf(body, 'input') } } };
}

function answersOf(route: Route, schemaOf: SchemaOf): Json {
  const answers = Object.entries(route.answers).map(([status, answer]) => [status, answerOf(answer, schemaOf)]);
  if (route.method === 'get' && route.answers[200]?.schema !== undefined)
    answers.push(['304', { description: 'as `If-None-Match` has it already' }]);
  return Object.fromEntries(answers) as Json;
}

function answerOf({ description, schema, content = {}, headers = {} }: Answer, schemaOf: SchemaOf): Json {
  const json = schema === undefined ? {} : { 'application/json': { schema: schemaOf(schema, 'output') } };
  const others = Object.fromEntries(Object.entries(content).map(([type, each]) => [type, { schema: each }]));
  const told = Object.entries(headers).map(([name, about]) => [
    name,
    { description: about, schema: { type: 'string' } },
  ]);
  return {
    description,
    content: { ...json, ...others },
    ...(told.length === 0 ? {} : { headers: Object.fromEntries(told) as Json }),
  };
}

function refusalsOf({ body, refuses }: Route, content: Json): Json {
  const codes = [...ALWAYS, ...(body === null ? [] : WITH_BODY), ...refuses];
  // Any request may come with a body; one that is too large is refused as such.
  const statuses = [...new Set([...codes.map((code) => CATALOGUE[code].status), 413, 415])].sort();
  return Object.fromEntries(statuses.map((status) => [status, { description: SENTENCES[status] ?? '', content }]));
}

/** `getFlowRunsLogs` of GET /api/flow-runs/{run}/logs */
function operationId({ method, path }: Route): string {
  const words = path
    .replace('/api/', '')
    .split(/[^\w]+/)
    .filter(Boolean);
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output', components: Json): Json {
  const made = z.toJSONSchema(schema, { io, target: 'draft-2020-12', unrepresentable: 'any' }) as Json;
  const { $schema: _, $defs = {}, ...rest } = moved(made) as Json & { $defs?: Json };
  for (const [name, each] of Object.entries($defs)) components[name] = withoutId(each as Json);
  const name = rest.id;
  if (typeof name !== 'string') return rest;
  components[name] = withoutId(rest);
  return { $ref: `#/components/schemas/${name}` };
}

function withoutId({ id: _, ...rest }: Json): Json {
  return rest;
}

/** References to what stands in the schema itself lead to the components. */
function moved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(moved);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      key === '$ref' && typeof each === 'string' ? each.replace('#/$defs/', '#/components/schemas/') : moved(each),
    ]),
  );
}
