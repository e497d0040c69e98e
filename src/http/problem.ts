/** Refusals and faults: problem+json for programs, a page with the next step for people. */
import type { Context } from 'hono';
import { CATALOGUE, type ErrorCode, WeirError } from '../model/errors.ts';
import { pageBefore } from '../web/address.ts';
import { ProblemPage } from '../web/pages/problem.tsx';
import type { Pages } from './send-page.ts';

type Status = (typeof CATALOGUE)[ErrorCode]['status'];

/** What says how a refused request could be made right. */
const KEPT_HEADERS = ['www-authenticate', 'allow', 'retry-after'];

/** `methods`: those that something is bound to at that path. */
export function answerNotFound(c: Context, pages: Pages, methods: readonly string[]): Response {
  if (methods.length > 0 && !isOfMachines(c.req.path)) {
    const hint =
      c.req.method === 'GET' ? 'a button posts to it; nothing was done' : 'it can only be looked at; nothing was done';
    const error = new WeirError('method-not-allowed', `${c.req.path} does not know ${c.req.method}`, { hint });
    const response = answer(c, pages, error);
    response.headers.set('allow', methods.join(', '));
    return response;
  }
  return answer(
    c,
    pages,
    new WeirError('not-found', `there is nothing at ${c.req.path}`, {
      hint: isOfMachines(c.req.path)
        ? 'GET /api/openapi.json lists what there is'
        : 'look at the address, or go on from here',
    }),
  );
}

export function answerError(error: unknown, c: Context, pages: Pages, onFault: (error: unknown) => void): Response {
  if (error instanceof WeirError && CATALOGUE[error.code].status < 500) return answer(c, pages, error);
  onFault(error);
  return answer(
    c,
    pages,
    error instanceof WeirError
      ? error
      : new WeirError('internal', 'this should not have happened', { hint: 'the log of the server says more' }),
  );
}

function answer(c: Context, pages: Pages, error: WeirError): Response {
  const { status } = CATALOGUE[error.code];
  const response = !isOfMachines(c.req.path) ? problemPage(c, pages, error, status) : problemJson(error, status);
  for (const name of KEPT_HEADERS) {
    const value = c.res.headers.get(name);
    if (value !== null) response.headers.set(name, value);
  }
  return response;
}

/** Whatever machines ask for is answered in their words. */
const OF_MACHINES = /^\/(api\/|badge\/|status\/|health$|metrics$|feed\.atom$)/;

/** Whether a program is meant to read what is at that path. */
export function isOfMachines(path: string): boolean {
  return OF_MACHINES.test(path);
}

function problemPage(c: Context, pages: Pages, error: WeirError, status: Status): Response {
  // Refused before any route: the name may be a stranger's, so nothing of ours is shown but the sentence.
  const isOutsider = error.code === 'forbidden' || error.code === 'not-authorised';
  if (isOutsider)
    return new Response(`${error.message}\n${error.hint ?? ''}\n`, {
      status,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
  return pages.send(
    c,
    () => ({
      title: error.message,
      content: ProblemPage({ status, sentence: error.message, hint: error.hint, back: pageBefore(c.req.path) }),
    }),
    status as 404,
  );
}

/** RFC 9457. */
function problemJson(error: WeirError, status: Status): Response {
  const body = {
    type: 'about:blank',
    title: error.message,
    status,
    code: error.code,
    detail: error.hint ?? error.message,
    ...(error.fields.length === 0 ? {} : { field: error.fields[0]?.field, errors: error.fields }),
  };
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/problem+json' } });
}
