/** A real browser for tests of pages: one Chromium a file, and tabs that remember what they complained about. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

export const CHROMIUM = '/usr/bin/chromium';
/** Said in the results: without a browser nothing was looked at. */
export const hasBrowser = existsSync(CHROMIUM);
export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
];

/** How long it may take until something is seen, or a page has come: far more than a busy machine needs. */
export const PATIENCE_MS = 90_000;

export interface Tab extends Page {
  /** What its console said, and errors of its scripts. */
  readonly complaints: string[];
  /** What it asked of other servers. */
  readonly strangers: string[];
}

/** Starts before the tests of a file, ends after them. */
export function useBrowser(): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS, timeout: PATIENCE_MS });
  });
  afterAll(() => browser?.close());
  return () => {
    if (browser === undefined) throw new Error('the browser has not started');
    return browser;
  };
}

/** A tab in a context of its own, closed with the test. */
export async function openTab(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  onTestFinished(() => context.close());
  return watched(await context.newPage(), url);
}

/** Remembers from now on. */
export function watched(page: Page, url: string): Tab {
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
