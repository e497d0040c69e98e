/** The page of one flow, its source and its figures as a file. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { packCode } from '../../../src/model/packed-code.ts';
import { resolveSchedule } from '../../../src/model/schedule-spec.ts';
import type { Store } from '../../../src/store/store.ts';
import { shareOf } from '../../../src/web/pages/flow/summary.tsx';
import { RULES } from '../../support/flow-rules.ts';
import { appWorld, NOW, type Seed } from '../world.ts';

const HOSTILE = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>&amp;`;
const DAY = 86_400_000;
interface Version {
  readonly path?: string;
  readonly files: Readonly<Record<string, string>>;
}

/** As `weir up` deploys it, version after version. */
function deploy(
  store: Store,
  {
    flow = 'nightly',
    name = 'default',
    cron = '0 6 * * 1',
    versions = [],
    ...more
  }: {
    readonly flow?: string;
    readonly name?: string;
    readonly cron?: string | null;
    readonly versions?: readonly Version[];
    readonly description?: string;
    readonly tags?: readonly string[];
    readonly params?: Readonly<Record<string, unknown>>;
  } = {},
): number {
  const path = '/flows/flow.ts';
  const definition = { path, entry: 'default', description: '', tags: [], options: RULES as never, ...more };
  let id = 0;
  for (const [index, { files }] of (versions.length === 0 ? [{ files: {} }] : versions).entries()) {
    const codeHash = versions.length === 0 ? null : `${flow}-${name}-${index}`;
    const number = versions.length === 0 ? 0 : index + 1;
    const code = codeHash === null ? {} : { codeHash };
    id = store.deployments.put({ flow, name, ...definition, ...code, number, now: NOW });
    if (codeHash === null) continue;
    store.codeVersions.put(codeHash, packCode(JSON.stringify({ files: Object.entries(files), imports: [] })), NOW);
    const kept = {
      ...definition,
      codeHash,
      version: null,
      paramsSchema: null,
      params: {},
      schedules: [],
      overrides: {},
    };
    const changed = index === 0 ? [] : ['code'];
    const origin = { origin: 'up', sameAs: null, deployedAt: NOW - (10 - index) * DAY } as const;
    store.deploymentVersions.add({ deploymentId: id, number, definition: kept, changed, ...origin });
  }
  if (cron !== null) {
    const spec = JSON.stringify(resolveSchedule(cron, { machineZone: 'Europe/Berlin', seed: flow, createdAt: NOW }));
    const times = { timezone: 'Europe/Berlin', nextAt: null, nextNote: null, now: NOW };
    store.deployments.putSchedule({ deploymentId: id, identity: cron, spec, ...times });
  }
  return id;
}

const section = (page: string, id: string) =>
  page.match(new RegExp(`<section id="${id}"[\\s\\S]*?(?=<section id=|</main>)`))?.[0] ?? '';

