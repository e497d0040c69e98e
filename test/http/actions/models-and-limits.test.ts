import { describe, expect, it } from 'vitest';
import { actionWorld } from './post.ts';

async function withModels() {
  const world = actionWorld();
  const { registry, writer } = world.store;
  const content = { contentHash: 'c', size: 1, format: 'file', fileName: 'm.bin' } as const;
  const labels = { metrics: {}, params: {}, tags: {} };
  for (const hash of ['1'.repeat(64), '2'.repeat(64)])
    await writer.write(() =>
      registry.register({ model: 'weather', origin: null, now: 1, labels, ...content, contentHash: hash } as Parameters<
        typeof registry.register
      >[0]),
    );
  return { ...world, production: () => registry.list('weather').find((each) => each.stage === 'Production')?.version };
}

describe('models', () => {
  it('a version is promoted and rolled back, each with its decision', async () => {
    const world = await withModels();
    const promote = (version: string) => world.post('/models/weather/promote', { version });
    expect((await promote('1')).headers.get('location')).toBe('/models/weather?done=promoted');
    expect((await promote('2')).status).toBe(303);
    expect(world.production()).toBe(2);
    expect((await world.post('/models/weather/rollback')).headers.get('location')).toBe(
      '/models/weather?done=rolled-back',
    );
    expect(world.production()).toBe(1);
    expect(world.store.registry.decisions('weather').map(({ reason }) => reason)).toEqual([
      'rolled back from version 2 to version 1 by the page',
      'promoted by the page, in place of version 1',
      'promoted by the page',
    ]);
  });

  it('what is not there, and what there is nothing before, is refused with the way back', async () => {
    const world = await withModels();
    expect((await world.post('/models/weather/promote', { version: '9' })).status).toBe(404);
    expect((await world.post('/models/weather/promote')).status).toBe(400);
    expect((await world.post('/models/wether/rollback')).status).toBe(404);
    expect((await world.post('/models/weather/promote', { version: '1', stage: 'Live' })).status).toBe(400);
    const refused = await world.post('/models/weather/rollback');
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain('<a href="/models/weather">Back to the model</a>');
    expect(world.store.registry.decisions('weather')).toEqual([]);
  });
});

describe('limits', () => {
  it('get another capacity, are stopped and deleted; whoever waits is looked at each time', async () => {
    const world = actionWorld();
    const capacity = () => world.store.limits.created().find(({ name }) => name === 'gpu/0')?.capacity;
    const post = (fields: Record<string, string>) => world.post('/limits/gpu%2F0', fields);
    expect((await post({ capacity: '2' })).headers.get('location')).toBe('/queues?done=limited');
    expect(capacity()).toBe(2);
    expect((await post({ capacity: '0' })).headers.get('location')).toBe('/queues?done=stopped');
    expect(capacity()).toBe(0);
    expect((await post({ delete: '1' })).headers.get('location')).toBe('/queues?done=limit-deleted');
    expect(capacity()).toBeUndefined();
    expect(world.asked.nudges).toBe(3);
  });

  it.each([
    {},
    { capacity: '' },
    { capacity: '-1' },
    { capacity: '1.5' },
    { capacity: '1e3' },
    { capacity: '1000001' },
  ])('refuse %j', async (fields) => {
    const world = actionWorld();
    expect((await world.post('/limits/gpu', fields as Record<string, string>)).status).toBe(400);
    expect(world.store.limits.created()).toEqual([]);
  });

  it('no name that is none is created, and no limit deleted that is not there', async () => {
    const world = actionWorld();
    expect((await world.post('/limits/%20gpu', { capacity: '1' })).status).toBe(400);
    expect((await world.post('/limits/a%00b', { capacity: '1' })).status).toBe(400);
    expect((await world.post(`/limits/${'x'.repeat(201)}`, { capacity: '1' })).status).toBe(400);
    expect((await world.post('/limits/gpu', { delete: '1' })).status).toBe(404);
    expect(world.store.limits.created()).toEqual([]);
  });
});
