/** The pages in a real browser over the real server: what no test of HTML can tell. */
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { seedRun } from '../http/world.ts';
import { CHROMIUM, hasBrowser, openTab as open, useBrowser } from './browser.ts';
import { serverWorld } from './world.ts';

describe.skipIf(!hasBrowser)(`in a browser (${CHROMIUM})`, () => {
  const browser = useBrowser();

  it('every page loads without an error, a refused style or a request to elsewhere', async () => {
    const world = await serverWorld();
    const id = world.seedAll();
    const page = await open(browser(), world.url);
    for (const path of ['/', '/runs', `/runs/${id}`, `/runs/${id}/logs`]) {
      await page.goto(world.url + path);
      await page.getByText('live', { exact: true }).waitFor();
      // Once more from the cache: the page and its policy must still fit together.
      await page.goto(world.url + path);
    }
    expect(page.complaints).toEqual([]);
    expect(page.strangers).toEqual([]);
  });

  it('nothing is wider than a screen of 320, 390, 768 or 1280 pixels', async () => {
    const world = await serverWorld();
    const id = world.seedAll();
    for (const width of [320, 390, 768, 1280]) {
      const page = await open(browser(), world.url, { viewport: { width, height: 800 } });
      for (const path of ['/', '/runs', `/runs/${id}`, `/runs/${id}/logs`]) {
        await page.goto(world.url + path);
        expect([path, width, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([
          path,
          width,
          width,
        ]);
      }
    }
  });

  it('everything can be read and reached with JavaScript off', async () => {
    const world = await serverWorld();
    const id = world.seedAll();
    const page = await open(browser(), world.url, { javaScriptEnabled: false });
    await page.goto(world.url);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('1 needs attention');
    await page.getByRole('link', { name: 'All runs' }).click();
    await page.getByRole('link', { name: String(id), exact: true }).click();
    await page.getByRole('heading', { level: 1, name: `run ${id}: failed` }).waitFor();
    await page.getByText('All states of this run').click();
    await page.locator('#state-list tr').first().waitFor();
    await page.getByRole('link', { name: 'open the log' }).click();
    await page.getByText('line 40', { exact: false }).first().waitFor();
    expect(await page.getByRole('link', { name: 'Refresh' }).isVisible()).toBe(true);
  });

  it('a run of another process appears, and ends, without a reload', async () => {
    const world = await serverWorld();
    const page = await open(browser(), world.url);
    await page.goto(world.url);
    await page.getByText('No runs yet').waitFor();
    await page.evaluate('window.isSame = true');
    await page.getByText('live', { exact: true }).waitFor();
    const other = openStore(world.path);
    const id = seedRun(other, { flow: 'elsewhere', state: 'running' });
    await page.locator('#latest').getByText('Running').waitFor();
    other.database
      .prepare("update flow_runs set state_type = 'COMPLETED', state_name = 'Completed', state_at = ? where id = ?")
      .run(Date.now(), id);
    await page.locator('#latest').getByText('Completed').waitFor();
    await page.getByText('All good').waitFor();
    await other.writer.stop();
    other.close();
    expect(await page.evaluate('window.isSame')).toBe(true);
    expect(page.complaints).toEqual([]);
  });

  it('what the reader opened stays open while the page changes, and focus stays where it was', async () => {
    const world = await serverWorld();
    const id = world.seedAll();
    const page = await open(browser(), world.url);
    await page.goto(`${world.url}/runs/${id}`);
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByText('All states of this run').click();
    await page.getByRole('link', { name: 'open the log' }).focus();
    const chunk = {
      flowRunId: id,
      taskRunId: null,
      attempt: 1,
      stream: 'stdout',
      level: 'info',
      at: Date.now(),
      fields: null,
    } as const;
    world.store.logs.append({ ...chunk, text: 'a line that came later' });
    world.store.flowRuns.move(
      id,
      { type: 'FAILED', name: 'Failed', message: null, at: 0 },
      { ...NOTHING, state: { type: 'FAILED', name: 'TimedOut', message: 'too slow', at: Date.now() } },
      { ownerId: null, token: null },
    );
    world.events.publish([{ kind: 'log', chunk: { ...chunk, text: 'a line that came later' }, task: null }]);
    await page.getByText('a line that came later').waitFor();
    await page.locator('#states').getByText('too slow').waitFor();
    expect(await page.locator('#state-list').getAttribute('open')).toBe('');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('open the log');
    expect(page.complaints).toEqual([]);
  });

  it('says when the server is gone', async () => {
    const world = await serverWorld();
    const page = await open(browser(), world.url);
    await page.goto(world.url);
    await page.getByText('live', { exact: true }).waitFor();
    const began = Date.now();
    await world.stopServer();
    // Not only when the page has let go of its stream, which it never does.
    expect(Date.now() - began).toBeLessThan(30_000);
    await page.getByText('offline, reconnecting').waitFor();
  });
});

const NOTHING = {
  startAt: 1,
  endAt: 2,
  runTimeMs: 1,
  attempt: 1,
  scheduledAt: null,
  failures: 1,
  crashes: 0,
  interruptions: 0,
};
