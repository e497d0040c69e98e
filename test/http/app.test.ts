import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { appWorld, seedRun } from './world.ts';

describe('the server', () => {
  it.each(['localhost', 'localhost:4200', '127.0.0.1:4200', '[::1]:4200', 'LOCALHOST:1'])(
    'answers for %s',
    async (host) => {
      expect((await appWorld().get('/', { host })).status).toBe(200);
    },
  );

  it.each(['evil.example', 'evil.example:4200', 'localhost.evil.example', '127.0.0.1.evil.example', '192.168.0.4'])(
    'refuses requests for the host %s: a page elsewhere can make its name lead here',
    async (host) => {
      const world = appWorld();
      world.seed({ flow: 'private' });
      for (const path of ['/', '/runs/1', '/api/flow-runs', '/api/events', '/nothing']) {
        const answer = await world.get(path, { host });
        expect(answer.status).toBe(403);
        expect(await answer.text()).not.toContain('private');
        expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      }
    },
  );

  it('lets other sites link to it, and do nothing else', async () => {
    const world = appWorld();
    const foreign = { 'sec-fetch-site': 'cross-site' };
    expect((await world.get('/', { ...foreign, 'sec-fetch-mode': 'navigate' })).status).toBe(200);
    expect((await world.get('/api/flow-runs', { ...foreign, 'sec-fetch-mode': 'no-cors' })).status).toBe(403);
    const post = (headers: Record<string, string>) => world.app.request('/api/flow-runs', { method: 'POST', headers });
    expect((await post({ ...foreign, 'sec-fetch-mode': 'navigate' })).status).toBe(403);
    expect((await post({ origin: 'http://evil.example', host: 'localhost:4200' })).status).toBe(403);
    expect((await post({ origin: 'http://localhost:4200', host: 'localhost:4200' })).status).toBe(400);
  });

  it('E53 cancels a run that is asked for, refuses one that is over, and knows no other', async () => {
    const world = appWorld();
    world.seed({ state: 'scheduled' });
    world.seed({ state: 'completed' });
    const cancel = (id: string) => world.app.request(`/api/flow-runs/${id}/cancel`, { method: 'POST' });
    const answer = await cancel('1');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ id: 1, state: { name: 'Cancelled', message: 'cancelled by the API' } });
    for (const [id, status] of [
      ['1', 409],
      ['2', 409],
      ['3', 404],
      ['x', 404],
    ] as const)
      expect((await cancel(id)).status).toBe(status);
    expect(world.store.flowRuns.byId(2)?.state.name).toBe('Completed');
  });

  it('bound beyond this machine asks for its token, but for its health', async () => {
    const world = appWorld({ host: '0.0.0.0', token: 'secret-token' });
    const refused = await world.get('/', { host: '192.168.0.4:4200' });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('Bearer');
    expect((await world.get('/', { host: '192.168.0.4', authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await world.get('/', { host: '192.168.0.4', authorization: 'Bearer secret-token' })).status).toBe(200);
    expect((await world.get('/health', { host: '192.168.0.4' })).status).toBe(200);
    const named = appWorld({ host: '192.168.0.4', token: 'secret-token' });
    expect((await named.get('/', { host: 'evil.example', authorization: 'Bearer secret-token' })).status).toBe(403);
  });

  it('answers what is not there with a page, and with problem+json under /api', async () => {
    const world = appWorld();
    for (const path of ['/nothing', '/runs/999', '/runs/abc', '/runs/1/logs', '/runs/1/artifacts/x']) {
      const answer = await world.get(path);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(answer.headers.get('content-type')).toContain('text/html');
      expect(await answer.text()).toContain('href="/runs"');
    }
    for (const path of ['/api/nothing', '/api/flow-runs/999', '/api/flow-runs/abc']) {
      const answer = await world.get(path);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(await answer.json()).toMatchObject({ status: 404, code: 'not-found' });
    }
    expect(world.faults).toEqual([]);
  });

  it('names the field of a bad value', async () => {
    const world = appWorld();
    for (const query of ['limit=0', 'limit=x', 'limit=1e9', 'cursor=x', 'limits=5']) {
      const answer = await world.get(`/api/flow-runs?${query}`);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({
        code: 'invalid-value',
        title: expect.stringContaining(query.split('=')[0] ?? ''),
      });
    }
    expect((await world.get('/runs?before=x')).status).toBe(400);
  });

  it('hides a fault of its own behind a sentence, and hands it to the log', async () => {
    const world = appWorld();
    world.store.database.exec('drop table logs');
    const id = world.seed();
    const answer = await world.get(`/runs/${id}/logs`);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('no such table');
    expect(world.faults).toHaveLength(1);
  });

  it('tells machines that it is well', async () => {
    const world = appWorld();
    world.seed({ state: 'running' });
    expect(await (await world.get('/health')).json()).toEqual({
      status: 'ok',
      version: '1.2.3',
      running: 1,
      queued: 0,
      scheduler_last_look_ms: null,
    });
  });
});

