/** The token of a server that others can reach, in a real browser with JavaScript off: asked once, kept, and left again. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createEvents } from '../../src/engine/events.ts';
import { startHttpServer } from '../../src/http/server.ts';
import { openStore } from '../../src/store/store.ts';
import { seedRun } from '../http/world.ts';
import { CHROMIUM, hasBrowser, openTab, useBrowser } from './browser.ts';

const TOKEN = 'a-long-secret-token';

describe.skipIf(!hasBrowser)(`the token in a browser (${CHROMIUM})`, () => {
  const browser = useBrowser();

  it('is asked for once, by a form that leads to the page that was wanted, and asked again after logging out', async () => {
    const url = await lockedServer();
    const tab = await openTab(browser(), url, { javaScriptEnabled: false });
    expect((await tab.goto(`${url}/runs?q=flow%3Anightly`))?.status()).toBe(401);
    await tab.getByLabel('Token').fill('a guess');
    await tab.getByRole('button', { name: 'Open' }).click();
    expect(await tab.getByRole('alert').textContent()).toBe('That is not the token.');
    await tab.getByLabel('Token').fill(TOKEN);
    await tab.getByRole('button', { name: 'Open' }).click();
    await tab.waitForURL(`${url}/runs?q=flow%3Anightly`);
    expect(await tab.locator('main').textContent()).toContain('nightly');
    await tab.goto(`${url}/runs/1`);
    await tab.getByRole('button', { name: 'Log out' }).click();
    await tab.waitForURL(`${url}/login`);
    expect((await tab.goto(`${url}/runs`))?.status()).toBe(401);
    expect(tab.strangers).toEqual([]);
  });

  it('is not needed to show a badge on a page elsewhere, which sees no other picture of this server', async () => {
    const url = await lockedServer();
    const tab = await openTab(browser(), url);
    await tab.goto(`${url}/flows/nightly`);
    await tab.getByLabel('Token').fill(TOKEN);
    await tab.getByRole('button', { name: 'Open' }).click();
    await tab.getByText('Badge for a page elsewhere').click();
    const markdown = (await tab.locator('#badge pre').textContent()) ?? '';
    const [, badge = ''] = /^!\[nightly\]\((.+)\)$/.exec(markdown.trim()) ?? [];
    const elsewhere = createServer((_, response) => {
      response.setHeader('content-type', 'text/html').end(`<img src="${badge}"><img src="${url}/badge/nightly.svg">`);
    }).listen(0);
    onTestFinished(() => void elsewhere.close().closeAllConnections());
    await once(elsewhere, 'listening');
    await tab.goto(`http://localhost:${(elsewhere.address() as AddressInfo).port}`);
    const widths = await tab.evaluate('[...document.images].map(({ naturalWidth }) => naturalWidth)');
    expect(widths).toEqual([expect.toSatisfy((width: number) => width > 50), 0]);
  });

  it.each([
    ['light', 1280],
    ['dark', 320],
  ] as const)('has a form that everybody can use: %s, %i px', async (colorScheme, width) => {
    const url = await lockedServer();
    const tab = await openTab(browser(), url, { colorScheme, viewport: { width, height: 800 }, bypassCSP: true });
    await tab.goto(url);
    await tab.getByLabel('Token').fill('a guess');
    await tab.getByRole('button', { name: 'Open' }).click();
    await tab.getByRole('alert').waitFor();
    const { violations } = (await tab.evaluate(
      `${axe.source}; axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
    )) as { violations: { id: string }[] };
    expect(violations.map(({ id }) => id)).toEqual([]);
    expect(await tab.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });
});

async function lockedServer(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-token-'));
  const store = openStore(join(folder, 'weir.db'));
  seedRun(store, { flow: 'nightly' });
  const engine = { store, events: createEvents(), now: Date.now };
  const server = await startHttpServer({ engine, host: '0.0.0.0', port: 0, version: '1.2.3', token: TOKEN });
  onTestFinished(async () => {
    await server.stop();
    await store.writer.stop();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return `http://127.0.0.1:${new URL(server.url).port}`;
}
