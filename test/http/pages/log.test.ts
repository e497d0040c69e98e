import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { LogChunk } from '../../../src/store/logs.ts';
import { appWorld, NOW } from '../world.ts';

type World = ReturnType<typeof appWorld>;

const numbered = (count: number, word = 'line') =>
  Array.from({ length: count }, (_, index) => `${word} ${index + 1}`).join('\n');
/** Addresses of the lines that a page shows. */
const shown = (page: string) => [...page.matchAll(/ id=L([\d.]+)/g)].map(([, address]) => address);

function say(world: World, flowRunId: number, text: string, more: Partial<LogChunk> = {}): number {
  const chunk = {
    flowRunId,
    taskRunId: null,
    attempt: 1,
    stream: 'stdout',
    level: 'info',
    at: NOW,
    fields: null,
  } as const;
  return world.store.logs.append({ ...chunk, text, ...more });
}

function taskOf(world: World, runId: number, name: string): number {
  return world.store.taskRuns.ofRun(runId).find((task) => task.name === name)?.id ?? 0;
}

describe('the log of a run', () => {
  it('begins at its beginning when it completed, and ends at its end when it did not, or has not', async () => {
    const world = appWorld();
    const log = numbered(2500);
    for (const [state, first] of [
      ['completed', '1'],
      ['failed', '1501'],
      ['cancelled', '1501'],
      ['running', '1501'],
    ] as const) {
      const page = await world.text(`/runs/${world.seed({ state, log })}/logs`);
      expect([state, shown(page)[0], shown(page).length]).toEqual([state, first, 1000]);
    }
  });

  it('leads from window to window through all of it, and every line is on one of them once', async () => {
    const world = appWorld();
    const id = world.seed({ log: numbered(800), state: 'completed' });
    for (let piece = 0; piece < 30; piece++) say(world, id, numbered(100, `piece ${piece} line`));
    let page = await world.text(`/runs/${id}/logs`);
    const seen: (string | undefined)[] = [...shown(page)];
    for (
      let next = /href="([^"]+)">Later/.exec(page)?.[1];
      next !== undefined;
      next = /href="([^"]+)">Later/.exec(page)?.[1]
    ) {
      page = await world.text(next.replaceAll('&amp;', '&'));
      seen.push(...shown(page));
    }
    expect(seen).toEqual(Array.from({ length: 3800 }, (_, index) => String(index + 1)));
    const back = /href="([^"]+)">Earlier/.exec(page)?.[1] ?? '';
    expect(shown(await world.text(back)).at(-1)).toBe('3000');
    expect(shown(await world.text(`/runs/${id}/logs?before=3`))).toEqual(['1', '2']);
    expect(shown(await world.text(`/runs/${id}/logs?from=3799`))).toEqual(['3799', '3800']);
  });

  it('shows all of up to 50,000 lines on one page, and of more only windows', async () => {
    const world = appWorld();
    const id = world.seed({ log: numbered(50_000) });
    const page = await world.text(`/runs/${id}/logs`);
    expect(page).toContain(`<a href="/runs/${id}/logs?all=1">All (50,000)</a>`);
    const all = shown(await world.text(`/runs/${id}/logs?all=1`));
    expect([all.length, all[0], all.at(-1)]).toEqual([50_000, '1', '50000']);
    say(world, id, 'one more');
    expect(await world.text(`/runs/${id}/logs`)).not.toContain('all=1');
    expect(shown(await world.text(`/runs/${id}/logs?all=1`)).length).toBe(50_000);
  });

  it('points out lines of an address, in a window around them, from any state', async () => {
    const world = appWorld();
    const id = world.seed({ log: numbered(5000) });
    const page = await world.text(`/runs/${id}/logs?l=4000-4002`);
    expect([...page.matchAll(/<div id=L(\d+) class="h"/g)].map(([, line]) => line)).toEqual(['4000', '4001', '4002']);
    expect(shown(page)[0]).toBe('3950');
    expect(shown(await world.text(`/runs/${id}/logs?l=99999`)).at(-1)).toBe('5000');
  });

  it('says where lines were left out, whose numbers are kept', async () => {
    const world = appWorld();
    const id = world.seed({ log: 'one\ntwo' });
    world.store.logs.append(
      {
        flowRunId: id,
        taskRunId: null,
        attempt: 1,
        stream: 'log',
        level: 'warn',
        at: NOW,
        text: '[left out]',
        fields: null,
      },
      0,
    );
    world.store.logs.append(
      {
        flowRunId: id,
        taskRunId: null,
        attempt: 1,
        stream: 'stdout',
        level: 'info',
        at: NOW,
        text: 'late',
        fields: null,
      },
      996,
    );
    expect(shown(await world.text(`/runs/${id}/logs`))).toEqual(['1', '2', '3', '1000']);
    expect(shown(await world.text(`/runs/${id}/logs?from=500`))).toEqual(['1000']);
  });

  it('has the lines of subflows among its own, with their run, and leads to each', async () => {
    const world = appWorld();
    const id = world.seed({ tasks: [{ name: 'load' }], log: 'before' });
    const child = world.seed({ flow: 'loader', tasks: [{ name: 'fetch' }], log: 'in the subflow' });
    const { database } = world.store;
    const load = taskOf(world, id, 'load');
    database.prepare('update flow_runs set parent_run_id = ?, parent_task_id = ? where id = ?').run(id, load, child);
    database.prepare('update task_runs set child_run_id = ? where id = ?').run(child, load);
    say(world, child, 'fetched', { taskRunId: taskOf(world, child, 'fetch') });
    say(world, id, 'after');
    const page = await world.text(`/runs/${id}/logs`);
    expect(shown(page)).toEqual(['1', `${child}.1`, `${child}.2`, '2']);
    expect(page).toContain('<i>load </i>in the subflow');
    expect(page).toContain('<i>load &gt; fetch </i>fetched');
    expect(shown(await world.text(`/runs/${id}/logs?from=${child}.2`))).toEqual([`${child}.2`, '2']);
    expect(await world.text(`/runs/${id}/logs?l=${child}.2`)).toContain(`<div id=L${child}.2 class="h"`);
    expect(shown(await world.text(`/runs/${id}/logs/${load}`))).toEqual([`${child}.1`, `${child}.2`]);
    expect(await world.text(`/runs/${id}/logs.txt`)).toBe('before\nin the subflow\nfetched\nafter\n');
  });

  it('stays within 180 KB, 23 KB packed, with a thousand lines of usual length', async () => {
    const world = appWorld();
    const words = ['loading', 'epoch', 'loss=0.123', 'batch', 'val_rmse=1.234', 'checkpoint', 'saved', 'model'];
    const lines = Array.from({ length: 1000 }, (_, index) =>
      `2026-01-05 11:${String(index % 60).padStart(2, '0')} INFO ${Array.from({ length: 10 }, (_, place) => words[(index * 7 + place * index) % 8]).join(' ')}`.slice(
        0,
        100,
      ),
    );
    const page = await world.text(`/runs/${world.seed({ state: 'failed', log: lines.join('\n') })}/logs`);
    expect(shown(page).length).toBe(1000);
    expect(page.length).toBeLessThan(180 * 1024);
    expect(gzipSync(page).length).toBeLessThan(23 * 1024);
  });

  it('of very long lines is no larger, and leads to the whole of each', async () => {
    const world = appWorld();
    const id = world.seed({ log: Array.from({ length: 3000 }, () => 'x'.repeat(60_000)).join('\n') });
    const page = await world.text(`/runs/${id}/logs`);
    expect(page.length).toBeLessThan(600_000);
    expect(page).toContain(`<a class="to" href="/runs/${id}/logs.txt?l=7">... (58000 more characters)</a>`);
    expect(await world.text(`/runs/${id}/logs.txt?l=7`)).toBe(`${'x'.repeat(60_000)}\n`);
  });

  it('refuses what no address of a log says, with the field named', async () => {
    const world = appWorld();
    const id = world.seed({ log: 'x' });
    for (const [query, field] of [
      ['from=x', 'from'],
      ['before=-1', 'before'],
      ['l=a-b', 'l is'],
      ['l=1-', 'l is'],
      ['stream=stdin', 'stream'],
      [`q=${'x'.repeat(600)}`, 'q has'],
    ]) {
      const answer = await world.get(`/runs/${id}/logs?${query}`);
      expect([query, answer.status]).toEqual([query, 400]);
      expect(await answer.text()).toContain(field);
    }
    expect((await world.get(`/runs/${id}/logs/999`)).status).toBe(404);
    expect((await world.get(`/runs/${id}/logs/999.txt`)).status).toBe(404);
    expect(world.faults).toEqual([]);
  });
});

