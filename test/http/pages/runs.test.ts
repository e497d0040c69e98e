/** The list of runs: what is asked for, in fields or in words, what is counted, page by page, and as a table for programs. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it, test } from 'vitest';
import { offsetsOf } from '../../../src/http/pages/runs/summary.ts';
import { parseRunFilter } from '../../../src/model/run-filter.ts';
import { appWorld, NOW } from '../world.ts';

const HOSTILE = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>&amp;`;
const DAY = 86_400_000;

/** Numbers of the runs that a page lists, in its order. */
function runsIn(page: string): number[] {
  return [...page.matchAll(/<td><a href="\/runs\/(\d+)"/g)].map(([, id]) => Number(id));
}

describe('pages of runs', () => {
  it('go to older ones and back, by the numbers of the runs shown', async () => {
    const world = appWorld();
    world.seedMany(Array.from({ length: 120 }, (_, index) => ({ flow: index % 2 === 0 ? 'odd' : 'even' })));
    const first = await world.text('/runs');
    expect(runsIn(first)).toEqual(Array.from({ length: 50 }, (_, index) => 120 - index));
    expect(first).not.toContain('>Newer<');
    expect(first).toContain('href="/runs?before=71"');
    const second = await world.text('/runs?before=71');
    expect(runsIn(second)).toEqual(Array.from({ length: 50 }, (_, index) => 70 - index));
    expect(second).toContain('href="/runs?after=70"');
    const last = await world.text('/runs?before=21');
    expect(last).not.toContain('>Older<');
    expect(runsIn(await world.text('/runs?after=20'))).toEqual(runsIn(second));
    expect(runsIn(await world.text('/runs?after=100'))).toEqual(runsIn(first));
    expect(runsIn(await world.text('/runs?flow=even&before=62'))).toEqual(
      [60, 58, 56, 54, 52, 50, 48, 46, 44, 42].concat(Array.from({ length: 20 }, (_, index) => 40 - 2 * index)),
    );
    expect((await world.get('/runs?before=x')).status).toBe(400);
  });

  it('say what to do when there are none', async () => {
    const world = appWorld();
    expect(await world.text('/runs')).toContain('weir run flow.ts');
    world.seed();
    expect(await world.text('/runs?flow=etl')).toContain('No run matches.');
    expect(await world.text('/runs?before=1')).toContain('No more runs.');
  });

  it('name the task at which a run failed, or stands, and how it compares with others', async () => {
    const world = appWorld();
    for (const tookMs of [10_000, 10_000, 10_000, 14_000]) world.seed({ flow: 'etl', tookMs });
    world.seed({
      flow: 'etl',
      state: 'failed',
      tasks: [{ name: 'fetch' }, { name: 'load', state: 'failed' }],
    });
    world.seed({ flow: 'etl', state: 'running', tasks: [{ name: 'crunch', state: 'running' }] });
    const page = await world.text('/runs');
    expect(page).toContain('<td>load</td>');
    expect(page).toContain('<td>crunch</td>');
    expect(page).toContain('<span title="usually 10s">+40 %</span>');
  });
});

