/** What machines ask: health, metrics, badge, text, feed. */
import { describe, expect, it } from 'vitest';
import { createScheduler } from '../../../src/engine/schedule/scheduler.ts';
import { exposition } from '../../../src/http/signals/exposition.ts';
import { appWorld, NOW } from '../world.ts';

const HOSTILE = 'a"b\\c\nd<e>&\u0000\u202e';

describe('GET /health', () => {
  it('is 503 when the scheduler does not look any more, and when it has been told to stop', async () => {
    let awake = 0;
    const former = appWorld();
    const scheduler = createScheduler({
      store: former.store,
      clocks: { wall: () => NOW, awake: () => awake, sinceBoot: () => 1e9 },
      kernelBootId: null,
      onEnqueued: () => {},
      onFault: () => {},
    });
    const world = appWorld({ scheduler });
    expect(await (await world.get('/health')).json()).toMatchObject({ status: 'ok', scheduler_last_look_ms: null });
    scheduler.start();
    await scheduler.look();
    awake += 60_000;
    expect(await (await world.get('/health')).json()).toMatchObject({ status: 'ok', scheduler_last_look_ms: 60_000 });
    awake += 60_000;
    const stuck = await world.get('/health');
    expect([stuck.status, await stuck.json()]).toEqual([503, expect.objectContaining({ status: 'stuck' })]);
    await scheduler.look();
    expect((await world.get('/health')).status).toBe(200);
    scheduler.stop();
    const stopping = await world.get('/health');
    expect([stopping.status, await stopping.json()]).toEqual([503, expect.objectContaining({ status: 'stopping' })]);
  });

  it('is 503 when the database cannot be read', async () => {
    const world = appWorld();
    world.store.database.exec('alter table flow_runs rename to gone');
    expect((await world.get('/health')).status).toBe(503);
  });
});

