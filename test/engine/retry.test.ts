import { beforeEach, describe, expect, it } from 'vitest';
import { type EndedRun, engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

/** Name, state, and why, of each task in order. */
const told = (run: EndedRun) => run.tasks.map((task) => [task.name, task.state.name, task.why]);

/** Three tasks in a row and one beside them; each notes that it ran. `middle` is the text of the second. */
const CHAIN = (middle = "throw new Error('no');", first = 'return 1;') => `
  const first = task({ name: 'first' }, async () => { note('first'); ${first} });
  const beside = task({ name: 'beside' }, async () => { note('beside'); return 10; });
  const middle = task({ name: 'middle' }, async (x) => { note('middle'); ${middle} });
  const last = task({ name: 'last' }, async (x, y) => { note('last'); return x + y; });
  export default flow({ name: 'chain' }, async () => last(middle(first()), beside()));`;

describe('weir retry', () => {
  it('E62 reuses what finished and runs what failed with the code as it is now: same run, attempt 2', async () => {
    const failed = await world.runFlow(CHAIN());
    expect(failed.state.type).toBe('FAILED');
    world.writeFlow(CHAIN('return x * 2;'));
    const run = await world.retry(failed.id);
    expect(run).toMatchObject({ id: failed.id, attempt: 2, value: 12, error: null });
    expect(run.stateNames).toEqual(['Pending', 'Running', 'Failed', 'AwaitingRetry', 'Retrying', 'Completed']);
    expect(told(run)).toEqual([
      ['first', 'Completed', 'reused from attempt 1'],
      ['middle', 'Completed', 'ran again: failed before, code changed'],
      ['beside', 'Completed', 'reused from attempt 1'],
      ['last', 'Completed', 'ran now: an upstream failed before'],
    ]);
    expect(run.taskStates('middle')).toEqual(['Pending', 'Running', 'Failed', 'Pending', 'Running', 'Completed']);
    expect(world.lines('notes').toSorted()).toEqual(['beside', 'first', 'last', 'middle', 'middle']);
  });

  it('E62 with the same code fails as before, although the file was mended', async () => {
    const { id } = await world.runFlow(CHAIN());
    world.writeFlow(CHAIN('return x * 2;'));
    const again = await world.retry(id, { sameCode: true });
    expect(again).toMatchObject({ attempt: 2, state: { type: 'FAILED' } });
    expect(again.task('middle').why).toBe('ran again: failed before');
    expect((await world.retry(id)).value).toBe(12);
  });

  it('keeps the mended code over a later resume', async () => {
    const { id } = await world.runFlow(CHAIN());
    world.writeFlow(CHAIN("await seen('go'); return x * 2;"));
    const retried = world.retry(id);
    retried.catch(() => {});
    await world.engine.store.writer.flush();
    while (world.lines('notes').filter((line) => line === 'middle').length < 2)
      await new Promise((done) => setTimeout(done, 5));
    await world.restart();
    world.writeFlow('broken (');
    world.write('go', '');
    expect((await world.resume(id)).value).toBe(12);
  });

  it('takes the rules of the flow from its file as it is now', async () => {
    const source = (retries: number) =>
      `export default flow({ name: 'stubborn', retries: ${retries} }, () => { note('ran'); throw new Error('no'); });`;
    const { id } = await world.runFlow(source(0));
    world.writeFlow(source(2));
    expect((await world.retry(id)).attempt).toBe(4);
    expect(world.lines('notes')).toHaveLength(4);
  });

  it('gives a run whose crash budget was spent a new one, and a cancelled run another attempt', async () => {
    const going = await world.startFlow(`
      const wait = task({ name: 'wait' }, async () => { note('wait'); await seen('go'); return 'there'; });
      export default flow(async () => wait());`);
    await going.until((event) => event.kind === 'task-state' && event.task.state.name === 'Running');
    going.cancel();
    expect((await going.ended).state.name).toBe('Cancelled');
    world.write('go', '');
    const run = await world.retry(going.id);
    expect(run.value).toBe('there');
    expect(run.task('wait').why).toBe('ran again: cancelled before');
  });

  it.each([
    ['Completed', 'weir rerun 1'],
    ['Skipped', 'weir rerun 1'],
  ])('refuses a run that is %s, and says what would do instead', async (name, hint) => {
    await world.runFlow(`export default flow(() => ${name}('done'));`);
    await expect(world.retry(1)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`run 1 is ${name}`),
      hint: expect.stringContaining(hint),
    });
    expect(world.engine.store.flowRuns.byId(1)?.state.name).toBe(name);
  });
});

