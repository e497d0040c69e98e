/** Live pages in a real browser: several tabs, a server that comes back, hidden tabs, and what somebody is typing. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { CHROMIUM, hasBrowser, openTab, PATIENCE_MS, useBrowser } from './browser.ts';
import { serverWorld } from './world.ts';

const HIDE = `Object.defineProperty(document, 'hidden', { get: () => window.isAway === true, configurable: true });
window.turn = (away) => { window.isAway = away; document.dispatchEvent(new Event('visibilitychange')); };`;

/** On a loaded machine as well. */
const soon = <T>(look: () => T) => expect.poll(look, { timeout: PATIENCE_MS });

describe.skipIf(!hasBrowser)(`live pages in a browser (${CHROMIUM})`, () => {
  const browser = useBrowser();

  it('several tabs share one stream, and another takes it over when the tab that holds it closes', async () => {
    const world = await serverWorld();
    const context = (await openTab(browser(), world.url)).context();
    let streams = 0;
    context.on('request', (request) => {
      if (request.url().endsWith('/api/events')) streams++;
    });
    const tabs: Page[] = [];
    for (let each = 0; each < 3; each++) {
      const tab = await context.newPage();
      await tab.goto(world.url);
      await tab.getByText('live', { exact: true }).waitFor();
      tabs.push(tab);
    }
    await soon(() => streams).toBe(1);
    world.add({ flow: 'first' });
    for (const tab of tabs) await tab.locator('#latest').getByText('first').waitFor();
    expect(streams).toBe(1);
    // The first opened holds the stream.
    await tabs.shift()?.close();
    await soon(() => streams).toBe(2);
    world.add({ flow: 'second' });
    for (const tab of tabs) await tab.locator('#latest').getByText('second').waitFor();
    expect(streams).toBe(2);
  });

  it('a server that comes back shows what happened meanwhile', async () => {
    const world = await serverWorld();
    const page = await openTab(browser(), world.url);
    await page.goto(world.url);
    await page.getByText('live', { exact: true }).waitFor();
    await world.stopServer();
    await page.getByText('offline, reconnecting').waitFor();
    world.add({ flow: 'meanwhile' });
    await world.startAgain();
    await page.locator('#latest').getByText('meanwhile').waitFor();
    await page.getByText('live', { exact: true }).waitFor();
  });

  it('a hidden tab does not ask, and is right when it is seen again', async () => {
    const world = await serverWorld();
    const page = await openTab(browser(), world.url);
    await page.addInitScript(HIDE);
    const stream = page.waitForResponse(/api.events/);
    await page.goto(world.url);
    await stream;
    await page.evaluate('turn(true)');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    world.add({ flow: 'unseen' });
    // Longer than the page gathers changes: a tab that were seen would have asked by now.
    await page.waitForTimeout(1000);
    expect(asked).toEqual([]);
    await page.evaluate('turn(false)');
    await page.locator('#latest').getByText('unseen').waitFor();
  });

  it('what somebody types or has ticked is left alone until it is let go', async () => {
    const world = await serverWorld();
    await world.store.writer.write(() => world.store.limits.put('gpu', 2, Date.now()));
    const page = await openTab(browser(), world.url);
    await page.goto(`${world.url}/queues`);
    await page.getByText('live', { exact: true }).waitFor();
    const field = page.getByLabel('Capacity of gpu');
    await field.fill('17');
    await world.store.writer.write(() => world.store.limits.put('gpu', 3, Date.now()));
    world.add({ flow: 'late', state: 'scheduled' });
    // Other sections go on.
    await page.locator('#waiting').getByText('late').waitFor();
    expect(await field.inputValue()).toBe('17');
    expect(await page.evaluate('document.activeElement.name')).toBe('capacity');
    await field.fill('2');
    await field.blur();
    world.add({ flow: 'later', state: 'scheduled' });
    await page.locator('#limits').getByText('0 of 3 in use').waitFor();
    expect(page.complaints).toEqual([]);
  });

  it('the rows of flows keep their order while a page is open, and a reload sorts them anew', async () => {
    const world = await serverWorld();
    for (const flow of ['one', 'two']) world.add({ flow });
    const page = await openTab(browser(), world.url);
    await page.goto(world.url);
    await page.getByText('live', { exact: true }).waitFor();
    const rows = () => page.locator('#flows tbody th').allInnerTexts();
    expect(await rows()).toEqual(['two', 'one']);
    world.add({ flow: 'one', state: 'failed' });
    await page.locator('#flows').getByText('Failed').waitFor();
    expect(await rows()).toEqual(['two', 'one']);
    world.add({ flow: 'three' });
    await page.locator('#flows th').getByText('three').waitFor();
    expect(await rows()).toEqual(['two', 'one', 'three']);
    await page.reload();
    expect(await rows()).toEqual(['one', 'three', 'two']);
  });

  it('a change that is no run is seen as well', async () => {
    const world = await serverWorld();
    const page = await openTab(browser(), world.url);
    await page.goto(`${world.url}/queues`);
    await page.getByText('live', { exact: true }).waitFor();
    await world.store.writer.write(() => world.store.limits.put('gpu', 5, Date.now()));
    await page.locator('#limits').getByText('0 of 5 in use').waitFor();
  });
});