describe('artifacts', () => {
  const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';

  it('are served byte for byte, pictures in a sandbox, all else as a download', async () => {
    const world = appWorld();
    const id = world.seed({
      artifacts: [
        { key: 'chart', kind: 'image', mediaType: 'image/svg+xml', text: SVG },
        { key: 'page', kind: 'file', mediaType: 'text/html', text: SVG },
        { key: 'a/b "c"\r\nx.html', kind: 'file', mediaType: 'text/html\r\nx-bad: 1', text: 'x' },
      ],
    });
    const chart = await world.get(`/runs/${id}/artifacts/chart`);
    expect(await chart.text()).toBe(SVG);
    expect(chart.headers.get('content-type')).toBe('image/svg+xml');
    expect(chart.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/);
    const page = await world.get(`/runs/${id}/artifacts/page`);
    expect(page.headers.get('content-type')).toBe('application/octet-stream');
    expect(page.headers.get('content-disposition')).toMatch(/^attachment;/);
    const odd = await world.get(`/runs/${id}/artifacts/${encodeURIComponent('a/b "c"\r\nx.html')}`);
    expect(odd.status).toBe(200);
    expect(odd.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''b%20%22c%22%0D%0Ax.html");
    expect(odd.headers.get('x-bad')).toBeNull();
  });

  it('that are large come from the content folder', async () => {
    const world = appWorld();
    const { hash } = world.store.content.put(new TextEncoder().encode('large'));
    const id = world.seed({ artifacts: [{ key: 'big.bin', text: '', data: null, contentHash: hash }] });
    expect(await world.text(`/runs/${id}/artifacts/big.bin`)).toBe('large');
  });
});

describe('the event stream', () => {
  it('tells which runs changed, and which of them only printed', async () => {
    const world = appWorld();
    const id = world.seed({ flow: 'etl' });
    const stream = await open(world);
    const state = { type: 'COMPLETED', name: 'Completed', message: null, at: 1 } as const;
    const chunk = {
      flowRunId: id,
      taskRunId: null,
      attempt: 1,
      stream: 'stdout',
      level: 'info',
      at: 1,
      text: 'x',
      fields: null,
    } as const;
    world.events.publish([{ kind: 'log', chunk, task: null }]);
    expect(await stream.next()).toEqual({ run: id, flow: 'etl', log: true });
    world.events.publish([
      { kind: 'log', chunk, task: null },
      { kind: 'run-state', runId: id, state },
    ]);
    expect(await stream.next()).toEqual({ run: id, flow: 'etl', log: false });
    await stream.close();
  });

  it('opens none for whoever asks only what it would be', async () => {
    const world = appWorld();
    for (let each = 0; each < 150; each++) {
      const answer = await world.app.request('/api/events', { method: 'HEAD' });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    }
    // A hundred are the most: none of those counts.
    const stream = await open(world);
    await stream.close();
  });

  it('notices runs that another process writes: when they begin, and when they end', async () => {
    const world = appWorld();
    const other = openStore(world.store.path);
    const stream = await open(world);
    const id = seedRun(other, { flow: 'elsewhere', state: 'running' });
    expect(await stream.next()).toEqual({ run: id, flow: 'elsewhere', log: false });
    other.database
      .prepare("update flow_runs set state_type = 'COMPLETED', state_name = 'Completed' where id = ?")
      .run(id);
    expect(await stream.next()).toEqual({ run: id, flow: 'elsewhere', log: false });
    await other.writer.stop();
    other.close();
    await stream.close();
  });

  it('is refused to the hundred and first reader, and ends with the server', async () => {
    const world = appWorld();
    const streams = await Promise.all(Array.from({ length: 100 }, () => open(world)));
    expect((await world.get('/api/events')).status).toBe(409);
    await streams.pop()?.close();
    const last = await open(world);
    world.app.stop();
    expect(await last.next()).toBeNull();
  });
});

/** Reads events one by one; null when the stream has ended. */
async function open(world: ReturnType<typeof appWorld>) {
  const answer = await world.get('/api/events');
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  let text = '';
  return {
    async next(): Promise<unknown> {
      for (;;) {
        const found = /data: (.*)\n\n/.exec(text);
        if (found !== null) {
          text = text.slice(found.index + found[0].length);
          return JSON.parse(found[1] ?? '');
        }
        const { done, value } = await reader.read();
        if (done) return null;
        text += new TextDecoder().decode(value);
      }
    },
    close: () => reader.cancel(),
  };
}

it('a page is not posted to, and what a button posts to is no page: either says so, and what is known there', async () => {
  const world = appWorld();
  const id = world.seed({ state: 'failed' });
  const ask = (method: string, path: string) =>
    world.app.request(path, { method, headers: { host: 'localhost', origin: 'http://localhost' } });
  for (const [method, path, known] of [
    ['POST', '/', 'GET'],
    ['DELETE', `/runs/${id}`, 'GET'],
    ['PUT', '/flows/nightly/run', 'GET, POST'],
    ['GET', `/runs/${id}/retry`, 'POST'],
  ] as const) {
    const answer = await ask(method, path);
    expect([method, path, answer.status, answer.headers.get('allow')]).toEqual([method, path, 405, known]);
    expect(await answer.text()).toContain(`<h1>${path} does not know ${method}</h1>`);
  }
  expect(await (await ask('GET', `/runs/${id}/retry`)).text()).toContain(`<a href="/runs/${id}">Run ${id}</a>`);
  expect((await ask('GET', '/nowhere')).status).toBe(404);
  expect(await (await ask('POST', `/runs/${world.seed()}/retry`)).text()).toContain(
    `<code>weir rerun ${id + 1}</code>`,
  );
});