describe('weir retry --from', () => {
  it('E62 runs the task and everything downstream of it again, also in a completed run', async () => {
    const done = await world.runFlow(CHAIN('return x * 2;'));
    expect(done.value).toBe(12);
    const run = await world.retry(done.id, { from: 'middle' });
    expect(told(run)).toEqual([
      ['first', 'Completed', 'reused from attempt 1'],
      ['middle', 'Completed', 'ran again: --from middle'],
      ['beside', 'Completed', 'reused from attempt 1'],
      ['last', 'Completed', 'ran again: downstream (--from middle)'],
    ]);
    expect(world.lines('notes').slice(4).toSorted()).toEqual(['last', 'middle']);
    expect(run.value).toBe(12);
  });

  it('E62 runs again what was called with a value that the flow had awaited, even when the value is the same', async () => {
    const awaited = `
      const before = task({ name: 'before' }, async () => { note('before'); return 1; });
      const fetch = task({ name: 'fetch' }, async () => { note('fetch'); return 'rows.csv'; });
      const train = task({ name: 'train' }, async (file) => { note('train'); return file; });
      export default flow(async () => { await before(); const file = await fetch(); return await train(file); });`;
    const { id } = await world.runFlow(awaited);
    const run = await world.retry(id, { from: 'fetch' });
    expect(told(run)).toEqual([
      ['before', 'Completed', 'reused from attempt 1'],
      ['fetch', 'Completed', 'ran again: --from fetch'],
      ['train', 'Completed', 'ran again: called later (--from fetch)'],
    ]);
    expect(world.lines('notes')).toEqual(['before', 'fetch', 'train', 'fetch', 'train']);
  });

  it('says when the code of the task has changed as well, and does not keep two rows of it', async () => {
    const done = await world.runFlow(CHAIN('return x * 2;'));
    world.writeFlow(CHAIN('return x * 3;'));
    const run = await world.retry(done.id, { from: 'middle' });
    expect(
      told(run)
        .filter(([name]) => name !== 'beside')
        .slice(1),
    ).toEqual([
      ['middle', 'Completed', 'ran again: --from middle, code changed'],
      ['last', 'Completed', 'ran again: downstream (--from middle), inputs changed'],
    ]);
    expect(run.value).toBe(13);
  });

  it('runs what the task calls, and the task that calls it, but not its siblings', async () => {
    const nested = `
      const leaf = task({ name: 'leaf' }, async (x) => { note('leaf ' + x); return x; });
      const inner = task({ name: 'inner' }, async (x) => { note('inner ' + x); return leaf(x); });
      const outer = task({ name: 'outer' }, async () => { note('outer'); return [await inner(1), await inner(2)]; });
      export default flow(async () => outer());`;
    const { id } = await world.runFlow(nested);
    const before = world.lines('notes').length;
    const run = await world.retry(id, { from: 'inner[1]' });
    expect(world.lines('notes').slice(before)).toEqual(['outer', 'inner 2', 'leaf 2']);
    expect(run.value).toEqual([1, 2]);
    expect(run.tasks.map((task) => [task.name, task.why])).toEqual([
      ['outer', 'ran again: a task that it calls runs again'],
      ['inner', 'reused from attempt 1'],
      ['leaf', 'not called in attempt 2'],
      ['inner', 'ran again: --from inner[1]'],
      ['leaf', 'ran again: called again (--from inner[1])'],
    ]);
  });

  it('does not take the answer from a cache', async () => {
    const cached = `
      const slow = task({ name: 'slow', cache: { key: 'inputs' } }, async () => { note('slow'); return world(); });
      const world = () => readFileSync(join(context().dir, 'value'), 'utf8');
      export default flow(async () => slow());`;
    world.write('value', 'old');
    await world.runFlow(cached);
    const { id } = await world.runFlow(cached);
    world.write('value', 'new');
    expect((await world.retry(id, { from: 'slow' })).value).toBe('new');
    expect(world.lines('notes')).toHaveLength(2);
    expect((await world.runFlow(cached)).value).toBe('new');
  });

  it('survives the end of the process before the task has run', async () => {
    const { id } = await world.runFlow(`
      const wait = task({ name: 'wait' }, async () => { note('wait'); if (existsSync(join(context().dir, 'slow'))) await seen('go'); return 1; });
      const after = task({ name: 'after' }, async (x) => { note('after'); return x; });
      export default flow(async () => after(wait()));`);
    world.write('slow', '');
    const retried = world.retry(id, { from: 'wait' });
    retried.catch(() => {});
    const isWaiting = () =>
      world.lines('notes').length === 3 &&
      world.engine.store.taskRuns.ofRun(id).some((task) => task.state.type === 'RUNNING');
    while (!isWaiting()) await new Promise((done) => setTimeout(done, 5));
    await world.restart();
    world.write('go', '');
    const run = await world.resume(id);
    expect(world.lines('notes')).toEqual(['wait', 'after', 'wait', 'wait', 'after']);
    expect(run.task('wait').why).toBe('ran again: interrupted before');
    expect(run.task('after').why).toBe('ran again: downstream (--from wait)');
  });
});

