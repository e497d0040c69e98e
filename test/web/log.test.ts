/** Log pages in a real browser: fifty thousand lines, what is found and copied, and a log that is followed. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import type { LogChunk } from '../../src/store/logs.ts';
import { CHROMIUM, hasBrowser, openTab, PATIENCE_MS, type Tab, useBrowser } from './browser.ts';
import { serverWorld } from './world.ts';

type World = Awaited<ReturnType<typeof serverWorld>>;

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const HIDE = `Object.defineProperty(document, 'hidden', { get: () => window.isAway === true, configurable: true });
window.turn = (away) => { window.isAway = away; document.dispatchEvent(new Event('visibilitychange')); };`;
/** Numbers of the lines that a page shows, in their order. */
const NUMBERS = `[...document.querySelectorAll('#lines [id^="L"]')].map((line) => Number(line.id.slice(1)))`;

const ESC = '\u001b';
const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => `line ${index + 1} of a long log, with some words in it`).join('\n');

function say(world: World, flowRunId: number, text: string, more: Partial<LogChunk> = {}): void {
  const chunk: LogChunk = {
    ...{ flowRunId, taskRunId: null, attempt: 1, stream: 'stdout', level: 'info', at: Date.now(), fields: null, text },
    ...more,
  };
  world.store.logs.append(chunk);
  world.events.publish([{ kind: 'log', chunk, task: null }]);
}

function end(world: World, id: number): void {
  world.store.database
    .prepare("update flow_runs set state_type = 'COMPLETED', state_name = 'Completed', end_at = 1 where id = ?")
    .run(id);
  const state = { type: 'COMPLETED', name: 'Completed', message: null, at: Date.now() } as const;
  world.events.publish([{ kind: 'run-state', runId: id, state }]);
}

function lastLine(page: Tab, number: number): Promise<void> {
  return page.locator(`#L${number}`).waitFor({ state: 'attached' });
}

/** On a loaded machine as well. */
const soon = <T>(look: () => T | Promise<T>) => expect.poll(look, { timeout: PATIENCE_MS });

const inView = (page: Tab, id: string) =>
  page.evaluate(
    `(() => { const { top, bottom } = document.getElementById('${id}').getBoundingClientRect(); return top >= 0 && bottom <= innerHeight; })()`,
  );

