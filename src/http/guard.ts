/**
 * Who may speak with the server: only requests for a name it goes by (a page of another origin can make its own name
 * lead to 127.0.0.1), no requests that other pages make, and beyond loopback only with the token.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { WeirError } from '../model/errors.ts';
import { isOfMachines } from './problem.ts';
import { askForToken } from './token/login.ts';
import type { TokenGate } from './token/token-gate.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const WILDCARDS = new Set(['0.0.0.0', '::', '[::]', '']);

const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** On every answer, refusals included. */
export const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.res.headers.set(name, value);
};

/** Whether only this machine can reach a server that is bound there. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host) || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Where everybody may come, also without the token. */
const OPEN_PLACES = new Set(['/health', '/login', '/logout']);

/** `gate`: null where only this machine comes. */
export function guard({ host, gate }: { host: string; gate: TokenGate | null }): MiddlewareHandler {
  const names = new Set([...LOOPBACK, host.toLowerCase(), `[${host.toLowerCase()}]`]);
  return async (c, next) => {
    const asked = c.req.header('host') ?? new URL(c.req.url).host;
    // Bound to every address it has no name of its own; there the token keeps strangers out.
    if (!WILDCARDS.has(host) && !names.has(hostName(asked)))
      throw new WeirError('forbidden', `this server does not answer for the host "${asked}"`, {
        hint: `open it as http://localhost, or bind it to that name with --host`,
      });
    refuseOtherSites(c.req.raw, asked);
    if (gate !== null && !OPEN_PLACES.has(c.req.path) && !gate.holds(c)) {
      if (wantsForm(c)) return askForToken(c, addressOf(c.req.url), null);
      c.header('www-authenticate', 'Bearer realm="weir"');
      throw new WeirError('not-authorised', 'this server asks for its token', {
        hint: 'send the header "Authorization: Bearer TOKEN" with the WEIR_API_TOKEN that the server was started with',
      });
    }
    return next();
  };
}

/** Other origins may link here, and nothing else: not read, not embed, and above all not change anything. */
function refuseOtherSites(request: Request, host: string): void {
  const site = request.headers.get('sec-fetch-site');
  const changes = request.method !== 'GET' && request.method !== 'HEAD';
  const isForeign = site !== null && site !== 'same-origin' && site !== 'none';
  const isLink = !changes && request.headers.get('sec-fetch-mode') === 'navigate';
  const origin = request.headers.get('origin');
  const isForeignOrigin = changes && origin !== null && !isSameHost(origin, host);
  if ((isForeign && !isLink) || isForeignOrigin)
    throw new WeirError('forbidden', 'requests from other sites are refused');
}

function isSameHost(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '');
}

/** A person with a browser who opens a page; programs are told of the header instead. */
function wantsForm(c: Context): boolean {
  if (c.req.method !== 'GET' || c.req.header('authorization') !== undefined) return false;
  return !isOfMachines(c.req.path) && (c.req.header('accept') ?? '').includes('text/html');
}

function addressOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}
