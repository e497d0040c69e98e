/** /queues over a fresh file: places, who waits for what, limits and who holds them. */
import { describe, expect, it } from 'vitest';
import { appWorld, NOW } from '../world.ts';

describe('the page of the queue', () => {
  it('says that everything has begun when nothing waits', async () => {
    const page = text(await appWorld().text('/queues'));
    expect(page).toContain('0 of 10 places in use, nothing waiting.');
    expect(page).toContain('Every run that is due has begun.');
    expect(page).toContain('weir concurrency-limit create gpu 2');
  });

  it('tells of each waiting run what it waits for', async () => {
    const world = appWorld();
    const due = world.seed({ flow: 'nightly', state: 'scheduled' });
    const retrying = world.seed({ flow: 'etl', state: 'retry', startAt: NOW + 60_000, message: 'no network' });
    const page = await world.text('/queues');
    expect(text(page)).toContain('2 waiting.');
    expect(text(page)).toMatch(/nightly Scheduled It is due since .* Nobody takes it: there is no server\./);
    expect(text(page)).toMatch(/etl Waiting to retry It failed \(no network\)/);
    expect(page).toContain(`href="/runs/${due}"`);
    expect(page).toContain(`href="/runs/${retrying}"`);
  });

  it('shows who holds a limit, who waits for it, and a form for its capacity', async () => {
    const world = appWorld();
    const { store } = world;
    const holder = world.seed({ flow: 'train', state: 'running' });
    const waiter = world.seed({ flow: 'evaluate', state: 'scheduled' });
    await store.writer.write(() => {
      store.limits.put('gpu', 1, NOW);
      const wish = { taskRunId: 0, occupies: { gpu: 1 }, declared: {}, processId: null };
      store.limits.tryHold({ ...wish, flowRunId: holder }, NOW);
      store.limits.tryHold({ ...wish, flowRunId: waiter }, NOW);
    });
    const page = await world.text('/queues');
    const said = text(page);
    expect(said).toContain('gpu 1 of 1 in use, set by hand');
    expect(said).toContain(`run ${holder} of train has 1 since 12:00`);
    expect(said).toContain(`run ${waiter} of evaluate waits for 1 since 12:00`);
    expect(said).toContain('weir concurrency-limit create gpu CAPACITY');
    expect(page).toMatch(/<form method="post" action="\/limits\/gpu"[^>]*>.*name="capacity"/);
  });

  it('says how long the latest runs waited for their start', async () => {
    const world = appWorld();
    world.seedMany([{}, {}, {}]);
    expect(text(await world.text('/queues'))).toMatch(
      /Of the last 3 runs half waited at most .* for their start, nine of ten at most/,
    );
  });

  it('stays bounded with a thousand waiting runs', async () => {
    const world = appWorld();
    world.seedMany(Array.from({ length: 1000 }, () => ({ state: 'scheduled' as const })));
    const page = await world.text('/queues');
    expect(text(page)).toContain('the first 25 of 1000');
    expect(page.length).toBeLessThanOrEqual(50 * 1024);
  });
});

describe('the page of settings', () => {
  it('shows settings with their source, variables, and the names of secrets but never their values', async () => {
    const settings = [{ name: 'port', value: '4300', source: '--port', help: 'port that the server listens on' }];
    const world = appWorld({ settings });
    const { store } = world;
    await store.writer.write(() => {
      store.variables.put('threshold', '<b>0.5</b>', NOW);
      store.secrets.put('DB_PASSWORD', 'k', { nonce: new Uint8Array(12), sealed: Buffer.from('s3cret-value') }, NOW);
    });
    const page = await world.text('/settings');
    expect(text(page)).toContain('port 4300 --port');
    expect(page).toContain('&lt;b&gt;0.5&lt;/b&gt;');
    expect(text(page)).toMatch(/DB_PASSWORD set/);
    expect(page).not.toContain('s3cret');
    expect(text(page)).toContain('only this machine can reach the server');
  });
});

function text(html: string): string {
  return html
    .replace(/<(style|script)[^>]*>.*?<\/\1>/gs, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/ ([.,])/g, '$1');
}
