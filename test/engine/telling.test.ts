import { beforeEach, describe, expect, it } from 'vitest';
import { engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

describe('the log', () => {
  it('is there, and the task with it, while code keeps the thread to itself', async () => {
    const going = await world.startFlow(`
      const train = task({ name: 'train' }, () => { console.log('epoch 1'); while (!existsSync(join(context().dir, 'go'))); });
      export default flow(async () => { await train(); });`);
    const { logs, taskRuns } = world.engine.store;
    const isTold = () => logs.after(going.id, 0, 10).some((chunk) => chunk.text.includes('epoch 1'));
    for (const until = Date.now() + 90_000; !isTold() && Date.now() < until; )
      await new Promise((done) => setTimeout(done, 5));
    const [task] = taskRuns.ofRun(going.id);
    world.write('go', '');
    expect(task).toMatchObject({ name: 'train', state: { name: 'Running' } });
    expect((await going.ended).state.name).toBe('Completed');
  });

  it('has an error once, though a task, its subflow and the flow fail with it, and what caused it', async () => {
    const run = await world.runFlow(`
      const read = task({ name: 'read' }, () => {
        const parts = [new TypeError('a is down'), new Error('b is down')];
        throw new Error('nothing there', { cause: new AggregateError(parts, 'all are down', { cause: new Error('no net') }) });
      });
      const outer = task({ name: 'outer' }, () => read());
      const load = flow({ name: 'load' }, async () => { await outer(); });
      export default flow(async () => { await load(); });`);
    expect(run.state).toMatchObject({ name: 'Failed', message: 'nothing there' });
    const { flowRuns, logs, taskRuns } = world.engine.store;
    const told = [run.id, ...flowRuns.below(run.id).map(({ id }) => id)].flatMap((id) =>
      logs.after(id, 0, 100).map(({ taskRunId, text }) => ({ task: taskRuns.byId(taskRunId ?? 0)?.name, text })),
    );
    expect(told).toHaveLength(1);
    expect(told[0]?.task).toBe('read');
    expect(
      told[0]?.text
        .split('\n')
        .map((line) => line.replace(/ ?\(?at file:.*/, '').trim())
        .filter(Boolean),
    ).toEqual([
      'Error: nothing there',
      'caused by AggregateError: all are down',
      '- TypeError: a is down',
      '- Error: b is down',
      'caused by Error: no net',
    ]);
    expect(run.task('load').error).toMatchObject({
      cause: { errors: [{ message: 'a is down' }, { message: 'b is down' }] },
    });
  });

  it('has an error of each task and each attempt that it fails, though it be the same object', async () => {
    const run = await world.runFlow(`
      const fault = new Error('always this one');
      const read = task({ name: 'read', retries: 1 }, () => { throw fault; });
      export default flow(async () => { await Promise.allSettled([read(), read()]); });`);
    expect(run.logs.filter(({ text }) => text.startsWith('Error: always'))).toHaveLength(4);
  });

  it('E34 keeps what log and console say with flow run, task run, level and fields', async () => {
    const run = await world.runFlow(`
      const one = task({ name: 'one', retries: 1 }, () => {
        log.info('fetched', { rows: 3, at: new Date(0), f: () => 1 });
        log.warn('careful');
        console.log('printed %d', 7, { a: 1 });
        console.error('bad');
        if (context().attempt === 1) throw new Error('again');
      });
      export default flow(async () => { log.debug('in the body'); await one(); });`);
    const { id } = run.task('one');
    const told = run.logs.map(({ flowRunId, taskRunId, attempt, level, text }) => [
      flowRunId,
      taskRunId,
      attempt,
      level,
      text.split('\n')[0],
    ]);
    const ofAttempt = (attempt: number) => [
      [1, id, attempt, 'info', 'fetched'],
      [1, id, attempt, 'warn', 'careful'],
      [1, id, attempt, 'info', 'printed 7 { a: 1 }'],
      [1, id, attempt, 'error', 'bad'],
    ];
    expect(told).toEqual([
      [1, null, 1, 'debug', 'in the body'],
      ...ofAttempt(1),
      [1, id, 1, 'error', 'Error: again'],
      ...ofAttempt(2),
    ]);
    expect(JSON.parse(run.logs[1]?.fields ?? '')).toMatchObject({ rows: 3, at: '1970-01-01T00:00:00.000Z' });
  });

  it('keeps what is written to process.stdout and process.stderr as whole lines, each with its task', async () => {
    const run = await world.runFlow(`
      const one = task({ name: 'one' }, async (other) => {
        process.stdout.write('one ');
        await sleep(20);
        process.stdout.write('more\\nhalf');
      });
      const two = task({ name: 'two' }, async () => {
        process.stdout.write('two ');
        await sleep(10);
        process.stdout.write(Buffer.from('more\\n'));
        process.stderr.write('error\\nlines\\n');
      });
      export default flow(async () => { await Promise.all([one(), two()]); process.stdout.write('end'); });`);
    expect(run.texts('one')).toEqual(['one more', 'half']);
    expect(run.texts('two')).toEqual(['two more', 'error\nlines']);
    expect(run.logs.find((chunk) => chunk.text === 'error\nlines')).toMatchObject({ stream: 'stderr', level: 'warn' });
    expect(run.logs.at(-1)).toMatchObject({ text: 'end', stream: 'stdout', taskRunId: null });
  });

  it('takes whatever it is given', async () => {
    const run = await world.runFlow(
      `export default flow(() => { log.info(7); log.info(undefined, 'text'); log.info('x', null ?? undefined); });`,
    );
    expect(run.state.name).toBe('Completed');
    expect(run.texts()).toEqual(['7', 'undefined', 'x']);
  });
});

describe('progress and metrics', () => {
  it('are kept with task and run; the newest of a metric counts', async () => {
    const going = await world.startFlow(`
      const one = task({ name: 'one' }, async () => { progress(1, 4, 'epochs'); progress(2, 4); metric('rmse', 2); metric('rmse', 1.5); await seen('go'); });
      export default flow(async () => { metric('weeks', 3); await one(); });`);
    const event = await going.until((each) => each.kind === 'progress' && each.done === 2);
    expect(event).toMatchObject({ total: 4, label: null, task: { name: 'one', progress: { done: 2, total: 4 } } });
    world.write('go', '');
    const run = await going.ended;
    expect(run.task('one').metrics).toEqual({ rmse: 1.5 });
    expect(run.metrics).toEqual({ weeks: 3, rmse: 1.5 });
  });

  it.each([
    ["metric('x', NaN)", 'the metric "x" is NaN'],
    ["metric('x', Infinity)", 'only finite numbers'],
    ["metric('x', '7')", 'the metric "x" is 7'],
    ["progress('three', 4)", 'progress was given three'],
    ['progress(1, NaN)', 'progress was given NaN'],
    ["artifact.markdown('x', {})", 'an artifact needs a key'],
    ["artifact.image({ data: 7, type: 'image/png' }, { key: 'x' })", 'neither text nor bytes'],
    ["artifact.image({ file: 'x.txt' }, { key: 'x' })", 'is no image that pages can show'],
    ["artifact.link('no url', { key: 'l' })", 'is no URL'],
  ])('refuse %s with a sentence', async (call, told) => {
    const run = await world.runFlow(`export default flow(() => { ${call}; });`);
    expect(run.state.message).toContain(told);
  });
});

describe('artifacts', () => {
  it('of each kind are kept with their task, media type and bytes; the same key replaces', async () => {
    const run = await world.runFlow(`
      const leave = task({ name: 'leave' }, () => {
        artifact.markdown('# old', { key: 'note' });
        artifact.markdown('# new', { key: 'note', description: 'a note' });
        artifact.table([{ a: 1, b: new Date(0) }], { key: 'table' });
        artifact.link('https://example.org/x', { key: 'link' });
        artifact.image({ svg: '<svg/>' }, { key: 'svg' });
        artifact.image({ data: new Uint8Array([1, 2]), type: 'image/png' }, { key: 'png' });
        const path = join(context().dir, 'report.txt');
        writeFileSync(path, 'x'.repeat(2_000_000));
        artifact.file(path);
      });
      export default flow(() => leave());`);
    expect(run.state.name).toBe('Completed');
    const { id } = run.task('leave');
    expect(run.artifacts.map(({ key, kind, media_type, size, task }) => [key, kind, media_type, size, task])).toEqual([
      ['note', 'markdown', 'text/markdown', 5, id],
      ['table', 'table', 'application/json', 40, id],
      ['link', 'link', 'text/uri-list', 21, id],
      ['svg', 'image', 'image/svg+xml', 6, id],
      ['png', 'image', 'image/png', 2, id],
      ['report.txt', 'file', 'application/octet-stream', 2_000_000, id],
    ]);
    const [note, table, , , , file] = world.engine.store.artifacts.ofRun(run.id);
    expect(Buffer.from(note?.data ?? []).toString()).toBe('# new');
    expect(JSON.parse(Buffer.from(table?.data ?? []).toString())).toEqual([{ a: 1, b: '1970-01-01T00:00:00.000Z' }]);
    expect(world.engine.store.content.read(file?.contentHash ?? '', 'the report')).toHaveLength(2_000_000);
  });
});

describe('context()', () => {
  it('tells flow run, task run, attempt, parameters and folders; there is no slot without a schedule', async () => {
    const run = await world.runFlow(
      `
      const one = task({ name: 'one' }, () => {
        const c = context();
        writeFileSync(join(c.runDir, 'kept'), 'x');
        return { flowRun: c.flowRun, taskRun: c.taskRun, attempt: c.attempt, slot: c.slot, params: c.params, dir: c.dir, runDir: c.runDir, aborted: c.signal.aborted };
      });
      export default flow({ name: 'f', tags: ['t'] }, async () => [await one(), context().taskRun, existsSync(join(context().runDir, 'kept'))]);`,
      { params: { x: 1 } },
    );
    expect(run.value).toEqual([
      {
        flowRun: { id: 1, flow: 'f', name: 'f-1', attempt: 1, tags: ['t'], trigger: 'cli' },
        taskRun: { name: 'one', attempt: 1 },
        attempt: 1,
        slot: null,
        params: { x: 1 },
        dir: world.folder,
        runDir: world.engine.store.runFolder(1),
        aborted: false,
      },
      null,
      true,
    ]);
  });

  it('keeps the folder of a run over its attempts', async () => {
    const run = await world.runFlow(`
      export default flow({ retries: 1 }, () => {
        const path = join(context().runDir, 'kept');
        if (existsSync(path)) return 'kept';
        writeFileSync(path, '');
        throw new Error('again');
      });`);
    expect(run.result).toBe('kept');
  });
});