describe('what is asked for', () => {
  it('may come in the words of the command line, in fields, or both', async () => {
    const world = appWorld();
    const failed = world.seed({ flow: 'etl', state: 'failed', tags: ['nightly'], params: { lr: 0.003 } });
    world.seed({ flow: 'etl', params: { lr: 0.1 } });
    const other = world.seed({
      flow: 'report',
      state: 'crashed',
      error: { name: 'E', message: 'Connection refused', stack: null },
    });
    const found = async (query: string) => runsIn(await world.text(`/runs?${query}`));
    expect(await found('q=flow:etl+state:failed')).toEqual([failed]);
    expect(await found('flow=etl&state=failed')).toEqual([failed]);
    expect(await found('state=failed&state=running&q=tag:nightly')).toEqual([failed]);
    expect(await found('q=param.lr:0.003')).toEqual([failed]);
    expect(await found('q=err:%22connection+refused%22')).toEqual([other]);
    expect(await found('q=refused')).toEqual([other]);
    expect(await found('since=7d&until=2026-01-05T12:30')).toHaveLength(3);
    expect(await found('until=2020-01-01')).toEqual([]);
  });

  it('is in the fields again, in the title, in the box above, and on chips that take a word away', async () => {
    const world = appWorld();
    world.seed({ flow: 'etl', state: 'failed' });
    const page = await world.text('/runs?q=flow:etl+state:failed+err:%22a+b%22+refused');
    expect(page).toContain('<title>Runs: flow:etl state:failed err:&quot;a b&quot; refused - Weir</title>');
    expect(page).toMatch(/<input name="flow" value="etl"/);
    expect(page).toMatch(/name="state" value="failed" checked/);
    expect(page).toMatch(/<input name="q" value="err:&quot;a b&quot; refused"/);
    expect(page).toContain('<a href="/runs?q=state:failed+err:%22a+b%22+text:refused" aria-label="Remove flow:etl">');
    expect(page).toContain('<a href="/runs?q=flow:etl+state:failed+err:%22a+b%22" aria-label="Remove refused">');
  });

  it('has a short address after the form was sent', async () => {
    const world = appWorld();
    const response = await world.get('/runs?flow=et+l&tag=&trigger=&since=&until=&q=&state=failed');
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('/runs?q=flow:%22et+l%22+state:failed');
    expect((await world.get('/runs?flow=&q=')).headers.get('location')).toBe('/runs');
  });

  test.each([
    ['q=flwo:etl', 'there is no filter &quot;flwo&quot;', 'did you mean flow?', 'Remove flwo:etl'],
    ['q=state:faild', 'there is no state &quot;faild&quot;', 'did you mean failed?', 'Remove state:faild'],
    ['since=7', 'since: 7 what?', 'since:7d', 'Remove since:7'],
    ['q=err:%22no+end', 'a quote is not closed', 'err:&quot;connection refused&quot;', 'value="err:&quot;no end"'],
  ])(
    '%s is refused with what is wrong and how it is mended, and stays to be mended',
    async (query, sentence, hint, kept) => {
      const world = appWorld();
      world.seed();
      const response = await world.get(`/runs?${query}`);
      const page = await response.text();
      expect(response.status).toBe(400);
      expect(page).toContain(sentence);
      expect(page).toContain(hint);
      expect(page).toContain(kept);
      expect(runsIn(page)).toEqual([]);
      expect(world.faults).toEqual([]);
    },
  );
});

test.each([
  'q=%00',
  'q=%ED%A0%80',
  'q=since:999999999999d',
  'q=since:-1d',
  'q=until:-271821-04-20',
  'q=since:%2B275760-09-13T00:00:00Z',
  'q=param.lr:1e999',
  'q=param.:x',
  'q=param.%22:%22',
  'q=metric.rmse:NaN',
  'q=flow:,',
  'q=state:,',
  'q=tag:%22%22',
  'q=:',
  'q=err:%25',
  'before=0',
  'before=9007199254740993',
  'after=999999999999999',
  'before=1&after=1',
  'state=running&state=running',
  `q=${'x'.repeat(3000)}`,
  `q=${'a+'.repeat(900)}`,
  'tz=Nowhere',
  'done=%3Cscript%3E',
])('whatever stands in its address, the list is a page or says what is wrong: %s', async (query) => {
  const world = appWorld();
  world.seed({ flow: 'etl', state: 'failed', params: { lr: 1 } });
  for (const path of ['/runs', '/runs.csv', '/api/flow-runs']) {
    const answer = await world.get(`${path}?${query}`);
    await answer.text();
    expect([200, 302, 400]).toContain(answer.status);
  }
  expect(world.faults).toEqual([]);
});

