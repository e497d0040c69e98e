/** The pages in a real browser over the real server: what no test of HTML can tell. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createEvents } from '../../src/engine/events.ts';
import { startHttpServer } from '../../src/http/server.ts';
import { openStore } from '../../src/store/store.ts';
import { type Seed, seedRun } from '../http/world.ts';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
const LONG = 'a-flow-with-a-name-that-goes-on-and-on-and-has-no-place-to-break-it-anywhere-at-all';

// Said in the results: without a browser nothing here was looked at.
describe.skipIf(!existsSync(CHROMIUM))(`in a browser (${CHROMIUM})`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  });
  afterAll(() => browser?.close());

  it('every page loads without an error, a refused style or a request to elsewhere', async () => {
    const world = await serverWorld();
    const id = world.seedAll();
    const page = await open(browser, world.url);
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
      const page = await open(browser, world.url, { viewport: { width, height: 800 } });
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
    const page = await open(browser, world.url, { javaScriptEnabled: false });
    await page.goto(world.url);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('1 needs attention');
    await page.getByRole('link', { name: 'All runs' }).click();
    await page.getByRole('link', { name: String(id), exact: true }).click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain(`run ${id}: failed`);
    await page.getByText('All states of this run').click();
    expect(await page.locator('#state-list tr').first().isVisible()).toBe(true);
    await page.getByRole('link', { name: 'open the log' }).click();
    expect(await page.getByText('line 40', { exact: false }).first().isVisible()).toBe(true);
    expect(await page.getByRole('link', { name: 'Refresh' }).isVisible()).toBe(true);
  });

  it('a run of another process appears, and ends, without a reload', async () => {
    const world = await serverWorld();
    const page = await open(browser, world.url);
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
    const page = await open(browser, world.url);
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
    const page = await open(browser, world.url);
    await page.goto(world.url);
    await page.getByText('live', { exact: true }).waitFor();
    const began = Date.now();
    await world.stopServer();
    expect(Date.now() - began).toBeLessThan(5000);
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

async function serverWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'weir-page-'));
  const path = join(folder, 'weir.db');
  const store = openStore(path);
  const events = createEvents();
  const server = await startHttpServer({
    engine: { store, events, now: Date.now },
    host: '127.0.0.1',
    port: 0,
    version: '1.2.3',
  });
  onTestFinished(async () => {
    await server.stop();
    await store.writer.stop();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    url: server.url,
    path,
    store,
    events,
    stopServer: () => server.stop(),
    /** Something of everything; gives the number of a run that failed. */
    seedAll(): number {
      const startAt = Date.now() - 3_600_000;
      const runs: Seed[] = [{ flow: LONG }, { flow: 'etl', state: 'running' }, { flow: LONG, state: 'retry' }];
      for (const run of runs) seedRun(store, { startAt, ...run });
      const error = { name: 'TypeError', message: LONG.repeat(4), stack: 'at x' };
      return seedRun(store, {
        flow: 'report',
        state: 'failed',
        startAt,
        error,
        params: { [LONG]: LONG.repeat(3) },
        result: { text: LONG.repeat(5) },
        metrics: { rmse: 1.23456789 },
        tasks: [
          { name: LONG, why: LONG },
          { name: 'load', state: 'failed', error },
        ],
        log: Array.from({ length: 40 }, (_, index) => `line ${index + 1} ${LONG.repeat(index % 4)}`).join('\n'),
        artifacts: [
          {
            key: 'wide',
            kind: 'table',
            mediaType: 'application/json',
            text: JSON.stringify([
              Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`column number ${index}`, LONG])),
            ]),
          },
          {
            key: 'chart',
            kind: 'image',
            mediaType: 'image/svg+xml',
            text: '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="200"><rect width="900" height="200"/></svg>',
          },
          { key: LONG, kind: 'markdown', mediaType: 'text/markdown', text: LONG.repeat(3) },
        ],
      });
    },
  };
}

/** A tab that remembers what its console said and what it asked of other servers. */
async function open(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Page & { complaints: string[]; strangers: string[] }> {
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  const strangers: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) strangers.push(request.url());
  });
  return Object.assign(page, { complaints, strangers });
}
