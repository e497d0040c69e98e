/** The first page over a fresh file: the sentence, what needs attention with its button, what runs, every flow. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it, test } from 'vitest';
import { keepClockWarning } from '../../../src/engine/schedule/clock-warning.ts';
import { leftWords } from '../../../src/web/pages/overview/running.tsx';
import { RULES } from '../../support/flow-rules.ts';
import { appWorld, NOW, type Seed } from '../world.ts';

const HOSTILE = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>&amp;`;
const HOUR = 3_600_000;
const ERROR = {
  name: 'TypeError',
  message: 'rows is not iterable',
  stack: 'TypeError: rows is not iterable\n  at load',
};
type World = ReturnType<typeof appWorld>;

function deploy(world: World, flow: string, more: { tags?: string[]; params?: object; nextAt?: number } = {}) {
  const { deployments } = world.store;
  const deploymentId = deployments.put({
    ...{ flow, name: 'default', path: `/flows/${flow}.ts`, entry: 'default', description: '', options: RULES as never },
    ...{ tags: more.tags ?? [], now: NOW - HOUR },
    ...(more.params === undefined ? {} : { paramsSchema: more.params as never }),
  });
  if (more.nextAt === undefined) return { deploymentId, scheduleId: 0 };
  const times = { timezone: 'Europe/Berlin', nextAt: more.nextAt, nextNote: null, now: NOW - HOUR };
  const scheduleId = deployments.putSchedule({ deploymentId, identity: 'a', spec: '{}', ...times });
  return { deploymentId, scheduleId };
}

/** A page as words: what a person reads of it. */
function words(page: string): string {
  return page
    .replace(/.*<main id="main">|<\/main>.*/gs, '')
    .replaceAll(/<svg.*?<\/svg>/gs, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
}

describe('the first lines', () => {
  it('of an empty file says what to do next', async () => {
    const page = await appWorld().text('/');
    expect(page).toContain('Ready');
    expect(page).toContain('No runs yet: <code>weir run flow.ts</code>');
    expect(page).not.toContain('Needs attention');
  });

  it('says that all is good when the last run of every flow succeeded, also after an earlier failure', async () => {
    const world = appWorld();
    world.seed({ state: 'failed' });
    world.seed({ state: 'completed' });
    world.seed({ state: 'cancelled' });
    const page = await world.text('/');
    expect(page).toContain('All good');
    expect(page).toContain('Nothing running; nothing is scheduled.');
    expect(page).toContain('aria-label="last 3 runs: 1 failed, 1 completed, 1 cancelled"');
  });

  it('names each flow whose last run failed, with the task and the last line of its error', async () => {
    const world = appWorld();
    world.seed({
      flow: 'etl',
      tasks: [
        { name: 'load', state: 'failed', error: { ...ERROR, last_lines: ['connecting', 'FATAL: no password', ''] } },
      ],
      state: 'failed',
    });
    world.seed({ flow: 'report', state: 'crashed', error: ERROR });
    const page = await world.text('/');
    expect(page).toContain('2 need attention');
    expect(page).toContain('<title>2 need attention - Weir</title>');
    expect(page).toContain('in task load');
    expect(page).toContain('<pre>FATAL: no password</pre>');
    expect(page).toContain('<pre>rows is not iterable</pre>');
  });

  it('counts what runs and waits, and shows how far the running ones are', async () => {
    const world = appWorld();
    world.seed({
      state: 'running',
      startAt: NOW - 90_000,
      tasks: [{ name: 'crunch', state: 'running', progress: { done: 3, total: 20, label: 'blocks' } }],
    });
    world.seed({ state: 'scheduled' });
    world.seed({ state: 'retry' });
    const page = await world.text('/');
    expect(words(page)).toContain('1 running, 2 queued ; nothing is scheduled');
    expect(page).toContain('<a href="/runs?q=state:waiting">2 queued</a>');
    expect(page).toContain('3 of 20 blocks');
    expect(page).toContain('1m 30s');
    expect(page).toContain('http-equiv="refresh"');
  });

  it('says when the next run is due, in the zone of the server or another', async () => {
    const world = appWorld();
    const { deployments } = world.store;
    const now = NOW;
    const deploymentId = deployments.put({
      flow: 'weekly',
      name: 'default',
      path: '/f',
      entry: 'default',
      description: '',
      options: {} as never,
      tags: [],
      now,
    });
    const times = { timezone: 'Europe/Berlin', nextAt: NOW + 3_600_000, nextNote: null, now };
    deployments.putSchedule({ deploymentId, identity: 'a', spec: '{}', ...times });
    expect(await world.text('/')).toMatch(
      /next is <b>weekly<\/b> at <b><time datetime="2026-01-05T12:00:00.000Z">13:00 CET/,
    );
    expect(await world.text('/?tz=UTC')).toContain('12:00 UTC');
    expect((await world.get('/?tz=Nowhere')).status).toBe(400);
  });
});

describe('what needs attention', () => {
  it('quotes the last line of a failure, linked to where it stands in the log, with the exit code and a button', async () => {
    const world = appWorld();
    const error = { name: 'CommandFailed', message: 'exit code 3', stack: null, exit_code: 3, signal: null };
    const id = world.seed({
      flow: 'etl',
      state: 'failed',
      tasks: [
        { name: 'load', state: 'failed', error: { ...error, last_lines: ['copying', 'FATAL: no password', ''] } },
      ],
    });
    const taskRunId = Number(world.store.database.prepare('select id from task_runs').pluck().get());
    const chunk = {
      flowRunId: id,
      taskRunId,
      attempt: 1,
      stream: 'stderr',
      level: 'error',
      at: NOW,
      fields: null,
    } as const;
    world.store.logs.append({ ...chunk, text: 'one\ntwo' });
    world.store.logs.append({ ...chunk, text: 'copying\nFATAL: no password' });
    const page = await world.text('/');
    expect(words(page)).toContain('etl Failed in task load, exit code 3');
    expect(page).toContain(`<pre><a href="/runs/${id}/logs?l=4#L4">FATAL: no password</a></pre>`);
    expect(page).toContain(
      `<form method="post" action="/runs/${id}/retry"><button type="submit" aria-label="Retry, etl">`,
    );
  });

  it('names what was missed while nobody served, until something has run since', async () => {
    const world = appWorld();
    const { scheduleId } = deploy(world, 'nightly', { nextAt: NOW + HOUR });
    const missed = {
      scheduleId,
      at: NOW - HOUR,
      outcome: 'missed',
      reason: 'asleep from 01:00 to 08:00',
      note: null,
      flowRunId: null,
    } as const;
    world.store.deployments.addSlot(missed, NOW);
    const page = await world.text('/');
    expect(words(page)).toContain('nightly Missed 1 h ago');
    expect(page).toContain('>asleep from 01:00 to 08:00</a>');
    expect(page).toContain('action="/flows/nightly/run?once=');
    expect(page).toContain('>Run now</button>');
    world.seed({ flow: 'nightly', startAt: NOW - 60_000 });
    expect(await world.text('/')).toContain('All good');
  });

  it('names what is late, and where to see what it waits for', async () => {
    const world = appWorld();
    const id = world.seed({ flow: 'etl', state: 'scheduled', startAt: NOW - 60_000 });
    const page = await world.text('/');
    expect(words(page)).toContain('etl Late due, and not started yet');
    expect(page).toContain(`run ${id}</a>`);
    expect(page).toContain('href="/queues"');
    world.store.database.exec(`update flow_runs set scheduled_at = ${NOW + HOUR}`);
    expect(await world.text('/')).toContain('All good');
  });

  it('names a run that goes on three times longer than nine of ten take, and not one that only is long', async () => {
    const world = appWorld();
    world.seedMany(Array.from({ length: 10 }, (_, index) => ({ flow: 'train', tookMs: 60_000 + index * 1000 })));
    const id = world.seed({ flow: 'train', state: 'running', startAt: NOW - 180_000 });
    expect(await world.text('/')).toContain('All good');
    world.seed({ flow: 'train', state: 'running', startAt: NOW - 240_000 });
    const page = await world.text('/');
    expect(words(page)).toContain('train Runs unusually long for 4m, where nine of ten take 1m 9s at most');
    expect(page).toContain(`action="/runs/${id + 1}/cancel"`);
  });

  it('names a disk that is nearly full', async () => {
    let free = 20e9;
    const world = appWorld({ disk: () => ({ free, total: 500e9 }) });
    world.seed();
    expect(await world.text('/')).toContain('All good');
    free = 300e6;
    expect(words(await world.text('/'))).toContain('The disk is nearly full 286 MiB of 466 GiB are free.');
  });

  it('names what stopped by itself, files that cannot be read, and a clock that was set', async () => {
    const world = appWorld();
    const { deploymentId } = deploy(world, 'etl', { nextAt: NOW + HOUR });
    deploy(world, 'report');
    const pause = { at: NOW - HOUR, by: 'weir', reason: '5 runs failed in a row', until: null };
    world.store.deployments.pause(deploymentId, pause);
    world.store.deployments.markBroken('/flows/report.ts', 'flow.ts:3:7: unexpected }', NOW);
    keepClockWarning(world.store, { at: NOW - HOUR, byMs: 2 * HOUR });
    const page = await world.text('/');
    expect(page).toContain('3 need attention');
    const text = words(page);
    expect(text).toContain('etl Paused after failures 1 h ago Resume 5 runs failed in a row');
    expect(text).toContain('report Flow file is broken /flows/report.ts flow.ts:3:7: unexpected }');
    expect(text).toContain('The machine&#39;s clock Clock was set 1 h ago set forward by 2h');
    expect(page).toContain('action="/flows/etl/resume"');
  });
});

describe('what runs', () => {
  it('shows how long it may still take, and can be cancelled', async () => {
    const world = appWorld();
    world.seedMany(Array.from({ length: 5 }, () => ({ flow: 'train', tookMs: 840_000 })));
    const id = world.seed({
      flow: 'train',
      state: 'running',
      startAt: NOW - 600_000,
      tasks: [{ name: 'fit', state: 'running' }],
    });
    const page = await world.text('/');
    expect(words(page)).toContain(`train run ${id} , for 10m fit about 4m left, typically 14m Cancel`);
    expect(page).toContain('<progress value="600000" max="840000" aria-label="about 4m left, typically 14m">');
    expect(page).toContain(`action="/runs/${id}/cancel"`);
  });

  it('says of a run in which nothing runs what failed, and when it is tried again', async () => {
    const world = appWorld();
    const state = {
      type: 'SCHEDULED',
      name: 'AwaitingRetry',
      message: 'attempt 1 of 6 failed: exit code 7; again at 2026-01-05T11:20:00.000Z',
      at: NOW - 1000,
    } as const;
    world.seed({ flow: 'sync', state: 'running', tasks: [{ name: 'call', state: 'retry', states: [state] }] });
    expect(words(await world.text('/'))).toMatch(/sync run \d+ , for 10m call call failed again at 12:20 CET/);
    expect(words(await world.text('/runs'))).toContain('sync Running call');
    expect(words(await world.text('/runs/1'))).toContain('Waiting to retry again at 12:20 CET');
  });

  test.each([
    [0, null, null],
    [10_000, 12_000, 'about 2s left, typically 12s'],
    [10_000, 62_000, 'about 50s left, typically 1m 2s'],
    [0, 5_400_000, 'about 1h 30m left, typically 1h 30m'],
    [70_000, 62_000, 'longer than usual, typically 1m 2s'],
  ])('%s ms of usually %s: %s', (elapsed, typical, said) => {
    expect(leftWords(elapsed, typical)).toBe(said);
  });
});

describe('the flows', () => {
  it('are rows with how long they take, their figure over time, their next time and a button to run them', async () => {
    const world = appWorld();
    deploy(world, 'train', { nextAt: NOW + HOUR });
    deploy(world, 'report', { params: { properties: { week: { type: 'string' } }, required: ['week'] } });
    for (const rmse of [2.5, 2.25, 1.23456]) {
      const id = world.seed({ flow: 'train', tookMs: Math.round(rmse * 10_000), metrics: { rmse } });
      world.store.artifacts.addMetric({
        flowRunId: id,
        taskRunId: null,
        flow: 'train',
        name: 'rmse',
        value: rmse,
        at: NOW,
      });
    }
    const page = await world.text('/');
    expect(words(page)).toContain('train Completed 10 min ago 22.5s p90 25s rmse 1.235 13:00 Run');
    expect(page).toContain('aria-label="rmse over the last 3 runs that told it, 1.235 now"');
    expect(page).toContain(
      '<form method="post" action="/flows/train/run?once=3"><button type="submit" aria-label="Run, train">Run',
    );
    expect(page).toContain('<a class="btn" href="/flows/report/run" aria-label="Run, report">Run</a>');
    expect(words(page)).toContain('report never ran by hand');
  });

  it('are twenty, the others stand under their first tag', async () => {
    const world = appWorld();
    for (let index = 0; index < 30; index++)
      deploy(world, `flow-${index}`, { tags: index % 3 === 0 ? [] : [index % 3 === 1 ? 'nightly' : 'etl', 'x'] });
    const page = await world.text('/');
    expect(page).toContain('Flows<small>20 of 30</small>');
    expect(words(page)).toMatch(/etl \d flow-\d+ .*nightly \d flow-\d+ .*Other flows \d flow-\d+/);
    for (let index = 0; index < 30; index++) expect(page).toContain(`href="/flows/flow-${index}"`);
  });

  it('show the words of a trigger in one line', async () => {
    const world = appWorld();
    world.seed();
    expect(await world.text('/')).toContain('<td class="w nw dim">command line</td>');
  });
});

describe('a page with very much on it', () => {
  it('keeps its budget with hundreds of flows, long names, figures, failures and running ones', async () => {
    const world = appWorld();
    const states = ['completed', 'failed', 'completed', 'crashed', 'running', 'completed'] as const;
    const seeds = Array.from({ length: 1500 }, (_, index): Seed & { flow: string } => ({
      flow: `${index % 150}-a-rather-long-name-of-a-flow-that-somebody-chose`,
      state: states[(index + Math.floor(index / 150)) % states.length] ?? 'completed',
      tookMs: 1000 + (index % 37) * 317,
      error: { ...ERROR, message: 'long '.repeat(100) },
      metrics: { rmse: index },
    }));
    const ids = world.seedMany(seeds);
    world.store.overview.inSnapshot(() => {
      for (const [index, { flow }] of seeds.entries()) {
        const of = { flowRunId: ids[index] ?? 0, taskRunId: null, flow, name: 'rmse', value: index * 1.37, at: NOW };
        world.store.artifacts.addMetric(of);
        if (index < 150) deploy(world, flow, { tags: [`tag-${index % 30}`], nextAt: NOW + HOUR });
      }
    });
    const page = await world.text('/');
    expect(page).toContain('need attention');
    expect(page).toContain('8 of');
    expect(Buffer.byteLength(page)).toBeLessThan(50 * 1024);
    expect(gzipSync(page).length).toBeLessThan(12 * 1024);
  });

  it('takes nothing of a name, an error or a tag for a part of the page', async () => {
    const world = appWorld();
    const flow = HOSTILE.replaceAll(/[%/&<>]/g, '');
    deploy(world, HOSTILE, { tags: [HOSTILE], nextAt: NOW + HOUR });
    deploy(world, flow, { tags: [HOSTILE] });
    const error = { ...ERROR, message: HOSTILE, last_lines: [HOSTILE] };
    world.seed({ flow: HOSTILE, state: 'failed', tasks: [{ name: HOSTILE, state: 'failed', error }], error });
    world.seed({ flow, state: 'running', tasks: [{ name: HOSTILE, state: 'running' }], metrics: { [HOSTILE]: 1 } });
    const page = await world.text('/');
    expect(page).not.toMatch(/<script>alert|<img src=x/);
    expect(words(page)).toContain('alert(1)');
    expect(world.faults).toEqual([]);
  });
});
