/** What is asked about runs through the API: why, how two differ, what a retry would do; and the zone of who asks. */
import { describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/engine/verbs/executor.ts';
import { apiWorld } from './world.ts';

describe('the API', () => {
  it('says why a run stands as it does, with what its failed task printed last', async () => {
    const world = apiWorld();
    const error = { name: 'Error', message: 'no such table', stack: 'Error: no such table\n at load' };
    world.seed({ state: 'failed', tasks: [{ name: 'load', state: 'failed', error }], error });
    expect((await world.call('/api/why?of=1')).json).toMatchObject({
      schema: 'weir.why/1',
      run: 1,
      why: expect.stringContaining('because task load failed: no such table.'),
      failed_task: { name: 'load', error: { message: 'no such table' }, last_lines: expect.any(Array) },
      next: [expect.stringContaining('weir logs 1'), 'weir retry 1'],
    });
    expect((await world.call('/api/why')).json.run).toBe(1);
    expect((await world.call('/api/why?of=nobody')).status).toBe(404);
    expect((await world.call('/api/why?off=1')).json).toMatchObject({ status: 400, field: 'off' });
  });

  it('says what became of a due time, on the clock of who asks', async () => {
    const world = apiWorld();
    world.deploy('nightly', { cron: '0 2 * * *' });
    const ask = async (headers: Record<string, string> = {}) =>
      (await world.call('/api/why?of=nightly@03:00', { headers })).json;
    expect(await ask()).toMatchObject({
      schema: 'weir.why-slots/1',
      items: [{ deployment: 'nightly/default', outcome: 'not_due', slot: null }],
    });
    expect(await ask({ 'weir-time-zone': 'Europe/Berlin; asked' })).toMatchObject({
      items: [{ schedule: '0 2 * * * UTC', slot: expect.stringMatching(/T03:00:00\.000\+01:00$/) }],
    });
    const wrong = await world.call('/api/why?of=nightly', { headers: { 'weir-time-zone': 'Europe/Nowhere' } });
    expect([wrong.status, wrong.json.title]).toEqual([400, expect.stringContaining('weir-time-zone')]);
  });

  it('compares two runs', async () => {
    const world = apiWorld();
    world.seed({ params: { lr: 0.1 }, metrics: { rmse: 2 }, tasks: [{ name: 'fit', state: 'completed' }] });
    world.seed({ params: { lr: 0.2 }, metrics: { rmse: 1.5 }, tasks: [{ name: 'fit', state: 'completed' }] });
    expect((await world.call('/api/flow-runs/1/comparison?with=2')).json).toMatchObject({
      runs: [{ id: 1 }, { id: 2 }],
      params: [{ name: 'lr', values: [0.1, 0.2], same: false }],
      metrics: [{ name: 'rmse', values: [2, 1.5], change: -0.5 }],
      tasks: [{ name: 'fit', count: [1, 1] }],
    });
    expect((await world.call('/api/flow-runs/1/comparison?with=9')).status).toBe(404);
    expect((await world.call('/api/flow-runs/1/comparison')).json).toMatchObject({ status: 400, field: 'with' });
  });

  it('tells what a retry would do, and changes nothing', async () => {
    const flow = { name: 'nightly', codeHash: 'new', taskCodes: {} };
    const world = apiWorld({ executor: { describe: async () => [flow] } as unknown as Executor });
    const tasks = [
      { name: 'load', state: 'completed' as const },
      { name: 'fit', state: 'failed' as const },
    ];
    world.seed({ state: 'failed', tasks });
    const { status, json } = await world.call('/api/flow-runs/1/retry');
    expect([status, json]).toMatchObject([200, { run: 1, asked: 1, attempt: 2, only: false, items: [{}, {}] }]);
    expect(json.items.map((item: { verdict: string }) => item.verdict)).toContain('run');
    expect(world.store.flowRuns.byId(1)?.state.name).toBe('Failed');
    world.seed();
    expect((await world.call('/api/flow-runs/2/retry')).json).toMatchObject({
      status: 409,
      detail: expect.stringContaining('weir rerun 2'),
    });
  });

  it('tells times in UTC, unless who asks asks for another zone', async () => {
    const world = apiWorld();
    world.seed();
    const created = async (headers: Record<string, string>) =>
      (await world.call('/api/flow-runs/1', { headers })).json.created_at as string;
    expect(await created({})).toMatch(/Z$/);
    expect(await created({ 'weir-time-zone': 'Asia/Tokyo' })).toMatch(/Z$/);
    const asked = await created({ 'weir-time-zone': 'Asia/Tokyo; asked' });
    expect([asked.slice(-6), Date.parse(asked)]).toEqual(['+09:00', Date.parse(await created({}))]);
  });
});
