/** What a person does from the page, in a real browser without JavaScript, against the built executable. */
import { expect, test } from 'vitest';
import { waitFor, weirWorld } from '../support/weir.ts';
import { hasBrowser, openTab, useBrowser } from '../web/browser.ts';

const FLOW = `
  import { existsSync } from 'node:fs';
  import { context, flow, task, z } from 'weir';
  const load = task({ name: 'load' }, async () => 'loaded');
  const train = task({ name: 'train' }, async (epochs: number) => {
    if (epochs === 99) for (;;) await new Promise((done) => setTimeout(done, 20));
    if (!existsSync(context().dir + '/go')) throw new Error('there is no <b>go</b>');
    return epochs;
  });
  const params = z.object({
    epochs: z.number().int().min(1),
    layers: z.array(z.number()).default([8]),
    shuffle: z.boolean().default(true),
    note: z.string().default('none'),
  });
  export default flow({ name: 'train', params, schedule: { cron: '0 3 1 1 *' } }, async (given) => {
    await load();
    return [await train(given.epochs), given];
  });`;

const browser = useBrowser();

test.skipIf(!hasBrowser)(
  'without JavaScript a flow is run with parameters, its failed run retried, a run cancelled, and the flow paused',
  async () => {
    const world = weirWorld();
    world.write('flows/train.ts', FLOW);
    const server = world.start(['up', 'flows', '--port', '0']);
    const [, url = ''] = await server.until(/(http:\/\/\S+) shows what runs/);
    const tab = await openTab(browser(), url, { javaScriptEnabled: false });
    const done = () => tab.locator('#done').textContent();
    const becomes = (id: number, name: string) =>
      waitFor(`run ${id} to be ${name}`, async () => (await world.show(id)).state.name === name);

    await tab.goto(`${url}/flows/train/run`);
    await tab.getByLabel('epochs').fill('3');
    await tab.getByLabel('layers').fill('[1, 2');
    await tab.getByLabel('shuffle').uncheck();
    await tab.getByLabel('note').fill('"><i>it\'s</i>');
    await tab.getByRole('button', { name: 'Run', exact: true }).click();
    expect(await tab.getByRole('alert').textContent()).toContain('layers: expected a list');
    expect(await tab.getByLabel('layers').getAttribute('aria-invalid')).toBe('true');
    expect(await tab.getByLabel('epochs').inputValue()).toBe('3');
    expect(await tab.getByLabel('shuffle').isChecked()).toBe(false);
    expect(await tab.getByLabel('note').inputValue()).toBe('"><i>it\'s</i>');
    expect((await world.json(['runs']).then((list) => list as { items: unknown[] })).items).toEqual([]);
    await tab.getByLabel('layers').fill('[1, 2]');
    await tab.getByRole('button', { name: 'Run', exact: true }).click();
    expect(await done()).toContain('Started.');
    expect(new URL(tab.url()).pathname).toBe('/runs/1');
    await becomes(1, 'Failed');

    // With the code and the folder as they are now.
    world.write('flows/go', '');
    await tab.goto(`${url}/runs/1`);
    await tab.getByRole('button', { name: 'Retry failed (1 task)' }).click();
    expect(await done()).toContain('Retried.');
    await becomes(1, 'Completed');
    expect(await world.show(1)).toMatchObject({
      ...{
        attempt: 2,
        trigger: 'page',
        result: [3, { epochs: 3, layers: [1, 2], shuffle: false, note: '"><i>it\'s</i>' }],
      },
      tasks: [{ name: 'load', reused_from_attempt: 1 }, { name: 'train' }],
    });

    // Its values stand in the form, those that differ are marked, and the command does the same.
    await tab.goto(`${url}/runs/1`);
    await tab.getByRole('link', { name: 'Edit parameters and run' }).click();
    expect(await tab.getByLabel('epochs').inputValue()).toBe('3');
    expect(await tab.getByText('changed in run 1').count()).toBe(3);
    expect(await tab.getByText('weir deployment run train').textContent()).toBe(
      `weir deployment run train -p epochs=3 -p 'layers=[1,2]' -p shuffle=false -p 'note="><i>it'\\''s</i>'`,
    );
    await tab.getByLabel('epochs').fill('99');
    await tab.getByRole('button', { name: 'Run', exact: true }).click();
    await becomes(2, 'Running');
    await tab.goto(`${url}/runs`);
    await tab.getByLabel('Which runs').selectOption('all');
    await tab.getByRole('button', { name: 'Cancel' }).click();
    await tab.getByRole('button', { name: 'Cancel 1 run' }).click();
    expect(await done()).toContain('Cancelled.');
    await becomes(2, 'Cancelled');
    expect((await world.show(2)).state.message).toContain('cancelled by the page');

    await tab.goto(`${url}/flows/train/pause`);
    await tab.getByLabel('Reason').fill('the GPU is away');
    await tab.getByLabel('Until').fill('tomorrow');
    await tab.getByRole('button', { name: 'Pause' }).click();
    expect(await tab.getByRole('alert').textContent()).toContain('"tomorrow" is not a time');
    expect(await tab.getByLabel('Reason').inputValue()).toBe('the GPU is away');
    await tab.getByLabel('Until').fill('3d');
    await tab.getByRole('button', { name: 'Pause' }).click();
    expect(await done()).toContain('Paused');
    expect(await world.json(['deployment', 'inspect', 'train'])).toMatchObject({
      paused: { by: 'the page', reason: 'the GPU is away' },
    });

    // The browser says so where a page is refused; nothing else was wrong.
    expect(tab.complaints.filter((text) => !/status of 4\d\d/.test(text))).toEqual([]);
    expect(tab.strangers).toEqual([]);
    server.kill('SIGTERM');
    const { code, stderr } = await server.ended;
    expect([code, stderr.match(/^weir:.*/m)]).toEqual([0, null]);
  },
);