describe('weir retry --only', () => {
  it('E62 executes the task alone; what finished is reused although its inputs changed', async () => {
    const { id } = await world.runFlow(CHAIN('return x * 2;'));
    const before = world.lines('notes').length;
    world.writeFlow(CHAIN('return x * 3;'));
    const run = await world.retry(id, { only: 'middle' });
    expect(world.lines('notes').slice(before)).toEqual(['middle']);
    expect(told(run)).toEqual([
      ['first', 'Completed', 'reused from attempt 1'],
      ['middle', 'Completed', 'ran again: --only middle, code changed'],
      ['beside', 'Completed', 'reused from attempt 1'],
      ['last', 'Completed', 'reused from attempt 1 although inputs changed'],
    ]);
    expect(run.value).toBe(12);
  });

  it('lets what failed keep its failure, and refuses what was never called', async () => {
    const source = (more = '') => `
      const fine = task({ name: 'fine' }, async () => { note('fine'); return 1; });
      const bad = task({ name: 'bad' }, async () => { note('bad'); throw new Error('as ever'); });
      const late = task({ name: 'late' }, async () => { note('late'); return 2; });
      export default flow(async () => { const all = [fine(), bad()${more}]; return Promise.all(all.map((each) => each.state())); });`;
    const { id } = await world.runFlow(source());
    world.writeFlow(source(', late()'));
    const run = await world.retry(id, { only: 'fine' });
    expect(world.lines('notes')).toEqual(['fine', 'bad', 'fine']);
    expect(run.task('bad')).toMatchObject({
      state: { name: 'Failed' },
      attempt: 1,
      error: { message: 'as ever' },
      why: 'not executed: weir retry --only fine executes nothing else',
    });
    expect(run.task('late').state).toMatchObject({
      name: 'Failed',
      message:
        'task "late" was not executed: it had not been called before, and weir retry --only fine executes nothing else',
    });
  });

  it('runs what the task calls itself, new calls too, in its place inside another task', async () => {
    const source = (more = '') => `
      const leaf = task({ name: 'leaf' }, async (x) => { note('leaf ' + x); return x; });
      const inner = task({ name: 'inner' }, async (x) => { note('inner'); return [await leaf(x)${more}]; });
      const sibling = task({ name: 'sibling' }, async () => { note('sibling'); return 's'; });
      const outer = task({ name: 'outer' }, async () => { note('outer'); return [await sibling(), await inner(1)]; });
      const after = task({ name: 'after' }, async (x) => { note('after'); return x; });
      export default flow(async () => [await outer(), await after('a')]);`;
    const { id } = await world.runFlow(source());
    const before = world.lines('notes').length;
    world.writeFlow(source(', await leaf(2)'));
    const run = await world.retry(id, { only: 'inner' });
    expect(world.lines('notes').slice(before)).toEqual(['outer', 'inner', 'leaf 1', 'leaf 2']);
    expect(run.value).toEqual([['s', [1, 2]], 'a']);
  });
});

describe('a retried run with a subflow', () => {
  const WITH_SUBFLOW = (mended = false) => `
    const good = task({ name: 'good' }, async () => { note('good'); return 1; });
    const bad = task({ name: 'bad' }, async (x) => { note('bad'); ${mended ? 'return x + 1;' : "throw new Error('no');"} });
    export const inner = flow({ name: 'inner' }, async () => bad(await good()));
    const first = task({ name: 'first' }, async () => { note('first'); return 0; });
    export default flow({ name: 'outer' }, async () => [await first(), await inner()]);`;

  it('E62 goes on with the same run of the subflow, whose finished tasks are reused', async () => {
    const { id } = await world.runFlow(WITH_SUBFLOW(), { flow: 'outer' });
    world.writeFlow(WITH_SUBFLOW(true));
    const run = await world.retry(id);
    expect(run.value).toEqual([0, 2]);
    expect(world.lines('notes')).toEqual(['first', 'good', 'bad', 'bad']);
    const { store } = world.engine;
    const child = store.flowRuns.byId(id + 1);
    expect(child).toMatchObject({ flow: 'inner', parentRunId: id, attempt: 2, state: { name: 'Completed' } });
    expect(store.taskRuns.ofRun(id + 1).map((task) => [task.name, task.why])).toEqual([
      ['good', 'reused from attempt 1'],
      ['bad', 'ran again: failed before, code changed'],
    ]);
    expect(store.flowRuns.latest(10, null)).toHaveLength(2);
  });

  it('E62 runs all of a subflow again when --from names its call', async () => {
    const { id } = await world.runFlow(WITH_SUBFLOW(true), { flow: 'outer' });
    const run = await world.retry(id, { from: 'inner' });
    expect(run.value).toEqual([0, 2]);
    expect(world.lines('notes')).toEqual(['first', 'good', 'bad', 'good', 'bad']);
    expect(run.task('inner').why).toBe('ran again: --from inner');
  });
});

