import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { EngineEvent } from '../../src/engine/events.ts';
import { openStore } from '../../src/store/store.ts';
import { engineWorld, mostAtOnce, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

const USE = (occupies: string) => `
  const use = task({ name: 'use', occupies: ${occupies} }, async (n) => { note('in ' + n); await sleep(10); note('out ' + n); return n; });`;

describe('a concurrency limit', () => {
  it('E52 of 1 lets one task run at a time; the others wait, and their state names the holder', async () => {
    const going = await world.startFlow(`
      const hold = task({ name: 'hold', occupies: { gpu: 1 } }, () => seen('go'));
      const next = task({ name: 'next', occupies: { gpu: 1 } }, () => 1);
      export default flow({ concurrencyLimits: { gpu: 1 } }, async () => { const held = hold(); await sleep(1); await Promise.all([held, next()]); });`);
    const event = await going.until((each) => each.kind === 'task-state' && each.task.state.name === 'AwaitingLimit');
    expect(event).toMatchObject({
      task: { name: 'next', state: { message: 'waits for "gpu" (capacity 1), held by run 1' } },
    });
    world.write('go', '');
    const run = await going.ended;
    expect(run.taskStates('next')).toEqual(['Pending', 'AwaitingLimit', 'Running', 'Completed']);
    expect(run.task('next').attempt).toBe(1);
  });

  it('E52 that nobody declared counts as 1', async () => {
    const undeclared = await world.runFlow(
      `${USE('{ gpu: 1 }')} export default flow(async () => { await use.map([1, 2, 3]); });`,
    );
    expect(undeclared.state.name).toBe('Completed');
    expect(mostAtOnce(world.lines('notes'))).toBe(1);
  });

  it('E52 holds as many as its declaration says', async () => {
    const run = await world.runFlow(`
      const use = task({ name: 'use', occupies: { gpu: 1 } }, async (n) => {
        note('in ' + n);
        while (readFileSync(join(context().dir, 'notes'), 'utf8').split('in').length < 3) await sleep(5);
        note('out ' + n);
      });
      export default flow({ concurrencyLimits: { gpu: 2 } }, async () => { await use.map([1, 2, 3, 4]); });`);
    expect(run.state.name).toBe('Completed');
    expect(mostAtOnce(world.lines('notes'))).toBe(2);
  });

  it('E52 is taken together with others, or none of them', async () => {
    const going = await world.startFlow(`
      const gpu = task({ name: 'gpu', occupies: { gpu: 1 } }, () => seen('go'));
      const both = task({ name: 'both', occupies: { cpu: 1, gpu: 1 } }, () => note('both'));
      const cpu = task({ name: 'cpu', occupies: { cpu: 1 } }, () => { note('cpu'); writeFileSync(join(context().dir, 'go'), ''); });
      export default flow(async () => {
        const held = gpu();
        const waits = both();
        await seen('waits');
        await cpu();
        await Promise.all([held, waits]);
      });`);
    await going.until(
      (event) => event.kind === 'task-state' && event.task.name === 'both' && event.task.state.name === 'AwaitingLimit',
    );
    world.write('waits', '');
    expect((await going.ended).state.name).toBe('Completed');
    expect(world.lines('notes')).toEqual(['cpu', 'both']);
  });

  it('E52 held by a task covers the tasks that it calls', async () => {
    const run = await world.runFlow(`
      const child = task({ name: 'child', occupies: { gpu: 1 } }, () => 'child');
      const parent = task({ name: 'parent', occupies: { gpu: 1 } }, () => child());
      export default flow(() => parent());`);
    expect(run.result).toBe('child');
  });

  it('E52 smaller than what a task occupies fails the task, instead of waiting for ever', async () => {
    const run = await world.runFlow(
      `${USE('{ gpu: 3 }')} export default flow({ concurrencyLimits: { gpu: 2 } }, () => use(1));`,
    );
    expect(run.state.message).toBe('task "use" occupies 3 of "gpu", whose capacity is 2');
    expect(world.lines('notes')).toEqual([]);
  });

  it('E52 that a retry has to wait for again leaves it a retry', async () => {
    const going = await world.startFlow(`
      const flaky = task({ name: 'flaky', retries: 1, occupies: { gpu: 1 } }, async () => {
        if (context().attempt === 2) return 'fine';
        await seen('waits');
        throw new Error('no');
      });
      const next = task({ name: 'next', occupies: { gpu: 1 } }, () => seen('go'));
      export default flow(async () => { const [value] = await Promise.all([flaky(), next.after()()]); return value; });`);
    const waits = (name: string) => (event: EngineEvent) =>
      event.kind === 'task-state' && event.task.name === name && event.task.state.name === 'AwaitingLimit';
    await going.until(waits('next'));
    // Whoever comes first takes the place that the failed attempt left.
    world.write('waits', '');
    world.write('go', '');
    const run = await going.ended;
    expect(run.result).toBe('fine');
    const names = run.taskStates('flaky').filter((name) => name !== 'AwaitingLimit');
    expect(names).toEqual(['Pending', 'Running', 'AwaitingRetry', 'Retrying', 'Completed']);
  });

  it('E52 is free again after a failure, a cancel, and the end of the run', async () => {
    const failed = await world.runFlow(`
      const bad = task({ name: 'bad', occupies: { gpu: 1 }, retries: 1 }, () => { throw new Error('no'); });
      export default flow(async () => { await bad().state(); await bad().state(); });`);
    expect(failed.state.name).toBe('Completed');
    const going = await world.startFlow(`
      const hold = task({ name: 'hold', occupies: { gpu: 1 } }, () => seen('never'));
      export default flow(async () => { await Promise.all([hold(), hold(), hold()]); });`);
    await going.until((event) => event.kind === 'task-state' && event.task.state.name === 'AwaitingLimit');
    going.cancel();
    const run = await going.ended;
    expect(run.tasks.map((each) => each.state.name)).toEqual(['Cancelled', 'Cancelled', 'Cancelled']);
    expect(world.engine.store.limits.holders('gpu')).toEqual([]);
  });

  it('E52 wakes who waits longest, in the order in which they came, round after round', async () => {
    const going = await world.startFlow(`
      const use = task({ name: 'use', occupies: { gpu: 1 } }, async (n) => {
        note('in ' + n);
        await seen('go');
        // Longer than anybody looks by himself, so that the order outlives the looks.
        await sleep(110);
      });
      export default flow(async () => { for (let n = 1; n <= 6; n++) { use(n); await sleep(1); } });`);
    await going.until((event) => event.kind === 'task-state' && event.task.position === 6);
    const other = openStore(join(world.folder, 'weir.db'));
    onTestFinished(() => void other.close());
    world.write('go', '');
    // Each commit of somebody else makes every waiter look again.
    const pokes = setInterval(() => other.meta.set('poke', String(Math.random())), 30);
    await going.ended;
    clearInterval(pokes);
    expect(world.lines('notes')).toEqual([1, 2, 3, 4, 5, 6].map((n) => `in ${n}`));
  });

  it('E52 is not taken in passing by those who want less than the one who waits', async () => {
    const going = await world.startFlow(`
      const one = task({ name: 'one', occupies: { gpu: 1 } }, async (name) => { await seen(name); note(name); });
      const both = task({ name: 'both', occupies: { gpu: 2 } }, () => note('both'));
      export default flow({ concurrencyLimits: { gpu: 2 } }, async () => {
        one('a'); one('b');
        await sleep(1);
        both();
        await seen('later');
        one('c'); one('d');
      });`);
    const waits = (name: string) => (event: EngineEvent) =>
      event.kind === 'task-state' && event.task.name === name && event.task.state.name === 'AwaitingLimit';
    await going.until(waits('both'));
    for (const name of ['later', 'c', 'd']) world.write(name, '');
    await going.until(waits('one'));
    world.write('a', '');
    // One of two is free now, and those behind want only one.
    await vi.waitUntil(() => world.lines('notes').includes('a'), 90_000);
    world.write('b', '');
    await going.ended;
    expect(world.lines('notes').slice(0, 3)).toEqual(['a', 'b', 'both']);
  });

  it('E52 that is raised by another process wakes who waits; 0 stops until then', async () => {
    const other = openStore(join(world.folder, 'weir.db'));
    onTestFinished(() => void other.close());
    other.limits.put('gpu', 0, 1);
    const going = await world.startFlow(
      `${USE('{ gpu: 1 }')} export default flow({ concurrencyLimits: { gpu: 5 } }, () => use(1));`,
    );
    const event = await going.until((each) => each.kind === 'task-state' && each.task.state.name === 'AwaitingLimit');
    expect(event).toMatchObject({ task: { state: { message: 'waits for "gpu" (capacity 0), held by nobody' } } });
    other.limits.put('gpu', 1, 2);
    expect((await going.ended).result).toBe(1);
  });

  it('E52 named tag:x is occupied by tasks that have the tag themselves, and by no others', async () => {
    // Where two may be inside, the first waits for the second; where one may, it stays long enough to be met.
    const tagged = (capacity: string, together = 'await sleep(20)') => `
      const own = task({ name: 'own', tags: ['db'] }, async (n) => { note('in ' + n); ${together}; note('out ' + n); });
      const inherits = task({ name: 'inherits' }, async (n) => {
        note('begun');
        while (readFileSync(join(context().dir, 'notes'), 'utf8').split('begun').length < 3) await sleep(5);
      });
      export default flow({ tags: ['db'], concurrencyLimits: { ${capacity} } }, async () => {
        await Promise.all([inherits.map([1, 2]), own.map([1, 2, 3])]);
      });`;
    const run = await world.runFlow(tagged("'tag:db': 1"));
    expect(run.state.name).toBe('Completed');
    expect(run.task('inherits').state.name).toBe('Completed');
    expect(mostAtOnce(world.lines('notes').filter((line) => line !== 'begun'))).toBe(1);
    world.engine.store.limits.put('tag:db', 2, 1);
    world.write('notes', '');
    const second = "while (readFileSync(join(context().dir, 'notes'), 'utf8').split('in ').length < 3) await sleep(5)";
    await world.runFlow(tagged('', second));
    expect(mostAtOnce(world.lines('notes').filter((line) => line !== 'begun'))).toBe(2);
  });

  it('E52 held crosswise with another by tasks that wait for both inside is an error, not a deadlock', async () => {
    const run = await world.runFlow(`
      const holds = (name, outer, other, inner) => task({ name, occupies: { [outer]: 1 } }, async () => {
        writeFileSync(join(context().dir, name), '');
        await seen(other);
        return task({ name: name + '-inner', occupies: { [inner]: 1 } }, () => name)();
      });
      const first = holds('first', 'cpu', 'second', 'gpu');
      const second = holds('second', 'gpu', 'first', 'cpu');
      export default flow({ concurrencyLimits: { cpu: 1, gpu: 1 } }, async () => {
        const ends = await Promise.all([first(), second()].map((each) => each.state()));
        return ends.map((state) => state.type).sort();
      });`);
    expect(run.value).toEqual(['COMPLETED', 'FAILED']);
    const refused = run.tasks.find((each) => each.name.endsWith('-inner') && each.state.type === 'FAILED');
    expect(refused?.state.message).toMatch(/waits for "[cg]pu", and everything that holds it waits in turn/);
  });

  it('E52 that a child task wants more of than its parent holds is an error, not a wait', async () => {
    const run = await world.runFlow(`
      const child = task({ name: 'child', occupies: { gpu: 2 } }, () => 'child');
      const parent = task({ name: 'parent', occupies: { gpu: 1 } }, () => child());
      export default flow({ concurrencyLimits: { gpu: 4 } }, () => parent());`);
    expect(run.state.message).toBe('task "child" occupies 2 of "gpu", but what calls it holds only 1 of it');
    expect(run.task('child').error?.message).toContain('occupies 2');
  });
});

describe('a limit that a flow occupies', () => {
  const HOLD = (body: string, options = '') => `
    export default flow({ name: 'holder', occupies: { gpu: 1 }, ${options} }, async () => { ${body} });`;
  const isAwaiting = (event: EngineEvent) => event.kind === 'run-state' && event.state.name === 'AwaitingLimit';

  it('E52 is held as long as its run goes on; the next run waits, has not begun, and then starts at once', async () => {
    const first = await world.startFlow(HOLD("note('in'); await seen('go'); note('out');"));
    await first.until((event) => event.kind === 'run-state' && event.state.name === 'Running');
    const second = await world.startFlow(HOLD("note('in'); note('out'); return 2;"));
    const event = await second.until(isAwaiting);
    expect(event).toMatchObject({ state: { message: `waits for "gpu" (capacity 1), held by run ${first.id}` } });
    expect(world.engine.store.limits.holders('gpu')).toMatchObject([{ flowRunId: first.id, taskRunId: 0, amount: 1 }]);
    world.write('go', '');
    const run = await second.ended;
    expect(run.stateNames).toEqual(['Pending', 'AwaitingLimit', 'Running', 'Completed']);
    expect(run.result).toBe(2);
    expect(mostAtOnce(world.lines('notes'))).toBe(1);
    expect((await first.ended).stateNames).toEqual(['Pending', 'Running', 'Completed']);
    expect(world.engine.store.limits.usedNames()).toEqual([]);
  });

  it('E52 is free while the run waits for its retry, which may have to wait for it in turn and stays a retry', async () => {
    const flaky = await world.startFlow(
      HOLD("if (context().attempt === 1) { await seen('fail'); throw new Error('no'); } return 1;", 'retries: 1'),
    );
    await flaky.until((event) => event.kind === 'run-state' && event.state.name === 'Running');
    const second = await world.startFlow(HOLD("await seen('go'); return 2;"));
    await second.until(isAwaiting);
    world.engine.queue.claimOnly(new Set([flaky.id]));
    world.write('fail', '');
    await second.until((event) => event.kind === 'run-state' && event.state.name === 'Running');
    await flaky.until((event) => event.kind === 'run-state' && event.state.name === 'AwaitingRetry');
    expect(await world.engine.queue.claim(1)).toEqual([]);
    world.write('go', '');
    expect((await second.ended).result).toBe(2);
    world.engine.dispatcher.start();
    const run = await flaky.ended;
    expect(run.stateNames).toEqual(['Pending', 'Running', 'AwaitingRetry', 'AwaitingLimit', 'Retrying', 'Completed']);
  });

  it('E52 of 1 that its own task occupies as well is an error at once, that names both', async () => {
    const both = (capacity: number) => `
      const train = task({ name: 'train', occupies: { gpu: 1 } }, () => 'trained');
      export default flow({ name: 'nightly', occupies: { gpu: 1 }, concurrencyLimits: { gpu: ${capacity} } }, () => train());`;
    const run = await world.runFlow(both(1));
    expect(run.state).toMatchObject({ type: 'FAILED' });
    expect(run.state.message).toBe(
      'task "train" occupies 1 of "gpu", but flow "nightly" around it holds 1 of it as long as it runs, and its capacity is 1: the task would wait for ever',
    );
    expect((await world.runFlow(both(2))).result).toBe('trained');
  });

  it('E52 and is smaller than what it occupies fails the run before it begins', async () => {
    const run = await world.runFlow(
      `export default flow({ name: 'big', occupies: { gpu: 3 }, concurrencyLimits: { gpu: 2 } }, () => note('begun'));`,
    );
    expect(run.stateNames).toEqual(['Pending', 'Failed']);
    expect(run.state.message).toBe('flow "big" occupies 3 of "gpu", whose capacity is 2');
    expect(world.lines('notes')).toEqual([]);
  });

  it('E53 lets a run that waits for it be cancelled at once, and a run that is interrupted await its resume', async () => {
    const first = await world.startFlow(HOLD("await seen('go');"));
    await first.until((event) => event.kind === 'run-state' && event.state.name === 'Running');
    const second = await world.startFlow(HOLD("note('begun');"));
    await second.until(isAwaiting);
    second.cancel();
    expect((await second.ended).stateNames).toEqual(['Pending', 'AwaitingLimit', 'Cancelling', 'Cancelled']);
    const third = await world.startFlow(HOLD("note('begun');"));
    await third.until(isAwaiting);
    // As a server that drains: it claims nothing more.
    world.engine.dispatcher.close();
    await world.engine.dispatcher.executionOf(third.id)?.interrupt('told to');
    expect(world.engine.store.flowRuns.byId(third.id)?.state.name).toBe('AwaitingResume');
    expect(world.engine.store.limits.waiters('gpu')).toEqual([]);
    expect(world.lines('notes')).toEqual([]);
    world.write('go', '');
    await first.ended;
    expect((await world.resume(third.id)).stateNames.slice(-2)).toEqual(['Resuming', 'Completed']);
  });

  it('E52 is waited for by a subflow as by any run, and covered by what its caller holds', async () => {
    const first = await world.startFlow(HOLD("await seen('go');"));
    await first.until((event) => event.kind === 'run-state' && event.state.name === 'Running');
    const waits = await world.startFlow(`
      const inner = flow({ name: 'inner', occupies: { gpu: 1 } }, () => 'inner');
      export default flow({ name: 'outer' }, () => inner({}));`);
    await vi.waitUntil(() => world.engine.store.limits.waiters('gpu').length === 1, 90_000);
    expect(world.engine.store.flowRuns.byId(waits.id + 1)?.state.message).toContain(`held by run ${first.id}`);
    world.write('go', '');
    expect((await waits.ended).result).toBe('inner');
    const covered = await world.runFlow(`
      const inner = flow({ name: 'inner', occupies: { gpu: 1 } }, () => 'inner');
      const around = task({ name: 'around', occupies: { gpu: 1 } }, () => inner({}));
      export default flow({ name: 'outer' }, () => around());`);
    expect(covered.result).toBe('inner');
    const refused = await world.runFlow(`
      const train = task({ name: 'train', occupies: { gpu: 1 } }, () => 1);
      const inner = flow({ name: 'inner' }, () => train());
      export default flow({ name: 'outer', occupies: { gpu: 1 } }, () => inner({}));`);
    expect(refused.state.message).toContain('flow "outer" around it holds 1 of it');
    expect(world.engine.store.limits.usedNames()).toEqual([]);
  });

  it('E52 and its own tasks as well: the last of those that would wait for one another for ever is told so', async () => {
    const BOTH = `
      const train = task({ name: 'train', occupies: { gpu: 1 } }, () => 'trained');
      export default flow({ name: 'nightly', occupies: { gpu: 1 }, concurrencyLimits: { gpu: 2 } }, async () => {
        note('in');
        while (readFileSync(join(context().dir, 'notes'), 'utf8').split('in').length < 3) await sleep(5);
        return train();
      });`;
    const first = await world.startFlow(BOTH);
    await first.until((event) => event.kind === 'run-state' && event.state.name === 'Running');
    const second = await world.startFlow(BOTH);
    const runs = await Promise.all([first.ended, second.ended]);
    expect(runs.map((run) => run.state.name).sort()).toEqual(['Completed', 'Failed']);
    expect(runs.find((run) => run.state.name === 'Failed')?.state.message).toBe(
      'task "train" waits for "gpu", and so do tasks of every flow that holds it, "nightly" among them: none would ever end',
    );
  });
});
