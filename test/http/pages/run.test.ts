import { describe, expect, it } from 'vitest';
import type { PlainError } from '../../../src/model/plain-error.ts';
import type { State } from '../../../src/model/state.ts';
import { appWorld, NOW } from '../world.ts';

const FAILED: PlainError = {
  name: 'CommandFailed',
  message: 'exit code 7',
  stack: null,
  exit_code: 7,
  signal: null,
  last_lines: ['copying orders', '\u001b[31merror:\u001b[0m connection refused by warehouse:5432'],
};
const BEGAN = NOW - 600_000;

describe('the page of a run', () => {
  it('of one that runs grows its bars by themselves and says how long it usually takes', async () => {
    const world = appWorld();
    for (const tookMs of [50_000, 60_000, 70_000])
      world.seed({ tookMs, startAt: BEGAN, tasks: [{ name: 'crunch', tookMs: 40_000 }] });
    const id = world.seed({
      state: 'running',
      startAt: NOW - 30_000,
      tasks: [
        { name: 'fetch', tookMs: 5000 },
        {
          name: 'crunch',
          state: 'running',
          after: 6000,
          upstream: [0],
          progress: { done: 3, total: 9, label: 'blocks' },
        },
      ],
    });
    const page = await world.text(`/runs/${id}`);
    expect(page).toContain('running for <b class="nw">30s</b> (usually 1m)');
    // The axis goes to the usual end, a minute after the start; the task began after six seconds and has half of what is left.
    expect(page).toContain('style="--k:0.444;animation-duration:30s"');
    expect(page).toContain('3 of 9 blocks');
    expect(page).toContain('<path class="p50"');
    expect(page).toContain('title="usually 40s"');
    expect(page).toContain(`action="/runs/${id}/cancel"`);
    expect(page).not.toContain('Retry from here');
  });

  it('of one that took longer than usual says by how much', async () => {
    const world = appWorld();
    for (const tookMs of [1000, 1000, 1000]) world.seed({ tookMs });
    expect(await world.text(`/runs/${world.seed({ tookMs: 1090 })}`)).toContain('(+9 %, usually 1s)');
    expect(await world.text(`/runs/${world.seed({ tookMs: 1001 })}`)).toContain('(as usual)');
  });

  it('of one that failed names the task, its last lines without codes, the line of the log, and runs that failed of the same', async () => {
    const world = appWorld();
    const failing = (message: string) =>
      world.seed({ state: 'failed', tasks: [{ name: 'copy', state: 'failed', error: { ...FAILED, message } }] });
    const first = failing('exit code 7 after 12 s');
    failing('another error');
    const third = failing('exit code 7 after 99 s');
    const id = world.seed({
      state: 'failed',
      tasks: [
        { name: 'connect' },
        { name: 'copy', state: 'failed', error: { ...FAILED, message: 'exit code 7 after 5 s' }, upstream: [0] },
      ],
    });
    const taskId = world.store.taskOutlines.ofRun(id)[1]?.id ?? 0;
    const chunk = { flowRunId: id, attempt: 1, level: 'info', at: BEGAN, fields: null } as const;
    world.store.logs.append({ ...chunk, taskRunId: null, stream: 'stdout', text: 'one\ntwo' });
    world.store.logs.append({ ...chunk, taskRunId: taskId, stream: 'stderr', text: 'three\nfour' });
    const page = await world.text(`/runs/${id}`);
    const why = sectionOf(page, 'why');
    expect(why).toContain('role="alert"');
    expect(why).toContain('<b>copy: </b>exit code 7 after 5 s');
    expect(why).toContain('error: connection refused by warehouse:5432');
    expect(why).not.toContain('\u001b');
    expect(why).toContain(`href="/runs/${id}/logs/${taskId}?l=4#L4"`);
    expect(why).toContain(`The same error in <a href="/runs/${third}">run ${third}</a> and <a href="/runs/${first}">`);
    expect(page).toContain('Retry failed (1 task)');
  });

  it('of one whose task was killed says how much memory it had', async () => {
    const world = appWorld();
    const error = {
      ...FAILED,
      message: 'killed by signal 9 (SIGKILL), likely out of memory',
      exit_code: null,
      signal: 'SIGKILL',
    };
    const id = world.seed({
      state: 'failed',
      tasks: [{ name: 'train', state: 'failed', error, usage: { peakMemory: 15 * 1024 ** 3, cpuMs: 61_000 } }],
    });
    const page = await world.text(`/runs/${id}`);
    expect(sectionOf(page, 'why')).toContain('likely out of memory; its memory peaked at 15 GiB');
    expect(sectionOf(page, 'tasks')).toContain('peak memory 15 GiB, CPU 1m 1s');
    expect(sectionOf(page, 'environment')).toContain('<dt>Peak memory of a task</dt><dd>15 GiB</dd>');
  });

  it('of one that crashed, and of one that was cancelled, says what is known', async () => {
    const world = appWorld();
    const crashed = world.seed({ state: 'crashed', message: 'its process died for the third time' });
    const page = await world.text(`/runs/${crashed}`);
    expect(page).toContain(`run ${crashed}: crashed`);
    expect(sectionOf(page, 'why')).toContain('its process died for the third time');
    const cancelled = world.seed({
      state: 'cancelled',
      message: 'by alice',
      tasks: [{ name: 'a', state: 'cancelled' }],
    });
    const other = await world.text(`/runs/${cancelled}`);
    expect(other).toContain('<p>by alice</p>');
    expect(other).toContain('<section id="why" hidden=""></section>');
  });

  it('leads into a subflow, unfolds its tasks in place, and names the innermost task that failed', async () => {
    const world = appWorld();
    const error = { ...FAILED, message: 'no such table' };
    const child = world.seed({ flow: 'load', state: 'failed', tasks: [{ name: 'insert', state: 'failed', error }] });
    const id = world.seed({
      flow: 'etl',
      state: 'failed',
      tasks: [{ name: 'extract' }, { name: 'load', childRun: child, state: 'failed', error, upstream: [0] }],
    });
    const page = await world.text(`/runs/${id}`);
    const loadId = world.store.taskOutlines.ofRun(id)[1]?.id;
    expect(sectionOf(page, 'why')).toContain('<b>load &gt; insert: </b>no such table');
    expect(sectionOf(page, 'why')).toContain(`href="/runs/${child}/logs/`);
    expect(page).toContain(
      `<a href="/runs/${child}">run ${child}</a>, <a href="/runs/${id}?open=${child}#t${loadId}">unfold</a>`,
    );
    expect(sectionOf(page, 'tasks')).not.toContain('insert');
    const unfolded = sectionOf(await world.text(`/runs/${id}?open=${child}`), 'tasks');
    expect(unfolded).toContain('>insert</a>');
    expect(unfolded).toContain(`<a href="/runs/${id}#t${loadId}">fold</a>`);
  });

  it('shows the last lines of its subflows among its own, and of very many says where they are', async () => {
    const world = appWorld();
    const child = world.seed({ flow: 'load', log: 'first\nsecond' });
    const id = world.seed({ flow: 'etl', tasks: [{ name: 'load', childRun: child }] });
    const called = 'update flow_runs set parent_run_id = ?, parent_task_id = ? where id = ?';
    world.store.database.prepare(called).run(id, world.store.taskOutlines.ofRun(id)[0]?.id, child);
    const log = sectionOf(await world.text(`/runs/${id}`), 'log');
    expect(log).toMatch(/>\s*1\.2<\/a>second<\/div>/);
    expect(log).toContain('last 2 lines');
    const tasks = Array.from({ length: 21 }, () => ({ name: 'load', childRun: child }));
    const many = world.seed({ flow: 'etl', tasks });
    expect(sectionOf(await world.text(`/runs/${many}`), 'log')).toContain('It printed nothing itself');
  });

  it('shows what was reused after a kill, what came from a cache, and every attempt with its waits', async () => {
    const world = appWorld();
    const origin = world.seed({});
    const at = (type: State['type'], name: State['name'], ms: number): State => ({
      type,
      name,
      message: null,
      at: BEGAN + ms,
    });
    const id = world.seed({
      startAt: BEGAN,
      tookMs: 9000,
      tasks: [
        { name: 'fetch', reusedFrom: 1, why: 'reused from attempt 1' },
        {
          name: 'train',
          upstream: [0],
          attempt: 2,
          tookMs: 8000,
          states: [
            at('PENDING', 'Pending', 0),
            at('RUNNING', 'Running', 500),
            at('SCHEDULED', 'AwaitingRetry', 2000),
            at('RUNNING', 'Retrying', 5000),
            at('COMPLETED', 'Completed', 8000),
          ],
        },
      ],
    });
    const page = await world.text(`/runs/${id}`);
    const tasks = sectionOf(page, 'tasks');
    expect(tasks).toContain('reused from attempt 1');
    expect(tasks).toMatch(/Reused<\/span>/);
    expect(tasks).toContain('attempt 2');
    for (const shape of ['wait', 'warn', 'back', 'ok']) expect(tasks).toContain(`<path class="${shape}"`);
    expect(sectionOf(page, 'states').match(/<tr>/g)).toHaveLength(1 + 3 + 7);
    expect(origin).toBeGreaterThan(0);
  });

  it('draws what waited for what, leads from each node to its row, and has the chain to the end in a line of its own', async () => {
    const world = appWorld();
    const id = world.seed({
      state: 'failed',
      tasks: [
        { name: 'fetch', tookMs: 1000 },
        { name: 'check', upstream: [0], after: 1000, tookMs: 200 },
        { name: 'train', upstream: [0], after: 1000, tookMs: 4000 },
        { name: 'report', upstream: [1, 2], after: 5000, state: 'failed' },
      ],
    });
    const graph = sectionOf(await world.text(`/runs/${id}`), 'tasks').split('<table')[0] ?? '';
    expect(graph).toContain('aria-label="Graph of the tasks"');
    const [fetch, check] = world.store.taskOutlines.ofRun(id);
    expect(graph).toMatch(new RegExp(`<a href="#t${fetch?.id}" transform="translate\\(\\d+ \\d+\\)" class="crit">`));
    expect(graph).toMatch(new RegExp(`<a href="#t${check?.id}" transform="translate\\(\\d+ \\d+\\)">`));
    expect(graph).toContain('Completed 4s');
    expect(graph).toContain('<use href="#fail" class="g fail"');
    expect(graph.match(/<path/g)).toHaveLength(2);
  });

  it('folds mapped tasks into one node, with how they ended', async () => {
    const world = appWorld();
    const mapped = Array.from({ length: 120 }, (_, index) => ({
      name: 'train',
      upstream: [0],
      after: 1000,
      ...(index === 7 ? ({ state: 'failed' } as const) : {}),
    }));
    const id = world.seed({ state: 'failed', tasks: [{ name: 'fetch' }, ...mapped] });
    const page = sectionOf(await world.text(`/runs/${id}`), 'tasks');
    expect(page).toContain('train, 120 ×');
    expect(page).toContain('119 completed, 1 failed');
    expect(page.match(/<rect/g)).toHaveLength(2);
  });

  it('of a task alone has no graph, and of none says so', async () => {
    const world = appWorld();
    const one = sectionOf(await world.text(`/runs/${world.seed({ tasks: [{ name: 'only' }] })}`), 'tasks');
    expect(one).toContain('>only</a>');
    expect(one).not.toContain('Graph of');
    const none = await world.text(`/runs/${world.seed({ state: 'running' })}`);
    expect(none).toContain('No task was called so far.');
  });

  it('says which parameters were others in the run before, and how its metrics differ', async () => {
    const world = appWorld();
    const metrics = (rmse: number) => ({ metrics: { rmse } });
    const first = world.seed({ params: { lr: 0.1 }, ...metrics(2) });
    const before = world.seed({ params: { lr: 0.003, old: true }, ...metrics(2.5) });
    const id = world.seed({ params: { lr: 0.01, depth: 3 }, ...metrics(2.25000000001) });
    const values = sectionOf(await world.text(`/runs/${id}`), 'values');
    expect(values).toContain(`<code>0.01</code><span class="sub">was <code>0.003</code> in <a href="/runs/${before}">`);
    expect(values).toContain(`<code>3</code><span class="sub">not given in <a href="/runs/${before}">`);
    expect(values).toContain('<span class="dim">not given</span><span class="sub">was <code>true</code>');
    expect(values).toContain('<data value="2.25000000001">2.25</data>');
    expect(values).toContain(`-0.25 (-10 %) against <a href="/runs/${before}">`);
    expect(values).toContain('aria-label="rmse over the last 3 runs"');
    const page = await world.text(`/runs/${before}`);
    expect(page).toContain(`<a rel="prev" href="/runs/${first}">`);
    expect(page).toContain(`<a rel="next" href="/runs/${id}">`);
  });

  it('tells hooks as long as they are due', async () => {
    const world = appWorld();
    const id = world.seed({ state: 'failed' });
    const state: State = { type: 'FAILED', name: 'Failed', message: null, at: BEGAN };
    world.store.hooks.recordOfTask(id, world.store.taskOutlines.ofRun(id)[0]?.id ?? 0, 'on_failure', state);
    expect(sectionOf(await world.text(`/runs/${id}`), 'states')).toContain('<td>on_failure is due</td>');
    world.store.hooks.markRanOf(id, 0, 'on_failure', NOW);
    expect(sectionOf(await world.text(`/runs/${id}`), 'states')).not.toContain('on_failure');
  });

  it('indents what a task called below it, and shows its own metrics', async () => {
    const world = appWorld();
    const id = world.seed({ tasks: [{ name: 'outer' }, { name: 'inner', inside: 0, metrics: { loss: 0.125 } }] });
    const tasks = sectionOf(await world.text(`/runs/${id}`), 'tasks');
    expect(tasks).toMatch(/style="padding-left:1.25rem"><a [^>]*>inner/);
    expect(tasks).toContain('loss <data value="0.125">0.125</data>');
  });

  it('lists a run again as a form that says from which task', async () => {
    const world = appWorld();
    const id = world.seed({ state: 'failed', tasks: [{ name: 'a' }, { name: 'b', state: 'failed' }] });
    const tasks = sectionOf(await world.text(`/runs/${id}`), 'tasks');
    const ids = world.store.taskOutlines.ofRun(id).map((task) => task.id);
    expect(tasks).toContain(`<form method="post" action="/runs/${id}/retry" id="again">`);
    for (const each of ids) expect(tasks).toContain(`form="again" name="from" value="${each}"`);
  });
});

function sectionOf(page: string, id: string): string {
  const from = page.indexOf(`<section id="${id}"`);
  const to = page.indexOf('<section id="', from + 1);
  return page.slice(from, to === -1 ? page.indexOf('</main>') : to);
}
