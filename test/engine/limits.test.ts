import { beforeEach, describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../src/engine/events.ts';
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
    expect(run.state.message).toBe('the task occupies 3 of "gpu", whose capacity is 2');
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
});
