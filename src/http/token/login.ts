/**
 * The form that asks a browser for the token, instead of the page that it wanted, and logging out. Whoever has not the
 * token learns nothing else here, not even the version.
 */
import { createHash } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { WeirError } from '../../model/errors.ts';
import { LoginPage } from '../../web/pages/login.tsx';
import type { TokenGate } from './token-gate.ts';

const LONGEST_BODY = 10_000;

export function bindLogin(app: Hono, gate: TokenGate | null): void {
  app.get('/login', (c) => (gate === null || gate.holds(c) ? c.redirect('/', 303) : askForToken(c, '/', null)));

  app.post('/login', async (c) => {
    if (gate === null) return c.redirect('/', 303);
    const form = new URLSearchParams(await readText(c.req.raw));
    const wanted = ownAddress(form.get('next'));
    const guess = form.get('token')?.trim() ?? '';
    if (guess !== '' && gate.letIn(c, guess)) return c.redirect(wanted, 303);
    return askForToken(c, wanted, guess === '' ? 'No token was given.' : 'That is not the token.');
  });

  app.post('/logout', async (c) => {
    await gate?.letOut(c);
    return c.redirect('/login', 303);
  });
}

/** 401, with the form. `wanted`: where it leads afterwards. */
export function askForToken(c: Context, wanted: string, fault: string | null): Response {
  // Who follows a link from another site comes without the cookie: coming from here, it is sent.
  const site = c.req.header('sec-fetch-site');
  const isLink = c.req.method === 'GET' && (site === 'cross-site' || site === 'same-site');
  const nonce = createHash('sha256').update(`${wanted}${Math.random()}`).digest('base64url').slice(0, 22);
  const html = String(LoginPage({ wanted, fault, nonce, again: isLink ? wanted : null }));
  return c.body(`<!doctype html>${html}`, 401, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; style-src-elem 'nonce-${nonce}'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  });
}

/** A place on this server and nowhere else: `//evil.example` is one elsewhere. */
export function ownAddress(text: string | null): string {
  if (text === null || !/^\/(?![/\\])/.test(text) || /[\p{Cc}\\]/u.test(text)) return '/';
  return text;
}

async function readText(request: Request): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > LONGEST_BODY) throw new WeirError('too-large', 'no token is that long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
