/** Every resource that can be read: what it holds, that it pages, and that it is what the command line prints. */
import { describe, expect, it } from 'vitest';
import { runJson, runSummaryJson } from '../../../src/engine/tell/run-json.ts';
import { NOW } from '../world.ts';
import { apiWorld } from './world.ts';

describe('the API', () => {
  it('gives a run, and lists runs, as the command line does', async () => {
    const world = apiWorld();
    const error = {
      name: 'Error',
      message: 'no',
      stack: 'Error: no\n at x',
      cause: { name: 'E', message: 'm', stack: null },
    };
    const id = world.seed({
      params: { a: 1 },
      result: [1, 2],
      tasks: [{ name: 'load', state: 'failed', error }],
      error,
    });
    const row = world.store.flowRuns.byId(id);
    if (row === null) throw new Error('not seeded');
    expect((await world.call(`/api/flow-runs/${id}`)).json).toEqual(plain(runJson(world.store, row)));
    expect((await world.call('/api/flow-runs')).json).toEqual({
      schema: 'weir.runs/1',
      items: [plain(runSummaryJson(world.store, row))],
      next: null,
    });
    expect((await world.call('/api/flow-runs/nightly')).json.id).toBe(id);
    expect(
      (await world.call('/api/flow-runs/@latest/states')).json.items.map((state: { name: string }) => state.name),
    ).toEqual(['Scheduled', 'Running', 'Completed']);
  });

  it('lists runs page by page by a cursor that means nothing else, newest first, by every filter of weir runs', async () => {
    const world = apiWorld();
    for (const flow of ['a', 'b', 'a', 'b', 'a']) world.seed({ flow, tags: [`of-${flow}`] });
    world.seed({ flow: 'c', state: 'failed', metrics: { rmse: 1.25 } });
    const ids = async (query: string) =>
      (await world.call(`/api/flow-runs?${query}`)).json.items.map((run: { id: number }) => run.id);
    const first = await world.call('/api/flow-runs?limit=2');
    expect(first.json.items.map((run: { id: number }) => run.id)).toEqual([6, 5]);
    const second = await world.call(`/api/flow-runs?limit=4&cursor=${first.json.next}`);
    expect(second.json.items.map((run: { id: number }) => run.id)).toEqual([4, 3, 2, 1]);
    expect(second.json.next).toBeNull();
    expect(await ids('flow=a')).toEqual([5, 3, 1]);
    expect(await ids('flow=a&flow=c')).toEqual([6, 5, 3, 1]);
    expect(await ids('state=failed')).toEqual([6]);
    expect(await ids('tag=of-b')).toEqual([4, 2]);
    expect(await ids('metric=rmse:%3C1.3')).toEqual([6]);
    expect(await ids('q=flow:b+state:completed')).toEqual([4, 2]);
    expect(await ids('trigger=schedule')).toEqual([]);
    expect(await ids('since=2999-01-01')).toEqual([]);
    expect(await ids('until=1999-01-01')).toEqual([]);
  });

  it('name the next page also where a bounded look found nothing', async () => {
    const world = apiWorld();
    const old = world.seed({ flow: 'etl', params: { lr: 0.5 } });
    // As if thousands had been removed.
    world.store.database.exec('update sqlite_sequence set seq = 20000');
    world.seed({ flow: 'etl', params: { lr: 1 } });
    const ids: number[] = [];
    for (let cursor = ''; ; ) {
      const { json } = await world.call(`/api/flow-runs?param=lr:0.5${cursor}`);
      ids.push(...json.items.map((run: { id: number }) => run.id));
      if (json.next === null) break;
      cursor = `&cursor=${json.next}`;
    }
    expect(ids).toEqual([old]);
  });

  it('gives task runs by themselves, those of one run, and the newest of all', async () => {
    const world = apiWorld();
    world.seed({ tasks: [{ name: 'one' }, { name: 'two', label: 'alpha=1' }] });
    world.seed({ tasks: [{ name: 'three' }] });
    const names = async (query: string) =>
      (await world.call(`/api/task-runs?${query}`)).json.items.map((task: { name: string }) => task.name);
    expect(await names('')).toEqual(['three', 'two', 'one']);
    expect(await names('flow_run=1')).toEqual(['two', 'one']);
    const page = await world.call('/api/task-runs?limit=1&flow_run=1');
    expect(await names(`limit=1&flow_run=1&cursor=${page.json.next}`)).toEqual(['one']);
    expect((await world.call('/api/task-runs/2')).json).toMatchObject({
      flow_run: 1,
      id: 2,
      name: 'two',
      key: 'alpha=1',
    });
    expect((await world.call('/api/task-runs/2/states')).json.items.at(-1).name).toBe('Completed');
    expect((await world.call('/api/task-runs/9')).json).toMatchObject({ status: 404, code: 'not-found' });
  });

  it('gives logs page by page, as JSON lines, and as the text that was printed', async () => {
    const world = apiWorld();
    const id = world.seed({ log: Array.from({ length: 25 }, (_, line) => `line ${line + 1}`).join('\n') });
    const first = await world.call(`/api/flow-runs/${id}/logs?limit=10`);
    expect(first.json.items.map((line: { line: number }) => line.line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const second = await world.call(`/api/flow-runs/${id}/logs?limit=20&cursor=${first.json.next}`);
    expect(second.json.items.map((line: { text: string }) => line.text)).toEqual(
      Array.from({ length: 15 }, (_, line) => `line ${line + 11}`),
    );
    expect(second.json.next).toBeNull();
    const text = await world.call(`/api/flow-runs/${id}/logs?tail=2`, { headers: { accept: 'text/plain' } });
    expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(text.text).toBe('line 24\nline 25\n');
    const lines = (await world.call(`/api/flow-runs/${id}/logs?format=ndjson&follow=true`)).text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).line)).toEqual(Array.from({ length: 25 }, (_, line) => line + 1));
    expect((await world.call(`/api/flow-runs/${id}/logs?task=none`)).status).toBe(404);
    expect((await world.call(`/api/flow-runs/${id}/logs?follow=true`)).json).toMatchObject({
      status: 400,
      field: 'follow',
    });
  });

  it('follows the log of a run until it is over, without losing or doubling a line', async () => {
    const world = apiWorld();
    const id = world.seed({ state: 'running', log: 'first' });
    const reading = world.call(`/api/flow-runs/${id}/logs?format=text&follow=true`);
    const chunk = { flowRunId: id, taskRunId: null, attempt: 1, stream: 'stdout', level: 'info', at: NOW } as const;
    world.store.logs.append({ ...chunk, text: 'second\nthird', fields: null });
    world.store.database
      .prepare("update flow_runs set state_type = 'COMPLETED', state_name = 'Completed' where id = ?")
      .run(id);
    expect((await reading).text).toBe('first\nsecond\nthird\n');
  });

  it('gives deployments, their versions and their due times', async () => {
    const world = apiWorld();
    const id = world.deploy('nightly', { cron: '0 2 * * *' });
    world.deploy('other');
    const [schedule] = world.store.deployments.schedulesOf(id);
    for (const day of [3, 4, 5])
      world.store.deployments.addSlot(
        {
          ...{ scheduleId: schedule?.id ?? 0, at: Date.UTC(2026, 0, day, 2), outcome: day === 4 ? 'missed' : 'ran' },
          ...{ reason: day === 4 ? 'asleep' : null, note: null, flowRunId: null },
        },
        NOW,
      );
    const list = await world.call('/api/deployments?limit=1');
    expect(list.json.items).toMatchObject([{ deployment: 'nightly/default', version: 1 }]);
    expect((await world.call(`/api/deployments?cursor=${list.json.next}`)).json.items).toMatchObject([
      { deployment: 'other/default' },
    ]);
    expect((await world.call('/api/deployments/nightly/default')).json).toMatchObject({
      schema: 'weir.deployment/1',
      schedules: [{ schedule: '0 2 * * * UTC', timezone: 'UTC' }],
    });
    expect((await world.call('/api/deployments/nightly/default/history')).json).toMatchObject({
      deployment: 'nightly/default',
      items: [],
    });
    for (const path of ['/api/deployments/nightly/default/slots', '/api/slots'])
      expect((await world.call(`${path}?outcome=missed`)).json.items).toEqual([
        {
          ...{
            deployment: 'nightly/default',
            schedule: '0 2 * * * UTC',
            slot: '2026-01-04T02:00:00.000Z',
            outcome: 'missed',
          },
          ...{ reason: 'asleep', run: null, note: null },
        },
      ]);
    const page = await world.call('/api/slots?deployment=nightly&limit=2');
    const rest = await world.call(`/api/slots?deployment=nightly&cursor=${page.json.next}`);
    expect([...page.json.items, ...rest.json.items].map((slot: { slot: string }) => slot.slot.slice(8, 10))).toEqual([
      '05',
      '04',
      '03',
    ]);
    expect((await world.call('/api/slots?from=2026-01-04&to=2026-01-04')).json.items).toHaveLength(1);
    expect((await world.call('/api/deployments/nightli/default')).json).toMatchObject({
      detail: 'did you mean nightly/default?',
    });
    expect((await world.call('/api/deployments/nightly/default', { method: 'DELETE' })).status).toBe(200);
    for (const path of ['/api/deployments/nightly/default/slots', '/api/slots', '/api/slots?deployment=nightly'])
      expect([path, (await world.call(path)).json.items.length]).toEqual([path, 3]);
    expect((await world.call('/api/why?of=nightly@2026-01-04T02:00Z')).json.items).toMatchObject([
      { outcome: 'missed' },
    ]);
  });

  it('looks for what is rare in the ledger a part at a time, and says where the next part begins', async () => {
    const world = apiWorld();
    const [schedule] = world.store.deployments.schedulesOf(world.deploy('nightly', { cron: '* * * * *' }));
    const scheduleId = schedule?.id ?? 0;
    const first = NOW - 12_000 * 60_000;
    world.store.overview.inSnapshot(() => {
      for (let minute = 0; minute < 12_000; minute++) {
        const outcome = minute % 6000 === 1 ? ('skipped' as const) : ('ran' as const);
        const row = { scheduleId, at: first + minute * 60_000, outcome, reason: null, note: null, flowRunId: null };
        world.store.deployments.addSlot(row, NOW);
      }
    });
    const pages: number[] = [];
    let next = '';
    do {
      const { json } = await world.call(`/api/slots?outcome=skipped${next === '' ? '' : `&cursor=${next}`}`);
      pages.push(json.items.length);
      next = json.next ?? '';
    } while (next !== '');
    expect(pages).toEqual([0, 1, 1]);
  });

  it('tells of the queue what waits, the longest due first, and why', async () => {
    const world = apiWorld({ places: 3 });
    world.seed({ state: 'running' });
    world.seed({ flow: 'late', state: 'scheduled', startAt: NOW - 60_000 });
    world.seed({ flow: 'later', state: 'scheduled', startAt: NOW + 60_000 });
    expect((await world.call('/api/work-queues')).json.items).toEqual([
      { name: 'default', concurrency_limit: 3, running: 1, waiting: 2 },
    ]);
    expect((await world.call('/api/work-queues/default')).json.waiting).toBe(2);
    const page = await world.call('/api/work-queues/default/runs?limit=1');
    expect(page.json.items).toMatchObject([{ flow: 'late', why: expect.stringMatching(/\.$/), limits: [] }]);
    const rest = await world.call(`/api/work-queues/default/runs?cursor=${page.json.next}`);
    expect(rest.json.items).toMatchObject([{ flow: 'later' }]);
    expect((await world.call('/api/work-queues/other')).status).toBe(404);
  });

  it('gives models with versions, decisions and contents', async () => {
    const world = apiWorld();
    const { content, registry, writer } = world.store;
    const { hash, size } = content.put(new TextEncoder().encode('weights'));
    const version = {
      model: 'temperature',
      format: 'file',
      fileName: 'm".pkl',
      contentHash: hash,
      size,
      origin: null,
      now: NOW,
    } as const;
    await writer.write(() => {
      registry.register({ ...version, labels: { metrics: { rmse: 1 }, params: { a: [1] }, tags: {} } });
      registry.promote({ model: 'temperature', selector: 1, stage: 'Production', by: 'me', origin: null, now: NOW });
    });
    expect((await world.call('/api/models')).json.items).toEqual([
      { name: 'temperature', versions: 1, production: 1, champion: 1 },
    ]);
    expect((await world.call('/api/models/temperature')).json).toMatchObject({
      versions: [{ stage: 'Production' }],
      decisions: [{ promoted: true }],
    });
    expect((await world.call('/api/models/temperature/versions')).json.items).toHaveLength(1);
    expect((await world.call('/api/models/temperature/decisions')).json.items).toHaveLength(1);
    expect((await world.call('/api/models/temperature/versions/champion')).json).toMatchObject({
      name: 'temperature',
      version: 1,
    });
    const bytes = await world.call('/api/models/temperature/versions/Production/content');
    expect(bytes.text).toBe('weights');
    expect(bytes.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''m%22.pkl");
    expect((await world.call('/api/models/temperatur')).json).toMatchObject({
      status: 404,
      detail: expect.stringContaining('temperature'),
    });
  });

  it('gives artifacts by run and key, and their bytes as a download', async () => {
    const world = apiWorld();
    const id = world.seed({
      artifacts: [{ key: 'a/b "c"', kind: 'file', mediaType: 'text/html', text: '<script>1</script>' }],
    });
    expect((await world.call(`/api/artifacts?flow_run=${id}`)).json.items).toMatchObject([
      { run: id, key: 'a/b "c"', size: 18 },
    ]);
    const path = `/api/artifacts/${id}/${encodeURIComponent('a/b "c"')}`;
    expect((await world.call(path)).json).toMatchObject({
      schema: 'weir.artifact/1',
      run: id,
      media_type: 'text/html',
    });
    const bytes = await world.call(`${path}/content`);
    expect(bytes.text).toBe('<script>1</script>');
    expect(bytes.headers.get('content-type')).toBe('application/octet-stream');
    expect(bytes.headers.get('content-disposition')).toMatch(/^attachment;/);
    expect((await world.call(`/api/artifacts/${id}/nothing`)).status).toBe(404);
    expect((await world.call('/api/artifacts')).json).toMatchObject({ status: 400, field: 'flow_run' });
  });

  it('tells how things stand as weir status does', async () => {
    const world = apiWorld();
    world.deploy('nightly', { cron: '0 2 * * *' });
    world.seed({ flow: 'nightly', state: 'failed', message: 'no' });
    world.seed({ flow: 'other' });
    expect((await world.call('/api/status')).json).toMatchObject({
      schema: 'weir.status/1',
      attention: [{ kind: 'failed', what: 'nightly', run: 1 }],
      deployments: [{ deployment: 'nightly/default', runs: [{ id: 1 }] }],
      others: [{ flow: 'other' }],
    });
  });

  it('answers 304 to who has it already, and HEAD without a body', async () => {
    const world = apiWorld();
    world.seed();
    for (const path of ['/api/flow-runs', '/api/flow-runs/1', '/api/deployments', '/api/status', '/api/openapi.json']) {
      const first = await world.call(path);
      const etag = first.headers.get('etag') ?? '';
      expect(etag).toMatch(/^"[\w-]{27}"$/);
      const again = await world.call(path, { headers: { 'if-none-match': `"x", W/${etag}` } });
      expect([path, again.status, again.text]).toEqual([path, 304, '']);
      const head = await world.call(path, { method: 'HEAD' });
      expect([head.status, head.text]).toEqual([200, '']);
    }
    world.seed();
    const former = (await world.call('/api/flow-runs/1')).headers.get('etag') ?? '';
    expect((await world.call('/api/flow-runs', { headers: { 'if-none-match': former } })).status).toBe(200);
  });
});

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
