/** A run as weir show and weir watch tell it, through the API. */
import { describe, expect, it } from 'vitest';
import { type EventJson, eventJson, eventOf } from '../../../src/engine/tell/event-json.ts';
import { createFollower } from '../../../src/engine/tell/run-follower.ts';
import { apiWorld, DESCRIPTION } from './world.ts';

const error = { name: 'Error', message: 'no such table', stack: 'Error: no such table\n at load' };
const FAILED = { state: 'failed', tasks: [{ name: 'load', state: 'failed', error }], error } as const;

describe('the API', () => {
  it('gives a run with all that is told of it: what failed, what it printed last, how it ended', async () => {
    const world = apiWorld();
    world.seed(FAILED);
    const { json } = await world.call('/api/flow-runs/1/account');
    expect(json).toMatchObject({
      schema: 'weir.run-account/1',
      end: { failed: 1, failures: [{ name: 'load', alone: true, message: 'no such table', error }] },
      tasks: [{ parent: null, called: true, last_lines: expect.any(Array) }],
      waits: null,
      sleeping_until: null,
    });
    expect(json.run).toEqual((await world.call('/api/flow-runs/1')).json);
    expect((await world.call('/api/flow-runs/1/end')).json).toEqual(json.end);
    for (const path of ['account', 'end', 'events'])
      expect([path, (await world.call(`/api/flow-runs/9/${path}`)).status]).toEqual([path, 404]);
  });

  it('tells what happened to a run as JSON lines, which hold all that its tree is drawn from, and ends with the run', async () => {
    const world = apiWorld();
    world.seed(FAILED);
    const { text, headers } = await world.call('/api/flow-runs/1/events');
    expect(headers.get('content-type')).toBe('application/x-ndjson');
    const told = text
      .trimEnd()
      .split('\n')
      .map((line) => eventOf(JSON.parse(line) as EventJson));
    const row = world.store.flowRuns.byId(1);
    if (row === null) throw new Error('not seeded');
    const happened = createFollower(world.store, row).look();
    expect(told.map(({ kind }) => kind)).toEqual(happened.map(({ kind }) => kind));
    const drawn = (event: (typeof told)[number]) =>
      event.kind === 'task-state'
        ? [
            event.reused,
            event.task.identity,
            event.task.scope,
            event.task.name,
            event.task.state.name,
            event.task.runTimeMs,
          ]
        : eventJson(event);
    expect(told.map(drawn)).toEqual(happened.map(drawn));
  });

  it('describes its streams with the types that they have', () => {
    const content = (type: string) => ({ get: { responses: { 200: { content: { [type]: expect.anything() } } } } });
    expect(DESCRIPTION.paths['/api/events']).toMatchObject(content('text/event-stream'));
    expect(DESCRIPTION.paths['/api/flow-runs/{run}/events']).toMatchObject(content('application/x-ndjson'));
  });
});
