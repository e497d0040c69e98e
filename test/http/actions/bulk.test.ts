import { describe, expect, it } from 'vitest';
import { WeirError } from '../../../src/model/errors.ts';
import { actionWorld, described } from './post.ts';

const chosen = (page: string) => /name="runs" value="([^"]*)"/.exec(page)?.[1];

describe('many runs at once', () => {
  it('asks first: how many, in which states, the first ten, and how many it cannot be done with', async () => {
    const world = actionWorld();
    world.seedMany([
      ...Array.from({ length: 12 }, () => ({ state: 'failed' as const })),
      ...[{ state: 'crashed' as const }, { state: 'completed' as const }, { state: 'running' as const }],
    ]);
    const marked = Array.from({ length: 15 }, (_, place) => `run=${place + 1}`).join('&');
    const page = await world.text(`/runs/bulk?do=retry&which=marked&q=flow:nightly&${marked}`);
    expect(page).toContain('Retry 13 runs?');
    expect(page).toContain('1 crashed, 12 failed.');
    expect(page).toContain(' 2 more stay as they are');
    expect(chosen(page)).toBe('13,12,11,10,9,8,7,6,5,4,3,2,1');
    expect(page.match(/<th scope="row"/g)).toHaveLength(10);
    expect(page).toContain('and 3 more');
    expect(world.state(1)?.name).toBe('Failed');
  });

  it('retries all that match, each file loaded once, and comes back to the list', async () => {
    const world = actionWorld();
    world.seedMany([
      ...Array.from({ length: 60 }, () => ({ state: 'failed' as const })),
      { state: 'failed', flow: 'other' },
      { state: 'completed' },
    ]);
    const page = await world.text('/runs/bulk?do=retry&which=all&q=flow:nightly');
    expect(page).toContain('Retry 60 runs?');
    const answer = await world.post('/runs/bulk', { do: 'retry', q: 'flow:nightly', runs: chosen(page) ?? '' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/runs?q=flow:nightly&done=bulk-retried']);
    expect([1, 30, 60].map((id) => world.state(id)?.name)).toEqual(['AwaitingRetry', 'AwaitingRetry', 'AwaitingRetry']);
    expect([61, 62].map((id) => world.state(id)?.name)).toEqual(['Failed', 'Completed']);
    expect(world.asked).toMatchObject({ described: ['/flows/flow.ts'], nudges: 1 });
  });

  it('cancels what waits, whatever its filter, and finds it however deep it lies', async () => {
    const world = actionWorld();
    world.seed({ state: 'scheduled' });
    world.seedMany(Array.from({ length: 30 }, () => ({ state: 'completed' as const })));
    const page = await world.text('/runs/bulk?do=cancel&which=all&q=');
    expect(chosen(page)).toBe('1');
    expect(page).toContain('<pre>weir cancel 1</pre>');
    const answer = await world.post('/runs/bulk', { do: 'cancel', runs: '1' });
    expect(answer.headers.get('location')).toBe('/runs?done=bulk-cancelled');
    expect(world.state(1)).toMatchObject({ name: 'Cancelled', message: 'cancelled by the page' });
  });

  it('tells what was refused, and does the rest', async () => {
    const world = actionWorld();
    world.seed({ state: 'scheduled' });
    world.seed({ state: 'completed', flow: '<b>evil' });
    const answer = await world.post('/runs/bulk', { do: 'cancel', q: 'flow:x', runs: '1,2,99,1' });
    const page = await answer.text();
    expect(answer.status).toBe(409);
    expect(page).toContain('1 cancelled, 1 refused');
    expect(page).toContain('run 2 was over before');
    expect(page).toContain('&lt;b&gt;evil');
    expect(page).toContain('href="/runs?q=flow:x"');
    expect(world.state(1)?.name).toBe('Cancelled');
    expect(world.state(2)?.name).toBe('Completed');
  });

  it('a file that is broken holds up only its own runs', async () => {
    const world = actionWorld(new WeirError('invalid-flow', 'flow.ts is broken'));
    world.seedMany([{ state: 'failed' }, { state: 'failed' }]);
    const answer = await world.post('/runs/bulk', { do: 'retry', runs: '1,2' });
    const page = await answer.text();
    expect([answer.status, page.match(/flow\.ts is broken/g)?.length]).toEqual([409, 2]);
    expect(world.state(1)?.name).toBe('Failed');
  });

  it('says so where there is nothing to do', async () => {
    const world = actionWorld(described());
    world.seed({ state: 'completed' });
    expect(await world.text('/runs/bulk?do=retry&which=marked')).toContain('No run is marked');
    expect(await world.text('/runs/bulk?do=retry&which=marked&run=1')).toContain('None of the 1 marked runs');
    expect(await world.text('/runs/bulk?do=cancel&which=all&q=flow:nightly')).toContain('None of the runs that match');
  });

  it.each([
    ['/runs/bulk?do=delete&run=1', 400],
    ['/runs/bulk', 400],
    ['/runs/bulk?do=retry&which=all&q=nonsense:1', 400],
  ])('GET %s is refused', async (path, status) => {
    expect((await actionWorld().get(path)).status).toBe(status);
  });

  it('refuses a post of nothing, of too many, and of what cannot be done', async () => {
    const world = actionWorld();
    const id = world.seed({ state: 'failed' });
    const many = Array.from({ length: 1001 }, (_, place) => place + 1).join(',');
    for (const fields of [
      { do: 'retry' },
      { do: 'retry', runs: 'x,-1,1.5' },
      { do: 'retry', runs: many },
      { do: 'delete', runs: '1' },
    ] as Record<string, string>[])
      expect((await world.post('/runs/bulk', fields)).status).toBe(400);
    expect(world.state(id)?.name).toBe('Failed');
  });
});