describe('the summary', () => {
  it('counts the runs found by what became of them, each count a link', async () => {
    const world = appWorld();
    for (const state of [
      'completed',
      'completed',
      'failed',
      'crashed',
      'cancelled',
      'scheduled',
      'retry',
      'running',
    ] as const)
      world.seed({ state, flow: 'etl' });
    world.seed({ flow: 'other' });
    const page = await world.text('/runs?q=flow:etl');
    expect(page).toContain('<b>8 runs</b>');
    const counts = [...page.matchAll(/<a href="([^"]*)" class="nw"><svg.*?<\/svg>(.*?)<\/a>/gs)].map(([, to, text]) => [
      text,
      to,
    ]);
    expect(counts).toEqual([
      ['Completed 2', '/runs?q=flow:etl+state:completed'],
      ['Cancelled 1', '/runs?q=flow:etl+state:cancelled'],
      ['Waiting 2', '/runs?q=flow:etl+state:waiting'],
      ['Running 1', '/runs?q=flow:etl+state:running'],
      ['Failed 2', '/runs?q=flow:etl+state:failed'],
    ]);
    for (const [text = '', to = ''] of counts) expect(`${text}`).toMatch(` ${runsIn(await world.text(to)).length}`);
  });

  it('draws the runs of each day of the zone, also over a change of the clocks', async () => {
    const world = appWorld();
    // 00:30 in Berlin, on the day after the clocks were put back and the day before it.
    world.seed({ startAt: Date.UTC(2025, 9, 26, 23, 30), state: 'failed' });
    world.seed({ startAt: Date.UTC(2025, 9, 24, 22, 30) });
    world.seed({ startAt: Date.UTC(2025, 9, 24, 22, 31) });
    world.seed({ startAt: NOW - 60_000 });
    expect(await world.text('/runs?since=2025-12-01&until=2026-02-01')).not.toContain('<svg viewBox="0 0 720');
    expect(await world.text('/runs')).toContain('aria-label="runs a week from 27 Oct 2025 to 5 Jan 2026, 3 at most"');
    const { counts } = world.store.flowRuns.window.counts(
      parseRunFilter([], NOW, 'UTC'),
      offsetsOf({ now: NOW, zone: 'Europe/Berlin' }),
    );
    const dayOf = (text: string) => Date.parse(text) / DAY;
    expect(counts.toSorted((a, b) => a.day - b.day)).toEqual([
      { name: 'Completed', day: dayOf('2025-10-25'), count: 2 },
      { name: 'Failed', day: dayOf('2025-10-27'), count: 1 },
      { name: 'Completed', day: dayOf('2026-01-05'), count: 1 },
    ]);
  });

  it('says so where it counts only the newest', async () => {
    const world = appWorld();
    world.seed({ flow: 'etl' });
    // As if thousands had been removed.
    world.store.database.exec('update sqlite_sequence set seq = 20000');
    world.seed({ flow: 'etl' });
    const page = await world.text('/runs');
    expect(page).toContain('<b>1+ runs</b>');
    expect(page).toContain('Counted among the newest ones only');
    expect(page).toContain('>Look further back</a>');
    expect(await world.text('/runs?q=flow:etl')).toContain('<b>2 runs</b>');
  });
});

describe('the table for programs', () => {
  it('has a line for every run that matches, whatever stands in it', async () => {
    const world = appWorld();
    world.seedMany(Array.from({ length: 450 }, () => ({ flow: 'etl' })));
    world.seed({ flow: 'other' });
    const id = world.seed({
      flow: 'etl',
      tags: ['a,b'],
      params: { note: 'say "no"' },
      state: 'failed',
      error: { name: 'E', message: '=1+1', stack: null },
    });
    const response = await world.get('/runs.csv?q=flow:etl');
    const [heading, first, ...rest] = (await response.text()).trimEnd().split('\r\n');
    expect(response.headers.get('content-type')).toContain('text/csv');
    expect(heading).toContain('id,flow,deployment,name,state,');
    expect(first).toMatch(new RegExp(`^${id},etl,,etl-${id},Failed,.*,'=1[+]1$`));
    expect(first).toContain(String.raw`,"a,b","{""note"":""say \""no\""""}",{},`);
    expect(rest).toHaveLength(450);
    expect((await world.get('/runs.csv?q=flwo:x')).status).toBe(400);
  });
});

describe('a list of very many, hostile, long-named runs', () => {
  it('keeps its budget, and nothing of it is taken for a part of the page', async () => {
    const world = appWorld();
    world.seedMany(
      Array.from({ length: 1000 }, (_, index) => ({
        flow: `a-rather-long-name-of-a-flow-that-somebody-chose-${index % 40}`,
        state: (['completed', 'failed', 'crashed', 'cancelled'] as const)[index % 4] ?? 'completed',
        startAt: NOW - index * DAY * 0.3,
        tags: ['nightly'],
        tasks: [{ name: `a-task-with-a-name-${index}`, state: 'failed' as const }],
      })),
    );
    world.seed({
      flow: HOSTILE,
      tags: [HOSTILE],
      state: 'failed',
      tasks: [{ name: HOSTILE, state: 'failed' }],
      message: HOSTILE,
    });
    for (const path of [
      '/runs',
      `/runs?q=${encodeURIComponent(`err:${HOSTILE}`)}`,
      `/runs?flow=${encodeURIComponent(HOSTILE)}`,
      `/runs?state=${encodeURIComponent(HOSTILE)}`,
    ]) {
      const page = await world.text(path);
      expect(page).not.toMatch(/<script>alert|<img src=x/);
      expect(page.length).toBeLessThan(50 * 1024);
      expect(gzipSync(page).length).toBeLessThan(12 * 1024);
    }
    expect(runsIn(await world.text(`/runs?flow=${encodeURIComponent(HOSTILE)}`))).toEqual([1001]);
    expect(world.faults).toEqual([]);
  });
});