describe('the page of a flow', () => {
  it('that nobody knows says which there are', async () => {
    const world = appWorld();
    const empty = await world.get('/flows/nightly');
    expect(empty.status).toBe(404);
    expect(await empty.text()).toContain('no flow has run or is deployed yet');
    world.seed({ flow: 'etl' });
    expect(await world.text('/flows/nightly')).toContain('flows are etl');
  });

  it('that is deployed and never ran says when the first run is due', async () => {
    const world = appWorld();
    deploy(world.store, { description: 'Copies tables.' });
    const page = await world.text('/flows/nightly');
    expect(page).toContain('Copies tables.');
    expect(page).toContain('It has not run yet; next <b>');
    expect(page).toContain('Mon 12 Jan 06:00 CET');
    expect(page).toContain('No run yet: the schedule starts the first one.');
    expect(page).toContain('at 06:00, only on Monday, Europe/Berlin');
    expect(page).not.toContain('<figure');
  });

  it('that only weir run knows has a page as well, with its source as it last ran', async () => {
    const world = appWorld();
    const id = world.seed({ flow: 'by-hand', tasks: [{ name: 'load' }], metrics: { rows: 3 } });
    world.store.codeVersions.put(
      'abc',
      packCode(JSON.stringify({ files: [['/flows/flow.ts', 'const a = 1 < 2;\n']], imports: [] })),
      NOW,
    );
    world.store.flowRuns.setCode(id, 'abc');
    const page = await world.text('/flows/by-hand');
    expect(page).toContain('None: nothing is scheduled');
    expect(page).toContain('<code>weir run /flows/flow.ts</code>');
    expect(page).toContain('as it last ran');
    expect(page).toContain('const a = 1 &lt; 2;');
    expect(page).toContain('the only run: 1 completed');
    expect(await world.text('/flows/by-hand/source')).toContain('const a = 1 &lt; 2;');
  });

  it('counts how often it succeeded in 7, 30 and 90 days, by the states that runs ended in', async () => {
    const world = appWorld();
    const at = (days: number) => NOW - days * DAY;
    world.seedMany([
      { state: 'failed', startAt: at(80) },
      { state: 'completed', startAt: at(60) },
      { flow: 'other', state: 'failed', startAt: at(50) },
      { state: 'crashed', startAt: at(20) },
      { state: 'completed', startAt: at(10) },
      { state: 'completed', startAt: at(3) },
      { state: 'cancelled', startAt: at(2) },
      { state: 'completed', startAt: at(1) },
      { state: 'running', startAt: at(0.1) },
    ]);
    const rows = [
      ...section(await world.text('/flows/nightly'), 'summary').matchAll(/<tr><th scope="row">(.*?)<\/tr>/g),
    ];
    const cells = rows.map(([, row]) =>
      row
        ?.replace(/<[^>]+>/g, ' ')
        .trim()
        .split(/\s+/),
    );
    expect(cells).toEqual([
      ['7', 'days', '100%', '2', '0', '1', '1'],
      ['30', 'days', '75%', '3', '1', '1', '1'],
      ['90', 'days', '67%', '4', '2', '1', '1'],
    ]);
  });

  it('never rounds a failure away', () => {
    expect(shareOf({ succeeded: 0, failed: 0 })).toBe('');
    expect(shareOf({ succeeded: 5, failed: 0 })).toBe('100%');
    expect(shareOf({ succeeded: 2, failed: 1 })).toBe('67%');
    expect(shareOf({ succeeded: 997, failed: 3 })).toBe('99.7%');
    expect(shareOf({ succeeded: 999_999, failed: 1 })).toBe('>99.9%');
    expect(shareOf({ succeeded: 1, failed: 999_999 })).toBe('<0.1%');
    expect(shareOf({ succeeded: 0, failed: 3 })).toBe('0%');
  });

  it('draws the last ninety runs, failed ones with a cap and a link, and due times without a run as gaps', async () => {
    const world = appWorld();
    const id = deploy(world.store, { cron: '0 6 * * *' });
    world.seedMany(
      Array.from(
        { length: 100 },
        (_, index): Seed => ({ startAt: NOW - (100 - index) * DAY, state: index === 95 ? 'failed' : 'completed' }),
      ),
    );
    const [schedule] = world.store.deployments.schedulesOf(id);
    const slot = { scheduleId: schedule?.id ?? 0, note: null, flowRunId: null } as const;
    world.store.deployments.addSlot(
      { ...slot, at: NOW - 3.5 * DAY, outcome: 'missed', reason: 'asleep from 05:00' },
      NOW,
    );
    world.store.deployments.addSlot({ ...slot, at: NOW - 2.5 * DAY, outcome: 'suppressed', reason: null }, NOW);
    const summary = section(await world.text('/flows/nightly'), 'summary');
    expect(summary).toContain('last 90 runs: 89 completed, 1 failed; 1 gap where due times had no run');
    expect(summary.match(/class="gap"/g)).toHaveLength(1);
    expect(summary).toContain('asleep from 05:00');
    expect(summary).toContain('<a href="/runs/96" tabindex="-1">');
    expect(summary.match(/<path class="bar/g)).toHaveLength(2);
  });

  it('shows its tasks run by run, in the order of their calls, the worst of a mapped one, and which did not succeed at once', async () => {
    const world = appWorld();
    world.seed({ tasks: [{ name: 'fetch' }, { name: 'old' }] });
    world.seed({ state: 'failed', tasks: [{ name: 'fetch', state: 'failed' }] });
    world.seed({
      tasks: [{ name: 'fetch' }, { name: 'score' }, { name: 'score', state: 'failed' }, { name: 'score' }],
    });
    const grid = section(await world.text('/flows/nightly'), 'grid');
    const rows = [...grid.matchAll(/<tr><th scope="row">(.*?)<\/tr>/g)].map(([, row = '']) => row);
    expect(rows.map((row) => /^[a-z]+/.exec(row)?.[0])).toEqual(['fetch', 'score', 'old']);
    expect(rows[0]).toContain('not at once in 1 of 3');
    expect(rows[0]).toMatch(
      /<td class="o"><a href="\/runs\/1#t\d+">ok<\/a><\/td><td><a href="\/runs\/2#t\d+" aria-label="Failed">/,
    );
    expect(rows[1]).toContain('aria-label="Failed, the worst of 3"');
    expect(rows[1]).toMatch(/^score<span class="sub">not at once in 1 of 1<\/span><\/th><td><\/td><td><\/td>/);
    expect(grid).toContain('<a href="/runs/2" class="fail">2</a>');
  });

  it('draws each metric over runs, with crosses for runs that failed, and labels by a parameter', async () => {
    const world = appWorld();
    world.seed({ metrics: { rmse: 2, rows: 10 }, params: { alpha: 0.1 } });
    world.seed({ state: 'failed', params: { alpha: 0.1 } });
    world.seed({ metrics: { rmse: 1.5 }, params: { alpha: 10, days: [1, 2] } });
    const page = section(await world.text('/flows/nightly'), 'metrics');
    expect(page).toContain('aria-label="rmse: 2 points from 2 (run 1) to 1.5 (run 3), 1 failed"');
    expect(page).toContain('aria-label="rows: 10 (run 1), 2 failed"'.replace('2 failed', '1 failed'));
    expect(page).toContain('href="/flows/nightly?label=alpha#metrics"');
    expect(page).not.toContain('label=days');
    const labelled = section(await world.text('/flows/nightly?label=alpha&metric=rmse&x=time'), 'metrics');
    expect(labelled).toContain('>alpha 0.1</text>');
    expect(labelled).toContain('>alpha 10</text>');
    expect(labelled).not.toContain('aria-label="rows');
    expect(labelled).toContain('href="/flows/nightly?metric=rmse&amp;label=alpha#metrics"');
  });

  it('marks the best and the bar to clear where a model was decided by a metric', async () => {
    const world = appWorld();
    const run = world.seed({ metrics: { rmse: 2 } });
    const second = world.seed({ metrics: { rmse: 1.5 } });
    const rule = { metric: 'rmse', goal: 'min', margin: 0.1, minimum: null, dataIdentity: 'd' } as const;
    const { hash, size } = world.store.content.put(new Uint8Array([1]));
    world.store.overview.inSnapshot(() => {
      for (const [index, id] of [run, second].entries()) {
        const origin = { flowRunId: id, taskRunId: null };
        const labels = { metrics: {}, params: {}, tags: {} };
        const file = { contentHash: hash, size, format: 'file', fileName: 'm' } as const;
        world.store.registry.register({ model: 'm', ...file, labels, origin, now: NOW });
        const compared = { candidate: index + 1, candidateValue: 2 - index * 0.5, production: index === 0 ? null : 1 };
        const productionValue = index === 0 ? null : 1.9;
        world.store.registry.decide({
          model: 'm',
          rule,
          ...compared,
          productionValue,
          origin,
          decidedBy: 'x',
          now: NOW,
        });
      }
    });
    const page = section(await world.text('/flows/nightly'), 'metrics');
    expect(page).toContain('best 1.5 (run 2)');
    expect(page).toContain('<path class="gate"');
    expect(page).toContain('to beat');
  });

  it('offers what can be done: at the top for one deployment, beside each of several', async () => {
    const world = appWorld();
    deploy(world.store);
    const one = await world.text('/flows/nightly');
    expect(section(one, 'head')).toContain('action="/flows/nightly/run?once=0"');
    expect(section(one, 'head')).toContain('href="/flows/nightly/pause"');
    deploy(world.store, { name: 'eu', cron: null, params: { region: 'eu' }, tags: ['europe'] });
    const two = await world.text('/flows/nightly');
    expect(section(two, 'head')).not.toContain('action="/flows/nightly/run');
    expect(section(two, 'deployments').match(/action="\/flows\/nightly\/run\?once=0"/g)).toHaveLength(2);
    expect(section(two, 'deployments')).toContain('region=&quot;eu&quot;');
    expect(section(two, 'deployments')).toContain('europe');
  });

  it('that is paused says by whom, why, and what will not run', async () => {
    const world = appWorld();
    const id = deploy(world.store);
    world.store.deployments.pause(id, { at: NOW, by: 'alice', reason: 'the warehouse moves', until: null });
    const page = await world.text('/flows/nightly');
    expect(section(page, 'head')).toContain('it is paused');
    expect(section(page, 'deployments')).toContain('by alice</span>: the warehouse moves');
    expect(section(page, 'deployments')).toContain('will not run: paused by alice');
  });

  it('of a thousand runs with many tasks and figures stays small, whatever is asked for', async () => {
    const world = appWorld();
    const source = Array.from({ length: 3000 }, (_, index) => `const value${index} = "${'x'.repeat(60)}";`).join('\n');
    deploy(world.store, { versions: [{ files: { '/flows/flow.ts': source } }] });
    const tasks = Array.from({ length: 30 }, (_, index) => ({ name: `a-task-with-quite-a-long-name-${index}` }));
    const metrics = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`metric-${index}`, Math.sin(index)]));
    world.seedMany(
      Array.from(
        { length: 1000 },
        (_, index): Seed => ({
          startAt: NOW - (1000 - index) * 3_600_000,
          state: index % 7 === 0 ? 'failed' : 'completed',
          metrics: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, value + Math.sin(index)])),
          params: { alpha: index % 3 },
          ...(index > 930 ? { tasks } : {}),
        }),
      ),
    );
    for (const query of ['', '?runs=60', '?runs=200', '?x=time&label=alpha', '?metric=metric-3&runs=200']) {
      const page = await world.text(`/flows/nightly${query}`);
      expect(page.length, query).toBeLessThan(50 * 1024);
      expect(gzipSync(page).length, query).toBeLessThan(12 * 1024);
    }
    const whole = await world.text('/flows/nightly/source');
    expect(whole.length).toBeLessThan(50 * 1024);
    expect(whole).toContain('Later lines');
    expect((await world.get('/flows/nightly?runs=0')).status).toBe(400);
    expect(world.faults).toEqual([]);
  });

  it('escapes whatever names, values and files hold', async () => {
    const world = appWorld();
    deploy(world.store, {
      flow: HOSTILE,
      description: HOSTILE,
      tags: [HOSTILE],
      params: { [HOSTILE]: HOSTILE },
      versions: [{ files: { '/flows/flow.ts': HOSTILE } }, { files: { '/flows/flow.ts': `${HOSTILE}2` } }],
    });
    world.seed({
      flow: HOSTILE,
      tasks: [{ name: HOSTILE, state: 'failed' }],
      metrics: { [HOSTILE]: 1 },
      params: { [HOSTILE]: HOSTILE },
    });
    const path = `/flows/${encodeURIComponent(HOSTILE)}`;
    for (const address of [
      path,
      `${path}?metric=${encodeURIComponent(HOSTILE)}&label=${encodeURIComponent(HOSTILE)}`,
      `${path}/source`,
      `${path}/source?version=2&against=1`,
      '/flows',
    ]) {
      const response = await world.get(address);
      expect(response.status, address).toBe(200);
      const page = await response.text();
      expect(page).not.toContain('<script>alert');
      expect(page).not.toContain('<img');
    }
    expect(world.faults).toEqual([]);
  });
});

