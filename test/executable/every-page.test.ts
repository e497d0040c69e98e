/**
 * Every page of the built executable in a real browser, over a world like that of a user: a model retrained for weeks,
 * a flow that fails, one that runs, one that waits, one with parameters. What holds for all pages is said here once.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type World, waitFor, weirWorld } from '../support/weir.ts';
import { CHROMIUM, FLAGS, PATIENCE_MS, watched } from '../web/browser.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const HOSTILE = `<img src=x onerror="document.title='taken'">`;

const FLOWS = {
  'failing.yaml': `
description: Fails in its second task.
schedule: "0 3 * * *"
params:
  day: { type: string, default: latest, description: Which day }
  rate: { type: number, minimum: 0, maximum: 1, default: 0.5 }
  isDry: { type: boolean, default: false }
tasks:
  load: { run: "echo loaded" }
  check:
    needs: load
    run: |
      printf '\\033[31mred\\033[0m\\n'
      cat >&2 <<'END'
      ${HOSTILE}
      END
      exit 3
  report: { needs: check, run: "echo never" }
`,
  'slow.yaml': `
concurrency_limits: { gpu: 1 }
tasks:
  train: { occupies: { gpu: 1 }, run: "echo training; sleep 600" }
`,
  'often.yaml': `
schedule: "* * * * *"
tags: [data]
tasks:
  tick: { run: "true" }
`,
};

describe.skipIf(!existsSync(CHROMIUM))(`every page in a browser (${CHROMIUM})`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS, timeout: PATIENCE_MS });
  });
  afterAll(() => browser?.close());

  it('is clean for axe, fits every screen, asks nobody else, complains of nothing, and keeps its budget', async () => {
    const { url, paths } = await lifeLikeWorld();
    const page = await tab(browser, url);
    // All of them are told at once: who changes the style of all pages wants to know about every page.
    const faults: string[] = [];
    for (const path of paths) {
      await page.emulateMedia({ colorScheme: 'light' });
      await page.setViewportSize({ width: 1280, height: 900 });
      const response = await page.goto(url + path);
      const found = [
        ...(response?.status() === 200 ? [] : [`status ${response?.status()}`]),
        ...(await violations(page)),
        ...(await tooWide(page, [1280, 768, 390, 320])),
        ...(await beyondBudget(url, path)),
        ...((await page.title()) === 'taken' ? ['a hostile text was executed'] : []),
      ];
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.setViewportSize({ width: 390, height: 800 });
      found.push(...(await violations(page)).map((fault) => `in the dark ${fault}`));
      found.push(...page.complaints.splice(0), ...page.strangers.splice(0));
      faults.push(...found.map((fault) => `${path}: ${fault}`));
    }
    expect(faults).toEqual([]);
  }, 300_000);

  it('can be printed, and says the same on paper', async () => {
    const { url, failed } = await lifeLikeWorld();
    const page = await tab(browser, url);
    await page.goto(`${url}/runs/${failed}`);
    const pdf = await page.pdf({ format: 'A4' });
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    expect(pages).toBeGreaterThanOrEqual(1);
    expect(pages).toBeLessThanOrEqual(3);
  });
});

/** A server over weeks of retraining and flows in every state; the addresses of all its pages. */
async function lifeLikeWorld() {
  const world = weirWorld();
  await retrain(world, 3);
  for (const [name, text] of Object.entries(FLOWS)) world.write(`flows/${name}`, text);
  const failed = await runOf(world, ['run', 'flows/failing.yaml']);
  const again = await runOf(world, ['run', 'flows/failing.yaml', '-p', `day=${HOSTILE}`]);
  await world.weir(['variable', 'set', 'threshold', HOSTILE]);
  const server = world.start(['up', 'flows', 'pipeline', '--port', '0']);
  const [, url = ''] = await server.until(/(http:\/\/\S+) shows what runs/);
  const running = await start(world, 'slow');
  const waiting = await start(world, 'slow');
  await waitFor('one runs and one waits', async () => {
    const states = (await world.runs()).filter(({ flow }) => flow === 'slow').map(({ state }) => state.name);
    return states.includes('Running') && states.length === 2;
  });
  const { items } = await world.json<{ items: { name: string }[] }>(['model', 'ls']);
  const model = items[0]?.name ?? '';
  const retrained = (await world.runs()).find(({ flow }) => flow === 'weekly-retrain')?.id;
  const paths = [
    ...['/', '/runs', '/runs?q=state:failed', '/flows', '/schedule', '/schedule?stretch=week', '/queues'],
    ...['/models', `/models/${model}`, '/settings', '/keys'],
    ...[failed, again, running, waiting, retrained].map((id) => `/runs/${id}`),
    ...[`/runs/${failed}/logs`, `/compare?a=${failed}&b=${again}`],
    ...['weekly-retrain', 'failing', 'slow', 'often'].map((flow) => `/flows/${flow}`),
    ...['/flows/failing/run', `/flows/failing/run?from=${again}`, '/flows/failing/pause', '/flows/failing/backfill'],
  ];
  onTestFinished(() => server.kill('SIGKILL'));
  return { world, url, paths, failed };
}

async function retrain(world: World, weeks: number): Promise<void> {
  await world.weir(['init', 'pipeline', '--template', 'weekly-retrain']);
  for (let week = 1; week <= weeks; week++) {
    const { code, stderr } = await world.weir(['run', 'pipeline/flow.ts', '-p', `week=${week}`]);
    if (code !== 0) throw new Error(stderr);
  }
}

/** The number of a run that fails. */
async function runOf(world: World, args: readonly string[]): Promise<number> {
  const { stdout } = await world.weir([...args, '--json']);
  return (JSON.parse(stdout) as { id: number }).id;
}

async function start(world: World, deployment: string): Promise<number> {
  const { stdout } = await world.weir(['deployment', 'run', deployment]);
  return Number(stdout.trim());
}

async function tooWide(page: Page, widths: readonly number[]): Promise<string[]> {
  const faults: string[] = [];
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    const real = await page.evaluate('document.documentElement.scrollWidth');
    if (real !== width) faults.push(`is ${real} px wide on a screen of ${width}`);
  }
  return faults;
}

/** 50 KB and 12 KB packed; logs have a budget of their own. */
async function beyondBudget(url: string, path: string): Promise<string[]> {
  if (path.includes('/logs')) return [];
  const html = Buffer.from(await (await fetch(url + path)).arrayBuffer());
  const packed = gzipSync(html).length;
  return html.length <= 50 * 1024 && packed <= 12 * 1024 ? [] : [`has ${html.length} bytes, ${packed} packed`];
}

async function violations(page: Page): Promise<string[]> {
  // A script of the test's own: the page's policy would refuse it as a tag.
  await page.evaluate(await source());
  const found = await page.evaluate(
    `axe.run({ runOnly: ${JSON.stringify(RULES)} }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html, failureSummary }) => html.slice(0, 200) + ' ' + failureSummary.replaceAll('\\n', ' ')).slice(0, 3).join(' | ')))`,
  );
  return found as string[];
}

let axe: string | null = null;

async function source(): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  axe ??= await readFile(AXE, 'utf8');
  return axe;
}

async function tab(browser: Browser, url: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  onTestFinished(() => context.close());
  return watched(await context.newPage(), url);
}
