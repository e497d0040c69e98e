import { beforeEach, describe, expect, it, vi } from 'vitest';
import { engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

const FLAKY = (options: string, failures: number) => `
  const flaky = task({ name: 'flaky', ${options} }, () => {
    const { attempt } = context();
    note('attempt ' + attempt);
    if (attempt <= ${failures}) throw new Error('no ' + attempt);
    return attempt;
  });
  export default flow(() => flaky());`;

describe('a task', () => {
  it('E20 called while its file is loaded throws a sentence that says so', async () => {
    await expect(
      world.describe("const one = task({ name: 'one' }, () => 1); one(); export default flow(() => 1);"),
    ).rejects.toThrow(/the task "one" was called while the file was being loaded, outside a flow's function/);
  });

  it('E21 that failed throws its original error where it is awaited, with its fields and its class', async () => {
    const run = await world.runFlow(`
      class OutOfStock extends Error { constructor(item) { super('no ' + item); this.name = 'OutOfStock'; this.item = item; } }
      const order = task({ name: 'order' }, () => { throw new OutOfStock('tea'); });
      export default flow(async () => {
        try { await order(); } catch (error) {
          return [error instanceof OutOfStock, error.name, error.message, error.item];
        }
      });`);
    expect(run.result).toEqual([true, 'OutOfStock', 'no tea', 'tea']);
    expect(run.task('order').error).toMatchObject({ name: 'OutOfStock', message: 'no tea' });
    expect(run.task('order').error?.stack).toMatch(/flow\.ts:\d+/);
  });

  it('E21 that throws no Error fails with what it threw, and the same arrives', async () => {
    const run = await world.runFlow(`
      const odd = task({ name: 'odd' }, () => { throw { code: 7 }; });
      export default flow(async () => { try { await odd(); } catch (thrown) { return thrown; } });`);
    expect(run.result).toEqual({ code: 7 });
    expect(run.task('odd').state.message).toBe('a value that is no Error was thrown: {"code":7}');
  });

  it.each([
    ['an error that is its own cause', "const error = new Error('circle'); error.cause = error; throw error", 'circle'],
    [
      'an error that cannot be read',
      "throw { name: 'x', get message() { throw new Error('no way'); } }",
      'an error was thrown that cannot be told: no way',
    ],
    [
      'a revoked proxy',
      'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy',
      'an error was thrown that cannot be told',
    ],
    ['a symbol', "throw Symbol('s')", 'a value that is no Error was thrown: Symbol(s)'],
  ])('E21 that throws %s fails all the same', async (_what, body, told) => {
    const run = await world.runFlow(`
      const odd = task({ name: 'odd' }, () => { ${body}; });
      export default flow(() => odd());`);
    expect(run.state.type).toBe('FAILED');
    expect(run.task('odd').state.message).toContain(told);
  });

  it('E22 with 3 retries that always fails is executed 4 times', async () => {
    const run = await world.runFlow(FLAKY('retries: 3', 99));
    expect(world.lines('notes')).toHaveLength(4);
    expect(run.task('flaky')).toMatchObject({ attempt: 4, state: { type: 'FAILED', name: 'Failed', message: 'no 4' } });
    const again = ['AwaitingRetry', 'Retrying'];
    expect(run.taskStates('flaky')).toEqual(['Pending', 'Running', ...again, ...again, ...again, 'Failed']);
    expect(run.state.message).toBe('no 4');
    expect(run.texts('flaky').map((text) => text.split('\n')[0])).toEqual([1, 2, 3, 4].map((n) => `Error: no ${n}`));
  });

  it('E22 that fails once is executed twice', async () => {
    const run = await world.runFlow(FLAKY('retries: 3', 1));
    expect(run.result).toBe(2);
    expect(world.lines('notes')).toEqual(['attempt 1', 'attempt 2']);
    expect(run.taskStates('flaky')).toEqual(['Pending', 'Running', 'AwaitingRetry', 'Retrying', 'Completed']);
    expect(run.task('flaky').error).toBeNull();
  });

  it('E23 reads its attempt in its context, counted on over the attempts of its flow', async () => {
    const run = await world.runFlow(`
      const flaky = task({ name: 'flaky', retries: 1 }, () => {
        const { attempt, taskRun, flowRun } = context();
        note([attempt, taskRun.attempt, flowRun.attempt].join(' '));
        if (attempt < 4) throw new Error('no');
      });
      export default flow({ retries: 1 }, () => flaky());`);
    expect(world.lines('notes')).toEqual(['1 1 1', '2 2 1', '3 3 2', '4 4 2']);
    expect(run.task('flaky').attempt).toBe(4);
    expect(run.state.name).toBe('Completed');
  });

  const delays = async (options: string, failures: number): Promise<number[]> => {
    const run = await world.runFlow(FLAKY(`retries: ${failures}, ${options}`, failures));
    return run
      .task('flaky')
      .states.filter((state) => state.name === 'AwaitingRetry')
      .map((state) => {
        const again = /again at (\S+)$/.exec(state.message ?? '')?.[1];
        return again === undefined ? 0 : Date.parse(again) - Date.parse(state.at);
      });
  };
  it('E24 tells in AwaitingRetry when it is tried again; the last delay of a list repeats', async () => {
    expect(await delays("retryDelay: ['100ms', '200ms']", 3)).toEqual([100, 200, 200]);
  });

  it('E24 with exponential delays waits longer each time, up to the maximum', async () => {
    expect(await delays("retryDelay: exponential('100ms', { max: '250ms' })", 3)).toEqual([100, 200, 250]);
  });

  it('E24 with jitter waits at most that much longer', async () => {
    for (const delay of await delays("retryDelay: '100ms', retryJitter: 1", 3)) {
      expect(delay).toBeGreaterThanOrEqual(100);
      expect(delay).toBeLessThanOrEqual(200);
    }
  });

  it('E24 waits its delay', async () => {
    const run = await world.runFlow(FLAKY("retries: 1, retryDelay: '300ms'", 1));
    const [, , waiting, retrying] = run.task('flaky').states;
    expect([waiting?.name, retrying?.name]).toEqual(['AwaitingRetry', 'Retrying']);
    expect(Date.parse(retrying?.at ?? '') - Date.parse(waiting?.at ?? '')).toBeGreaterThanOrEqual(299);
  });

  it('E24 holds no place of a limit while it waits', async () => {
    const going = await world.startFlow(`
      const first = task({ name: 'first', retries: 1, retryDelay: '1h', occupies: { gpu: 1 } }, () => { throw new Error('no'); });
      const second = task({ name: 'second', occupies: { gpu: 1 } }, () => 'went on');
      export default flow(async () => { first(); await second(); });`);
    await going.until(
      (event) => event.kind === 'task-state' && event.task.name === 'second' && event.task.state.type === 'COMPLETED',
    );
    going.cancel();
    const run = await going.ended;
    expect(run.taskStates('first').filter((name) => name !== 'AwaitingLimit')).toEqual([
      'Pending',
      'Running',
      'AwaitingRetry',
      'Cancelled',
    ]);
  });

  it.each([
    ['retryIf is false', 'retries: 3, retryIf: () => false', "throw new Error('no')"],
    ['retryIf itself throws', "retries: 3, retryIf: () => { throw new Error('oops'); }", "throw new Error('no')"],
    ['retryIf promises false', 'retries: 3, retryIf: async () => false', "throw new Error('no')"],
    ['retryIf is false of a Failed that it returned', 'retries: 3, retryIf: () => false', "return Failed('no')"],
    ['it returned a Failed that is not retriable', 'retries: 3', "return Failed('no', { retriable: false })"],
  ])('E25 is not tried again when %s', async (_why, options, body) => {
    const run = await world.runFlow(`
      const one = task({ name: 'one', ${options} }, () => { ${body}; });
      export default flow(() => one());`);
    expect(run.task('one')).toMatchObject({ attempt: 1, state: { type: 'FAILED', message: 'no' } });
    expect(run.state).toMatchObject({ type: 'FAILED', message: 'no' });
  });

  it('E25 is tried again when it returned Failed, and judged by a returned Completed, Skipped or Cancelled', async () => {
    const run = await world.runFlow(`
      const failing = task({ name: 'failing', retries: 1 }, () => context().attempt === 1 ? Failed('no') : Completed('well', { result: 7 }));
      const skipping = task({ name: 'skipping' }, () => Skipped('nothing to do'));
      const cancelling = task({ name: 'cancelling' }, () => Cancelled('not today'));
      export default flow(async () => [await failing(), (await skipping().state()).name, (await cancelling().state()).name]);`);
    expect(run.result).toEqual([7, 'Skipped', 'Cancelled']);
    expect(run.task('failing').state).toMatchObject({ name: 'Completed', message: 'well' });
    expect(run.taskStates('failing')).toEqual(['Pending', 'Running', 'AwaitingRetry', 'Retrying', 'Completed']);
  });

  it('E26 called twice without a cache is executed twice', async () => {
    const run = await world.runFlow(`
      const one = task({ name: 'one' }, (x) => { note('one'); return x; });
      export default flow(async () => [await one(1), await one(1)]);`);
    expect(run.result).toEqual([1, 1]);
    expect(world.lines('notes')).toHaveLength(2);
    expect(run.tasks.map(({ index, state }) => [index, state.name])).toEqual([
      [0, 'Completed'],
      [1, 'Completed'],
    ]);
  });

  it('E29 whose upstream failed is UpstreamFailed and not entered; its own downstream, too', async () => {
    const run = await world.runFlow(`
      const bad = task({ name: 'bad' }, () => { throw new Error('broken'); });
      const next = task({ name: 'next' }, () => note('next'));
      const last = task({ name: 'last' }, () => note('last'));
      export default flow(async () => { const state = await last(next(bad())).state(); return state.name; });`);
    expect(run.result).toBe('UpstreamFailed');
    expect(run.task('next').state).toMatchObject({
      type: 'FAILED',
      name: 'UpstreamFailed',
      message: 'an upstream did not complete: broken',
    });
    expect(run.task('last').state.name).toBe('UpstreamFailed');
    expect(run.task('next').upstream).toEqual([run.task('bad').id]);
    expect(world.lines('notes')).toEqual([]);
  });

  it('E29 gets the error through allowFailure, and the value when there is none', async () => {
    const run = await world.runFlow(`
      const bad = task({ name: 'bad' }, (fails) => { if (fails) throw new TypeError('broken'); return 'fine'; });
      const next = task({ name: 'next' }, (given) => given instanceof Error ? given.name + ': ' + given.message : given);
      export default flow(async () => [await next(allowFailure(bad(true))), await next(allowFailure(bad(false)))]);`);
    expect(run.result).toEqual(['TypeError: broken', 'fine']);
  });

  it('E30 waits for others by after() without taking data, and has an edge from them', async () => {
    const run = await world.runFlow(`
      const first = task({ name: 'first' }, async () => { await sleep(50); note('first'); });
      const many = task({ name: 'many' }, (n) => note('many'));
      const last = task({ name: 'last' }, (x) => { note('last'); return x; });
      export default flow(() => last.after(first(), many.map([1, 2]))('data'));`);
    expect(run.result).toBe('data');
    expect(world.lines('notes').at(-1)).toBe('last');
    expect(world.lines('notes')).toHaveLength(4);
    const others = run.tasks.filter((each) => each.name !== 'last').map((each) => each.id);
    expect([...run.task('last').upstream].sort()).toEqual(others.sort());
  });

  it('E30 whose awaited-for task failed is UpstreamFailed', async () => {
    const run = await world.runFlow(`
      const bad = task({ name: 'bad' }, () => { throw new Error('broken'); });
      const last = task({ name: 'last' }, () => note('last'));
      export default flow(async () => (await last.after(bad())().state()).name);`);
    expect(run.result).toBe('UpstreamFailed');
    expect(world.lines('notes')).toEqual([]);
  });

  it('E31 gets the values of futures in maps and sets; those without any as they are', async () => {
    const run = await world.runFlow(`
      const make = task({ name: 'make' }, (n) => n * 10);
      const use = task({ name: 'use' }, (map, set) => [[...map], [...set], map.get('own') === map]);
      const same = task({ name: 'same' }, (given) => given);
      export default flow(async () => {
        const map = new Map([['a', make(1)], ['list', [make(2)]], ['n', 3]]);
        const own = new Map([['a', make(4)]]);
        own.set('own', own);
        const plain = new Set([1]);
        const isSame = (await same(plain)) === plain;
        const [entries, members] = await use(map, new Set([make(5), 6]));
        const circle = await task({ name: 'circle' }, (given) => given.get('own') === given)(own);
        return { entries, members, circle, isSame };
      });`);
    expect(run.value).toEqual({
      entries: [
        ['a', 10],
        ['list', [20]],
        ['n', 3],
      ],
      members: [50, 6],
      circle: true,
      isSame: true,
    });
    expect(run.task('use').upstream).toHaveLength(3);
  });

  it('E31 gets the value of a future however deep it lies, also in shared and circular data', async () => {
    const run = await world.runFlow(`
      const make = task({ name: 'make' }, (n) => n);
      const use = task({ name: 'use' }, (given) => [given.deep[0].a.b, given.deep[1], given.circle.circle === given.circle, given.circle.x, given.same === given.again]);
      export default flow(() => {
        const circle = { x: make(3) };
        circle.circle = circle;
        const same = [make(4)];
        return use({ deep: [{ a: { b: make(1) } }, make(2)], circle, same, again: same });
      });`);
    expect(run.result).toEqual([1, 2, true, 3, true]);
    expect(run.task('use').upstream).toHaveLength(4);
  });

  it('E31 gets what is inside quote() as it is, futures too', async () => {
    const run = await world.runFlow(`
      const slow = task({ name: 'slow' }, () => seen('go'));
      const use = task({ name: 'use' }, (given) => { writeFileSync(join(context().dir, 'go'), ''); return typeof given.later.then; });
      export default flow(async () => { const later = slow(); const type = await use(quote({ later })); await later; return type; });`);
    expect(run.result).toBe('function');
    expect(run.task('use').upstream).toEqual([]);
  });

  it("E31 has an edge from the task whose result object it is given, but not from a copy's", async () => {
    const run = await world.runFlow(`
      const make = task({ name: 'make' }, () => [{ a: 1 }]);
      const use = task({ name: 'use' }, (rows) => rows.length);
      export default flow(async () => { const rows = await make(); await use(rows); await use([...rows]); });`);
    expect(run.tasks.filter((each) => each.name === 'use').map((each) => each.upstream.length)).toEqual([1, 0]);
  });

  it('E32 past its timeout is TimedOut, its signal aborts, and it is tried again by its retries', async () => {
    const run = await world.runFlow(`
      const slow = task({ name: 'slow', timeout: '100ms', retries: 1 }, async () => {
        const { signal, attempt } = context();
        if (attempt === 2) return 'quick';
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        note(signal.reason.message);
      });
      export default flow(() => slow());`);
    expect(run.result).toBe('quick');
    expect(world.lines('notes')).toEqual(['task "slow" ran longer than its timeout of 100ms']);
    expect(run.taskStates('slow')).toEqual(['Pending', 'Running', 'AwaitingRetry', 'Retrying', 'Completed']);
    const forever = await world.runFlow(`
      const slow = task({ name: 'slow', timeout: '50ms', retries: 1 }, () => seen('never'));
      export default flow(() => slow());`);
    expect(forever.task('slow')).toMatchObject({ attempt: 2, state: { type: 'FAILED', name: 'TimedOut' } });
    expect(forever.state.message).toBe('task "slow" ran longer than its timeout of 50ms');
  });

  it('that waits for something that can never happen is ended with a sentence by its flow', async () => {
    const run = await world.runFlow(`
      const stuck = task({ name: 'stuck' }, () => new Promise(() => {}));
      export default flow(() => stuck());`);
    expect(run.state.message).toMatch(/waits for something that can never happen/);
  });

  it('calls tasks as its children; tried again, it finds what they have finished', async () => {
    const run = await world.runFlow(`
      const child = task({ name: 'child' }, (n) => { note('child ' + n); return n * 2; });
      const parent = task({ name: 'parent', retries: 1 }, async () => {
        const sum = (await child(1)) + (await child(2));
        if (context().attempt === 1) throw new Error('not yet');
        return sum;
      });
      export default flow(() => parent());`);
    expect(run.result).toBe(6);
    expect(world.lines('notes')).toEqual(['child 1', 'child 2']);
    expect(run.tasks).toHaveLength(3);
    expect(run.rows.filter((row) => row.name === 'child').map((row) => row.parentTaskId)).toEqual(
      Array(2).fill(run.task('parent').id),
    );
  });

  it('is not finished before the children that it did not wait for; a failed attempt ends its own first', async () => {
    const run = await world.runFlow(`
      const child = task({ name: 'child' }, async (attempt) => {
        if (attempt === 1) await seen('never');
        await sleep(50);
        note('child');
      });
      const parent = task({ name: 'parent', retries: 1 }, () => {
        child(context().attempt);
        if (context().attempt === 1) throw new Error('not yet');
      });
      export default flow(async () => { await parent(); note('after'); });`);
    expect(run.state.name).toBe('Completed');
    expect(world.lines('notes')).toEqual(['child', 'after']);
    expect(
      run.tasks
        .filter((each) => each.name === 'child')
        .map((each) => each.state.name)
        .sort(),
    ).toEqual(['Cancelled', 'Completed']);
  });

  it('has a label made from its arguments', async () => {
    const run = await world.runFlow(`
      const train = task({ name: 'train', runName: 'alpha={0} {1}' }, (alpha, o) => alpha);
      export default flow(async () => { await train(0.1, { a: 1n === 1n }); await train('x', undefined); });`);
    expect(run.tasks.map((each) => each.key)).toEqual(['alpha=0.1 {"a":true}', 'alpha=x undefined']);
  });

  it('has a label that a function of its arguments makes, and none when that function throws', async () => {
    const run = await world.runFlow(`
      const train = task({ name: 'train', runName: (spec) => spec.kind.toUpperCase() }, (spec) => spec);
      export default flow(async () => { await train({ kind: 'ridge' }); await train({}); });`);
    expect(run.tasks.map((each) => [each.key, each.state.name])).toEqual([
      ['RIDGE', 'Completed'],
      [null, 'Completed'],
    ]);
  });

  it('with() is a copy with changed options', async () => {
    const run = await world.runFlow(`
      const one = task({ name: 'one', retries: 5, retryDelay: '1h', tags: ['a'], timeout: '1h' }, () => { throw new Error('no'); });
      const two = one.with({ name: 'two', retries: 1, retryDelay: 0 });
      export default flow(() => two());`);
    expect(run.task('two')).toMatchObject({ attempt: 2 });
    expect(run.rows[0]?.tags).toEqual(['a']);
  });
});

describe('results', () => {
  it('E37 of any storable kind are equal when the run is resumed by another process', async () => {
    const source = `
      const make = task({ name: 'make' }, () => {
        note('make');
        return {
          big: 'x'.repeat(5_000_000), date: new Date(0), map: new Map([['a', { b: 1 }]]), set: new Set([1]),
          huge: 2n ** 70n, bytes: Buffer.from([1, 2, 3]), nothing: undefined, nan: NaN, url: new URL('http://a.b/c'),
        };
      });
      const wait = task({ name: 'wait' }, async () => { note('wait'); await seen('go'); });
      export default flow(async () => {
        const made = await make();
        await wait();
        const { big, ...rest } = made;
        return { ...rest, length: big.length, isBuffer: Buffer.isBuffer(made.bytes), has: 'nothing' in made };
      });`;
    const going = await world.startFlow(source);
    await going.until(
      (event) => event.kind === 'task-state' && event.task.name === 'wait' && event.task.state.type === 'RUNNING',
    );
    // That a task runs is told before its first line.
    await vi.waitUntil(() => world.lines('notes').includes('wait'), 90_000);
    await world.restart();
    expect(world.engine.store.flowRuns.byId(going.id)?.state.name).toBe('AwaitingResume');
    world.write('go', '');
    const run = await world.resume(going.id);
    expect(run.value).toEqual({
      date: new Date(0),
      map: new Map([['a', { b: 1 }]]),
      set: new Set([1]),
      huge: 2n ** 70n,
      bytes: Buffer.from([1, 2, 3]),
      nothing: undefined,
      nan: NaN,
      url: new URL('http://a.b/c'),
      length: 5_000_000,
      isBuffer: true,
      has: true,
    });
    expect(world.lines('notes')).toEqual(['make', 'wait', 'wait']);
    expect(run.task('make').reused_from_attempt).toBe(1);
    expect(run.stateNames).toEqual(['Pending', 'Running', 'AwaitingResume', 'Resuming', 'Completed']);
  });

  it('E37 that are functions do not break the run, and their task runs again with the next attempt', async () => {
    const run = await world.runFlow(`
      const make = task({ name: 'make' }, () => { note('make'); return () => 7; });
      const use = task({ name: 'use' }, (f) => f());
      export default flow({ retries: 1 }, async () => {
        const value = await use(make());
        if (context().attempt === 1) throw new Error('not yet');
        return value;
      });`);
    expect(run.result).toBe(7);
    expect(world.lines('notes')).toEqual(['make', 'make']);
    expect(run.task('make').state).toMatchObject({ name: 'Completed' });
    expect(run.task('make').state.message).toContain('cannot be stored');
    expect(run.task('make').why).toBe('ran again: the result could not be stored');
  });
});
