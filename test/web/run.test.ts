/** The page of a run, the comparison of two, and the report of one, in a real browser: on screens, on paper, for everybody. */
import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import type { Seed } from '../http/world.ts';
import { CHROMIUM, hasBrowser, openTab, type Tab, useBrowser } from './browser.ts';
import { LONG, serverWorld } from './world.ts';

const PICTURE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="200"><rect width="900" height="200" fill="teal"/></svg>';
const NOTE = `# Week 7\n\nA [link](https://example.org) and ${LONG.repeat(3)}.\n\n| a | b |\n|---|--:|\n| x | 1 |\n\n> quoted`;

async function runWorld() {
  const world = await serverWorld();
  const error = { name: 'TypeError', message: LONG.repeat(3), stack: `at ${LONG}`, last_lines: [LONG.repeat(3)] };
  const seed = (parts: Seed) =>
    world.add({
      flow: 'retrain',
      startAt: Date.now() - 3_600_000,
      params: { week: 1, [LONG]: LONG },
      metrics: { rmse: 1.5 },
      tasks: [
        { name: 'fetch', tookMs: 400 },
        { name: 'check', upstream: [0], after: 400, tookMs: 100 },
        ...[1, 2, 3].map((alpha) => ({ name: 'train', label: `train alpha=${alpha}`, upstream: [0, 1], after: 500 })),
        { name: LONG, upstream: [2, 3, 4], after: 1500, tookMs: 10, usage: { peakMemory: 5e8, cpuMs: 900 } },
      ],
      artifacts: [
        { key: 'note', kind: 'markdown', mediaType: 'text/markdown', text: NOTE },
        {
          key: 'rows',
          kind: 'table',
          mediaType: 'application/json',
          text: JSON.stringify([{ name: LONG, rmse: 1.9 }]),
        },
        { key: 'chart', kind: 'image', mediaType: 'image/svg+xml', text: PICTURE },
        { key: LONG, text: 'bytes' },
      ],
      log: Array.from({ length: 200 }, (_, index) => `line ${index}`).join('\n'),
      ...parts,
    });
  for (const week of [1, 2, 3]) seed({ params: { week }, metrics: { rmse: 2 / week } });
  const before = seed({ params: { week: 4 }, metrics: { rmse: 1.25 } });
  const failed = seed({
    state: 'failed',
    error,
    tasks: [{ name: 'fetch' }, { name: LONG, state: 'failed', error, upstream: [0] }],
  });
  const running = seed({
    state: 'running',
    startAt: Date.now() - 60_000,
    tasks: [{ name: 'fetch', state: 'running' }],
  });
  const paths = [
    `/runs/${before}`,
    `/runs/${failed}`,
    `/runs/${running}`,
    `/compare?a=${before}&b=${failed}`,
    '/compare',
  ];
  return { ...world, before, failed, running, paths };
}

describe.skipIf(!hasBrowser)(`runs in a browser (${CHROMIUM})`, () => {
  const browser = useBrowser();

  it.each([
    ['light', 1100],
    ['dark', 390],
  ] as const)('everybody can read them, %s, %i pixels', async (colorScheme, width) => {
    const world = await runWorld();
    const tab = await openTab(browser(), world.url, { colorScheme, viewport: { width, height: 900 } });
    for (const path of world.paths) {
      await tab.goto(world.url + path);
      for (const details of await tab.locator('details > summary').all()) await details.click();
      const found = (await tab.evaluate(
        `${axe.source}; axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
      )) as { violations: { id: string; nodes: { html: string }[] }[] };
      expect([path, found.violations.map(({ id, nodes }) => [id, nodes[0]?.html])]).toEqual([path, []]);
    }
    expect(tab.complaints).toEqual([]);
    expect(tab.strangers).toEqual([]);
  });

  it('nothing is wider than the screen, but what scrolls in a box of its own', async () => {
    const world = await runWorld();
    for (const width of [320, 390, 768, 1280]) {
      const tab = await openTab(browser(), world.url, { viewport: { width, height: 800 } });
      for (const path of world.paths) {
        await tab.goto(world.url + path);
        expect([path, await tab.evaluate('document.documentElement.scrollWidth')]).toEqual([path, width]);
      }
    }
  });

  it('a node of the graph leads to the row of its task, and the way to the other runs works without JavaScript', async () => {
    const world = await runWorld();
    const tab = await openTab(browser(), world.url, { javaScriptEnabled: false });
    await tab.goto(`${world.url}/runs/${world.before}`);
    await tab.locator('.graph a', { hasText: 'train alpha=2' }).click();
    expect(await tab.locator('tr:target').textContent()).toContain('train alpha=2');
    await tab.getByLabel('Compare with').selectOption({ index: 1 });
    await tab.getByRole('button', { name: 'Compare' }).click();
    expect(new URL(tab.url()).searchParams.get('b')).toBe(String(world.before));
    await tab
      .getByRole('link', { name: `run ${world.before}` })
      .first()
      .click();
    await tab.getByRole('link', { name: `run ${world.failed} →` }).click();
    expect(await tab.getByRole('heading', { level: 1 }).textContent()).toContain('failed');
    expect(await tab.getByRole('alert').isVisible()).toBe(true);
  });

  it('a bar of what runs grows between two looks of the server', async () => {
    const world = await runWorld();
    const tab = await openTab(browser(), world.url, { javaScriptEnabled: false });
    await tab.goto(`${world.url}/runs/${world.running}`);
    const grown = await tab.locator('.grow').evaluate((bar) => {
      const [animation] = bar.getAnimations();
      if (animation === undefined) return null;
      const widthAt = (share: number) => {
        animation.currentTime = Number(animation.effect?.getComputedTiming().duration) * share;
        return bar.getBoundingClientRect().width;
      };
      return [widthAt(0), widthAt(0.5), widthAt(0.999)];
    });
    const [first = 0, middle = 0, last = 0] = grown ?? [];
    expect(first).toBeGreaterThan(0);
    expect(middle).toBeGreaterThan(first);
    expect(last).toBeGreaterThan(middle);
  });

  it('prints on one to three pages, the report as well, and that one loads nothing wherever it lies', async () => {
    const world = await runWorld();
    const tab = await openTab(browser(), world.url);
    const pages = async (of: Tab) => {
      const pdf = (await of.pdf({ format: 'A4' })).toString('latin1');
      return pdf.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    };
    for (const id of [world.before, world.failed]) {
      await tab.goto(`${world.url}/runs/${id}`);
      expect(await pages(tab)).toBeLessThanOrEqual(3);
    }
    const report = await (await fetch(`${world.url}/runs/${world.before}/report.html`)).text();
    const offline = await openTab(browser(), 'about:');
    await offline.setContent(report);
    expect(
      await offline
        .locator('article img')
        .evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
    ).toBe(900);
    expect(offline.strangers).toEqual([]);
    expect(offline.complaints).toEqual([]);
    expect(await pages(offline)).toBeLessThanOrEqual(3);
  });
});
