import { describe, expect, it } from 'vitest';
import { decode } from '../../../src/model/codec.ts';
import { WeirError } from '../../../src/model/errors.ts';
import { actionWorld, described, SCHEMA } from './post.ts';

describe('what a run is posted', () => {
  it('a retry opens a failed run again with the code as it is now, and shows it', async () => {
    const world = actionWorld();
    const id = world.seed({ state: 'failed', tasks: [{ name: 'train', state: 'failed' }] });
    const answer = await world.post(`/runs/${id}/retry`);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `/runs/${id}?done=retried`]);
    expect(world.state(id)).toMatchObject({ name: 'AwaitingRetry', message: 'retried by the page' });
    expect(world.asked).toEqual({ described: ['/flows/flow.ts'], resumed: [], nudges: 1 });
    const page = await world.text(`/runs/${id}?done=retried`);
    expect(page).toMatch(/role="status"[^>]*>Retried\. What finished is reused/);
  });

  it('a retry from a task runs it again, also in a run that has completed', async () => {
    const world = actionWorld();
    const id = world.seed({ state: 'completed', tasks: [{ name: 'load' }, { name: 'train' }] });
    expect((await world.post(`/runs/${id}/retry`)).status).toBe(409);
    expect((await world.post(`/runs/${id}/retry`, { from: 'trian' })).status).toBe(404);
    expect(world.state(id)?.name).toBe('Completed');
    expect((await world.post(`/runs/${id}/retry`, { from: 'train' })).status).toBe(303);
    expect(world.state(id)).toMatchObject({ name: 'AwaitingRetry', message: 'retried by the page: --from train' });
  });

  it('a retry of a broken file changes nothing and says what to do', async () => {
    const world = actionWorld(new WeirError('invalid-flow', 'flow.ts: line 3: <b>oops</b>', { hint: 'mend it' }));
    const id = world.seed({ state: 'failed' });
    const answer = await world.post(`/runs/${id}/retry`);
    const page = await answer.text();
    expect(answer.status).toBe(422);
    expect(page).toContain('Flow.ts: line 3: &lt;b&gt;oops&lt;/b&gt;');
    expect(page).toContain('mend the file first');
    expect(page).toContain(`<a href="/runs/${id}">Run ${id}</a>`);
    expect(world.state(id)?.name).toBe('Failed');
    expect(world.asked.nudges).toBe(0);
  });

  it('a run whose file is broken now can be retried with the code that it had', async () => {
    const world = actionWorld(new WeirError('invalid-flow', 'flow.yaml: 2 problems\n  3 | <oops>\n    | ^'));
    const id = world.seed({ state: 'failed', tasks: [{ name: 'train', state: 'failed' }] });
    world.store.database.exec("insert into code_versions (hash, files, created_at) values ('had', x'00', 1)");
    world.store.database.exec(`update flow_runs set code_hash = 'had' where id = ${id}`);
    const answer = await world.post(`/runs/${id}/retry`, { from: 'train' });
    const page = await answer.text();
    expect(answer.status).toBe(422);
    expect(page).toContain('<h1>Flow.yaml: 2 problems</h1><pre>  3 | &lt;oops&gt;');
    expect(page).toContain(`weir retry ${id} --from train --same-code`);
    expect(page).toContain(
      '<input type="hidden" name="from" value="train"/><input type="hidden" name="same_code" value="1"/>',
    );
    expect(world.state(id)?.name).toBe('Failed');
    const done = await world.post(`/runs/${id}/retry`, { from: 'train', same_code: '1' });
    expect(done.headers.get('location')).toBe(`/runs/${id}?done=retried-same`);
    expect(world.asked.described).toHaveLength(1);
  });

  it('a rerun is a new run from the page with the same parameters', async () => {
    const world = actionWorld(described({ paramsSchema: SCHEMA, tags: ['new'] }));
    const id = world.seed({ state: 'completed', params: { epochs: 7 }, tags: ['old'] });
    const answer = await world.post(`/runs/${id}/rerun`);
    expect(answer.headers.get('location')).toBe(`/runs/${id + 1}?done=rerun`);
    const row = world.store.flowRuns.byId(id + 1);
    expect(row).toMatchObject({ trigger: 'page', tags: ['new', 'old'], state: { message: `rerun of ${id}` } });
    expect(decode(row?.params as Uint8Array)).toEqual({ epochs: 7 });
    expect(world.asked.nudges).toBe(1);
  });

  it('a rerun that is asked for twice by one page is one run', async () => {
    const world = actionWorld(described({}));
    const id = world.seed({ state: 'completed' });
    const button = /action="(\/runs\/1\/rerun\?[^"]+)"/.exec(await world.text(`/runs/${id}`))?.[1] ?? '';
    const answers = await Promise.all([world.post(button), world.post(button)]);
    const places = answers.map((answer) => answer.headers.get('location'));
    expect(places.toSorted()).toEqual([`/runs/${id + 1}?done=rerun`, `/runs/${id + 1}?done=sent-before`]);
    expect(world.runs()).toBe(2);
  });

  it('what is pressed twice is done once, and the page of the run says so', async () => {
    const world = actionWorld();
    const failed = world.seed({ state: 'failed', tasks: [{ name: 'train', state: 'failed' }] });
    await world.post(`/runs/${failed}/retry`);
    const again = await world.post(`/runs/${failed}/retry`);
    expect(again.headers.get('location')).toBe(`/runs/${failed}?done=retried-before`);
    expect(world.asked.nudges).toBe(1);
    const waiting = world.seed({ state: 'scheduled' });
    await world.post(`/runs/${waiting}/cancel`);
    const cancelled = await world.post(`/runs/${waiting}/cancel`);
    expect(cancelled.headers.get('location')).toBe(`/runs/${waiting}?done=cancelled`);
  });

  it('a rerun whose parameters the flow does not take any more is refused without a run', async () => {
    const world = actionWorld(described({ paramsSchema: SCHEMA }));
    const id = world.seed({ params: { epoch: 7 } });
    const answer = await world.post(`/runs/${id}/rerun`);
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain('did you mean epochs?');
    expect(world.runs()).toBe(1);
  });

  it('resume goes on at once with what waits, and refuses the rest', async () => {
    const world = actionWorld();
    const waiting = world.seed({ state: 'retry' });
    const over = world.seed({ state: 'completed' });
    expect((await world.post(`/runs/${waiting}/resume`)).headers.get('location')).toBe(`/runs/${waiting}?done=resumed`);
    expect((await world.post(`/runs/${over}/resume`)).status).toBe(409);
    expect(world.asked.resumed).toEqual([waiting]);
  });

  it('cancel stops what waits at once, tells what runs, and refuses what is over', async () => {
    const world = actionWorld();
    const waiting = world.seed({ state: 'scheduled' });
    const over = world.seed({ state: 'completed' });
    expect((await world.post(`/runs/${waiting}/cancel`)).headers.get('location')).toBe(
      `/runs/${waiting}?done=cancelled`,
    );
    expect(world.state(waiting)).toMatchObject({ name: 'Cancelled', message: 'cancelled by the page' });
    const refused = await world.post(`/runs/${over}/cancel`);
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain('is Completed already and stays so');
    expect(world.state(over)?.name).toBe('Completed');
  });

  it('leads to the form of its flow for other parameters', async () => {
    const world = actionWorld();
    const id = world.seed({ flow: 'a b/c' });
    const answer = await world.get(`/runs/${id}/again`);
    expect([answer.status, answer.headers.get('location')]).toEqual([302, `/flows/a%20b%2Fc/run?from=${id}`]);
  });

  it.each(['retry', 'rerun', 'resume', 'cancel'])(
    '%s of a run that is not there is a page that says so',
    async (verb) => {
      const world = actionWorld();
      for (const id of ['7', 'x', '../1', '%3Cscript%3E']) {
        const answer = await world.post(`/runs/${id}/${verb}`);
        expect([id, answer.status]).toEqual([id, 404]);
        expect(await answer.text()).not.toContain('<script>e');
      }
      expect(world.asked).toEqual({ described: [], resumed: [], nudges: 0 });
    },
  );
});

