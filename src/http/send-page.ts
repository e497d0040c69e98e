/**
 * Sends pages: HTML with the security policy, and 304 when the browser has it already.
 * The nonce is a keyed hash of the page itself: equal pages have equal nonces, so a cached page and a fresh header fit
 * together, and nobody who gets text into a page can know its nonce.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { parseZone } from '../model/zone.ts';
import type { Store } from '../store/store.ts';
import { Layout, type PageFrame } from '../web/layout.tsx';
import type { Clock } from '../web/time.tsx';
import { hasKeys } from './actions/keys.ts';
import { sessionCookie } from './token/token-gate.ts';

export interface Pages {
  /** Renders within one snapshot of the database and answers. */
  send(
    c: Context,
    render: (clock: Clock) => PageContent,
    status?: 200 | 400 | 401 | 403 | 404 | 409 | 422 | 500 | 503,
  ): Response;
  /** Now, in the zone that the request asks for. */
  clock(c: Context): Clock;
  readonly version: string;
}

export type PageContent = Pick<
  PageFrame,
  'title' | 'active' | 'runId' | 'isLive' | 'mood' | 'style' | 'script' | 'isDeafTo' | 'filter' | 'content'
>;

export interface PagesOptions {
  readonly store: Store;
  readonly now: () => number;
  readonly version: string;
  readonly zone: string;
}

export function createPages({ store, now, version, zone }: PagesOptions): Pages {
  const upSince = now();
  const secret = randomBytes(32);
  const placeholder = randomBytes(16).toString('hex');

  function clockFor(wanted: string | undefined): Clock {
    return { now: now(), zone: wanted === undefined ? zone : parseZone(wanted, 'tz') };
  }

  return {
    version,
    clock: (c) => clockFor(c.req.query('tz')),
    send(c, render, status = 200) {
      // A page about a mistake must not fail over the same mistake.
      const clock = clockFor(status === 200 ? c.req.query('tz') : undefined);
      const html = store.overview.inSnapshot(() =>
        String(
          Layout({
            ...render(clock),
            address: addressOf(c.req.url),
            done: c.req.query('done'),
            hasKeys: hasKeys(c),
            canLogOut: getCookie(c, sessionCookie(c)) !== undefined,
            nonce: placeholder,
            version,
            databaseSize: store.overview.size(),
            upSince,
            clock,
          }),
        ),
      );
      const nonce = createHmac('sha256', secret).update(html).digest('base64url').slice(0, 32);
      const headers = {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache, private',
        'content-security-policy': policy(nonce),
        etag: `"${nonce}"`,
      };
      if (status === 200 && isSame(c.req.header('if-none-match'), nonce))
        return new Response(null, { status: 304, headers });
      return new Response(`<!doctype html>${html.replaceAll(placeholder, nonce)}`, { status, headers });
    },
  };
}

function addressOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

function policy(nonce: string): string {
  return [
    "default-src 'none'",
    `style-src-elem 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    `script-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

/** The header is a list of tags; a proxy may have made ours weak. */
function isSame(header: string | undefined, tag: string): boolean {
  return header?.split(',').some((each) => each.trim().replace(/^W\//, '') === `"${tag}"`) ?? false;
}