describe('why a task was reused or not', () => {
  it('is right where a retry takes another branch', async () => {
    const branching = (branch: string) => `
      const choose = task({ name: 'choose' }, async () => '${branch}');
      const left = task({ name: 'left' }, async () => { note('left'); throw new Error('no way'); });
      const right = task({ name: 'right' }, async () => { note('right'); return 'through'; });
      export default flow(async () => (await choose()) === 'left' ? left() : right());`;
    const { id } = await world.runFlow(branching('left'));
    world.writeFlow(branching('right'));
    const run = await world.retry(id);
    expect(run).toMatchObject({ value: 'through', state: { name: 'Completed' } });
    expect(told(run).toSorted()).toEqual([
      ['choose', 'Completed', 'not called in attempt 2'],
      ['choose', 'Completed', 'ran again: code changed'],
      ['left', 'Failed', 'not called in attempt 2'],
      ['right', 'Completed', null],
    ]);
    expect(world.lines('notes')).toEqual(['left', 'right']);
  });

  it('tells two calls with equal inputs apart by their count', async () => {
    const source = (mended: boolean) => `
      const roll = task({ name: 'roll' }, async (x) => { const n = readFileSync(join(context().dir, 'count'), 'utf8').length; appendFileSync(join(context().dir, 'count'), '.'); return n; });
      const check = task({ name: 'check' }, async (all) => { ${mended ? 'return all;' : "throw new Error('no');"} });
      export default flow({ runner: 'sequential' }, async () => check(await roll.map([7, 7, 7])));`;
    world.write('count', '');
    const { id } = await world.runFlow(source(false));
    world.writeFlow(source(true));
    const run = await world.retry(id);
    expect(run.value).toEqual([0, 1, 2]);
    expect(run.tasks.map((task) => [task.name, task.index, task.why])).toEqual([
      ['roll', 0, 'reused from attempt 1'],
      ['roll', 1, 'reused from attempt 1'],
      ['roll', 2, 'reused from attempt 1'],
      ['check', 0, 'ran again: failed before, code changed'],
    ]);
  });

  it('tells inputs, code, and both; a key that stayed; inputs that cannot be compared; what stood inside', async () => {
    const source = (input: number, body: string, key: string) => `
      const inputs = task({ name: 'inputs' }, async (x) => x);
      const both = task({ name: 'both' }, async (x) => x + ${body});
      const keyed = task({ name: 'keyed', key: () => '${key}' }, async (x) => x);
      const steady = task({ name: 'steady', key: () => 'same' }, async (x) => x);
      const opaque = task({ name: 'opaque' }, async (x) => 1);
      const leaf = task({ name: 'leaf' }, async () => 1);
      const outer = task({ name: 'outer' }, async () => (await leaf()) + ${body});
      export default flow(async () => {
        await Promise.all([inputs(${input}), both(${input}), keyed(1), steady(${input}), opaque(() => 1), outer()]);
        if (${input} === 1) throw new Error('no');
      });`;
    const { id } = await world.runFlow(source(1, '1', 'a'));
    world.writeFlow(source(2, '2', 'b'));
    const run = await world.retry(id);
    const why = (name: string) => run.rows.filter((task) => task.name === name).map((task) => task.why);
    expect(why('inputs')).toContain('ran again: inputs changed');
    expect(why('both')).toContain('ran again: code and inputs changed');
    expect(why('keyed')).toContain('ran again: key changed');
    expect(why('steady')).toEqual(['reused from attempt 1, by its key']);
    expect(why('opaque')).toEqual(['ran again: its inputs cannot be compared, give it a key']);
    expect(why('outer')).toContain('ran again: code changed');
    expect(why('leaf')).toContain('ran again: the task around it changed');
  });

  it('does not give a failed call the place of one that finished beside it', async () => {
    const source = (broken: number) => `
      const square = task({ name: 'square' }, async (x) => { if (x === ${broken}) throw new Error('no'); return x * x; });
      export default flow(async () => square.map([1, 2, 3]));`;
    const { id } = await world.runFlow(source(2));
    world.writeFlow(source(0));
    const run = await world.retry(id);
    expect(run.value).toEqual([1, 4, 9]);
    expect(run.rows.filter((task) => task.flowAttempt === 2).map((task) => [task.attempt, task.why])).toEqual([
      [1, 'ran again: code changed'],
      [2, 'ran again: failed before, code changed'],
      [1, 'ran again: code changed'],
    ]);
  });
});