describe('GET /metrics', () => {
  it('counts runs by state and flow, how long they took, and what waits, from the moment when it is first asked', async () => {
    const world = appWorld();
    world.seed({ flow: 'before' });
    const open = world.seed({ flow: 'etl', state: 'running' });
    world.seed({ flow: 'etl', state: 'scheduled', startAt: NOW - 30_000 });
    const first = await samples(world);
    expect(first.get('weir_runs{flow="etl",state="running"}')).toBe(1);
    expect(first.get('weir_queue_depth')).toBe(1);
    expect(first.get('weir_queue_lateness_seconds')).toBe(30);
    expect([...first.keys()].some((key) => key.includes('before'))).toBe(false);

    world.store.database
      .prepare("update flow_runs set state_type = 'FAILED', state_name = 'Failed', run_time_ms = 4000 where id = ?")
      .run(open);
    for (const tookMs of [500, 70_000]) world.seed({ flow: 'etl', tookMs });
    const then = await samples(world);
    expect(then.get('weir_runs_ended_total{flow="etl",state="failed"}')).toBe(1);
    expect(then.get('weir_runs_ended_total{flow="etl",state="completed"}')).toBe(2);
    expect(then.get('weir_run_duration_seconds_bucket{flow="etl",le="1"}')).toBe(1);
    expect(then.get('weir_run_duration_seconds_bucket{flow="etl",le="5"}')).toBe(2);
    expect(then.get('weir_run_duration_seconds_bucket{flow="etl",le="+Inf"}')).toBe(3);
    expect(then.get('weir_run_duration_seconds_sum{flow="etl"}')).toBe(74.5);
    expect(await samples(world)).toEqual(expect.objectContaining({ size: then.size }));
    expect(then.get('weir_database_bytes')).toBeGreaterThan(10_000);
    expect(then.get('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
  });

  it('has no more than two hundred flows with figures of their own, and escapes their names', async () => {
    const world = appWorld();
    await samples(world);
    world.seed({ flow: HOSTILE });
    world.seedMany(Array.from({ length: 300 }, (_, place) => ({ flow: `flow-${place}` })));
    const text = await world.text('/metrics');
    expect(text).toContain('weir_runs_ended_total{flow="a\\"b\\\\c\\nd<e>&\u0000\u202e",state="completed"} 1');
    const flows = new Set([...text.matchAll(/^weir_runs_ended_total\{flow="(.*?)",state/gm)].map((found) => found[1]));
    expect(flows.size).toBe(201);
    expect(text).toContain('weir_runs_ended_total{flow="&others",state="completed"} 101');
  });

  it('is text that a parser of the format reads line by line', async () => {
    const world = appWorld();
    world.seed({ state: 'running' });
    const answer = await world.get('/metrics');
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await answer.text();
    expect(text.endsWith('\n')).toBe(true);
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(
        /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)+\})? [-+\d.eInfNa]+)$/,
      );
    const helps = [...text.matchAll(/^# TYPE (\w+)/gm)].map((found) => found[1]);
    expect(new Set(helps).size).toBe(helps.length);
  });

  it('writes numbers that are none as the format wants them', () => {
    const samples = [{ value: Number.NaN }, { value: Number.POSITIVE_INFINITY }, { value: -1.5 }];
    expect(exposition([{ name: 'x', help: 'a\\b\nc', type: 'gauge', samples }])).toBe(
      '# HELP x a\\\\b\\nc\n# TYPE x gauge\nx NaN\nx +Inf\nx -1.5\n',
    );
  });
});

describe('a flow in one word', () => {
  it.each([
    ['completed', 'completed'],
    ['failed', 'failed'],
    ['crashed', 'crashed'],
    ['cancelled', 'cancelled'],
    ['running', 'running'],
  ] as const)('is %s as its last run', async (state, word) => {
    const world = appWorld();
    world.seed({ flow: 'etl', state });
    expect(await world.text('/status/etl.txt')).toBe(`${word}\n`);
    expect(await world.text('/badge/etl.svg')).toContain(`aria-label="etl: ${word}"`);
  });

  it('stays what it was while the next run goes on', async () => {
    const world = appWorld();
    world.seed({ flow: 'etl', state: 'failed' });
    world.seed({ flow: 'etl', state: 'running' });
    expect(await world.text('/status/etl.txt')).toBe('failed\n');
  });

  it('is well-formed XML for any name, and 404 for one that is not there', async () => {
    const world = appWorld();
    world.seed({ flow: HOSTILE });
    const answer = await world.get(`/badge/${encodeURIComponent(HOSTILE)}.svg`);
    expect(answer.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
    const svg = await answer.text();
    expect(svg).toContain('a&quot;b\\c\nd&lt;e&gt;&amp;\ufffd\u202e');
    expect(svg).not.toContain('\u0000');
    world.seed({ flow: 'x'.repeat(300) });
    expect((await world.text(`/badge/${'x'.repeat(300)}.svg`)).length).toBeLessThan(1500);
    const missing = await world.get('/badge/nothing.svg');
    expect([missing.status, missing.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  });
});

describe('GET /feed.atom', () => {
  it('tells the runs that failed, newest first, with what a feed must have', async () => {
    const world = appWorld();
    world.seed({ flow: 'fine' });
    const failed = world.seed({
      flow: 'etl',
      state: 'failed',
      error: { name: 'Error', message: HOSTILE, stack: null },
    });
    const crashed = world.seed({ flow: 'etl', state: 'crashed', message: 'its process died' });
    const answer = await world.get('/feed.atom', { host: 'localhost:4200' });
    expect(answer.headers.get('content-type')).toBe('application/atom+xml; charset=utf-8');
    const xml = await answer.text();
    const entries = xml.split('<entry>').slice(1);
    expect(entries.map((entry) => /<title>(.*?)<\/title>/.exec(entry)?.[1])).toEqual([
      `etl, run ${crashed}: Crashed`,
      `etl, run ${failed}: Failed`,
    ]);
    for (const part of [xml, ...entries]) {
      expect(part).toMatch(/<id>urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}<\/id>/);
      expect(part).toMatch(/<updated>\d{4}-\d\d-\d\dT[\d:.]+Z<\/updated>/);
    }
    expect(xml).toContain('<author><name>Weir</name></author>');
    expect(entries[1]).toContain('Error: a&quot;b\\c\nd&lt;e&gt;&amp;\ufffd\u202e');
    expect(new Set([...xml.matchAll(/<id>(.*?)<\/id>/g)].map((found) => found[1])).size).toBe(3);
    const again = await world.get('/feed.atom', {
      host: 'localhost:4200',
      'if-none-match': answer.headers.get('etag') ?? '',
    });
    expect(again.status).toBe(304);
  });

  it('is valid without any failure', async () => {
    const xml = await appWorld().text('/feed.atom');
    expect(xml).toContain('<updated>2026-01-05T11:00:00.000Z</updated>');
    expect(xml).not.toContain('<entry>');
  });
});

async function samples(world: ReturnType<typeof appWorld>): Promise<Map<string, number>> {
  const lines = (await world.text('/metrics')).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}
