/**
 * Who may speak with the server: only requests for a name it goes by (a page of another origin can make its own name
 * lead to 127.0.0.1), no requests that other pages make, and beyond loopback only with the token.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { WeirError } from '../model/errors.ts';
import { isOfMachines } from './problem.ts';
import type { BadgeKeys } from './signals/badge-keys.ts';
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

/** On every answer, refusals included. Only what the guard has opened to other sites may they embed. */
export const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.res.headers.set(name, value);
  if (c.get(OPENED) === true) c.res.headers.set('cross-origin-resource-policy', 'cross-origin');
};

/** Whether only this machine can reach a server that is bound there. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host) || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Set on requests for what everybody may embed. */
const OPENED = 'opened-to-other-sites';

/** Where everybody may come, also without the token. */
const OPEN_PLACES = new Set(['/health', '/login', '/logout']);

export interface GuardOptions {
  readonly host: string;
  /** null where only this machine comes. */
  readonly gate: TokenGate | null;
  readonly badgeKeys: Pick<BadgeKeys, 'opens'>;
}

export function guard({ host, gate, badgeKeys }: GuardOptions): MiddlewareHandler {
  const names = new Set([...LOOPBACK, host.toLowerCase(), `[${host.toLowerCase()}]`]);
  return async (c, next) => {
    const asked = c.req.header('host') ?? new URL(c.req.url).host;
    // Bound to every address it has no name of its own; there the token keeps strangers out.
    if (!WILDCARDS.has(host) && !names.has(hostName(asked)))
      throw new WeirError('forbidden', `this server does not answer for the host "${asked}"`, {
        hint: `open it as http://localhost, or bind it to that name with --host`,
      });
    if (!isChange(c.req.method) && badgeKeys.opens(c.req.path, c.req.query('key'))) {
      c.set(OPENED, true);
      return next();
    }
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

/** Other origins may link here and show a badge to which they have the key, and nothing else: not read, not embed, and above all not change anything. */
function refuseOtherSites(request: Request, host: string): void {
  const site = request.headers.get('sec-fetch-site');
  const changes = isChange(request.method);
  const isForeign = site !== null && site !== 'same-origin' && site !== 'none';
  const isLink = !changes && request.headers.get('sec-fetch-mode') === 'navigate';
  const origin = request.headers.get('origin');
  const isForeignOrigin = changes && origin !== null && !isSameHost(origin, host);
  if ((isForeign && !isLink) || isForeignOrigin)
    throw new WeirError('forbidden', 'requests from other sites are refused');
}

function isChange(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD';
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
