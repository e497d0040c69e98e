/**
 * A server elsewhere, as commands ask it: JSON there and back, and lines that stream. Refusals come back as the errors
 * that they were, with their code, sentence and next step, so that a command ends as it would have ended there.
 */
import { version } from '../../assets.ts';
import { isZoneAsked, zoneOfTimes } from '../../engine/tell/told-times.ts';
import { CATALOGUE, type ErrorCode, WeirError } from '../../model/errors.ts';
import { READER_ZONE, readerZoneText } from '../../model/reader-zone.ts';

export interface Client {
  readonly url: string;
  get<T>(path: string, query?: Query): Promise<T>;
  send<T>(
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<T>;
  /** Items of a list, page by page, at most so many; `next` when there are more. */
  list<T>(path: string, query: Query, limit: number): Promise<Listed<T>>;
  /** An answer as it is, to be read as it comes. */
  open(path: string): Promise<Response>;
  /** The bytes of an answer as they are. */
  bytes(path: string): Promise<Uint8Array>;
  /** Objects of an answer that goes on, as they come. */
  lines<T>(path: string, query?: Query): AsyncGenerator<T>;
}

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Listed<T> {
  readonly schema: string;
  readonly items: readonly T[];
  readonly next: string | null;
}

/** Items that a page of a list may have. */
const LARGEST_PAGE = 200;

export function createClient({ url, token }: { readonly url: string; readonly token: string | undefined }): Client {
  async function ask(path: string, init: RequestInit): Promise<Response> {
    const headers = {
      ...zone(),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...init.headers,
    };
    let answer: Response;
    try {
      answer = await fetch(`${url}${path}`, { ...init, headers, redirect: 'error' });
    } catch (cause) {
      throw unreachable(url, cause);
    }
    if (answer.ok) return answer;
    throw await refusalOf(answer, url);
  }

  async function json<T>(answer: Response): Promise<T> {
    try {
      return (await answer.json()) as T;
    } catch (cause) {
      throw new WeirError('unreachable', `${url} answers, but not as Weir does`, {
        hint: 'is that its address?',
        cause,
      });
    }
  }

  async function get<T>(path: string, query: Query = {}): Promise<T> {
    return json<T>(await ask(path + queryText(query), {}));
  }

  return {
    url,
    get,
    async send<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const init = body === undefined ? {} : { body: JSON.stringify(body) };
      return json<T>(await ask(path, { method, headers: { ...type, ...headers }, ...init }));
    },
    async list<T>(path: string, query: Query, limit: number) {
      const items: T[] = [];
      for (let cursor: string | undefined; ; ) {
        const wanted = String(Math.min(LARGEST_PAGE, limit - items.length));
        const page: Listed<T> = await get(path, {
          limit: wanted,
          ...query,
          ...(cursor === undefined ? {} : { cursor }),
        });
        items.push(...page.items);
        if (page.next === null || items.length >= limit) return { ...page, items };
        cursor = page.next;
      }
    },
    open: (path: string) => ask(path, {}),
    bytes: async (path: string) => new Uint8Array(await (await ask(path, {})).arrayBuffer()),
    async *lines<T>(path: string, query: Query = {}) {
      const answer = await ask(path + queryText(query), {});
      let rest = '';
      try {
        for await (const text of (answer.body ?? new ReadableStream<Uint8Array>()).pipeThrough(
          new TextDecoderStream(),
        )) {
          const lines = (rest + text).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) yield JSON.parse(line) as T;
        }
      } catch (cause) {
        throw new WeirError('unreachable', `the server at ${url} broke off its answer: ${reasonOf(cause)}`, {
          hint: 'what runs there goes on, or is resumed when the server is back; ask again then',
          cause,
        });
      }
    },
  };
}

/** Times without an offset are meant here, and told here. */
function zone(): Record<string, string> {
  return { [READER_ZONE]: readerZoneText({ zone: zoneOfTimes(), isAsked: isZoneAsked() }) };
}

/** Parts of a path as they are written in one. */
export function pathOf(...parts: readonly (string | number)[]): string {
  return `/api/${parts.map((part) => encodeURIComponent(part)).join('/')}`;
}

function queryText(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, values]) =>
    [values ?? []].flat().map((value) => `${name}=${encodeURIComponent(value)}`),
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function unreachable(url: string, cause: unknown): WeirError {
  return new WeirError('unreachable', `no server answers at ${url}: ${reasonOf(cause)}`, {
    hint: 'is it running, and is that its address? weir up shows it',
    cause,
  });
}

function reasonOf(cause: unknown): string {
  const { code, message } = ((cause as Error).cause ?? cause) as { code?: string; message: string };
  return code ?? message;
}

interface Problem {
  readonly title?: string;
  readonly code?: string;
  readonly detail?: string;
}

async function refusalOf(answer: Response, url: string): Promise<WeirError> {
  const problem = (await answer.json().catch(() => ({}))) as Problem;
  const { title, code, detail } = problem;
  if (title === undefined || code === undefined)
    return new WeirError('unreachable', `${url} answers with ${answer.status}, but not as Weir does`);
  if (code === 'not-authorised')
    return new WeirError(
      'not-authorised',
      `${url} asks for its token, and ${process.env.WEIR_API_TOKEN ? 'that is not it' : 'none was given'}`,
      {
        hint: 'set WEIR_API_TOKEN to the one that the server was started with',
      },
    );
  if (title.startsWith('there is nothing at /api/') || code === 'method-not-allowed')
    throw new WeirError('version-mismatch', `the server at ${url} cannot answer this: ${title}`, {
      hint: `it is an older Weir than this one (${version}): replace its executable and start it again, or ask on its machine`,
    });
  const hint = detail === undefined || detail === title ? {} : { hint: detail };
  return new WeirError(Object.hasOwn(CATALOGUE, code) ? (code as ErrorCode) : 'internal', title, hint);
}
