/** Single keys in a real browser: what each does, and when none does anything. */
import { describe, expect, it } from 'vitest';
import { CHROMIUM, hasBrowser, openTab, useBrowser } from './browser.ts';
import { serverWorld } from './world.ts';

describe.skipIf(!hasBrowser)(`keys in a browser (${CHROMIUM})`, () => {
  const browser = useBrowser();

  async function keyboardWorld(path = '/') {
    const world = await serverWorld();
    const id = world.seedAll();
    const page = await openTab(browser(), world.url);
    await page.goto(world.url + path.replace(':id', String(id)));
    return { ...world, id, page, at: () => page.url().slice(world.url.length) };
  }

  it('g and a letter lead to each page of the header', async () => {
    const { page, at } = await keyboardWorld();
    for (const [key, path] of Object.entries({
      r: '/runs',
      f: '/flows',
      s: '/schedule',
      m: '/models',
      q: '/queues',
      o: '/',
    })) {
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await page.waitForURL((url) => url.pathname === path);
    }
    // The letter alone leads nowhere.
    await page.keyboard.press('r');
    expect(at()).toBe('/');
  });

  it('/ goes into the filter, where letters are letters, and Escape leaves it', async () => {
    const { page, at } = await keyboardWorld();
    await page.keyboard.press('/');
    await page.keyboard.type('gr?jk');
    expect(await page.locator('header input').inputValue()).toBe('gr?jk');
    expect(await page.locator('dialog').count()).toBe(0);
    await page.keyboard.press('Escape');
    expect(await page.evaluate('document.activeElement === document.body')).toBe(true);
    await page.keyboard.press('/');
    await page.keyboard.type('state:failed');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/runs\?/);
    expect(at()).toBe('/runs?q=state%3Afailed');
  });

  it('j and k walk through the rows, and Enter opens the one that is reached', async () => {
    const { page } = await keyboardWorld('/runs');
    const reached = () => page.evaluate("document.activeElement.closest('tr')?.rowIndex ?? null");
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    expect(await reached()).toBe(2);
    await page.keyboard.press('k');
    expect(await reached()).toBe(1);
    await page.keyboard.press('k');
    expect(await reached()).toBe(1);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/runs\/\d+$/);
  });

  it('l opens the log of a run, and R retries it after asking', async () => {
    const { page, id, at } = await keyboardWorld('/runs/:id');
    const asked: string[] = [];
    page.on('dialog', (dialog) => {
      asked.push(dialog.message());
      void dialog.dismiss();
    });
    await page.keyboard.press('R');
    expect(asked).toEqual(['Retry failed (1 task)?']);
    await page.keyboard.press('l');
    await page.waitForURL(/\/logs$/);
    expect(at()).toBe(`/runs/${id}/logs`);
  });

  it('? lists them, and Escape puts the list away', async () => {
    const { page } = await keyboardWorld();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    // Under the list nothing moves.
    await page.keyboard.press('j');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(page.complaints).toEqual([]);
  });

  it('do nothing with a modifier, or while a word is composed', async () => {
    const { page, at } = await keyboardWorld();
    await page.keyboard.press('Control+j');
    await page.keyboard.press('Alt+/');
    await page.evaluate(
      "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '?', isComposing: true, bubbles: true }))",
    );
    expect(await page.evaluate('document.activeElement === document.body')).toBe(true);
    expect(await page.locator('dialog').count()).toBe(0);
    expect(at()).toBe('/');
  });

  it('can be turned off for a browser, and on again', async () => {
    const { page, at } = await keyboardWorld();
    await page.getByRole('link', { name: 'Keys' }).click();
    await page.getByRole('button', { name: 'Turn keys off' }).click();
    await page.getByRole('button', { name: 'Turn keys on' }).waitFor();
    await page.goto(new URL('/runs', page.url()).href);
    await page.keyboard.press('?');
    await page.keyboard.press('/');
    expect(await page.locator('dialog').count()).toBe(0);
    expect(await page.evaluate("document.activeElement.closest('header') === null")).toBe(true);
    await page.getByRole('link', { name: 'Keys' }).click();
    await page.getByRole('button', { name: 'Turn keys on' }).click();
    await page.getByRole('button', { name: 'Turn keys off' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await page.waitForURL(/\/runs$/);
    expect(at()).toBe('/runs');
  });
});
