import { describe, expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../../src/store/store.ts';
import { appWorld, NOW } from '../world.ts';

type World = ReturnType<typeof appWorld>;

interface Heard {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

function say(
  world: Pick<World, 'store'> & Partial<Pick<World, 'events'>>,
  flowRunId: number,
  text: string,
  more: object = {},
): number {
  const chunk = {
    flowRunId,
    taskRunId: null,
    attempt: 1,
    stream: 'stdout',
    level: 'info',
    at: NOW,
    fields: null,
    ...more,
  } as const;
  const id = world.store.logs.append({ ...chunk, text });
  world.events?.publish([{ kind: 'log', chunk: { ...chunk, text }, task: null }]);
  return id;
}

function end(world: World, id: number): void {
  world.store.database
    .prepare("update flow_runs set state_type = 'COMPLETED', state_name = 'Completed', end_at = 1 where id = ?")
    .run(id);
  world.events.publish([
    { kind: 'run-state', runId: id, state: { type: 'COMPLETED', name: 'Completed', message: null, at: NOW } },
  ]);
}

/** A reader of a stream, one event after another. */
async function listen(world: World, path: string, headers: Record<string, string> = {}) {
  const ending = new AbortController();
  const answer = await world.app.request(path, { headers, signal: ending.signal });
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  onTestFinished(() => ending.abort());
  let text = '';
  const read = async (): Promise<boolean> => {
    const { value, done } = await reader.read();
    text += decoder.decode(value, { stream: true });
    return !done;
  };
  return {
    status: answer.status,
    leave: () => reader.cancel(),
    /** The next event that carries something; null when the stream has ended. */
    async next(): Promise<Heard | null> {
      for (;;) {
        const at = text.indexOf('\n\n');
        if (at === -1) {
          if (await read()) continue;
          return null;
        }
        const fields = new Map(
          text
            .slice(0, at)
            .split('\n')
            .map((line) => line.split(/: ?(.*)/s, 2) as [string, string]),
        );
        text = text.slice(at + 2);
        if (fields.has('data'))
          return {
            event: fields.get('event') ?? 'message',
            id: fields.get('id') ?? '',
            data: fields.get('data') ?? '',
          };
      }
    },
    async rest(): Promise<string> {
      while (await read());
      return text;
    },
  };
}

const linesOf = (html: string) => [...html.matchAll(/ id=L([\d.]+)/g)].map(([, line]) => line);

describe('the stream of a log', () => {
  it('brings new lines in order, says when the run has come to its end, and ends', async () => {
    const world = appWorld();
    const id = world.seed({ state: 'running', log: 'one' });
    const stream = await listen(world, `/runs/${id}/logs/stream?after=0`);
    expect(linesOf((await stream.next())?.data ?? '')).toEqual(['1']);
    const second = say(world, id, 'two\nthree <b>');
    const heard = await stream.next();
    expect(heard?.id).toBe(String(second));
    expect(heard?.data).toContain('three &lt;b&gt;');
    expect(linesOf(heard?.data ?? '')).toEqual(['2', '3']);
    say(world, id, 'the last one');
    end(world, id);
    const events: Heard[] = [];
    for (let next = await stream.next(); next !== null; next = await stream.next()) events.push(next);
    expect(events.map(({ event }) => event)).toEqual(expect.arrayContaining(['message', 'head', 'over']));
    expect(events.at(-1)?.event).toBe('over');
    expect(events.find(({ event }) => event === 'message')?.data).toContain('the last one');
    expect(events.find(({ event }) => event === 'head')?.data).toContain('completed');
    expect(world.faults).toEqual([]);
  });

  it('goes on after any place without loss or doubles, by address or by what a browser remembers', async () => {
    const world = appWorld();
    const id = world.seed({ state: 'running', log: 'one' });
    const second = say(world, id, 'two');
    say(world, id, 'three\nfour');
    const byAddress = await listen(world, `/runs/${id}/logs/stream?after=${second}`);
    expect(linesOf((await byAddress.next())?.data ?? '')).toEqual(['3', '4']);
    const byHeader = await listen(world, `/runs/${id}/logs/stream?after=0`, { 'last-event-id': String(second) });
    expect(linesOf((await byHeader.next())?.data ?? '')).toEqual(['3', '4']);
    const page = await world.text(`/runs/${id}/logs`);
    const [, place] = /data-after="(\d+)"/.exec(page) ?? [];
    const byPage = await listen(world, `/runs/${id}/logs/stream?after=${place}`);
    say(world, id, 'five');
    expect(linesOf((await byPage.next())?.data ?? '')).toEqual(['5']);
  });

  it('hears lines that another process writes', async () => {
    const world = appWorld();
    const id = world.seed({ state: 'running' });
    const stream = await listen(world, `/runs/${id}/logs/stream`);
    const other = openStore(world.store.path);
    say({ store: other }, id, 'from elsewhere');
    expect((await stream.next())?.data).toContain('from elsewhere');
    await other.writer.stop();
    other.close();
  });

  it('of a task brings its lines only, of a stream only that one', async () => {
    const world = appWorld();
    const id = world.seed({
      state: 'running',
      tasks: [
        { name: 'a', state: 'running' },
        { name: 'b', state: 'running' },
      ],
    });
    const [a, b] = world.store.taskRuns.ofRun(id).map((task) => task.id);
    const ofTask = await listen(world, `/runs/${id}/logs/${a}/stream`);
    const ofErrors = await listen(world, `/runs/${id}/logs/stream?stream=stderr`);
    say(world, id, 'from b', { taskRunId: b });
    say(world, id, 'from a', { taskRunId: a });
    say(world, id, 'bad', { taskRunId: b, stream: 'stderr' });
    expect(linesOf((await ofTask.next())?.data ?? '')).toEqual(['2']);
    expect(linesOf((await ofErrors.next())?.data ?? '')).toEqual(['3']);
  });

  it('leaves out what is too much, says how much, and goes on with the newest lines', async () => {
    const world = appWorld();
    const id = world.seed({ state: 'running' });
    world.store.overview.inSnapshot(() => {
      for (let piece = 0; piece < 100; piece++)
        say({ store: world.store }, id, Array(200).fill('x'.repeat(99)).join('\n'));
    });
    const stream = await listen(world, `/runs/${id}/logs/stream`);
    const skip = await stream.next();
    expect(skip?.event).toBe('skip');
    const [, count] = /^skipped (\d+) lines, reload to see all$/.exec(skip?.data ?? '') ?? [];
    const newest = await stream.next();
    const shown = linesOf(newest?.data ?? '');
    expect(shown.at(-1)).toBe('20000');
    expect(Number(count) + shown.length).toBe(20_000);
    expect(newest?.data.length).toBeLessThan(200_000);
    say(world, id, 'and on');
    expect(linesOf((await stream.next())?.data ?? '')).toEqual(['20001']);
  });

  it('folds what it brings by marks, which the page turns into groups', async () => {
    const world = appWorld();
    const id = world.seed({ state: 'running' });
    say(world, id, '::group::Build\nin it\n::endgroup::\nafter');
    const stream = await listen(world, `/runs/${id}/logs/stream`);
    expect((await stream.next())?.data).toMatch(
      /^<details open data-on><summary id=L1>.*<\/details><div id=L2>.*<div data-close><\/div><div id=L4>/,
    );
  });

  it('is refused beyond a hundred, and given back by those who leave', async () => {
    const world = appWorld();
    const id = world.seed({ state: 'running' });
    const streams = [];
    for (let count = 0; count < 100; count++) streams.push(await listen(world, `/runs/${id}/logs/stream`));
    const refused = await world.get(`/runs/${id}/logs/stream`);
    expect(refused.status).toBe(409);
    for (const stream of streams) await stream.leave();
    expect((await listen(world, `/runs/${id}/logs/stream`)).status).toBe(200);
  });

  it('ends when the server stops', async () => {
    const world = appWorld();
    const stream = await listen(world, `/runs/${world.seed({ state: 'running' })}/logs/stream`);
    world.app.stop();
    expect(await stream.next()).toBeNull();
  });

  it('is text that goes on for browsers without JavaScript', async () => {
    const world = appWorld();
    const id = world.seed({ state: 'running', log: 'one <b>' });
    const answer = await world.get(`/runs/${id}/logs?follow=1`);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    say(world, id, 'two');
    end(world, id);
    expect(await answer.text()).toBe('one <b>\ntwo\n');
  });
});
