/**
 * Binds the table of resources to hono: reads what a request says by the schemas of its route, and refuses all else with
 * the field at fault. What is asked of a resource by another method is refused with those that there are.
 */
import { createHash } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { nearest, WeirError } from '../../model/errors.ts';
import { badField } from './bad-field.ts';
import { readJson } from './read-body.ts';
import { toReader } from './reader-zone.ts';
import type { Reply, Route } from './route.ts';

/** Headers are read under these names only; all others are nobody's business here. */
type Read = { params: unknown; query: unknown; headers: unknown; body: unknown };

export function bindRoutes(app: Hono, routes: readonly Route[]): void {
  for (const [path, same] of Map.groupBy(routes, (route) => honoPath(route.path))) {
    for (const route of same)
      app.on(route.method.toUpperCase(), path, async (c) => {
        const input = await read(route, c);
        const reply = await handle(route, input, c);
        return reply instanceof Response ? reply : answer(c, reply);
      });
    const allowed = same.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]));
    app.all(path, (c) => refuseMethod(c, allowed));
  }
}

/** What only reads is told to its reader as a whole; what changes something may begin what goes on after the answer. */
function handle(route: Route, input: Read, c: Context): Reply | Promise<Reply> {
  const work = () => route.handle(input as never, c);
  return route.method === 'get' ? toReader(c, work) : work();
}

/** `/api/flow-runs/{run}` as hono writes it. */
function honoPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

export function refuseMethod(c: Context, allowed: readonly string[]): Response {
  const allow = [...allowed, 'OPTIONS'].join(', ');
  c.header('allow', allow);
  if (c.req.method === 'OPTIONS') return c.body(null, 204);
  throw new WeirError('method-not-allowed', `${c.req.path.slice(0, 200)} does not know ${c.req.method}`, {
    hint: `it knows ${allow}`,
  });
}

async function read(route: Route, c: Context): Promise<Read> {
  const headers = Object.fromEntries(
    Object.keys(route.headers.shape).map((name) => [name, c.req.header(name)] as const),
  );
  return {
    params: check(route.params, c.req.param(), 'path'),
    query: check(route.query, queryOf(route, c), 'query'),
    headers: check(route.headers, headers, 'headers'),
    body: await bodyOf(route, c),
  };
}

function queryOf({ query }: Route, c: Context): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const [name, values] of Object.entries(c.req.queries())) {
    const schema = Object.hasOwn(query.shape, name) ? query.shape[name] : undefined;
    if (schema === undefined) refuseUnknown('parameter', name, Object.keys(query.shape));
    if (values.length > 1 && !isList(schema)) throw badField(name, `is given ${values.length} times`);
    given[name] = isList(schema) ? values : values[0];
  }
  return given;
}

async function bodyOf({ body }: Route, c: Context): Promise<unknown> {
  const given = await readJson(c.req.raw);
  if (body !== null) return check(body, given, 'body');
  if (given === undefined) return undefined;
  throw badField('body', 'is given, and this takes none');
}

function isList(schema: unknown): boolean {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return isList(schema.unwrap());
  return schema instanceof z.ZodArray;
}

type Place = 'path' | 'query' | 'headers' | 'body';

function check(schema: z.ZodType, value: unknown, place: Place): unknown {
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  if (issue?.code === 'unrecognized_keys') {
    const object = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
    const known = object instanceof z.ZodObject && issue.path.length === 0 ? Object.keys(object.shape) : [];
    refuseUnknown('field', String(issue.keys[0]), known);
  }
  const field = fieldOf(issue?.path ?? []) || place;
  const told =
    issue?.code === 'custom' ? issue.message : (issue?.message ?? 'is wrong').replace(/^Invalid /, 'invalid ');
  const isMissing =
    issue !== undefined && 'input' in issue ? issue.input === undefined : told.endsWith('received undefined');
  throw badField(field, isMissing ? 'is missing' : `cannot be that: ${told}`);
}

function refuseUnknown(what: string, name: string, known: readonly string[]): never {
  const shown = name.slice(0, 100).toWellFormed();
  const near = nearest(shown, known);
  const all = known.length === 0 ? 'it takes none' : `it takes ${known.join(', ')}`;
  const fault = `there is no ${what} "${shown}"`;
  throw new WeirError('invalid-value', fault, {
    fields: [{ field: shown, message: fault }],
    hint: near === undefined ? all : `did you mean ${near}?`,
  });
}

/** `params.alphas[2]` */
function fieldOf(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '')
    .slice(0, 200)
    .toWellFormed();
}

function answer(c: Context, { json, status = 200, headers = {} }: Exclude<Reply, Response>): Response {
  const text = JSON.stringify(json);
  const all: Record<string, string> = {
    'content-type': 'application/json',
    'cache-control': 'no-cache, private',
    ...headers,
  };
  if (c.req.method !== 'GET' && c.req.method !== 'HEAD') return new Response(text, { status, headers: all });
  const tag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
  all.etag = tag;
  const isSame = c.req
    .header('if-none-match')
    ?.split(',')
    .some((each) => each.trim().replace(/^W\//, '') === tag);
  return isSame ? new Response(null, { status: 304, headers: all }) : new Response(text, { status, headers: all });
}