describe.skipIf(!hasBrowser)(`log pages in a browser (${CHROMIUM})`, () => {
  const browser = useBrowser();

  it('fifty thousand lines are one page, of which any is reached by its number and found by its text', async () => {
    const world = await serverWorld();
    const id = world.add({ log: numbered(50_000) });
    const page = await openTab(browser(), world.url);
    const began = Date.now();
    await page.goto(`${world.url}/runs/${id}/logs?all=1#L48000`);
    const took = Date.now() - began;
    await soon(() => inView(page, 'L48000')).toBe(true);
    expect(await page.evaluate(`${NUMBERS}.length`)).toBe(50_000);
    const nodes = `(() => { const walker = document.createTreeWalker(document); let count = 1; while (walker.nextNode()) count++; return count; })()`;
    expect(await page.evaluate(nodes)).toBeLessThan(210_000);
    expect(await page.evaluate(`window.find('line 49999 of')`)).toBe(true);
    await soon(() => inView(page, 'L49999')).toBe(true);
    expect(page.complaints).toEqual([]);
    // 3 s are asked for, and taken on a machine that does nothing else; here several tests run at once.
    expect(took).toBeLessThan(60_000);
  });

  it('what is copied has no numbers, and no names of tasks', async () => {
    const world = await serverWorld();
    const id = world.add({ log: 'first line\nsecond line' });
    say(world, id, 'third line', { attempt: 2 });
    const page = await openTab(browser(), world.url);
    await page.goto(`${world.url}/runs/${id}/logs`);
    await page.evaluate(`getSelection().selectAllChildren(document.getElementById('lines'))`);
    expect(await page.evaluate('getSelection().toString()')).toBe('first line\nsecond line\nthird line');
  });

  it('a line that is not on the page is fetched when its number is asked for, and a range by the shift key', async () => {
    const world = await serverWorld();
    const id = world.add({ log: numbered(5000) });
    const page = await openTab(browser(), world.url);
    await page.goto(`${world.url}/runs/${id}/logs#L4000`);
    await page.waitForURL(/l=4000#L4000$/);
    await soon(() => inView(page, 'L4000')).toBe(true);
    await page.locator('#L4002 > a').click({ modifiers: ['Shift'] });
    await page.waitForURL(/l=4000-4002#L4000$/);
    expect(await page.locator('#lines .h').count()).toBe(3);
  });

  it('a line in a folded group is shown when its number is asked for', async () => {
    const world = await serverWorld();
    const id = world.add({ log: '::group::Build\nin it\n::endgroup::\nafter' });
    const page = await openTab(browser(), world.url);
    await page.goto(`${world.url}/runs/${id}/logs`);
    expect(await page.locator('#L2').isVisible()).toBe(false);
    await page.goto(`${world.url}/runs/${id}/logs#L2`);
    // The page hears of the new address a moment after its going there has ended.
    await page.locator('#L2').waitFor();
  });

  it('new lines come by themselves, groups fold, and the end of the run is said', async () => {
    const world = await serverWorld();
    const id = world.add({ state: 'running' });
    const page = await openTab(browser(), world.url);
    await page.goto(`${world.url}/runs/${id}/logs`);
    await page.getByText('Nothing was printed so far').waitFor();
    say(world, id, 'one\n::group::Build\nin it');
    await lastLine(page, 3);
    expect(await page.getByText('Nothing was printed so far').count()).toBe(0);
    say(world, id, 'also in it\n::endgroup::\nafter');
    await lastLine(page, 6);
    const group = page.locator('#lines details');
    expect(await group.locator('div').allTextContents()).toEqual(['    3in it', '    4also in it']);
    expect(await page.locator('#lines > div').allTextContents()).toEqual(['    1one', '    6after']);
    end(world, id);
    await page.locator('#head').getByText('completed').waitFor();
    await page.locator('#follow').waitFor({ state: 'detached' });
    expect(page.complaints).toEqual([]);
  });

  it('no line is lost or doubled while the server stops and starts again', async () => {
    const world = await serverWorld();
    const id = world.add({ state: 'running', log: numbered(5) });
    const page = await openTab(browser(), world.url);
    await page.goto(`${world.url}/runs/${id}/logs`);
    let said = 5;
    const more = (count: number) => {
      for (let each = 0; each < count; each++) say(world, id, `line ${++said}`);
    };
    more(50);
    await lastLine(page, 55);
    const stopping = world.stopServer();
    more(50);
    await stopping;
    more(50);
    await world.startAgain();
    more(50);
    await lastLine(page, 205);
    expect(await page.evaluate(NUMBERS)).toEqual(Array.from({ length: 205 }, (_, index) => index + 1));
  });

  it('a hidden tab lets the stream go, and has every line once when it is seen again', async () => {
    const world = await serverWorld();
    const id = world.add({ state: 'running', log: 'one' });
    const page = await openTab(browser(), world.url);
    await page.addInitScript(HIDE);
    await page.clock.install();
    let streams = 0;
    page.on('request', (request) => {
      if (request.url().includes('/stream')) streams++;
    });
    const ended = page.waitForEvent('requestfailed', (request) => request.url().includes('/stream'));
    await page.goto(`${world.url}/runs/${id}/logs`);
    await soon(() => streams).toBe(1);
    await page.evaluate('turn(true)');
    await page.clock.runFor(16_000);
    await ended;
    say(world, id, 'two\nthree');
    await page.evaluate('turn(false)');
    await lastLine(page, 3);
    expect(await page.evaluate(NUMBERS)).toEqual([1, 2, 3]);
    expect(streams).toBe(2);
  });

  it('follows the end while that is asked for, stops when scrolled up, and offers what came since', async () => {
    const world = await serverWorld();
    const id = world.add({ state: 'running', log: numbered(300) });
    const page = await openTab(browser(), world.url);
    await page.goto(`${world.url}/runs/${id}/logs`);
    await page.getByLabel('Follow').check();
    expect(new URL(page.url()).hash).toBe('#end');
    say(world, id, numbered(100));
    await lastLine(page, 400);
    await soon(() => inView(page, 'L400')).toBe(true);
    await page.mouse.move(300, 300);
    await page.mouse.wheel(0, -3000);
    await soon(() => page.getByLabel('Follow').isChecked()).toBe(false);
    say(world, id, numbered(2));
    await page.getByRole('button', { name: '2 new lines' }).click();
    await soon(() => inView(page, 'L402')).toBe(true);
    expect(await page.getByLabel('Follow').isChecked()).toBe(true);
    // The address says it: the same page opened again follows as well.
    await page.goto('about:blank');
    await page.goto(`${world.url}/runs/${id}/logs#end`);
    await soon(() => inView(page, 'L402')).toBe(true);
  });

  it('says how many lines came, politely and seldom', async () => {
    const world = await serverWorld();
    const id = world.add({ state: 'running', log: 'one' });
    const page = await openTab(browser(), world.url);
    await page.clock.install();
    await page.goto(`${world.url}/runs/${id}/logs`);
    expect(await page.locator('#lines').getAttribute('aria-live')).toBe('off');
    say(world, id, numbered(240));
    await lastLine(page, 241);
    await page.clock.runFor(10_000);
    expect(await page.locator('#said').textContent()).toBe('240 new lines');
  });

  it('is accessible, with every colour that a terminal has, in light and dark', async () => {
    const world = await serverWorld();
    const codes = [
      1,
      2,
      3,
      4,
      ...[30, 40, 90, 100].flatMap((first) => Array.from({ length: 8 }, (_, index) => first + index)),
    ];
    const wide = [
      '38;5;16',
      '38;5;21',
      '38;5;46',
      '38;5;226',
      '38;5;255',
      '48;5;226',
      '48;5;17',
      '38;2;255;255;0',
      '38;2;0;0;40',
    ];
    const log = [...codes, ...wide]
      .map((look) => `${ESC}[${look}mcolour ${look}${ESC}[0m plain \u202e text`)
      .join('\n');
    const id = world.add({ state: 'failed', log: `::group::All\n${log}\n::error::bad\n::endgroup::` });
    const last = codes.length + wide.length + 1;
    say(world, id, log, { stream: 'stderr' });
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await openTab(browser(), world.url, { colorScheme });
      for (const query of ['', `?l=1-${2 * last}`, '?q=colour']) {
        await page.goto(`${world.url}/runs/${id}/logs${query}`);
        await page.evaluate(AXE);
        const found = await page.evaluate(
          `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] })
            .then(({ violations }) => violations.map(({ id, nodes }) => [id, ...nodes.slice(0, 4).map((node) => node.html.slice(0, 120) + (node.any[0]?.message ?? ''))]))`,
        );
        expect([colorScheme, query, found]).toEqual([colorScheme, query, []]);
      }
      expect(page.complaints).toEqual([]);
    }
  });

  it('can be read, searched and followed with JavaScript off', async () => {
    const world = await serverWorld();
    const id = world.add({ state: 'running', log: numbered(2000) });
    const page = await openTab(browser(), world.url, { javaScriptEnabled: false });
    await page.goto(`${world.url}/runs/${id}/logs`);
    await page.getByRole('link', { name: 'Earlier 1,000' }).first().click();
    await page.locator('#L1').waitFor();
    await page.getByRole('searchbox', { name: 'Find in this log' }).fill('LINE 77 ');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.locator('mark').first().waitFor();
    expect(await page.locator('mark').allTextContents()).toEqual(['line 77 ']);
    await page.goto(`${world.url}/runs/${id}/logs`);
    expect(await page.getByRole('link', { name: 'Follow' }).getAttribute('href')).toBe(`/runs/${id}/logs?follow=1`);
  });

  it('nothing is wider than the screen, whatever is printed', async () => {
    const world = await serverWorld();
    const log = ['x'.repeat(3000), `::group::${'y'.repeat(300)}`, 'z'.repeat(200), `\u001b[41m${'r'.repeat(500)}`].join(
      '\n',
    );
    const id = world.add({ log, state: 'failed', tasks: [{ name: 'a'.repeat(60) }, { name: 'b'.repeat(60) }] });
    for (const width of [320, 390, 1280]) {
      const page = await openTab(browser(), world.url, { viewport: { width, height: 800 } });
      await page.goto(`${world.url}/runs/${id}/logs`);
      expect([width, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([width, width]);
    }
  });
});
