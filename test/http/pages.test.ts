import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { PlainError } from '../../src/model/plain-error.ts';
import { appWorld, STATES } from './world.ts';

const HOSTILE = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>&amp;`;
const ERROR = {
  name: 'TypeError',
  message: 'rows is not iterable',
  stack: 'TypeError: rows is not iterable\n  at load',
};

describe('the page of a run', () => {
  it('names the task that raised the error of the run, not one whose failure the flow caught', async () => {
    const world = appWorld();
    const error = (message: string): PlainError => ({ name: 'Error', message, stack: null });
    const id = world.seed({
      state: 'failed',
      error: error('exit code 3'),
      tasks: [
        { name: 'caught', state: 'failed', error: error('no such column') },
        { name: 'guilty', state: 'failed', error: error('exit code 3') },
      ],
    });
    for (const page of [await world.text('/'), await world.text(`/runs/${id}`)]) {
      expect(page).toMatch(/guilty(?:(?!caught)[\s\S])*exit code 3/);
      expect(page).not.toMatch(/role="alert"[^>]*>(?:(?!<\/section)[\s\S])*caught/);
    }
    expect(await world.text('/')).not.toContain('no such column');
  });

  it('tells the state in words, why it failed, its tasks, what went in and what came out', async () => {
    const world = appWorld();
    const id = world.seed({
      flow: 'etl',
      state: 'failed',
      params: { day: '2026-01-04' },
      error: ERROR,
      metrics: { rmse: 1.25 },
      tasks: [
        { name: 'extract', why: 'reused from attempt 1' },
        { name: 'load', label: 'orders', state: 'failed', error: ERROR },
      ],
      log: 'one\ntwo',
      artifacts: [
        { key: 'table', kind: 'table', mediaType: 'application/json', text: '[{"alpha":0.1,"rmse":1.9}]' },
        { key: 'chart', kind: 'image', mediaType: 'image/svg+xml', text: '<svg xmlns="http://www.w3.org/2000/svg"/>' },
        { key: 'note', kind: 'markdown', mediaType: 'text/markdown', text: '# Week 7' },
        { key: 'more', kind: 'link', mediaType: 'text/uri-list', text: 'javascript:alert(1)' },
      ],
    });
    const page = await world.text(`/runs/${id}`);
    expect(page).toContain(`etl, run ${id}: failed`);
    expect(page).toContain('<b>load orders: </b>TypeError: rows is not iterable');
    expect(page).toContain('reused from attempt 1');
    expect(page).toContain('class="gantt"');
    expect(page).toContain('<code>&quot;2026-01-04&quot;</code>');
    expect(page).toContain('<data value="1.25">1.25</data>');
    expect(page).toContain('<th scope="col" class="n">alpha</th>');
    expect(page).toContain(`<img src="/runs/${id}/artifacts/chart"`);
    expect(page).toContain('<h4>Week 7</h4>');
    expect(page).not.toContain('href="javascript:');
    expect(page).toMatch(/id=L2><a href=#L2[^>]*> *2<\/a>two/);
    expect(page).toContain('11:50 CET');
  });

  it('shows the end of a long log, and the log page leads back through all of it', async () => {
    const world = appWorld();
    const id = world.seed({ log: Array.from({ length: 2500 }, (_, index) => `line ${index + 1}`).join('\n') });
    const page = await world.text(`/runs/${id}`);
    expect(page).toContain('last 150 lines');
    expect(page).not.toContain('>2300</a>');
    const log = await world.text(`/runs/${id}/logs`);
    expect(log).toContain('lines 1 to 1,000 of 2,500');
    expect(log).toContain(`/runs/${id}/logs?from=1001`);
    expect(await world.text(`/runs/${id}/logs?from=2001`)).toContain('lines 2,001 to 2,500 of 2,500');
  });

  it('shows what a terminal would finally show, without its codes', async () => {
    const world = appWorld();
    const id = world.seed({
      log: '\u001b[31mred\u001b[0m and \u001b]8;;javascript:x\u001b\\link\u001b]8;;\u001b\\\n10%\r50%\r100%\r',
    });
    const log = await world.text(`/runs/${id}/logs`);
    expect(log).toContain('<span class="c1">red</span> and link');
    expect(log).toContain('</a>100%</div>');
    expect(log).not.toContain('\u001b');
    expect(log).not.toMatch(/javascript:x|<\/a>10%|50%1/);
  });
});

describe('every page', () => {
  it('shows hostile text as text', async () => {
    const world = appWorld();
    const id = world.seed({
      flow: HOSTILE,
      state: 'failed',
      message: HOSTILE,
      params: { [HOSTILE]: HOSTILE },
      result: HOSTILE,
      tags: [HOSTILE],
      error: { name: HOSTILE, message: HOSTILE, stack: HOSTILE },
      metrics: { [HOSTILE]: 1 },
      tasks: [
        {
          name: HOSTILE,
          label: HOSTILE,
          state: 'failed',
          why: HOSTILE,
          error: { name: HOSTILE, message: HOSTILE, stack: HOSTILE, last_lines: [HOSTILE] },
        },
      ],
      log: HOSTILE,
      artifacts: [
        {
          key: HOSTILE,
          kind: 'table',
          mediaType: 'application/json',
          description: HOSTILE,
          text: JSON.stringify([{ [HOSTILE]: HOSTILE }]),
        },
        { key: `b${HOSTILE}`, kind: 'markdown', mediaType: 'text/markdown', text: HOSTILE },
        { key: `c${HOSTILE}`, kind: 'image', mediaType: 'image/svg+xml', text: HOSTILE },
      ],
    });
    for (const path of [
      '/',
      '/runs',
      `/runs?flow=${encodeURIComponent(HOSTILE)}`,
      `/runs/${id}`,
      `/runs/${id}/logs`,
      `/${encodeURIComponent(HOSTILE)}`,
    ]) {
      const page = await world.text(path);
      expect(page, path).toContain('&lt;script&gt;');
      expect(page, path).not.toMatch(/<script>alert|<img src=x|'><img/);
      expect(page.match(/<script/g), path).toHaveLength(1);
    }
    expect(world.faults).toEqual([]);
  });

  it('stays within 50 KB, 12 KB packed, with sixty flows and runs that print and fail', async () => {
    const world = appWorld();
    const keys = Object.keys(STATES) as (keyof typeof STATES)[];
    world.seedMany(
      Array.from({ length: 60 * 30 }, (_, index) => ({
        flow: `flow-number-${index % 60}`,
        state: keys[((index % 60) + Math.floor(index / 60)) % keys.length] ?? 'failed',
        tookMs: 1000 + Math.floor(index / 60) * 317,
        error: ERROR,
      })),
    );
    const log = Array.from(
      { length: 1500 },
      (_, index) => `2026-01-05 10:00:00 step ${index}: loss ${(1 / (index + 1)).toFixed(6)}`,
    ).join('\n');
    const tasks = Array.from({ length: 200 }, (_, index) => ({ name: 'train', label: `alpha=${index}` }));
    const id = world.seed({ log, tasks, state: 'failed', error: ERROR });
    for (const path of ['/', '/runs', `/runs/${id}`]) {
      const page = Buffer.from(await world.text(path));
      expect(page.length, path).toBeLessThanOrEqual(50 * 1024);
      expect(gzipSync(page).length, path).toBeLessThanOrEqual(12 * 1024);
    }
  });

  it('is sent once: an unchanged page is answered with 304, a changed one anew', async () => {
    const world = appWorld();
    const id = world.seed();
    for (const path of ['/', '/runs', `/runs/${id}`]) {
      const first = await world.get(path);
      const tag = first.headers.get('etag') ?? '';
      expect(tag).toMatch(/^"[\w-]{32}"$/);
      const again = await world.get(path, { 'if-none-match': tag });
      expect(again.status).toBe(304);
      // The cached page keeps its nonce, so the header that comes with a 304 must name the same.
      expect(again.headers.get('content-security-policy')).toBe(first.headers.get('content-security-policy'));
      expect(await again.text()).toBe('');
      expect((await world.get(path, { 'if-none-match': '"other"' })).status).toBe(200);
    }
    const before = (await world.get('/')).headers.get('etag') ?? '';
    world.seed({ flow: 'another' });
    expect((await world.get('/', { 'if-none-match': before })).status).toBe(200);
  });

  it('carries a policy that lets only its own style and script in', async () => {
    const answer = await appWorld().get('/');
    const policy = answer.headers.get('content-security-policy') ?? '';
    const nonce = /script-src 'nonce-([\w-]+)'/.exec(policy)?.[1];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    const page = await answer.text();
    expect(page).toContain(`<script nonce="${nonce}">`);
    expect(page).toContain(`<style nonce="${nonce}">`);
    expect(page).not.toMatch(/ on\w+="|https?:\/\/(?!www\.w3\.org)/);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('has a style sheet under 7 KB', async () => {
    const style = /<style[^>]*>(.*?)<\/style>/s.exec(await appWorld().text('/nowhere'))?.[1] ?? '';
    expect(style.length).toBeGreaterThan(1000);
    expect(style.length).toBeLessThan(7 * 1024);
  });
});
