/**
 * What a resource of the API is made of: method and path, the schemas by which a request is read, the answers that it may
 * get, and what answers it. The same table validates (bind-routes.ts) and describes (openapi.ts): neither can say what
 * the other does not do.
 */
import type { Context } from 'hono';
import { z } from 'zod';
import type { ErrorCode } from '../../model/errors.ts';

export type Method = 'get' | 'post' | 'put' | 'delete';

/** What an answer that is no problem holds. */
export interface Answer {
  readonly description: string;
  /** Of JSON. */
  readonly schema?: z.ZodType;
  /** Media types besides JSON, or instead of it, with the schema of their text. */
  readonly content?: Readonly<Record<string, object>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a handler gives: JSON, or an answer of its own. */
export type Reply =
  | Response
  | { readonly json: unknown; readonly status?: 200 | 201 | 202; readonly headers?: Readonly<Record<string, string>> };

export interface Route {
  readonly method: Method;
  /** With `{name}` where a part is given. */
  readonly path: `/api/${string}`;
  /** The resource that it belongs to. */
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly headers: z.ZodObject;
  /** JSON; null: the request has none. */
  readonly body: z.ZodType | null;
  /** By status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** What it refuses besides what every resource refuses. */
  readonly refuses: readonly ErrorCode[];
  readonly handle: (input: never, c: Context) => Reply | Promise<Reply>;
}

/** What a request says, read by the route's schemas. */
export interface Input<P extends z.ZodObject, Q extends z.ZodObject, H extends z.ZodObject, B extends z.ZodType> {
  readonly params: z.output<P>;
  readonly query: z.output<Q>;
  readonly headers: z.output<H>;
  readonly body: z.output<B>;
}

const NOTHING = z.strictObject({});

/** A route whose handler is given what its schemas read. */
export function route<
  P extends z.ZodObject = typeof NOTHING,
  Q extends z.ZodObject = typeof NOTHING,
  H extends z.ZodObject = typeof NOTHING,
  B extends z.ZodType = z.ZodUndefined,
>(
  declared: Pick<Route, 'method' | 'path' | 'tag' | 'summary' | 'description' | 'answers'> & {
    readonly params?: P;
    readonly query?: Q;
    readonly headers?: H;
    readonly body?: B;
    readonly refuses?: readonly ErrorCode[];
    readonly handle: (input: Input<P, Q, H, B>, c: Context) => Reply | Promise<Reply>;
  },
): Route {
  const { params = NOTHING, query = NOTHING, headers = NOTHING, body = null, refuses = [] } = declared;
  return { ...declared, params, query, headers, body, refuses };
}