describe('the log of a task', () => {
  it('has its own lines only, with the numbers that they have in the run', async () => {
    const world = appWorld();
    const id = world.seed({ tasks: [{ name: 'load' }, { name: 'train' }], log: 'of the flow' });
    const [load, train] = [taskOf(world, id, 'load'), taskOf(world, id, 'train')];
    say(world, id, 'a\nb', { taskRunId: load });
    say(world, id, 'c', { taskRunId: train });
    say(world, id, 'd', { taskRunId: load, stream: 'stderr' });
    const page = await world.text(`/runs/${id}/logs/${load}`);
    expect(shown(page)).toEqual(['2', '3', '5']);
    expect(page).toContain('Log of load');
    expect(page).not.toContain('<i>load </i>');
    expect(page).toContain('<div id=L5 class="e">');
    expect(await world.text(`/runs/${id}/logs`)).toContain(`<a href="/runs/${id}/logs/${train}">train</a>`);
    expect(shown(await world.text(`/runs/${id}/logs/${load}?stream=stderr`))).toEqual(['5']);
    expect(shown(await world.text(`/runs/${id}/logs?stream=stdout`))).toEqual(['1', '2', '3', '4']);
    expect(await world.text(`/runs/${id}/logs/${train}?stream=stderr`)).toContain('Nothing came on stderr.');
  });

  it('has its attempts as tabs, each with an address of its own', async () => {
    const world = appWorld();
    const id = world.seed({ tasks: [{ name: 'flaky' }] });
    const task = taskOf(world, id, 'flaky');
    world.store.database.prepare('update task_runs set attempt = 2 where id = ?').run(task);
    say(world, id, 'first try', { taskRunId: task });
    say(world, id, 'second try', { taskRunId: task, attempt: 2 });
    const page = await world.text(`/runs/${id}/logs/${task}`);
    expect(page).toContain(`<a href="/runs/${id}/logs/${task}" aria-current="page">All attempts</a>`);
    expect(page).toContain('<i>attempt 2 </i>second try');
    const second = await world.text(`/runs/${id}/logs/${task}.2`);
    expect(shown(second)).toEqual(['2']);
    expect(second).toContain(`<a href="/runs/${id}/logs/${task}.2" aria-current="page">Attempt 2</a>`);
    expect(await world.text(`/runs/${id}/logs/${task}.1.txt`)).toBe('first try\n');
  });

  it('is found by its name, and from the address of another run', async () => {
    const world = appWorld();
    const id = world.seed({ tasks: [{ name: 'load' }] });
    const other = world.seed();
    const task = taskOf(world, id, 'load');
    for (const path of [`/runs/${id}/logs/load`, `/runs/${other}/logs/${task}`]) {
      const answer = await world.get(path);
      expect([answer.status, answer.headers.get('location')]).toEqual([302, `/runs/${id}/logs/${task}`]);
    }
  });
});