describe('who may post', () => {
  const FOREIGN: Record<string, Record<string, string>> = {
    'another site': { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' },
    'another port of this machine': { origin: 'http://localhost:9999', 'sec-fetch-site': 'same-site' },
    'another site in a browser without Sec-Fetch-Site': { origin: 'http://evil.example', 'sec-fetch-site': '' },
    'a sandboxed page': { origin: 'null', 'sec-fetch-site': 'cross-site' },
    'https for http': { origin: 'https://localhost:1', 'sec-fetch-site': 'cross-site' },
  };
  it.each(Object.entries(FOREIGN))('not %s', async (_, headers) => {
    const world = actionWorld();
    const id = world.seed({ state: 'scheduled' });
    const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
    const answer = await world.app.request(`/runs/${id}/cancel`, {
      method: 'POST',
      body: new URLSearchParams(),
      headers: { host: 'localhost:4200', ...sent },
    });
    expect(answer.status).toBe(403);
    expect(world.state(id)?.name).toBe('Scheduled');
  });

  it('a program without Origin may, on this machine: browsers always send one with a post of another site', async () => {
    const world = actionWorld();
    const id = world.seed({ state: 'scheduled' });
    const answer = await world.app.request(`/runs/${id}/cancel`, {
      method: 'POST',
      headers: { host: 'localhost:4200' },
    });
    expect(answer.status).toBe(303);
    expect(world.state(id)?.name).toBe('Cancelled');
  });

  it('only forms, of a size that a form has', async () => {
    const world = actionWorld();
    const id = world.seed({ state: 'scheduled' });
    const send = (body: string, type: string) =>
      world.app.request(`/runs/${id}/cancel`, {
        method: 'POST',
        body,
        headers: { host: 'localhost', 'content-type': type },
      });
    expect((await send('{}', 'application/json')).status).toBe(415);
    expect((await send('a=1', 'text/plain')).status).toBe(415);
    expect((await send('x', 'multipart/form-data; boundary=x')).status).toBe(415);
    expect((await send(`a=${'x'.repeat(600_000)}`, 'application/x-www-form-urlencoded')).status).toBe(413);
    expect(world.state(id)?.name).toBe('Scheduled');
  });
});

it('what an address says was done is never shown, only our own sentences', async () => {
  const world = actionWorld();
  for (const done of ['<script>alert(1)</script>', 'constructor', '__proto__', 'toString', ''])
    expect(await world.text(`/?done=${encodeURIComponent(done)}`)).not.toMatch(/id="done"|<script>alert/);
  expect(await world.text('/?done=paused')).toContain('id="done"');
});
