/** /keys: the list of single keys; a reader turns them on or off, and a cookie of this browser remembers it. */
import type { Context, Hono } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { KEYS_STYLE, KeysPage } from '../../web/pages/keys.tsx';
import type { Pages } from '../send-page.ts';
import { given, readForm } from './form.ts';

const COOKIE = 'weir-keys';
const YEAR_S = 365 * 86_400;

/** On unless this reader has turned them off. */
export function hasKeys(c: Context): boolean {
  return getCookie(c, COOKIE) !== 'off';
}

export function bindKeys(app: Hono, { pages }: { pages: Pages }): void {
  app.get('/keys', (c) =>
    pages.send(c, () => ({ title: 'Keys', style: KEYS_STYLE, content: KeysPage({ isOn: hasKeys(c) }) })),
  );

  app.post('/keys', async (c) => {
    const form = await readForm(c);
    if (given(form, 'keys') === 'off')
      setCookie(c, COOKIE, 'off', { path: '/', httpOnly: true, sameSite: 'Strict', maxAge: YEAR_S });
    else deleteCookie(c, COOKIE, { path: '/' });
    return c.redirect('/keys', 303);
  });
}