describe('a search in a log', () => {
  it('shows what it found with two neighbours, keeps the numbers and marks the text, whatever its case', async () => {
    const world = appWorld();
    const log = numbered(100).replace('line 50', 'an ERROR <b> here').replace('line 52', 'error again');
    const id = world.seed({ log });
    const page = await world.text(`/runs/${id}/logs?q=error`);
    expect(shown(page)).toEqual(['48', '49', '50', '51', '52', '53', '54']);
    expect(page).toContain('an <mark>ERROR</mark> &lt;b&gt; here');
    expect(page).toContain('2 lines with &quot;error&quot;.');
    expect(page).toContain('value="error"');
    const two = await world.text(`/runs/${id}/logs?q=line+1`);
    expect(two).toContain('12 lines with');
    expect(two).toContain('<hr>');
    expect(await world.text(`/runs/${id}/logs?q=nowhere`)).toContain('No line with &quot;nowhere&quot;.');
  });

  it('takes what is asked for as text, and finds it across colours and in the fields of a line', async () => {
    const world = appWorld();
    const id = world.seed({ log: 'a.b (c) [d] \\e\n\u001b[31mhalf\u001b[0mway\nnothing' });
    say(world, id, 'told', { stream: 'log', fields: '{"deep":"treasure"}' });
    const found = async (text: string) => shown(await world.text(`/runs/${id}/logs?q=${encodeURIComponent(text)}`));
    expect((await world.text(`/runs/${id}/logs?q=.*`)).match(/<mark>/g)).toBeNull();
    for (const text of ['a.b', '(c) [d]', '\\e', '-', '/', 'halfway', 'treasure', '\ud83d']) {
      const page = await world.text(`/runs/${id}/logs?q=${encodeURIComponent(text.toWellFormed())}`);
      expect(page).toMatch(/with &quot;/);
    }
    expect(await found('halfway')).toContain('2');
    expect(await found('treasure')).toContain('4');
    expect(await found('31m')).toEqual([]);
    expect(world.faults).toEqual([]);
  });

  it('reaches the last line of 50,000, counts every match, and leads from page to page', async () => {
    const world = appWorld();
    const id = world.seed({ log: numbered(50_000) });
    expect(shown(await world.text(`/runs/${id}/logs?q=line+50000`))).toEqual(['49998', '49999', '50000']);
    const page = await world.text(`/runs/${id}/logs?q=line`);
    expect(page).toContain('200 of 50,000 lines with &quot;line&quot;.');
    expect(page).toContain('?q=line&amp;from=201">Next matches</a>');
    const next = await world.text(`/runs/${id}/logs?q=line&from=201`);
    expect(next).toContain('200 of 49,800 lines with &quot;line&quot; from here on.');
    expect(shown(next).slice(0, 2)).toEqual(['201', '202']);
  });

  it('lets others through while it lasts', async () => {
    const world = appWorld();
    const id = world.seed();
    world.store.overview.inSnapshot(() => {
      for (let piece = 0; piece < 400; piece++) say(world, id, `${numbered(2000, 'some words that fill it, number')}`);
    });
    // By its own use of the processor: on a busy machine it also stands still for others.
    let longest = 0;
    let before = usedMs();
    const pulse = setInterval(() => {
      longest = Math.max(longest, usedMs() - before);
      before = usedMs();
    }, 1);
    const searches = await Promise.all(
      ['number 2000', 'not to be found', 'words'].map((text) => world.text(`/runs/${id}/logs?q=${text}`)),
    );
    clearInterval(pulse);
    expect(searches[0]).toMatch(/lines with|searched up to line/);
    // A slice is 8 ms; the machine that tests run on may be a slow one.
    expect(longest).toBeLessThan(1500);
  });
});

describe('a log as text', () => {
  it('is what was printed, of any length, also packed', async () => {
    const world = appWorld();
    const id = world.seed({ log: '\u001b[31mred\u001b[0m\na\rb' });
    say(world, id, 'told', { stream: 'log', fields: '{"a":1}' });
    for (let piece = 0; piece < 50; piece++) say(world, id, numbered(1000, 'x'.repeat(20)));
    const answer = await world.get(`/runs/${id}/logs.txt`);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const text = await answer.text();
    expect(text.slice(0, 40)).toContain('\u001b[31mred\u001b[0m\na\rb\ntold {"a":1}\n');
    expect(text.split('\n').length).toBe(50_004);
    const packed = await world.get(`/runs/${id}/logs.txt.gz`);
    expect(packed.headers.get('content-disposition')).toBe(`attachment; filename="run-${id}-logs.txt.gz"`);
    expect(gunzipSync(Buffer.from(await packed.arrayBuffer())).toString()).toBe(text);
  });
});

/** What this process has used of the processor, ms. */
function usedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
