/** The forms that change something, in a real browser: readable by everybody, at every width, and nothing typed is lost. */
import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import { putDeployment, putSchedule, SCHEMA } from '../http/actions/post.ts';
import { seedRun } from '../http/world.ts';
import { CHROMIUM, hasBrowser, openTab, useBrowser } from './browser.ts';
import { LONG, serverWorld } from './world.ts';

const HARD = {
  ...SCHEMA,
  properties: {
    ...SCHEMA.properties,
    [LONG]: { type: 'string', description: LONG, default: LONG.repeat(2), enum: [LONG.repeat(2), 'b'] },
    flag: { type: 'boolean' },
    anything: {},
  },
};

async function formWorld() {
  const world = await serverWorld();
  const nightly = putDeployment(world.store, HARD);
  putDeployment(world.store, HARD, { flow: LONG });
  putSchedule(world.store, nightly, '0 * * * *', Date.now());
  putSchedule(world.store, nightly, '30 * * * *', Date.now());
  const run = seedRun(world.store, { params: { epochs: 4, lr: 2, layers: [1, 2] }, state: 'failed' });
  seedRun(world.store, { flow: LONG, state: 'failed' });
  const paths = [
    '/flows/nightly/run',
    `/flows/nightly/run?from=${run}`,
    `/flows/${LONG}/run`,
    '/flows/nightly/pause',
    '/flows/nightly/backfill?from=5h&max=2',
    '/flows/nightly/backfill?from=soon',
    '/runs/bulk?do=retry&which=all&q=',
    '/runs/bulk?do=cancel&which=marked&q=',
  ];
  return { ...world, paths };
}

describe.skipIf(!hasBrowser)(`forms in a browser (${CHROMIUM})`, () => {
  const browser = useBrowser();

  it.each(['light', 'dark'] as const)('everybody can read and fill them, %s', async (colorScheme) => {
    const world = await formWorld();
    const tab = await openTab(browser(), world.url, { colorScheme, viewport: { width: 390, height: 800 } });
    const look = async (what: string) => {
      const found = (await tab.evaluate(
        `${axe.source}; axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
      )) as { violations: { id: string; nodes: { html: string }[] }[] };
      expect([what, found.violations.map(({ id, nodes }) => [id, nodes[0]?.html])]).toEqual([what, []]);
    };
    for (const path of world.paths) {
      await tab.goto(world.url + path);
      await look(path);
    }
    await tab.goto(`${world.url}/flows/nightly/run`);
    await tab.getByLabel('epochs').fill('5');
    await tab.getByLabel('layers').fill('x');
    await tab.getByRole('button', { name: 'Run', exact: true }).click();
    await tab.getByRole('alert').waitFor();
    await look('with errors');
  });

  it('none is wider than a screen of 320 pixels, and none complains', async () => {
    const world = await formWorld();
    const tab = await openTab(browser(), world.url, { viewport: { width: 320, height: 800 } });
    for (const path of world.paths) {
      await tab.goto(world.url + path);
      expect([path, await tab.evaluate('document.documentElement.scrollWidth')]).toEqual([path, 320]);
    }
    expect(tab.complaints.filter((text) => !/status of 400/.test(text))).toEqual([]);
    expect(tab.strangers).toEqual([]);
  });

  it('what somebody is typing stays when something else happens', async () => {
    const world = await formWorld();
    const tab = await openTab(browser(), world.url);
    await tab.goto(`${world.url}/flows/nightly/run`);
    await tab.getByText('live', { exact: true }).waitFor();
    await tab.getByLabel('epochs').fill('7');
    await tab.getByLabel('note').fill('half a sent');
    const answer = tab.waitForResponse((response) => response.url().endsWith('/flows/nightly/run'));
    world.add({ state: 'running' });
    await answer;
    await tab.getByLabel('note').pressSequentially('ence');
    expect(await tab.getByLabel('note').inputValue()).toBe('half a sentence');
    expect(await tab.getByLabel('epochs').inputValue()).toBe('7');
  });
});
