/** A badge on pages of other sites: only with its key, and nothing but the badge. */
import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/http/app.ts';
import { appWorld, NOW } from '../world.ts';

const FOREIGN = { host: 'localhost:4200', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
const LOCKED = { host: '0.0.0.0', token: 'a-long-secret-token' };

describe('a badge on a page elsewhere', () => {
  it('is shown with the key that stands on the page of its flow', async () => {
    const world = appWorld();
    world.seed({ flow: 'etl', state: 'failed' });
    const badge = await badgeOf(world, 'etl');
    const answer = await world.get(badge, FOREIGN);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/svg+xml; charset=utf-8']);
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(await answer.text()).toContain('aria-label="etl: failed"');
  });

  it('needs no token with it, and another one without it', async () => {
    const world = appWorld(LOCKED);
    world.seed({ flow: 'etl' });
    const badge = await badgeOf(world, 'etl', { authorization: `Bearer ${LOCKED.token}` });
    const foreign = { ...FOREIGN, host: '192.168.0.4:4200' };
    expect((await world.get(badge, foreign)).status).toBe(200);
    expect((await world.get('/badge/etl.svg', foreign)).status).toBe(403);
    expect((await world.get('/badge/etl.svg', { host: '192.168.0.4:4200' })).status).toBe(401);
    const { store, events } = world;
    const app = (token: string) => createApp({ store, events, now: () => NOW, version: '1', ...LOCKED, token });
    expect((await app(LOCKED.token).request(badge, { headers: foreign })).status).toBe(200);
    expect((await app('another-token').request(badge, { headers: foreign })).status).toBe(403);
  });

  it('opens no other badge and nothing else, by whatever address', async () => {
    const world = appWorld();
    for (const flow of ['etl', 'private']) world.seed({ flow, log: 'secret' });
    const badge = await badgeOf(world, 'etl');
    const key = new URL(badge, 'http://x').searchParams.get('key') ?? '';
    const others = [
      ...[`/badge/private.svg?key=${key}`, `/badge/etl.svg?key=`, `/badge/etl.svg?key=${key.slice(1)}`],
      ...[`/badge/etl.svg?key=${'a'.repeat(22)}`, '/badge/etl.svg', `/badge/ETL.svg?key=${key}`],
      ...[`/status/etl.txt?key=${key}`, `/?key=${key}`, `/runs/1?key=${key}`, `/feed.atom?key=${key}`],
      ...[`/api/flow-runs?key=${key}`, `/metrics?key=${key}`, `/health?key=${key}`],
      ...[`/runs/1/artifacts/..%2F..%2F..%2Fbadge%2Fetl.svg?key=${key}`, `/badge/etl.svg/../../runs?key=${key}`],
      ...[`/badge/../runs/1?key=${key}&x=/badge/etl.svg`, `/badge/etl.svg%2F..%2Fprivate.svg?key=${key}`],
    ];
    for (const path of others) {
      const answer = await world.get(path, FOREIGN);
      expect([path, answer.status, answer.headers.get('cross-origin-resource-policy')]).toEqual([
        path,
        403,
        'same-origin',
      ]);
    }
    const post = await world.app.request(badge, {
      method: 'POST',
      headers: { ...FOREIGN, origin: 'http://evil.example' },
    });
    expect(post.status).toBe(403);
    // A name that leads here is still no name of this server.
    expect((await world.get(badge, { ...FOREIGN, host: 'evil.example' })).status).toBe(403);
  });

  it('has an address for any name, which Markdown takes whole', async () => {
    const world = appWorld();
    const flow = 'a](x)"<b> (1)';
    world.seed({ flow });
    const badge = await badgeOf(world, flow);
    expect(badge).toMatch(/^\/badge\/[\w%.-]+\?key=[\w-]{22}$/);
    expect((await world.get(badge, FOREIGN)).status).toBe(200);
    expect(await world.text(`/flows/${encodeURIComponent(flow)}`)).toContain('![a\\](x)&quot;&lt;b&gt; (1)](http://');
  });
});

/** Path and query of the badge as the page of the flow offers it. */
async function badgeOf(world: ReturnType<typeof appWorld>, flow: string, headers: Record<string, string> = {}) {
  await world.store.writer.write(() => {});
  const html = await (await world.get(`/flows/${encodeURIComponent(flow)}`, headers)).text();
  const [, address = ''] = /\]\(http:\/\/[^/]+(\/badge\/[^)]+)\)/.exec(html) ?? [];
  return address.replaceAll('&amp;', '&');
}
