/** The token of a server that other machines can reach: asked once in a browser, sent each time by programs. */
import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/http/app.ts';
import { ownAddress } from '../../../src/http/token/login.ts';
import { createThrottle } from '../../../src/http/token/throttle.ts';
import { appWorld, NOW } from '../world.ts';

const TOKEN = 'a-long-secret-token';
const HOST = '192.168.0.4:4200';
const BROWSER = { host: HOST, accept: 'text/html,*/*', 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' };
const POST = {
  'content-type': 'application/x-www-form-urlencoded',
  host: HOST,
  origin: `http://${HOST}`,
  'sec-fetch-site': 'same-origin',
};

describe('the token', () => {
  it('is asked for by a form instead of the page, which says nothing else of the server', async () => {
    const world = lockedWorld();
    world.seed({ flow: 'private' });
    const answer = await world.get('/runs?q=flow%3Aprivate', BROWSER);
    const html = await answer.text();
    expect(answer.status).toBe(401);
    expect(html).toContain('<form method="post" action="/login">');
    expect(html).toContain('name="next" value="/runs?q=flow%3Aprivate"');
    expect(html).toContain('type="password"');
    expect(html).not.toContain('1.2.3');
    expect(answer.headers.get('content-security-policy')).toContain("form-action 'self'");
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('lets a browser in by a cookie that is not the token, for which JavaScript and other sites have no use', async () => {
    const world = lockedWorld();
    const { cookie, attributes, answer } = await logIn(world, { token: TOKEN, next: '/runs' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/runs']);
    expect(attributes).toEqual(expect.arrayContaining(['Path=/', 'HttpOnly', 'SameSite=Strict', 'Max-Age=2592000']));
    expect(cookie).toMatch(/^weir-session-4200=\d+\.[\w-]{22}\.[\w-]{43}$/);
    expect(cookie).not.toContain(TOKEN);
    const page = await world.get('/runs', { ...BROWSER, cookie });
    expect([page.status, (await page.text()).includes('Log out')]).toEqual([200, true]);
    expect((await world.get('/api/flow-runs', { host: HOST, cookie })).status).toBe(200);
  });

  it('of another server, an older one, a changed proof or a time that has passed lets nobody in', async () => {
    const world = lockedWorld();
    const { cookie } = await logIn(world);
    const [name, value = ''] = cookie.split('=');
    const [until = '', id = '', proof = ''] = value.split('.');
    const flip = (text: string) => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;
    const longer = `${Number(until) + 1000}.${id}.${proof}`;
    const others = [longer, `${until}.${id}.${flip(proof)}`, `${until}.${flip(id)}.${proof}`, `${until}.${proof}`];
    for (const other of [...others, until, '', `${until}..`, '0.x.y', 'x'.repeat(5000)])
      expect((await world.get('/runs', { ...BROWSER, cookie: `${name}=${other}` })).status).toBe(401);
    const later = appWorld({ host: '0.0.0.0', token: TOKEN, now: () => NOW + 31 * 86_400_000 });
    expect((await later.get('/runs', { ...BROWSER, cookie })).status).toBe(401);
    const changed = appWorld({ host: '0.0.0.0', token: `${TOKEN}!` });
    expect((await changed.get('/runs', { ...BROWSER, cookie })).status).toBe(401);
    // Not after a restart: people are asked once.
    expect((await lockedWorld().get('/runs', { ...BROWSER, cookie })).status).toBe(200);
  });

  it('is not held any more after logging out, nor by whoever has a copy of the cookie, also after a restart', async () => {
    let time = NOW;
    const options = { host: '0.0.0.0', token: TOKEN, now: () => time };
    const world = appWorld(options);
    const { cookie } = await logIn(world);
    const { cookie: ofAnother } = await logIn(world);
    const answer = await world.app.request('/logout', { method: 'POST', headers: { ...POST, cookie } });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/login']);
    expect(answer.headers.get('set-cookie')).toMatch(/^weir-session-4200=; Max-Age=0/);
    const again = createApp({ store: world.store, events: world.events, version: '1.2.3', ...options });
    const statusOf = async (app: typeof again, held: string) =>
      (await app.request('/runs', { headers: { ...BROWSER, cookie: held } })).status;
    for (const app of [world.app, again]) {
      expect(await statusOf(app, cookie)).toBe(401);
      expect(await statusOf(app, ofAnother)).toBe(200);
    }
    // What has ended by itself is forgotten with the next that is ended.
    time += 31 * 86_400_000;
    const { cookie: later } = await logIn(world);
    await world.app.request('/logout', { method: 'POST', headers: { ...POST, cookie: later } });
    expect(Object.keys(JSON.parse(world.store.meta.get('sessions.ended') ?? ''))).toEqual([later.split('.')[1]]);
  });

  it('keeps of a cookie that it never gave nothing when somebody logs out with it', async () => {
    const world = lockedWorld();
    const cookie = `weir-session-4200=${NOW + 1000}.${'a'.repeat(22)}.${'b'.repeat(43)}`;
    const answer = await world.app.request('/logout', { method: 'POST', headers: { ...POST, cookie } });
    expect([answer.status, world.store.meta.get('sessions.ended')]).toEqual([303, null]);
  });

  it('that is wrong is said so beside the field, and leads back to the page that was wanted', async () => {
    const world = lockedWorld();
    const { answer } = await logIn(world, { token: 'guess', next: '/runs/7' });
    const html = await answer.text();
    expect(answer.status).toBe(401);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(html).toContain('That is not the token.');
    expect(html).toContain('value="/runs/7"');
    expect(html).not.toContain('guess');
  });

  it('is guessed ten times from one address, then no more for five minutes; who is in stays in', async () => {
    let time = NOW;
    const world = appWorld({ host: '0.0.0.0', token: TOKEN, now: () => time });
    const { cookie } = await logIn(world);
    const bearer = (token: string) => world.get('/api/flow-runs', { host: HOST, authorization: `Bearer ${token}` });
    for (let guess = 0; guess < 10; guess++) expect((await bearer(`guess-${guess}`)).status).toBe(401);
    const refused = await bearer(TOKEN);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '300']);
    expect(await refused.json()).toMatchObject({ code: 'too-many-requests' });
    expect((await logIn(world)).answer.status).toBe(429);
    expect((await world.get('/runs', { ...BROWSER, cookie })).status).toBe(200);
    time += 5 * 60_000;
    expect((await bearer(TOKEN)).status).toBe(200);
  });

  it('is not asked of a form of another site, whatever it knows', async () => {
    const world = lockedWorld();
    const body = new URLSearchParams({ token: TOKEN });
    for (const headers of [
      { ...POST, 'sec-fetch-site': 'cross-site' },
      { ...POST, 'sec-fetch-site': 'same-site' },
      { ...POST, origin: 'http://evil.example' },
      { ...POST, origin: 'null' },
    ])
      for (const path of ['/login', '/logout'])
        expect((await world.app.request(path, { method: 'POST', headers, body })).status).toBe(403);
  });

  it('who follows a link from another site comes back by itself, with the cookie that it left at home', async () => {
    const html = await (await lockedWorld().get('/runs/7', { ...BROWSER, 'sec-fetch-site': 'cross-site' })).text();
    expect(html).toContain('<meta http-equiv="refresh" content="0;url=/runs/7"/>');
    expect(
      await (await lockedWorld().get('/runs/7', { ...BROWSER, 'sec-fetch-site': 'same-origin' })).text(),
    ).not.toContain('refresh');
  });

  it('is asked of programs by a header, never by a form', async () => {
    const world = lockedWorld();
    for (const path of [
      '/api/flow-runs',
      '/metrics',
      '/feed.atom',
      '/badge/a.svg',
      '/status/a.txt',
      '/api/openapi.json',
    ]) {
      const answer = await world.get(path, BROWSER);
      expect([path, answer.status, answer.headers.get('www-authenticate')]).toEqual([path, 401, 'Bearer realm="weir"']);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
    }
    const post = await world.app.request('/api/flow-runs/1/cancel', { method: 'POST', headers: { host: HOST } });
    expect(post.status).toBe(401);
  });

  it('is not asked for where only this machine comes, whatever is given', async () => {
    const world = appWorld({ token: TOKEN });
    expect((await world.get('/', { authorization: 'Bearer wrong' })).status).toBe(200);
    const login = await world.get('/login');
    expect([login.status, login.headers.get('location')]).toEqual([303, '/']);
  });

  it.each([
    ['/runs?q=a#b', '/runs?q=a#b'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example', '/'],
    ['/a\r\nset-cookie: x=1', '/'],
    ['/\t/evil.example', '/'],
    ['', '/'],
    [null, '/'],
  ])('leads to %j as %s', (text, address) => {
    expect(ownAddress(text)).toBe(address);
  });
});

describe('wrong guesses', () => {
  it('are counted for a network of IPv6 as a whole, and one written in two ways is one', () => {
    const throttle = createThrottle(() => 0);
    for (let each = 0; each < 10; each++) throttle.missed(`2001:db8:1:2::${each}`);
    expect(throttle.waitOf('2001:0db8:1:2:ffff::1')).toBe(300);
    expect(throttle.waitOf('2001:db8:1:3::1')).toBe(0);
    for (let each = 0; each < 10; each++) throttle.missed('::ffff:10.0.0.1');
    expect(throttle.waitOf('10.0.0.1')).toBe(300);
    expect(throttle.waitOf('::1')).toBe(0);
  });

  it('of many addresses are forgotten, the oldest first', () => {
    const throttle = createThrottle(() => 0);
    for (let each = 0; each < 10; each++) throttle.missed('10.0.0.1');
    for (let each = 0; each < 10_000; each++) throttle.missed(`host-${each}`);
    expect(throttle.waitOf('10.0.0.1')).toBe(0);
  });
});

function lockedWorld() {
  return appWorld({ host: '0.0.0.0', token: TOKEN });
}

async function logIn(world: ReturnType<typeof appWorld>, fields: Record<string, string> = { token: TOKEN }) {
  const answer = await world.app.request('/login', {
    method: 'POST',
    headers: POST,
    body: new URLSearchParams(fields),
  });
  const [cookie = '', ...attributes] = (answer.headers.get('set-cookie') ?? '').split('; ');
  return { answer, cookie, attributes };
}
