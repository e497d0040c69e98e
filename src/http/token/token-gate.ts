/**
 * Who holds the token: programs send it with each request, a browser is asked once and then has a cookie that proves it
 * was told. The cookie is a hash keyed by the token: nobody reads the token out of it, and it is worth nothing after the
 * token has changed, nor any copy of it after its browser has logged out. Everything is compared by hash, so that the time
 * it takes tells nothing.
 */
import { createHash, createHmac, randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { WeirError } from '../../model/errors.ts';
import type { EndedSessions } from './ended-sessions.ts';
import { createThrottle } from './throttle.ts';

export interface TokenGate {
  /** Whether this request may pass. @throws WeirError `too-many-requests` for who has guessed wrongly too often */
  holds(c: Context): boolean;
  /** Whether that is the token; then this browser is let in from now on. @throws WeirError `too-many-requests` */
  letIn(c: Context, guess: string): boolean;
  /** This browser is asked again, and whoever has a copy of its cookie. */
  letOut(c: Context): Promise<void>;
}

const SESSION_S = 30 * 86_400;

export interface GateOptions {
  readonly token: string;
  readonly now: () => number;
  readonly ended: EndedSessions;
}

export function createTokenGate({ token, now, ended }: GateOptions): TokenGate {
  const throttle = createThrottle(now);
  const wanted = digest(token);
  let key: Buffer | null = null;

  function isToken(c: Context, guess: string): boolean {
    const address = addressOf(c);
    const wait = throttle.waitOf(address);
    if (wait > 0) {
      c.header('retry-after', String(wait));
      throw new WeirError('too-many-requests', 'too many wrong tokens came from your address', {
        hint: `the next one is looked at in ${wait} s`,
      });
    }
    const isRight = timingSafeEqual(digest(guess), wanted);
    if (!isRight) throttle.missed(address);
    return isRight;
  }

  /** Stretched: whoever gets hold of a cookie must not find a short token by trying. */
  function proofOf(until: number, id: string): string {
    key ??= scryptSync(token, 'weir session', 32);
    return createHmac('sha256', key).update(`${id} until ${until}`).digest('base64url');
  }

  /** The session that this browser proves to have, whether or not it was ended. */
  function provenSession(c: Context): { readonly id: string; readonly until: number } | null {
    const cookie = getCookie(c, sessionCookie(c)) ?? '';
    const [, text = '', id = '', proof = ''] = /^(\d{1,15})\.([\w-]{22})\.([\w-]{43})$/.exec(cookie) ?? [];
    const until = Number(text);
    if (text === '' || until <= now() || !timingSafeEqual(digest(proof), digest(proofOf(until, id)))) return null;
    return { id, until };
  }

  function hasSession(c: Context): boolean {
    const session = provenSession(c);
    return session !== null && !ended.has(session.id);
  }

  return {
    holds(c) {
      if (hasSession(c)) return true;
      const guess = /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1];
      return guess !== undefined && isToken(c, guess);
    },
    letIn(c, guess) {
      if (!isToken(c, guess)) return false;
      const until = now() + SESSION_S * 1000;
      const id = randomBytes(16).toString('base64url');
      setCookie(c, sessionCookie(c), `${until}.${id}.${proofOf(until, id)}`, {
        ...{ path: '/', httpOnly: true, sameSite: 'Strict', maxAge: SESSION_S },
        secure: c.req.header('x-forwarded-proto') === 'https',
      });
      return true;
    },
    async letOut(c) {
      const session = provenSession(c);
      // Only what was given here is kept: nobody else can fill the list.
      if (session !== null && !ended.has(session.id)) await ended.end(session.id, session.until);
      deleteCookie(c, sessionCookie(c), { path: '/' });
    },
  };
}

/** Cookies know no ports: two servers on one machine must not share one. */
export function sessionCookie(c: Context): string {
  const port = /:(\d{1,5})$/.exec(c.req.header('host') ?? '')?.[1];
  return port === undefined ? 'weir-session' : `weir-session-${port}`;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Where the connection comes from; what a header says of it, anybody could have written. */
function addressOf(c: Context): string {
  const env = c.env as { readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } } } | undefined;
  return env?.incoming?.socket?.remoteAddress ?? 'unknown';
}