describe('the source of a flow', () => {
  const versions = [
    { files: { '/flows/flow.ts': 'one\ntwo\nthree\n', '/flows/lib/b.ts': 'helper\n' } },
    { files: { '/flows/flow.ts': 'one\n2\nthree\n', '/flows/lib/b.ts': 'helper\n', '/flows/new.ts': 'new\n' } },
  ];

  it('is that of the version that runs now, file by file, and of former ones', async () => {
    const world = appWorld();
    deploy(world.store, { versions });
    const page = await world.text('/flows/nightly/source');
    expect(page).toContain('<pre>one\n2\nthree</pre>');
    expect(page).toContain('file=lib%2Fb.ts');
    expect(page).toContain('runs now');
    const former = await world.text('/flows/nightly/source?version=1');
    expect(former).toContain('<pre>one\ntwo\nthree</pre>');
    expect(await world.text('/flows/nightly/source?version=1&file=lib/b.ts')).toContain('<pre>helper</pre>');
    expect((await world.get('/flows/nightly/source?file=/etc/passwd')).status).toBe(404);
    expect((await world.get('/flows/nightly/source?version=9')).status).toBe(404);
    expect((await world.get('/flows/nightly/source?deployment=x')).status).toBe(404);
  });

  it('is compared between versions, with signs before what was added and removed', async () => {
    const world = appWorld();
    deploy(world.store, { versions });
    const page = await world.text('/flows/nightly/source?version=2&against=1');
    expect(page).toContain('<del>-two\n</del><ins>+2\n</ins>');
    expect(page).toContain('<ins>+new\n</ins>');
    expect(page).not.toContain('helper');
    expect(page).toContain('2 files');
  });

  it('of very different versions is cut, and says so', async () => {
    const world = appWorld();
    const text = (word: string) => Array.from({ length: 900 }, (_, index) => `${word} ${index}`).join('\n');
    deploy(world.store, {
      versions: [{ files: { '/flows/flow.ts': text('a') } }, { files: { '/flows/flow.ts': text('b') } }],
    });
    const page = await world.text('/flows/nightly/source?version=2&against=1');
    expect(page).toContain('There is more than this page shows.');
    expect(page.length).toBeLessThan(50 * 1024);
  });
});

describe('the figures of a flow as a file', () => {
  it('are a row for each run, newest first, and no name is taken for a formula', async () => {
    const world = appWorld();
    world.seed({ metrics: { rmse: 2.0734837450596295, '=1+1': 1 } });
    world.seed({ metrics: { 'a "b", c': 2 }, state: 'failed' });
    const response = await world.get('/flows/nightly/metrics.csv');
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect((await response.text()).split('\r\n')).toEqual([
      `run,start_time,state,"a ""b"", c",rmse,'=1+1`,
      '2,2026-01-05T10:50:00.000Z,Failed,2,,',
      '1,2026-01-05T10:50:00.000Z,Completed,,2.0734837450596295,1',
      '',
    ]);
    expect((await world.get('/flows/nope/metrics.csv')).status).toBe(404);
  });
});
