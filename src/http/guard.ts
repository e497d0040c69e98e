/**
 * Who may speak with the server: only requests for a name it goes by (a page of another origin can make its own name
 * lead to 127.0.0.1), no requests that other pages make, and beyond loopback only with the token.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { WeirError } from '../model/errors.ts';

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

export function guard({ host, token }: { host: string; token: string | null }): MiddlewareHandler {
  const names = new Set([...LOOPBACK, host.toLowerCase(), `[${host.toLowerCase()}]`]);
  const isOpen = isLoopback(host);
  return async (c, next) => {
    const asked = c.req.header('host') ?? new URL(c.req.url).host;
    // Bound to every address it has no name of its own; there the token keeps strangers out.
    if (!WILDCARDS.has(host) && !names.has(hostName(asked)))
      throw new WeirError('forbidden', `this server does not answer for the host "${asked}"`, {
        hint: `open it as http://localhost, or bind it to that name with --host`,
      });
    refuseOtherSites(c.req.raw, asked);
    if (!isOpen && c.req.path !== '/health' && !holdsToken(c.req.header('authorization'), token)) {
      c.header('www-authenticate', 'Bearer realm="weir"');
      throw new WeirError('not-authorised', 'this server asks for its token', {
        hint: 'send the header "Authorization: Bearer TOKEN" with the WEIR_API_TOKEN that the server was started with',
      });
    }
    await next();
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

/** Compared by hash, so that the time it takes tells nothing. */
function holdsToken(header: string | undefined, token: string | null): boolean {
  const given = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  if (given === undefined || token === null) return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
